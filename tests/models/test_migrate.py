"""Bringing a database with rows in it to the newest shape."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select

from models import migrate
from models.complaint_round import ComplaintRound
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

_REDONE = """
INSERT INTO category (id, code, name, position, active, dispatch_minutes, answer_minutes, ordinary_days,
   complex_days, very_complex_days)
  VALUES (1, 'c', 'C', 0, TRUE, 30, 480, 3, 7, 15);
INSERT INTO complaint
  (id, number, kind, channel, status, revision, text, category_id, place_text, urgent, complexity, anonymous,
   contact_name, contact_phone, filed_at, round, rejection_reason, reopen_count, transfer_count, public_text,
   answer_due_at)
  VALUES (1, '1', 'repair', 'web', 'in_progress', 5, 'T', 1, '', FALSE, 'ordinary', FALSE,
   '', '', '2026-01-01 00:00:00', 2, '', 1, 0, '', '2026-01-06 00:00:00');
INSERT INTO complaint_event
  (complaint_id, at, step, to_status, round, actor_kind, actor_label, words, public, details)
  VALUES (1, '2026-01-01 00:00:00', 'submit', 'submitted', 1, 'clock', '', '', TRUE, '{}');
INSERT INTO complaint_event
  (complaint_id, at, step, to_status, round, actor_kind, actor_label, words, public, details)
  VALUES (1, '2026-01-02 00:00:00', 'approve_deferral', 'deferred', 1, 'clock', '', '', TRUE, '{}');
INSERT INTO complaint_event
  (complaint_id, at, step, to_status, round, actor_kind, actor_label, words, public, details)
  VALUES (1, '2026-01-03 00:00:00', 'resolve', 'resolved', 1, 'clock', '', '', TRUE, '{}');
INSERT INTO complaint_event
  (complaint_id, at, step, to_status, round, actor_kind, actor_label, words, public, details)
  VALUES (1, '2026-01-04 00:00:00', 'close_unrated', 'closed', 1, 'clock', '', '', TRUE, '{}');
INSERT INTO complaint_event
  (complaint_id, at, step, to_status, round, actor_kind, actor_label, words, public, details)
  VALUES (1, '2026-01-05 00:00:00', 'reopen', 'in_progress', 2, 'clock', '', '', TRUE, '{}')
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
    with migrate.foreign_keys_off(old) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE notice_attempt SET notice_id = 77")

    with pytest.raises(RuntimeError, match="rows point at nothing"):
        migrate.upgrade(old)

    assert migrate.current_revision(old) == "0003"


def test_foreign_keys_are_heeded_again_afterwards(old: Database) -> None:
    migrate.upgrade(old)

    with old.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_rounds_are_taken_over_from_complaints_and_their_events(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/rounds.db")
    with database.engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0009")
        for statement in _REDONE.split(";"):
            connection.exec_driver_sql(statement)
    migrate.upgrade(database)

    with database.reading() as session:
        rows = session.scalars(select(ComplaintRound).order_by(ComplaintRound.round)).all()
        taken = [
            (row.started_at.day, row.resolved_at and row.resolved_at.day, row.deferred, row.unrated)
            for row in rows
        ]
        dues = [row.answer_due_at and row.answer_due_at.day for row in rows]
    database.close()
    assert taken == [(1, 3, True, True), (5, None, False, False)]
    assert dues == [None, 6]


def test_newest_migration_is_told_by_the_names_of_files_as_alembic_tells_it() -> None:
    script = ScriptDirectory.from_config(migrate._config())

    assert migrate.head_revision() == script.get_current_head()
    assert sorted(migrate._revisions()) == sorted(one.revision for one in script.walk_revisions())
    assert not migrate.is_known("9999")
