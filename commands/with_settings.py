"""Handing checked settings to a command, or listing everything that is wrong with them."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
import structlog

from config.settings import Settings, SettingsError, load_settings

WRONG_SETTINGS = 2


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command its settings as the first argument; wrong ones end the program with status 2."""

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


def begin_process(settings: Settings, name: str) -> None:
    """Let a process that stays log in the common form, and count together with the others.

    Args:
        settings: checked settings.
        name: a short word for what it does, shown in each line of its log.
    """
    from config import metrics
    from config.logs import configure_logging

    configure_logging(settings.log_level, settings.log_format, process=name)
    try:
        metrics.join(settings.run_dir)
    except OSError as error:  # it works without; what is counted here is then missing from /metrics
        structlog.get_logger(__name__).warning("counts_alone", error=error)
