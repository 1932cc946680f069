"""Checking the audit log finds what was changed, taken out, added or cut off behind our back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import audit, audit_check, complaints
from domain.actors import Actor
from models.database import Database
from models.enums import ComplaintStatus
from models.matter_words import MatterStatus
from tests.support.factories import Factory, Office
from tests.support.matters import matter

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def faults(database: Database) -> tuple[str, ...]:
    with database.reading() as session:
        return audit_check.verify(session).faults


def deeds(session: Session, count: int) -> None:
    for number in range(1, count + 1):
        audit.record(
            session,
            None,
            action="team.change",
            subject_kind="team",
            subject=str(number),
            words="改名",
            now=NOW,
        )


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("SELECT 1", []),
        (
            "UPDATE audit_entry SET words = '没改' WHERE position = 2",
            ["第 2 条与封存时不一样（系统：没改）。"],
        ),
        (
            "UPDATE audit_entry SET at = '2026-11-20 02:00:00+00:00' WHERE position = 3",
            ["第 3 条与封存时不一样（系统：改名）。"],
        ),
        ("DELETE FROM audit_entry WHERE position = 1", ["第 1 条不见了。"]),
        ("DELETE FROM audit_entry WHERE position IN (2, 3)", ["第 2 至 3 条不见了。"]),
        ("DELETE FROM audit_entry WHERE position >= 4", ["末尾少了 2 条：应有 5 条，只有 3 条。"]),
        ("DELETE FROM audit_chain", ["日志的末尾标记不见了。"]),
        (
            "UPDATE audit_chain SET length = 4",
            ["末尾与标记对不上：有条目是绕过系统加进去的，或者标记被改过。"],
        ),
    ],
)
def test_a_changed_or_missing_entry_shows(database: Database, tampering: str, found: list[str]) -> None:
    with database.transaction() as session:
        deeds(session, 5)
    with database.transaction() as session:
        session.execute(text(tampering))
    assert list(faults(database)) == found


def test_the_seal_of_the_last_entry_is_told_and_long_logs_are_read_in_slices(database: Database) -> None:
    with database.transaction() as session:
        deeds(session, 1_100)
    with database.reading() as session:
        report = audit_check.verify(session)
    assert (report.length, len(report.seal), report.faults) == (1_100, 64, ())


def test_a_step_of_a_complaint_that_was_changed_afterwards_shows(
    database: Database, factory: Factory, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        complaint = factory.complaint(session, office, ComplaintStatus.ASSIGNED)
        complaints.accept(session, complaint, actor=Actor.of_staff(office.handler), now=now)
        number = complaint.number
    assert faults(database) == ()

    with database.transaction() as session:
        session.execute(text("UPDATE complaint_event SET words = '早就修好了' WHERE step = 'accept'"))
    assert faults(database) == (f"诉求 {number} 的一条办理记录被改过（诉求 {number}：接单）。",)

    with database.transaction() as session:
        session.execute(text("DELETE FROM complaint_event WHERE step = 'accept'"))
    assert faults(database) == (f"诉求 {number} 的一条办理记录不见了（诉求 {number}：接单）。",)


def test_a_step_of_a_matter_that_was_changed_afterwards_shows(
    database: Database, factory: Factory, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        # Its events and those of complaints have the same ids.
        complaint = factory.complaint(session, office, ComplaintStatus.ASSIGNED)
        complaints.accept(session, complaint, actor=Actor.of_staff(office.handler), now=now)
        number = matter(session, office, MatterStatus.IN_PROGRESS, now=now).number
    assert faults(database) == ()

    with database.transaction() as session:
        session.execute(text("UPDATE matter_event SET words = '另一句' WHERE step = 'list'"))
    assert faults(database) == (f"事项 {number} 的一条办理记录被改过（事项 {number}：立项）。",)

    with database.transaction() as session:
        session.execute(text("DELETE FROM matter_event WHERE step = 'list'"))
    assert faults(database) == (f"事项 {number} 的一条办理记录不见了（事项 {number}：立项）。",)


def test_reading_ends_with_the_slice_that_holds_enough_faults(database: Database) -> None:
    with database.transaction() as session:
        deeds(session, 1_010)
    with database.transaction() as session:
        session.execute(text("UPDATE audit_entry SET words = '没改' WHERE position IN (2, 3, 1005)"))
    with database.reading() as session:
        report = audit_check.verify(session, most=1)
    assert (report.length, len(report.faults)) == (audit_check._AT_ONCE, 1)
