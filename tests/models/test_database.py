"""Transactions: what they promise when the disk or somebody else is in the way."""

import errno
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import (
    IntegrityError,
    InternalError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models import database as module
from models.database import Database
from models.migrate import current_revision, head_revision, schema_drift
from models.trouble import Trouble, trouble_of, words_for_log


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Database]:
    """A database that may not become larger than it is, as on a disk that is full."""
    path = tmp_path / "small.db"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE note (words TEXT)")
    database = Database(f"sqlite:///{path}")

    @event.listens_for(database.engine, "connect")
    def _keep_small(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 3")

    yield database
    database.close()


def _rows(database: Database) -> int:
    with database.reading() as session:
        return int(session.scalar(text("SELECT count(*) FROM note")) or 0)


def test_transaction_that_sqlite_undid_by_itself_keeps_nothing_and_says_so(small: Database) -> None:
    def write_on(more: bool) -> None:
        with small.transaction() as session:
            session.execute(text("INSERT INTO note VALUES ('first')"))
            try:
                with session.begin_nested():
                    session.execute(text("INSERT INTO note VALUES (:words)"), {"words": "x" * 50_000})
            except OperationalError:
                if more:
                    session.execute(text("INSERT INTO note VALUES ('after')"))

    for more in (True, False):
        with pytest.raises(OperationalError) as failed:
            write_on(more)
        assert trouble_of(failed.value) is Trouble.BROKEN
        assert _rows(small) == 0

    with small.transaction() as session:
        session.execute(text("INSERT INTO note VALUES ('small')"))
    assert _rows(small) == 1


def test_looking_at_the_revision_waits_for_no_writer(sqlite: Database) -> None:
    began, ended = threading.Event(), threading.Event()

    def hold() -> None:
        with sqlite.transaction():
            began.set()
            ended.wait(10)

    writer = threading.Thread(target=hold)
    writer.start()
    began.wait(10)
    try:
        assert current_revision(sqlite) == head_revision()
        assert schema_drift(sqlite) == []
        assert not ended.is_set()
    finally:
        ended.set()
        writer.join()


def test_busy_database_is_told_from_one_that_is_away(
    sqlite: Database, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_WAIT_SECONDS", 0.1)
    other = Database(sqlite.engine.url.render_as_string())
    one = Database(postgresql_url, pool_size=1)
    nobody = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2")
    found: dict[str, Trouble | None] = {}

    def fail(name: str, database: Database, statement: str) -> None:
        with pytest.raises(SQLAlchemyError) as failed, database.transaction() as session:
            session.execute(text(statement))
        found[name] = trouble_of(failed.value)
        assert {"trouble", "advice", "error"} == words_for_log(failed.value).keys()

    with sqlite.transaction() as holding:
        holding.execute(text("SELECT 1"))
        fail("locked", other, "SELECT 1")
    fail("no table", other, "SELECT * FROM nothing")
    fail("away", nobody, "SELECT 1")
    fail("read-only", one, "SET TRANSACTION READ ONLY; DELETE FROM person")
    with one.transaction() as holding:
        holding.execute(text("SELECT 1"))
        fail("no connection left", one, "SELECT 1")
    for database in (other, one, nobody):
        database.close()

    assert found == {
        "locked": Trouble.BUSY,
        "no table": Trouble.UNKNOWN,
        "away": Trouble.GONE,
        "read-only": Trouble.READ_ONLY,
        "no connection left": Trouble.CROWDED,
    }


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), Trouble.DISK_FULL),
        (OSError(errno.EROFS, "Read-only file system"), Trouble.READ_ONLY),
        (PermissionError(errno.EACCES, "Permission denied"), Trouble.READ_ONLY),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), None),
        (OSError("no number"), None),
        (PoolTimeout(), Trouble.CROWDED),
        (OperationalError("", None, Exception("FATAL:  sorry, too many clients already")), Trouble.CROWDED),
        (PendingRollbackError("Can't reconnect until invalid transaction is rolled back."), Trouble.GONE),
        (IntegrityError("INSERT", None, sqlite3.IntegrityError("UNIQUE")), None),
        (InternalError("SELECT", None, Exception("odd")), None),
        (ValueError("a bug"), None),
    ],
)
def test_trouble_around_us_is_told_from_faults_of_our_own(error: Exception, trouble: Trouble | None) -> None:
    assert trouble_of(error) is trouble
    assert (words_for_log(error) == {}) is (trouble is None)


def test_connection_that_rested_is_asked_whether_it_is_there_and_one_just_used_is_not(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    ping = postgres.engine.dialect.do_ping
    monkeypatch.setattr(postgres.engine.dialect, "do_ping", lambda one: (asked.append(one), ping(one))[1])

    def pid() -> int:
        with postgres.reading() as session:
            return int(session.scalar(text("SELECT pg_backend_pid()")) or 0)

    first = pid()
    assert (pid(), asked) == (first, [])
    other = Database(postgres.engine.url.render_as_string(hide_password=False))
    with other.reading() as session:
        assert session.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    other.close()
    monkeypatch.setattr(module, "PING_AFTER_SECONDS", 0.0)
    assert pid() != first, "another is opened in its place, and nobody notices"
    assert len(asked) == 1


def test_connection_that_was_opened_while_nobody_could_write_is_not_kept(small: Database) -> None:
    with small.transaction() as session:
        # What SQLite does by itself with a file that it can open for reading only.
        session.execute(text("PRAGMA query_only = ON"))
    with pytest.raises(OperationalError) as failed, small.transaction() as session:
        session.execute(text("INSERT INTO note VALUES ('while it was read-only')"))
    assert trouble_of(failed.value) is Trouble.READ_ONLY
    with small.transaction() as session:
        session.execute(text("INSERT INTO note VALUES ('since then')"))
    assert _rows(small) == 1
