"""Accounts of staff, before anybody can sign in to make them."""

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
    from domain.staff_accounts import create_staff
    from models.database import Database
    from models.enums import Role

    try:
        with Database(settings.database_url).transaction() as session:
            create_staff(
                session,
                username=username,
                name=name,
                post="系统管理员",
                password=password,
                roles=[Role.ADMIN],
                now=datetime.now(UTC),
            )
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"已新建系统管理员 {username}。")
