"""The audit log: entries last exactly when the deed does, and each is sealed with the one before."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import audit
from models.audit import AuditChain, AuditEntry
from models.database import Database

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def deed(session: Session, words: str) -> None:
    audit.record(session, None, action="team.change", subject_kind="team", subject="1", words=words, now=NOW)


def entries(database: Database) -> list[AuditEntry]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.position)))


def test_entries_are_numbered_and_each_seal_covers_the_one_before(database: Database) -> None:
    audit.ORIGIN.set(audit.Origin("10.0.0.8", "r-1"))
    for words in ("改名", "停用"):
        with database.transaction() as session:
            deed(session, words)
    first, second = entries(database)
    assert [(e.position, e.words, e.address) for e in (first, second)] == [
        (1, "改名", "10.0.0.8"),
        (2, "停用", "10.0.0.8"),
    ]
    assert first.seal == audit.seal_of(first, before="")
    assert second.seal == audit.seal_of(second, before=first.seal)
    with database.reading() as session:
        chain = session.get_one(AuditChain, 1)
        assert (chain.length, chain.seal) == (2, second.seal)


def test_a_deed_that_came_to_nothing_leaves_no_entry(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            deed(session, "没有做成")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.transaction() as session:
        deed(session, "外面")
        savepoint = session.begin_nested()
        deed(session, "里面")
        savepoint.rollback()
        with session.begin_nested():
            deed(session, "另一个里面")
    assert [entry.words for entry in entries(database)] == ["外面", "另一个里面"]
