"""The engine, and the only place where a transaction begins and is committed."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

# A writer waits this long for another; shorter than the platform's patience of five seconds.
LOCK_WAIT_SECONDS = 3
# How often a writer of SQLite looks whether it may, which is less than one transaction takes.
LOOK_AGAIN_SECONDS = 0.002
# A connection that rested for longer is asked whether it is still there; of one just in use it is known.
PING_AFTER_SECONDS = 1.0
# A server that answers nothing any more is given up within seconds; the system itself would wait for minutes.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_HANGING_UP = {
    "connect_timeout": LOCK_WAIT_SECONDS,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class _OpenTransactions(threading.local):
    count = 0


_open_transactions = _OpenTransactions()


def _open_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own type)
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # What is deleted is overwritten, so that nobody reads in the file who had themselves forgotten.
        "secure_delete=ON",
        f"busy_timeout={LOCK_WAIT_SECONDS * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer late may fail at once with "database is locked"
    # however long the time-out is, so whoever is going to write says so at the start.
    begin = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
    file: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    # SQLite's own waiting looks ten times a second in the end; one who writes often is always faster.
    file.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < deadline:
            try:
                file.execute(begin)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(LOOK_AGAIN_SECONDS)
            else:
                return
        connection.exec_driver_sql(begin)  # fails as SQLAlchemy's statements do
    finally:
        with suppress(sqlite3.ProgrammingError):  # it was not kept
            file.execute(f"PRAGMA busy_timeout={LOCK_WAIT_SECONDS * 1000}")


def _still_in_transaction(connection: Connection, statement: str) -> None:
    """Refuse to go on in a transaction that SQLite has undone by itself, as it may when the disk is full.

    What came next would be kept statement by statement, and the commit would keep nothing without a word.
    """
    file: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    if not file.in_transaction:
        undone = sqlite3.OperationalError("SQLite has rolled this transaction back by itself")
        undone.sqlite_errorcode = sqlite3.SQLITE_ABORT_ROLLBACK
        raise OperationalError(statement, None, undone)


def _before_statement(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    if not statement.startswith("BEGIN"):
        _still_in_transaction(connection, statement)


def _before_commit(connection: Connection) -> None:
    _still_in_transaction(connection, "COMMIT")


def _forget_read_only(context: ExceptionContext) -> None:
    """Keep no connection that was opened while nobody could write: it would stay so after everybody can."""
    code = getattr(context.original_exception, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code & 0xFF == sqlite3.SQLITE_READONLY:
        context.is_disconnect = True


def _open_postgresql(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own type)
    autocommit, connection.autocommit = connection.autocommit, True
    connection.execute(f"SET lock_timeout = '{LOCK_WAIT_SECONDS}s'")
    connection.execute("SET idle_in_transaction_session_timeout = '60s'")
    connection.execute("SET TIME ZONE 'UTC'")
    # The default weighs an index as a spinning disk would; with it the lists of a team read the whole table.
    connection.execute("SET random_page_cost = 1.1")
    connection.autocommit = autocommit


def _hanging_up(url: URL) -> dict[str, int]:
    return {name: value for name, value in _HANGING_UP.items() if name not in url.query}


def create_database_engine(url: str, *, pool_size: int = 20) -> Engine:
    """Open an engine with the settings that make SQLite and PostgreSQL safe for many processes.

    Args:
        url: `sqlite:///path` or `postgresql+psycopg://…`.
        pool_size: connections a process keeps at most.
    """
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        # The one used last has its statements prepared, and need not be asked whether it is still there.
        pool_use_lifo=True,
        max_overflow=0,
        pool_timeout=LOCK_WAIT_SECONDS,
        connect_args={} if is_sqlite else _hanging_up(parsed),
    )
    if is_sqlite:
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "before_cursor_execute", _before_statement)
        event.listen(engine, "commit", _before_commit)
        event.listen(engine, "handle_error", _forget_read_only)
    else:
        event.listen(engine, "connect", _open_postgresql)
        _ping_after_rest(engine)
    return engine


def _ping_after_rest(engine: Engine) -> None:
    """Have connections asked whether they are still there, where they may have died in the meantime."""

    def note_return(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["returned_at"] = time.monotonic()

    def ping(connection: Any, record: ConnectionPoolEntry, _borrowed: object) -> None:  # noqa: ANN401 (of the driver)
        returned_at = record.info.get("returned_at")
        if returned_at is None or time.monotonic() - returned_at < PING_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # Another is opened in its place.
            raise InvalidatePoolError(f"the database hung up: {error}") from error

    event.listen(engine, "checkin", note_return)
    event.listen(engine, "checkout", ping)


class Database:
    """A database and its transactions.

    Args:
        url: see `create_database_engine`.
    """

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.engine = create_database_engine(url, pool_size=pool_size)
        readers = self.engine.execution_options(sqlite_begin="BEGIN", postgresql_readonly=True)
        self._writers = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(readers, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether one file holds it all."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session that may write; commit at the end, roll back on any exception."""
        _open_transactions.count += 1
        try:
            with self._writers() as session:
                yield session
                session.commit()
        finally:
            _open_transactions.count -= 1

    @staticmethod
    def in_transaction() -> bool:
        """Whether this thread is inside `transaction()`, where nothing slow may be called."""
        return _open_transactions.count > 0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for reading only; whatever it changed is thrown away."""
        with self._readers() as session:
            yield session

    def wipe_log(self) -> bool:
        """Move SQLite's log into the database file and cut it off, as it holds what was deleted since.

        Returns:
            Whether it was cut off; false while others read what is still in it.
        """
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
            return row is not None and row[0] == 0
        finally:
            connection.close()

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()
