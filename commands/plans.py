"""Bringing a plan into the ledger from the command line."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.with_settings import with_settings
from config.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from domain.plan_import import LineFate, Preview
    from models.matter_words import MatterKind
    from models.staff import Staff

_HEADINGS = ("行", "阶段", "序号", "工作内容", "责任单位", "开始", "完成时限", "结果")
_YEARS = {"given": "按参数", "document": "按文件里写的", "today": "文件里没有写，按今年"}


@click.command("import-plan", help="读工作安排或问题清单（.docx、.xlsx、.csv），先预览，确认后写入台账。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=click.IntRange(2000, 2100), help="没有写年份的日期算哪一年。")
@click.option(
    "--kind",
    type=click.Choice(["workplan", "practical", "rectification", "legacy"]),
    default="workplan",
    show_default=True,
    help="工作安排、办实事、整改问题、历史遗留。",
)
@click.option(
    "--unit", "units", multiple=True, metavar="写法=单位", help="文件里的写法指哪个单位，可以多次给。"
)
@click.option("--create-units", is_flag=True, help="文件里有、系统里没有的单位，导入时新建。")
@click.option("--as", "username", help="以谁的名义导入（用户名）；不给就是最早的系统管理员。")
@click.option("--confirm", is_flag=True, help="写入台账；不给就只预览。")
@with_settings
def import_plan(
    settings: Settings,
    file: Path,
    year: int | None,
    kind: str,
    units: tuple[str, ...],
    username: str | None,
    *,
    create_units: bool,
    confirm: bool,
) -> None:
    """Print what would become of each line, one a line; write it where that was asked for."""
    from domain import plan_import
    from domain.errors import DomainError
    from models.database import Database
    from models.matter_words import MatterKind
    from models.migrate import current_revision, head_revision

    now = datetime.now(UTC)
    with closing(Database(settings.database_url)) as database:
        if current_revision(database) != head_revision():
            raise click.ClickException("数据库还不是最新结构，请先运行：python app.py migrate")
    try:
        with closing(Database(settings.database_url)) as database, database.transaction() as session:
            staff = _staff(session, username) if confirm or create_units else None
            shown = _preview(
                session, file, now, year=year, kind=MatterKind(kind), units=units,
                creator=staff if create_units else None,
            )  # fmt: skip
            _print(shown)
            if confirm and staff is not None:
                plan_import.confirm(session, shown, staff=staff, now=now)
                click.echo("已写入台账。")
            else:
                session.rollback()
    except DomainError as error:
        raise click.ClickException(error.message) from None
    if not confirm:
        click.echo("这是预览，没有写入。加上 --confirm 写入台账。")


def _staff(session: "Session", username: str | None) -> "Staff":
    from sqlalchemy import select

    from domain.staff_accounts import account_named
    from models.enums import Role
    from models.staff import Staff

    if username:
        found = account_named(session, username)
    else:
        everybody = session.scalars(select(Staff).where(Staff.active).order_by(Staff.id))
        found = next((staff for staff in everybody if Role.ADMIN in staff.roles), None)
    if found is None:
        raise click.ClickException(
            f"没有用户名是「{username}」的账号。" if username else "还没有系统管理员。"
        )
    return found


def _preview(
    session: "Session",
    file: Path,
    now: datetime,
    *,
    year: int | None,
    kind: "MatterKind",
    units: Sequence[str],
    creator: "Staff | None",
) -> "Preview":
    from sqlalchemy import select

    from domain import plan_import, teams
    from domain.plan_tables import read_plan
    from domain.working_time import local_time
    from models.team import Team

    there = {team.name: team.id for team in session.scalars(select(Team).where(Team.active))}
    plan = read_plan(file.read_bytes(), units=list(there), today=local_time(now).date(), year=year)
    meant = {}
    for pair in units:
        words, _, name = pair.partition("=")
        if name not in there:
            raise click.ClickException(f"没有叫「{name}」的责任单位。")
        meant[words] = there[name]
    if creator is not None:
        for words in plan.unknown_units:
            if words not in meant:
                meant[words] = teams.add(session, name=words, phone="", staff=creator, now=now).id
    return plan_import.preview(session, plan, name=file.stem, kind=kind, units=meant)


def _print(shown: "Preview") -> None:
    plan = shown.plan
    click.echo(f"{shown.name}（{plan.year} 年，{_YEARS[plan.year_from]}）")
    rows = [_HEADINGS, *(_row(one) for one in shown.fates)]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(_HEADINGS))]
    for row in rows:
        cells = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
        click.echo(" | ".join(cells).rstrip())
    counts = Counter(one.fate for one in shown.fates)
    click.echo("，".join(f"{fate} {count} 行" for fate, count in counts.items()) + "。")
    if shown.gone:
        click.echo(f"台账里有 {len(shown.gone)} 项在这个文件里没有了，不会改动。")


def _row(one: "LineFate") -> tuple[str, ...]:
    line, time = one.line, one.line.time
    start = time.start.isoformat() if time and time.start else ""
    deadline = (time.deadline.isoformat() if time.deadline else time.words) if time else ""
    units = "、".join(f"{unit.name}（{unit.words}）" if unit.guessed else unit.words for unit in line.units)
    why = f"：{' '.join(one.why)}" if one.why else ""
    return (line.place, line.phase, line.item, line.title, units, start, deadline, f"{one.fate}{why}")


def _width(text: str) -> int:
    """Count the columns a text takes on a screen; Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "FW" else 1 for sign in text)
