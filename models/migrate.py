"""Bringing a database to the newest shape, and telling whether it has it.

Telling needs no Alembic, which would cost every process that serves or works its time and memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table, text

from models.complaint_search import FULL_TEXT_INDEX, FULL_TEXT_TABLE
from models.database import Database
from models.tables import Base

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
# One number for "somebody is migrating", so that two starting machines do not both try.
_MIGRATION_LOCK = 824_001
# Where Alembic keeps the number of the last one.
_VERSIONS = "alembic_version"


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """Name the newest migration of this code."""
    return max(_revisions())


def is_known(revision: str) -> bool:
    """Tell whether this code has the migration."""
    return revision in _revisions()


def _revisions() -> list[str]:
    """Name all migrations: their files are called by their numbers, which follow each other."""
    found = [path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*_*.py")]
    if not found:
        raise RuntimeError("no migrations found")
    return found


def current_revision(database: Database) -> str | None:
    """Name the migration the database stands at; None for an empty one."""
    # Only a look: with SQLite it must not wait in line with those who write.
    with database.engine.connect().execution_options(sqlite_begin="BEGIN") as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSIONS):
        return None
    revision: str | None = connection.scalar(select(column("version_num")).select_from(table(_VERSIONS)))
    return revision


class FromTheFuture(Exception):
    """The database has a shape that only a newer version knows; there is no way back but a backup."""


def upgrade(database: Database, *, to: str = "head") -> None:
    """Run all migrations that are missing, in one transaction.

    Args:
        to: where to stop, when not at the newest.

    Raises:
        FromTheFuture: a newer version was here before; nothing was changed.
        RuntimeError: rows would point at nothing afterwards; nothing was changed.
    """
    from alembic import command

    with foreign_keys_off(database) as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        there = _current(connection)
        if there is not None and not is_known(there):
            raise FromTheFuture(there)
        command.upgrade(_config(connection), to)
        if database.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"rows point at nothing: {broken[:5]}")


@contextmanager
def foreign_keys_off(database: Database) -> Iterator[Connection]:
    """Give a connection on which SQLite lets a table be made anew though other rows point at it."""
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if database.is_sqlite and driver is not None:
            driver.execute("PRAGMA foreign_keys=OFF")  # which SQLite heeds between transactions only
        try:
            yield connection
        finally:
            if database.is_sqlite and driver is not None:
                driver.execute("PRAGMA foreign_keys=ON")


def is_compared(_item: object, name: str | None, *_: object) -> bool:
    """Tell whether Alembic compares a table or index of the database with those in code.

    FTS5 keeps its index in tables of its own, which it would take for forgotten ones; where SQLite has those,
    PostgreSQL has an index of its kind.
    """
    return name is None or not name.startswith((FULL_TEXT_TABLE, FULL_TEXT_INDEX))


def create_revision(database: Database, *, message: str, number: str) -> None:
    """Write a new migration file from the difference between the tables in code and the database."""
    from alembic import command

    with database.engine.begin() as connection:
        command.revision(_config(connection), message=message, rev_id=number, autogenerate=True)


def schema_drift(database: Database) -> list[object]:
    """List where the database's tables differ from those in code; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with database.engine.connect().execution_options(sqlite_begin="BEGIN") as connection:
        opts = {"compare_type": False, "include_object": is_compared}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Base.metadata))
