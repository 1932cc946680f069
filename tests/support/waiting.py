"""Waiting for what happens in its own time."""

import time
from collections.abc import Callable

from models.database import Database


def eventually(found: Callable[[], bool], *, seconds: float = 8) -> float:
    """Wait until something is so; give how long it took."""
    began = time.monotonic()
    while not found():
        assert time.monotonic() - began < seconds, "it never came about"
        time.sleep(0.02)
    return time.monotonic() - began


def waits_for_a_lock(database: Database) -> bool:
    """Tell whether somebody in this PostgreSQL database waits until another has committed."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with database.reading() as session:
        return bool(session.connection().exec_driver_sql(waiting).scalar())
