"""Of many workers one leads the schedule; when it dies, another takes over within seconds."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from jobs.file_lock import FileLock
from models.database import Database, create_database_engine

log = structlog.get_logger(__name__)

# One number for "leads the schedule" in all workers on one database.
_LEADER_LOCK = 824_002
# Where the network is cut nobody hears of the end. Who leads stops by itself when the last look is so long
# ago; the server hangs up, and lets go of the lock, a little later; only then another can take it.
LEASE_SECONDS = 6.0
_ASK_SECONDS = 4.0
_SERVER_HANGS_UP = (
    "SET tcp_user_timeout = '7s'",
    "SET tcp_keepalives_idle = '3s'",
    "SET tcp_keepalives_interval = '1s'",
    "SET tcp_keepalives_count = 4",
)


class Leadership(Protocol):
    """Knows whether this worker leads; looked after by one thread."""

    def check(self) -> bool:
        """Tell whether this worker leads now; take the lead if nobody has it."""

    def holds(self) -> bool:
        """Tell, without asking anybody, whether this worker may still act as the one that leads."""

    def resign(self) -> None:
        """Let another lead."""


class FileLeadership:
    """Leadership among the workers of one machine, for SQLite."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "leader.lock")

    def check(self) -> bool:
        """Tell whether this worker leads now; take the lead if nobody has it."""
        return self._lock.acquire()

    def holds(self) -> bool:
        """Tell whether this worker leads; the lock ends with the process, and no sooner."""
        return self._lock.is_held

    def resign(self) -> None:
        """Let another lead."""
        self._lock.release()


class PostgresqlLeadership:
    """Leadership among all workers on one database, by an advisory lock on a connection of its own.

    The lock ends with the connection, so a worker that lost its connection leads no more.

    Args:
        steady: gives seconds that nobody sets.
    """

    def __init__(self, url: str, *, steady: Callable[[], float] = time.monotonic) -> None:
        patience = {"tcp_user_timeout": str(int(_ASK_SECONDS * 1000))}
        own = make_url(url).update_query_dict(patience)
        self._engine = create_database_engine(own.render_as_string(hide_password=False), pool_size=1)
        self._steady, self._sure_until = steady, float("-inf")
        self._connection: Connection | None = None
        self._leads = False

    def check(self) -> bool:
        """Tell whether this worker leads now; take the lead if nobody has it."""
        begun = self._steady()
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                for setting in _SERVER_HANGS_UP:
                    self._connection.execute(text(setting))
            # Asked for each time, this also tells that the connection lives; a lock held is not taken twice.
            question = "SELECT 1" if self._leads else f"SELECT pg_try_advisory_lock({_LEADER_LOCK})::int"
            self._leads = self._connection.scalar(text(question)) == 1
            self._sure_until = begun + LEASE_SECONDS
        except SQLAlchemyError:
            self.resign()
        return self._leads

    def holds(self) -> bool:
        """Tell whether the last look was not too long ago for anybody else to lead already."""
        return self._leads and self._steady() < self._sure_until

    def resign(self) -> None:
        """Let another lead."""
        if self._connection is not None:
            if self._leads:
                with suppress(SQLAlchemyError):  # the server would notice that we hung up, but not at once
                    self._connection.execute(text(f"SELECT pg_advisory_unlock({_LEADER_LOCK})"))
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        self._leads = False
        self._engine.dispose()


def leadership_for(settings: Settings, database: Database) -> Leadership:
    """Give the kind of leadership that goes with the database."""
    if database.is_sqlite:
        return FileLeadership(settings.run_dir)
    return PostgresqlLeadership(settings.database_url)
