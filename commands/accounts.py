"""Accounts of staff, before anybody can sign in to make them."""

from contextlib import closing
from datetime import UTC, datetime

import click

from commands.with_settings import with_settings
from config.settings import Settings


@click.command("create-admin", help="新建一个系统管理员。")
@click.option("--username", prompt="用户名", help="登录名。")
@click.option("--name", prompt="姓名", help="姓名，只在后台显示。")
@click.password_option(
    "--password", prompt="密码（至少 10 位）", confirmation_prompt="再输一次密码", help="密码。"
)
@with_settings
def create_admin(settings: Settings, username: str, name: str, password: str) -> None:
    """Create the first account."""
    from domain.errors import DomainError
    from domain.setup import plan_usual_pushes
    from domain.staff_accounts import create_staff
    from models.database import Database
    from models.enums import Role

    try:
        with closing(Database(settings.database_url)) as database, database.transaction() as session:
            now = datetime.now(UTC)
            made = create_staff(
                session,
                username=username,
                name=name,
                post="系统管理员",
                password=password,
                roles=[Role.ADMIN],
                now=now,
            )
            planned = plan_usual_pushes(session, made, now=now)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"已新建系统管理员 {username}。")
    if planned:
        click.echo("已安排每个工作日发超期清单给分管领导、每周五发督查周报给督导组，可以在「推送」里改。")


@click.command("reset-password", help="给忘记密码的人一个一次性链接，现在的密码马上失效。")
@click.argument("username")
@click.option("--without-second-factor", is_flag=True, help="同时取消二次验证（手机和恢复码都丢了）。")
@with_settings
def reset_password(settings: Settings, username: str, without_second_factor: bool) -> None:
    """Print a link for choosing another password; the way in when no administrator can sign in any more."""
    from domain import staff_accounts, staff_changes
    from domain.errors import DomainError
    from models.database import Database

    now = datetime.now(UTC)
    try:
        with closing(Database(settings.database_url)) as database, database.transaction() as session:
            account = staff_accounts.account_named(session, username)
            if account is None:
                raise click.ClickException(f"没有用户名是「{username}」的账号。")
            if without_second_factor:
                staff_changes.take_off_second_factor(
                    session, account, reason="在服务器上用命令取消", staff=None, now=now
                )
            invited = staff_changes.reset(session, account, staff=None, now=now)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{account.name}（{account.username}）原来的密码和登录已失效。")
    click.echo("请在 72 小时内打开链接设置新密码：")
    click.echo(f"{settings.base_url}admin/invitation/{invited.secret}")
