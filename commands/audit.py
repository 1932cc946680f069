"""The audit log, from outside the pages it watches."""

import sys
from contextlib import closing

import click

from commands.with_settings import with_settings
from config.settings import Settings


@click.group(help="审计日志。")
def audit() -> None:
    """Group what can be done with the log."""


@audit.command(help="核对审计日志：有没有条目被改过、删过、加过。")
@with_settings
def verify(settings: Settings) -> None:
    """Say whether the log is whole; the exit status is 1 when it is not."""
    from domain.audit_check import verify as verify_log
    from models.database import Database

    with closing(Database(settings.database_url)) as database, database.reading() as session:
        report = verify_log(session)
    for fault in report.faults:
        click.echo(f"✗ {fault}", err=True)
    if report.faults:
        sys.exit(1)
    click.echo(f"✓ 审计日志完整，共 {report.length} 条。")
    if report.length:
        click.echo(f"末条封记：{report.seal}（抄存在别处，以后可以证明日志没有被截短）")
