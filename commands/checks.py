"""Telling whether an installation is fit to run."""

import sys
from datetime import UTC, datetime

import click

from commands.with_settings import with_settings
from config.settings import Settings


@click.command("check-config", help="检查设置、数据库和文件夹是否可用。")
@click.option("--online", is_flag=True, help="再检查公众号：凭证、权限、模板、回调地址、时钟、剩余次数。")
@with_settings
def check_config(settings: Settings, online: bool) -> None:
    """Say what works and what does not; the exit status is 1 when something does not."""
    from wechat.checkup import check
    from wechat.online_checkup import check_online

    results = check(settings) + (check_online(settings, now=datetime.now(UTC)) if online else [])
    for result in results:
        click.echo(result.line)
    sys.exit(0 if all(result.fine for result in results) else 1)
