"""The three months that the demo begins with."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from demo.cases import plan_cases
from demo.seed import is_seeded
from demo.university import build_university
from domain import timers
from domain.deadlines import calendar_for, recompute
from domain.working_time import LOCAL
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower, ComplaintRequest
from models.database import Database
from models.enums import (
    ENDED_STATUSES,
    AttachmentPurpose,
    Channel,
    Closing,
    ComplaintKind,
    ComplaintStatus,
    NoticeState,
    RequestKind,
    RequestState,
    StepName,
)
from models.notice import Notice
from models.person import Person
from models.rating import Rating
from models.tables import Base
from models.timer import Timer
from tests.demo.conftest import NOW, TOTAL, WECHAT_USERS, fill

# What a random key or salt is in, and so differs between two fillings.
_RANDOM = {"file_key", "password_hash", "value"}  # the last: a setting holds the revision of the wording


@pytest.fixture(scope="module")
def shortest(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The least there can be: each ending once."""
    database = fill(migrated_sqlite_file, tmp_path_factory.mktemp("shortest"), total=1)
    yield database
    database.close()


def _complaints(session: Session) -> list[Complaint]:
    return list(session.scalars(select(Complaint).order_by(Complaint.id)))


def test_there_are_complaints_in_every_status(session: Session) -> None:
    counts = Counter(complaint.status for complaint in _complaints(session))
    assert set(counts) == set(ComplaintStatus)
    assert counts[ComplaintStatus.CLOSED] == max(counts.values())


def test_there_are_about_as_many_complaints_as_asked_for(session: Session) -> None:
    assert abs(len(_complaints(session)) - TOTAL) <= 10


def test_every_kind_and_the_main_channels_occur(session: Session) -> None:
    complaints = _complaints(session)
    assert {complaint.kind for complaint in complaints} == set(ComplaintKind)
    assert {complaint.channel for complaint in complaints} >= {Channel.WECHAT, Channel.WEB}


def test_every_kind_of_step_that_people_do_occurs(session: Session) -> None:
    done = set(session.scalars(select(ComplaintEvent.step).distinct()))
    rare = {  # corrections that a good desk seldom needs
        StepName.REFUSE_DEFERRAL,
        StepName.REFUSE_REJECTION,
        StepName.RESUME,
        StepName.UNPUBLISH,
        StepName.REFUSE_TRANSFER,
        StepName.PUBLISH,
        StepName.NOTE,
    }
    assert set(StepName) - rare - done == set()


def test_something_waits_for_every_kind_of_decision(session: Session) -> None:
    query = select(ComplaintRequest.kind).where(ComplaintRequest.state == RequestState.OPEN)
    assert set(session.scalars(query)) == set(RequestKind)


def test_nobody_says_the_same_as_somebody_else(session: Session) -> None:
    texts = Counter(complaint.text for complaint in _complaints(session))
    assert [text for text, count in texts.items() if count > 1] == []


def test_some_are_overdue_urgent_reopened_and_closed_without_a_rating(session: Session) -> None:
    complaints = _complaints(session)
    working = {ComplaintStatus.ASSIGNED, ComplaintStatus.IN_PROGRESS}
    late = [c for c in complaints if c.status in working and c.done_due_at and c.done_due_at < NOW]
    assert late
    assert any(complaint.supervised_at for complaint in complaints if complaint.status in working)
    assert any(complaint.urgent and complaint.status in working for complaint in complaints)
    assert any(complaint.reopen_count for complaint in complaints)
    assert any(complaint.anonymous for complaint in complaints)
    assert any(complaint.closing is Closing.UNRATED for complaint in complaints)
    assert session.scalar(select(func.count()).select_from(ComplaintFollower)) > 0  # type: ignore[operator]


def test_ratings_are_mostly_good_and_not_all(session: Session) -> None:
    stars = list(session.scalars(select(Rating.stars)))
    assert sum(1 for star in stars if star >= 4) > len(stars) / 2
    assert min(stars) <= 2


def test_numbers_follow_the_day_and_the_order_of_filing(session: Session) -> None:
    complaints = _complaints(session)
    assert [c.number for c in complaints] == sorted(c.number for c in complaints)
    assert all(c.number[:9] == c.filed_at.astimezone(LOCAL).strftime("%Y-%m%d") for c in complaints)


def test_acts_stand_in_the_order_of_time_and_none_in_the_future(session: Session) -> None:
    events = list(session.scalars(select(ComplaintEvent).order_by(ComplaintEvent.id)))
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert events[-1].at <= NOW


def test_staff_work_in_office_hours_unless_it_is_urgent(session: Session) -> None:
    calendar = calendar_for(session)
    recorded = {StepName.SUBMIT}  # somebody sits by the telephone at all hours
    events = session.scalars(select(ComplaintEvent).where(ComplaintEvent.staff_id.is_not(None)))
    after_hours = [
        (event.complaint.number, event.step, event.at)
        for event in events
        if not event.complaint.urgent
        and event.step not in recorded
        # An act that ends with the day is signed within the minute after it.
        and not calendar.is_working(event.at.replace(second=0) - (event.at - event.at.replace(second=0)))
        and calendar.between(event.at.replace(hour=0, minute=0), event.at).seconds == 0
    ]
    assert after_hours == []


