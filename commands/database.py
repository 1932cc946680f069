"""The database as a whole."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.with_settings import with_settings
from config.settings import Settings

if TYPE_CHECKING:
    from domain.backups import Contents
    from models.database import Database


@click.command(help="把数据库升级到最新结构，并补齐初始的单位和类别。")
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to the newest shape."""
    from domain.setup import seed_catalogue
    from models.database import Database
    from models.migrate import FromTheFuture, head_revision, upgrade

    with closing(Database(settings.database_url)) as database:
        try:
            upgrade(database)
        except FromTheFuture as error:
            raise click.ClickException(
                f"这个数据库是更新的版本用过的（{error}），这份程序只到 {head_revision()}，什么也没有改。"
                "结构不能往回退：请换回新版程序；要用旧版，把旧版做的备份恢复到另一个空的数据库。"
            ) from error
        with database.transaction() as session:
            seed_catalogue(session, now=datetime.now(UTC))
    click.echo(f"数据库已是最新结构（{head_revision()}）。")


@click.command(help="备份：把数据库和照片等文件写进一个文件。不用停机。")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def backup(settings: Settings, file: Path) -> None:
    """Write an archive of everything."""
    from domain import backups
    from domain.file_stores import file_store_for
    from models.database import Database

    with closing(Database(settings.database_url)) as database, _told(file):
        contents = backups.make(
            database, file_store_for(settings), file, now=datetime.now(UTC), say=click.echo
        )
        _leave_trace(database, contents, file)
    if contents.gone:
        gone = f"有 {len(contents.gone)} 个文件已经不在文件存储里（多半是刚被清理）"
        click.echo(f"{gone}，如 {contents.gone[0]}。")
    size = file.stat().st_size / 1_000_000
    click.echo(f"备份好了：{_told_of(contents)}，共 {size:.1f} MB，在 {file}。")


def _leave_trace(database: "Database", contents: "Contents", file: Path) -> None:
    """Let 「系统状态」 and the alerts know; the backup is good whether that succeeds or not."""
    from sqlalchemy.exc import SQLAlchemyError

    from domain import running_state

    rows = sum(contents.rows.values())
    made = running_state.LastBackup(
        contents.made_at, size=file.stat().st_size, rows=rows, files=contents.files
    )
    try:
        with database.transaction() as session:
            running_state.note_backup(session, made)
    except SQLAlchemyError as error:
        click.echo(f"备份是好的，但没能记下备份时间（{type(error).__name__}），「系统状态」里看不到这一次。")


@click.command(help="恢复：把备份放进空的数据库和上传文件夹。先核对校验值，不符就什么也不做。")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--check-only", is_flag=True, help="只核对备份文件，不写入任何东西。")
@with_settings
def restore(settings: Settings, file: Path, *, check_only: bool) -> None:
    """Put an archive back."""
    from domain import backups
    from domain.file_stores import file_store_for
    from models.database import Database

    with closing(Database(settings.database_url)) as database, _told(file):
        if check_only:
            contents = backups.check(file)
        else:
            contents = backups.put_back(database, file_store_for(settings), file, say=click.echo)
            _delete_again(settings, database, contents.made_at)
    made = f"{contents.made_at.astimezone():%Y-%m-%d %H:%M}"
    said = "完整无误" if check_only else "恢复好了"
    click.echo(f"{said}：{made} 的备份，{_told_of(contents)}。")
    if not check_only:
        click.echo("备份之后已经发出的通知可能会再发一次；请先在「通知发送」里看一眼，再启动后台任务。")


def _delete_again(settings: Settings, database: "Database", made_at: datetime) -> None:
    """Delete again who had themselves deleted after the archive was made."""
    from domain import deletion_ledger
    from domain.file_stores import file_store_for
    from domain.my_data_deletion import delete_person
    from domain.secret_box import SecretBox
    from models.person import Person

    box, files = SecretBox(settings.secret_key.get_secret_value()), file_store_for(settings)
    with database.reading() as session:
        ledger = deletion_ledger.ledger_of(settings, files)
        left = deletion_ledger.to_delete_again(session, ledger, since=made_at, box=box)
    for person_id, at in left:
        with database.transaction() as session:
            gone = delete_person(session, session.get_one(Person, person_id), box=box, now=at)
        for key in gone.file_keys:
            files.delete(key)
    if left:
        click.echo(f"备份之后注销的 {len(left)} 位师生，已经再次注销。")
    elif isinstance(ledger, deletion_ledger.FileLedger) and not settings.deletion_ledger.exists():
        click.echo(
            f"没有找到注销名单 {settings.deletion_ledger}：备份之后有人注销过的话，把名单放回去，再恢复一次。"
        )


def _told_of(contents: "Contents") -> str:
    return f"{sum(contents.rows.values())} 行，{contents.files} 个文件"


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Tell in a sentence what went wrong, and end with status 1."""
    from domain.errors import DomainError

    try:
        yield
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"读写 {error.filename or file} 时出错：{error.strerror}") from error
