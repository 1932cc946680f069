"""Bringing a database with rows in it to the newest shape."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command

from models import migrate
from models.database import Database
from models.enums import NoticeChannel
from models.notice import Notice, NoticeAttempt

_OLD_ROWS = """
INSERT INTO person (id, openid, following, created_at) VALUES (1, 'o1', TRUE, '2026-01-01');
INSERT INTO notice
  (id, key, kind, person_id, title, body, fields, path, urgent, created_at, state, due_at,
   claimed_by, attempts, platform_message_id, error)
  VALUES (1, 'event:1:person:1', 'received', 1, 'T', 'B', '{}', '', FALSE, '2026-01-01', 'sent', '2026-01-01',
   '', 0, '', '');
INSERT INTO notice_attempt (notice_id, at, channel, words) VALUES (1, '2026-01-01', 'custom', 'W')
"""


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database as it was before subscriptions, with a notice that an attempt points at."""
    database = Database(f"sqlite:///{tmp_path}/old.db")
    with database.engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0003")
        for statement in _OLD_ROWS.split(";"):
            connection.exec_driver_sql(statement)
    yield database
    database.close()


def test_tables_are_made_anew_around_the_rows_that_point_at_each_other(old: Database, now: datetime) -> None:
    migrate.upgrade(old)

    with old.transaction() as session:
        notice = session.get_one(Notice, 1)
        assert (notice.resends, notice.template_id, notice.delivered_at) == (0, "", None)
        assert session.get_one(NoticeAttempt, 1).notice_id == 1
        notice.channel = NoticeChannel.SUBSCRIPTION
        session.add(
            NoticeAttempt(notice_id=1, at=now, channel=NoticeChannel.SUBSCRIPTION, code=0, words="已送出")
        )
    assert migrate.schema_drift(old) == []


def test_rows_that_point_at_nothing_stop_the_migration_and_nothing_is_changed(old: Database) -> None:
    with migrate._foreign_keys_off(old) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE notice_attempt SET notice_id = 77")

    with pytest.raises(RuntimeError, match="rows point at nothing"):
        migrate.upgrade(old)

    assert migrate.current_revision(old) == "0003"


def test_foreign_keys_are_heeded_again_afterwards(old: Database) -> None:
    migrate.upgrade(old)

    with old.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