def test_due_times_are_those_that_the_rules_compute(shortest: Database) -> None:
    with shortest.reading() as session:
        for complaint in _complaints(session):
            if complaint.status in ENDED_STATUSES | {ComplaintStatus.WAITING}:
                continue  # while somebody is waited for, due times move with the clock
            before = (complaint.answer_due_at, complaint.done_due_at, complaint.near_due_at)
            timers_before = _waiting_timers(session, complaint)
            recompute(session, complaint, now=NOW)
            assert (complaint.answer_due_at, complaint.done_due_at, complaint.near_due_at) == before
            assert _waiting_timers(session, complaint) == timers_before


def _waiting_timers(session: Session, complaint: Complaint) -> set[tuple[str, Any]]:
    query = select(Timer).where(Timer.complaint_id == complaint.id, Timer.fired_at.is_(None))
    return {(timer.kind, timer.due_at) for timer in session.scalars(query)}


def test_the_clock_has_nothing_left_to_do(session: Session) -> None:
    assert timers.due_timers(session, now=NOW) == []


def test_nothing_of_the_past_waits_to_be_sent(session: Session) -> None:
    states = set(session.scalars(select(Notice.state).distinct()))
    assert states <= {NoticeState.SENT, NoticeState.INBOX}
    assert session.scalar(select(func.max(Notice.sent_at))) <= NOW  # type: ignore[operator]


def test_notices_of_long_ago_have_been_read_and_the_newest_have_not(session: Session) -> None:
    oldest, newest = (
        session.scalars(
            select(Notice).order_by(Notice.created_at.desc() if last else Notice.created_at)
        ).first()
        for last in (False, True)
    )
    assert oldest is not None
    assert oldest.read_at is not None
    assert newest is not None
    assert newest.read_at is None


@pytest.mark.parametrize(
    ("nickname", "statuses"),
    [
        ("林小雨", {ComplaintStatus.RESOLVED, ComplaintStatus.IN_PROGRESS, ComplaintStatus.CLOSED}),
        ("陈浩", {ComplaintStatus.WAITING, ComplaintStatus.CLOSED}),
        ("王芳老师", {ComplaintStatus.IN_PROGRESS}),
        ("张伟", set()),
    ],
)
def test_the_simulators_users_find_complaints_of_their_own(
    session: Session, nickname: str, statuses: set[ComplaintStatus]
) -> None:
    query = select(Complaint.status).join(Person, Person.id == Complaint.reporter_id)
    found = set(session.scalars(query.where(Person.openid == WECHAT_USERS[nickname])))
    assert found == statuses


def test_the_simulators_users_have_complaints_however_few_there_are(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        university = build_university(session, now=NOW, wechat_users=WECHAT_USERS)
        calendar = calendar_for(session)
        for seed in range(20):
            cases = plan_cases(university, calendar, total=1, now=NOW, chance=Random(seed))
            given = Counter(one.reporter.openid for one in cases if one.reporter and one.reporter.openid)
            assert [given[WECHAT_USERS[name]] for name in ("林小雨", "陈浩", "王芳老师")] == [3, 2, 1], seed


def test_repairs_that_are_done_show_before_and_after(session: Session, demo_folder: Path) -> None:
    photos = list(session.scalars(select(Attachment)))
    assert {photo.purpose for photo in photos} == {AttachmentPurpose.REPORT, AttachmentPurpose.AFTER}
    assert all(photo.complaint_id and photo.event_id for photo in photos)
    with Image.open(demo_folder / "uploads" / photos[0].file_key) as picture:
        assert (picture.format, picture.size) == ("JPEG", (800, 600))


def test_a_filled_database_is_known_as_such(session: Session, migrated_sqlite_file: Path) -> None:
    assert is_seeded(session)
    empty = Database(f"sqlite:///{migrated_sqlite_file}")
    with empty.reading() as other:
        assert not is_seeded(other)
    empty.close()


def test_the_same_seed_and_time_give_the_same_rows(
    shortest: Database, migrated_sqlite_file: Path, tmp_path: Path
) -> None:
    again = fill(migrated_sqlite_file, tmp_path, total=1)
    assert _all_rows(again) == _all_rows(shortest)
    again.close()


def test_another_seed_tells_another_story(
    shortest: Database, migrated_sqlite_file: Path, tmp_path: Path
) -> None:
    other = fill(migrated_sqlite_file, tmp_path, seed=2, total=1)
    assert _all_rows(other)["complaint"] != _all_rows(shortest)["complaint"]
    other.close()


def _all_rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.engine.connect() as connection:
        return {
            table.name: sorted(
                (
                    tuple(connection_row)
                    for connection_row in connection.execute(
                        select(*(column for column in table.columns if column.name not in _RANDOM))
                    )
                ),
                key=repr,
            )
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("moment", ["2026-11-25T01:05", "2027-01-01T16:30"])
def test_it_can_begin_at_any_hour(migrated_sqlite_file: Path, tmp_path: Path, moment: str) -> None:
    now = NOW.fromisoformat(moment + "+00:00")
    database = fill(migrated_sqlite_file, tmp_path, now=now, total=1)
    with database.reading() as session:
        statuses = {complaint.status for complaint in _complaints(session)}
        assert len(statuses) >= 9  # after a week of holidays some that waited may have been closed
        assert session.scalar(select(func.max(ComplaintEvent.at))) <= now  # type: ignore[operator]
    database.close()
