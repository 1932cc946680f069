"""Plugs everything together: the web application, and the command line that an IT person uses."""

from typing import Any

import click

from commands import CommandTable
from config.settings import Settings, load_settings


def create_app(settings: Settings | None = None) -> Any:  # noqa: ANN401 (flask.Flask; imported only by web processes)
    """Make the WSGI application; each web process calls this once."""
    from commands.with_settings import begin_process
    from models.connection_counts import count_connections
    from models.database import Database
    from web.application import create_web

    settings = settings or load_settings()
    begin_process(settings, "web")
    database = Database(settings.database_url)
    count_connections(database, "web")
    return create_web(settings, database, phone_page_frames=settings.frame_origins)


@click.command(
    cls=CommandTable,
    help="办实事：师生诉求接诉即办。",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def main() -> None:
    """Group the commands."""


if __name__ == "__main__":
    main()
