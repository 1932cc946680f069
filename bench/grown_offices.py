"""Offices of ten thousand, a hundred thousand and a million complaints, grown from one recipe.

Each is so many copies of the smallest (`bench/copies.py`): what is open, what is owed and what is on the
board grow as much as what is over, while teams, places and categories stay what they are.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, create_engine, make_url, text

from bench.beside import surround
from bench.comparison import say
from bench.copies import multiply
from bench.databases import new_postgresql
from bench.grow import YEARS, grow
from models.database import Database
from models.migrate import upgrade

SMALL = 10_000
# As it comes, the server would write all pages twice, wait for the disk, and look through what is half full.
_HURRY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "'8GB'",
    "checkpoint_timeout": "'1h'",
}
_APART = timedelta(days=365 * YEARS) / SMALL


@contextmanager
def offices(kind: str, sizes: Sequence[int], *, now: datetime) -> Iterator[Mapping[int, str]]:
    """Give the URLs of grown databases by their number of complaints; they go at the end.

    Args:
        kind: sqlite or postgresql.
        sizes: ten thousand, or ten or a hundred times as many.
    """
    make = _on_postgresql if kind == "postgresql" else _on_sqlite
    with make(sizes, now) as urls:
        yield urls


@contextmanager
def files_ahead(sizes: Sequence[int], *, now: datetime) -> Iterator[Callable[[], Mapping[int, str]]]:
    """Let offices in SQLite be made by another process, on whatever core has nothing else to do.

    Gives what waits until they are there, and gives their URLs as `offices` does.
    """
    with (
        TemporaryDirectory(prefix="banshishi-bench-") as name,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        yield pool.submit(_make_files, Path(name), sizes, now).result


@contextmanager
def _on_sqlite(sizes: Sequence[int], now: datetime) -> Iterator[Mapping[int, str]]:
    with TemporaryDirectory(prefix="banshishi-bench-") as name:
        yield _make_files(Path(name), sizes, now)


def _make_files(folder: Path, sizes: Sequence[int], now: datetime) -> Mapping[int, str]:
    first = folder / "first.db"
    _begin(f"sqlite:///{first}", now)
    files = {size: folder / f"office-{size}.db" for size in sizes}
    for size, file in files.items():
        shutil.copyfile(first, file)
        _grow_to(size, f"sqlite:///{file}")
    return {size: f"sqlite:///{file}" for size, file in files.items()}


@contextmanager
def _on_postgresql(sizes: Sequence[int], now: datetime) -> Iterator[Mapping[int, str]]:
    with new_postgresql() as url:
        first = make_url(url)
        _begin(url, now)
        made = {
            size: first.set(database=f"office_{size}").render_as_string(hide_password=False) for size in sizes
        }
        server = create_engine(first.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection, _in_a_hurry(connection):
            for size, address in made.items():
                connection.execute(
                    text(f'CREATE DATABASE "office_{size}" TEMPLATE "{first.database}" STRATEGY file_copy')
                )
                _grow_to(size, address)
        server.dispose()
        yield made


@contextmanager
def _in_a_hurry(connection: Connection) -> Iterator[None]:
    """Let the server fill databases without regard to a fall of the machine; measured is as it comes."""
    for name, value in _HURRY.items():
        connection.execute(text(f"ALTER SYSTEM SET {name} = {value}"))
    connection.execute(text("SELECT pg_reload_conf()"))
    yield
    for name in _HURRY:
        connection.execute(text(f"ALTER SYSTEM RESET {name}"))
    connection.execute(text("SELECT pg_reload_conf()"))
    os.sync()  # what was written so far is on the disk before anybody is timed
    connection.execute(text("CHECKPOINT"))


def _begin(url: str, now: datetime) -> None:
    """Make the office that all are copies of."""
    database = Database(url)
    upgrade(database)
    grow(database, SMALL, now=now)
    surround(database, now=now)
    if database.is_sqlite:
        database.wipe_log()
    database.close()


def _grow_to(size: int, url: str) -> None:
    began = time.perf_counter()
    database = Database(url)
    multiply(database, size // SMALL, apart=_APART)
    database.close()
    say(f"{make_url(url).get_backend_name()}: {size} complaints in {time.perf_counter() - began:.0f} s")
