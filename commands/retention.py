"""What is kept for how long, and what of it is due."""

import threading
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from commands.with_settings import with_settings
from config.settings import Settings

if TYPE_CHECKING:
    from domain.retention import Standing
    from jobs.context import JobContext


@click.command(help="保存期限：列出今天该清理什么、各有多少；只看不动。加 --apply 现在就清理。")
@click.option("--apply", is_flag=True, help="现在就清理，分批进行，随时可以中断。")
@with_settings
def retention(settings: Settings, *, apply: bool) -> None:
    """Show the table, and do what it says when asked to."""
    from domain import retention as rules
    from models.database import Database
    from wechat.event_table import OF_THE_ACCOUNT

    with closing(Database(settings.database_url)) as database:
        now = datetime.now(UTC)
        kinds = rules.kinds(of_the_account=OF_THE_ACCOUNT)
        with database.reading() as session:
            standings = rules.standings(session, kinds, days=settings.days_kept, now=now)
        for standing in standings:
            click.echo(_line(standing))
        total = sum(standing.due.count for standing in standings)
        if not apply:
            click.echo(f"\n共 {total} 条到期。后台任务每小时清理；现在就清理，加上 --apply。")
        elif total:
            _drop(settings, database, standings, now)
        else:
            click.echo("\n没有到期的，不用清理。")


def _line(standing: "Standing") -> str:
    kind, due = standing.kind, standing.due
    counted = f"（从{kind.since}算起）" if kind.since else ""
    name = f"  设置 {kind.setting.upper()}" if kind.setting else ""
    if not due.count:
        return f"  {kind.title}：{standing.term}{counted}{name}"
    oldest = f"，最早 {due.oldest.astimezone():%Y-%m-%d}" if due.oldest else ""
    return f"! {kind.title}：{standing.term}{counted}，到期 {due.count} 条{oldest}，{kind.done}{name}"


def _drop(settings: Settings, database: object, standings: "list[Standing]", now: datetime) -> None:
    from domain import audit
    from jobs.housekeeping import forget_kind

    context = _context(settings, database, now)
    dropped = {}
    for standing in standings:
        if standing.due.count:
            say = partial(_say, standing)
            dropped[standing.kind.name] = forget_kind(context, standing.kind, say=say)
    with context.database.transaction() as session:
        audit.record(
            session,
            None,
            action="retention.apply",
            subject_kind="retention",
            subject="",
            words=f"在服务器上按保存期限清理了 {sum(dropped.values())} 条",
            details=dropped,
            now=now,
        )
    click.echo(f"清理好了，共 {sum(dropped.values())} 条。")


def _say(standing: "Standing", done: int) -> None:
    click.echo(f"{standing.kind.title}：{done} / {standing.due.count}")


def _context(settings: Settings, database: object, now: datetime) -> "JobContext":
    from domain.file_stores import file_store_for
    from jobs.context import JobContext
    from models.database import Database
    from wechat.client import build_client

    assert isinstance(database, Database)  # noqa: S101
    return JobContext(
        settings=settings,
        database=database,
        client=build_client(settings, database),
        files=file_store_for(settings),
        clock=lambda: now,
        stopping=threading.Event(),
    )
