"""What of capacity.toml is measured for it alone: `python -m bench.capacity --measure`."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from bench.databases import new_postgresql
from bench.grow import grow
from bench.notices import field_of
from models.database import Database

_GROWN, _AT_ONCE = 2000, 16
_WRITING_SECONDS = 5.0
_OF_NOTICES = ("notice", "notice_attempt")


def measured() -> Mapping[str, float]:
    """Measure all of it; takes a minute."""
    return {
        "complaint_bytes": _bytes_of_complaint(),
        "notice_bytes": _bytes_of_notice(),
        "commits": _commits_a_second(),
    }


def _bytes_of_complaint() -> float:
    """Grow an office; a complaint counts with its events and all indexes."""
    with new_postgresql() as url:
        database = Database(url)
        sizes = []
        for count in (0, _GROWN):
            if count:
                grow(database, count, now=datetime.now(UTC))
            with database.engine.connect() as connection:
                sizes.append(_size(connection, "pg_database_size(current_database())"))
        database.close()
    return (sizes[1] - sizes[0]) / _GROWN


def _bytes_of_notice() -> float:
    """Have notices sent, each to somebody else; one counts with its attempt and all indexes."""
    with field_of(_GROWN) as field, field.worker(_AT_ONCE):
        field.ours(_GROWN)
        with field.database.engine.connect() as connection:
            sizes = [_size(connection, f"pg_total_relation_size('{name}')") for name in _OF_NOTICES]
    return sum(sizes) / _GROWN


def _size(connection: Connection, what: str) -> float:
    return float(connection.scalar(text(f"SELECT {what}")) or 0)


def _commits_a_second() -> float:
    """Have sixteen connections write a row at a time, each on the disk before the next."""
    with new_postgresql() as url:
        database = Database(url, pool_size=_AT_ONCE)
        with database.engine.begin() as connection:
            connection.execute(text("CREATE TABLE told (words text)"))
        until = time.monotonic() + _WRITING_SECONDS
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            done = sum(pool.map(lambda _: _write_until(database, until), range(_AT_ONCE)))
        database.close()
    return done / _WRITING_SECONDS


def _write_until(database: Database, until: float) -> int:
    done = 0
    with database.engine.connect() as connection:
        while time.monotonic() < until:
            connection.execute(text("INSERT INTO told VALUES ('a row')"))
            connection.commit()
            done += 1
    return done
