"""Plugs everything together: the web application, and the command line that an IT person uses."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from config.settings import Settings, SettingsError, load_settings

WRONG_SETTINGS = 2


def create_app(settings: Settings | None = None) -> Any:  # noqa: ANN401 (flask.Flask; imported only by web processes)
    """Make the WSGI application; each web process calls this once."""
    from config.logs import configure_logging
    from models.database import Database
    from web.application import create_web

    settings = settings or load_settings()
    configure_logging(settings.log_level, settings.log_format, process="web")
    database = Database(settings.database_url)
    return create_web(settings, database, phone_page_frames=settings.frame_origins)


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Hand checked settings to a command, or list everything that is wrong with them and stop."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (whatever click gives)
        try:
            settings = load_settings()
        except SettingsError as error:
            click.echo("设置有误，请修改 .env 或环境变量（说明见 docs/operations.md）：", err=True)
            for problem in error.problems:
                click.echo(f"  - {problem}", err=True)
            sys.exit(WRONG_SETTINGS)
        command(settings, *args, **kwargs)

    return run


@click.group(help="办实事：师生诉求接诉即办。", context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Group the commands."""


@main.command(help="准备并启动一整套演示：网页、后台任务和微信模拟器。")
@click.option("--port", default=8000, show_default=True, help="网页端口；模拟器用下一个端口。")
def demo(port: int) -> None:
    """Run the demo until Ctrl-C."""
    from demo.supervisor import run_demo

    sys.exit(run_demo(port))


@main.command(help="启动网页服务。")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8000, show_default=True, help="监听端口。")
@click.option("--processes", default=2, show_default=True, help="进程数，一般等于处理器核数。")
@_with_settings
def serve(settings: Settings, host: str, port: int, processes: int) -> None:
    """Serve pages and the callback."""
    from web.server import serve_web

    sys.exit(serve_web(settings, host=host, port=port, processes=processes))


@main.command(help="启动后台任务：发通知、到期提醒、下载照片。可在多台机器上同时运行。")
@_with_settings
def worker(settings: Settings) -> None:
    """Run the worker until it is told to stop."""
    from config.logs import configure_logging
    from jobs.worker import run_worker

    configure_logging(settings.log_level, settings.log_format, process="worker")
    run_worker(settings)


@main.command(help="把数据库升级到最新结构，并补齐初始的单位和类别。")
@_with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to the newest shape."""
    from domain.setup import seed_catalogue
    from models.database import Database
    from models.migrate import head_revision, upgrade

    database = Database(settings.database_url)
    upgrade(database)
    with database.transaction() as session:
        seed_catalogue(session)
    click.echo(f"数据库已是最新结构（{head_revision()}）。")


@main.command("create-admin", help="新建一个系统管理员。")
@click.option("--username", prompt="用户名", help="登录名。")
@click.option("--name", prompt="姓名", help="姓名，只在后台显示。")
@click.password_option(
    "--password", prompt="密码（至少 10 位）", confirmation_prompt="再输一次密码", help="密码。"
)
@_with_settings
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


@main.command("check-config", help="检查设置、数据库和文件夹是否可用。")
@click.option("--online", is_flag=True, help="再检查公众号：凭证、权限、模板、回调地址、时钟、剩余次数。")
@_with_settings
def check_config(settings: Settings, online: bool) -> None:
    """Say what works and what does not; the exit status is 1 when something does not."""
    from wechat.checkup import check
    from wechat.online_checkup import check_online

    results = check(settings) + (check_online(settings, now=datetime.now(UTC)) if online else [])
    for result in results:
        click.echo(result.line)
    sys.exit(0 if all(result.fine for result in results) else 1)


if __name__ == "__main__":
    main()
