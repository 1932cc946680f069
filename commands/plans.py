"""Bringing a plan into the ledger from the command line."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.with_settings import with_settings
from config.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from domain.plan_import import LineFate, Preview
    from domain.plan_tables import Plan, PlanLine
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
@click.option(
    "--time", "times", multiple=True, metavar="写法=时间", help="看不出日期的写法指什么时间，可以多次给。"
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
    times: tuple[str, ...],
    create_units: bool,
    confirm: bool,
) -> None:
    """Print what would become of each line, one a line; write it where that was asked for."""
    from domain import plan_import
    from domain.errors import DomainError
    from models.database import Database
    from models.matter_words import MatterKind

    now = datetime.now(UTC)
    read = _Read(file.read_bytes(), now, year, dict(_pair(one) for one in times))
    try:
        if not _is_ready(settings):
            if confirm or create_units:
                raise click.ClickException("数据库还不是最新结构，请先运行：python app.py migrate")
            _print_alone(read)
            return
        with closing(Database(settings.database_url)) as database, database.transaction() as session:
            staff = _staff(session, username) if confirm or create_units else None
            shown = _preview(
                session, read, name=file.stem, kind=MatterKind(kind), units=dict(_pair(one) for one in units),
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


@dataclass(frozen=True)
class _Read:
    """What is read, and how; see `domain.plan_tables.read_plan`."""

    data: bytes
    now: datetime
    year: int | None
    times: Mapping[str, str]

    def plan(self, units: Sequence[str]) -> "Plan":
        """Read it, knowing these units."""
        from domain.plan_tables import read_plan
        from domain.working_time import local_time

        today = local_time(self.now).date()
        return read_plan(self.data, units=units, today=today, year=self.year, times=self.times)


def _pair(given: str) -> tuple[str, str]:
    words, _, meant = given.partition("=")
    return words.strip(), meant.strip()


def _is_ready(settings: Settings) -> bool:
    """Tell whether there is a ledger to hold the plan against; looking makes no file of a database."""
    from sqlalchemy import make_url

    from models.database import Database
    from models.migrate import current_revision, head_revision

    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    with closing(Database(settings.database_url)) as database:
        return current_revision(database) == head_revision()


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
    read: _Read,
    *,
    name: str,
    kind: "MatterKind",
    units: Mapping[str, str],
    creator: "Staff | None",
) -> "Preview":
    from sqlalchemy import select

    from domain import plan_import, teams
    from models.team import Team

    there = {team.name: team.id for team in session.scalars(select(Team).where(Team.active))}
    unknown = [meant for meant in units.values() if meant not in there]
    if unknown:
        raise click.ClickException(f"没有叫「{unknown[0]}」的责任单位。")
    plan = read.plan(list(there))
    meant = {words: there[meant] for words, meant in units.items()}
    if creator is not None:
        for words in plan.unknown_units:
            if words not in meant:
                meant[words] = teams.add(session, name=words, phone="", staff=creator, now=read.now).id
    return plan_import.preview(session, plan, name=name, kind=kind, units=meant)


def _print(shown: "Preview") -> None:
    _print_table(shown.name, shown.plan, [_row(one.line, _result(one)) for one in shown.fates])
    counts = Counter(one.fate for one in shown.fates)
    click.echo("，".join(f"{fate} {count} 行" for fate, count in counts.items()) + "。")
    if shown.remarks:
        click.echo(f"备注不写入台账（{shown.remarks} 行有备注）。")
    if shown.gone:
        click.echo(f"台账里有 {len(shown.gone)} 项在这个文件里没有了，不会改动。")


def _print_alone(read: _Read) -> None:
    """Print a plan where there is no ledger yet; units are those a university starts from."""
    from config.catalogue import catalogue

    plan = read.plan([team.name for team in catalogue().teams])
    rows = [_row(line, "：".join(["待处理", " ".join(line.troubles)]) if line.troubles else "可以导入")
            for line in plan.lines]  # fmt: skip
    _print_table(plan.title, plan, rows)
    click.echo(f"共 {len(rows)} 行。数据库还没有建好，没有对照台账；要写入请先运行：python app.py migrate")


def _print_table(name: str, plan: "Plan", shown: Sequence[tuple[str, ...]]) -> None:
    click.echo(f"{name}（{plan.year} 年，{_YEARS[plan.year_from]}）")
    rows = [_HEADINGS, *shown]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(_HEADINGS))]
    for row in rows:
        cells = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
        click.echo(" | ".join(cells).rstrip())


def _result(one: "LineFate") -> str:
    said = " ".join([*one.why, *one.left])
    return f"{one.fate}：{said}" if said else str(one.fate)


def _row(line: "PlanLine", result: str) -> tuple[str, ...]:
    time = line.time
    start = time.start.isoformat() if time and time.start else ""
    deadline = (time.deadline.isoformat() if time.deadline else time.words) if time else line.time_words
    units = "、".join(f"{unit.name}（{unit.words}）" if unit.guessed else unit.words for unit in line.units)
    return (line.place, line.phase, line.item, line.title, units, start, deadline, result)


def _width(text: str) -> int:
    """Count the columns a text takes on a screen; Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "FW" else 1 for sign in text)
