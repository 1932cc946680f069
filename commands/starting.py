"""Before something is started that runs for months: is the database ours, and can files be written."""

import sys
from collections.abc import Iterator
from contextlib import closing

import click

from config.settings import Settings

NOT_READY = 2


def refuse_unless_ready(settings: Settings) -> None:
    """Say in a sentence what is wrong and what to type, and end with status 2; warn of disks nearly full.

    A database that cannot be reached keeps nobody from starting: it may come back, and then all goes on.
    """
    from domain.free_space import low_disks
    from wechat.checkup import disk_folders

    problems = [problem for problem in (_database_problem(settings), *_folder_problems(settings)) if problem]
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(NOT_READY)
    for words in low_disks(disk_folders(settings)):
        click.echo(f"注意：{words}。", err=True)


def _database_problem(settings: Settings) -> str | None:
    from sqlalchemy.exc import SQLAlchemyError

    from models.database import Database
    from models.migrate import current_revision, head_revision, is_known
    from models.trouble import Trouble, trouble_of

    head = head_revision()
    try:
        with closing(Database(settings.database_url, pool_size=1)) as database:
            current = current_revision(database)
    except SQLAlchemyError as error:
        trouble = trouble_of(error) or Trouble.UNKNOWN
        click.echo(f"注意：{trouble.label}（DATABASE_URL），先照常启动。{trouble.advice}。", err=True)
        return None
    if current == head:
        return None
    if current is not None and not is_known(current):
        return (
            f"这个数据库是更新的版本用过的（{current}），这份程序只到 {head}，没有启动。"
            "结构不能往回退：请换回新版程序；要用旧版，把旧版做的备份恢复到另一个空的数据库。"
        )
    had = f"数据库的结构是 {current}" if current else "数据库里还没有表"
    return f"{had}，这份程序需要 {head}，没有启动。请先运行 python app.py migrate，再启动。"


def _folder_problems(settings: Settings) -> Iterator[str]:
    from wechat.checkup import folder_problem

    uploads = [] if settings.has_bucket else [("UPLOAD_DIR", settings.upload_dir)]
    for name, folder in (*uploads, ("RUN_DIR", settings.run_dir)):
        if problem := folder_problem(folder):
            yield f"{name}：{problem}。没有启动。"
