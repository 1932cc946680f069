"""The database as a whole."""

from contextlib import closing
from datetime import UTC, datetime

import click

from commands.with_settings import with_settings
from config.settings import Settings


@click.command(help="把数据库升级到最新结构，并补齐初始的单位和类别。")
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to the newest shape."""
    from domain.setup import seed_catalogue
    from models.database import Database
    from models.migrate import head_revision, upgrade

    with closing(Database(settings.database_url)) as database:
        upgrade(database)
        with database.transaction() as session:
            seed_catalogue(session, now=datetime.now(UTC))
    click.echo(f"数据库已是最新结构（{head_revision()}）。")
