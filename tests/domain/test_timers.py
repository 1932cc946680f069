"""What the clock does to complaints, each once."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from domain import complaints, timers
from domain.timers import REMINDERS
from models.complaint import Complaint, ComplaintEvent
from models.database import Database
from models.enums import Closing, ComplaintStatus, Outcome, StepName, TimerKind
from models.notice import Notice
from models.timer import Timer
from tests.support.factories import Factory
from tests.support.story import Story, at_once, wall

S = ComplaintStatus


def fire(story: Story, complaint: Complaint, kind: TimerKind) -> bool:
    """Let a timer of the present round fire now."""
    return timers.fire(story.session, story.timer(complaint, kind).id, now=story.now)


@pytest.mark.parametrize(
    ("kind", "status", "at", "told"),
    [
        (
            TimerKind.DISPATCH_OVERDUE,
            S.SUBMITTED,
            "2026-11-23 10:30",
            {"dispatcher": "staff_overdue", "second_dispatcher": "staff_overdue", "leader": "staff_overdue"},
        ),
        (
            TimerKind.ANSWER_OVERDUE,
            S.ASSIGNED,
            "2026-11-24 10:00",
            {"handler": "staff_overdue", "colleague": "staff_overdue", "lead": "staff_overdue"},
        ),
        (TimerKind.DONE_NEAR, S.IN_PROGRESS, "2026-11-25 14:00", {"handler": "staff_near_due"}),
        (
            TimerKind.DONE_OVERDUE,
            S.IN_PROGRESS,
            "2026-11-26 10:00",
            {"handler": "staff_overdue", "lead": "staff_overdue"},
        ),
        (
            TimerKind.DONE_ESCALATED,
            S.IN_PROGRESS,
            "2026-11-27 10:00",
            {"leader": "staff_escalated", "lead": "staff_escalated"},
        ),
        (TimerKind.PROGRESS_DUE, S.IN_PROGRESS, "2026-11-26 10:00", {"handler": "staff_near_due"}),
    ],
)
def test_each_reminder_goes_once_to_those_it_concerns(
    story: Story, kind: TimerKind, status: ComplaintStatus, at: str, told: dict[str, str]
) -> None:
    complaint = story.complaint(status)
    story.joined_by_friend(complaint)
    story.at(at)

    assert fire(story, complaint, kind)

    event = complaint.events[-1]
    assert (event.step, event.public, event.words) == (StepName.REMIND, False, REMINDERS[kind][0])
    assert event.details == {"timer": kind.value}
    assert story.told(event) == told
    assert not fire(story, complaint, kind)
    assert complaint.events[-1] is event


def test_every_kind_of_timer_has_something_to_do() -> None:
    assert set(TimerKind) == {*REMINDERS, TimerKind.CLOSE_UNRATED, TimerKind.RESUME_DEFERRED}


def test_nothing_fires_before_its_time(story: Story) -> None:
    complaint = story.complaint()
    story.later(minutes=29, seconds=59)

    assert timers.due_timers(story.session, now=story.now) == []
    assert not fire(story, complaint, TimerKind.DISPATCH_OVERDUE)
    assert not timers.fire(story.session, 999_999, now=story.now)


def test_the_longest_due_comes_first_and_the_rest_next_time(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED)
    story.at("2026-11-27 10:00")
    kinds = [
        story.session.get_one(Timer, timer_id).kind
        for timer_id in timers.due_timers(story.session, now=story.now)
    ]

    assert kinds == [
        TimerKind.ANSWER_OVERDUE,
        TimerKind.DONE_NEAR,
        TimerKind.DONE_OVERDUE,
        TimerKind.DONE_ESCALATED,
    ]
    first = story.timer(complaint, TimerKind.ANSWER_OVERDUE).id
    assert timers.due_timers(story.session, now=story.now, limit=1) == [first]


def test_unrated_result_is_closed_and_never_counted_as_satisfied(story: Story) -> None:
    complaint = story.complaint(S.RESOLVED)
    story.later(days=7)

    assert fire(story, complaint, TimerKind.CLOSE_UNRATED)

    assert (complaint.status, complaint.closing, complaint.closed_at) == (
        S.CLOSED,
        Closing.UNRATED,
        story.now,
    )
    assert complaints.rating_of(story.session, complaint) is None
    assert story.told(complaint.events[-1]) == {"student": "closed"}


def test_phone_complaint_without_a_person_is_closed_by_the_clock(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.RESOLVED, reporter=None, recorded_by=office.dispatcher)
    story.later(days=7)

    assert fire(story, complaint, TimerKind.CLOSE_UNRATED)
    assert (complaint.status, complaint.closing) == (S.CLOSED, Closing.UNRATED)
    assert story.told(complaint.events[-1]) == {}


def test_deferred_complaint_comes_back_by_itself(story: Story) -> None:
    complaint = story.complaint(S.DEFERRED)
    story.at("2026-12-14 08:00")

    assert fire(story, complaint, TimerKind.RESUME_DEFERRED)

    assert complaint.status is S.IN_PROGRESS
    assert complaint.events[-1].words == "挂账承诺的日期到了，恢复办理。"
    assert story.told(complaint.events[-1]) == {"student": "answered", "handler": "staff_assigned"}


def test_timer_of_a_complaint_that_has_moved_on_is_laid_to_rest(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    stray = Timer(complaint_id=complaint.id, kind=TimerKind.CLOSE_UNRATED, round=1, due_at=story.now)
    story.session.add(stray)
    story.session.flush()

    assert not timers.fire(story.session, stray.id, now=story.now)
    assert complaint.status is S.IN_PROGRESS
    assert timers.due_timers(story.session, now=story.now) == []


def test_whole_life_left_alone_reminds_of_each_thing_once(story: Story) -> None:
    complaint = story.complaint()
    office = story.office
    complaints.assign(story.session, complaint, team=office.team, **story.by(office.dispatcher))
    complaints.accept(story.session, complaint, **story.by(office.handler))
    for _ in range(14 * 24):
        story.later(hours=1)
        for timer_id in timers.due_timers(story.session, now=story.now):
            assert timers.fire(story.session, timer_id, now=story.now)

    reminded = [event.details["timer"] for event in complaint.events if event.step is StepName.REMIND]
    assert sorted(reminded) == [
        "answer_overdue",
        "done_escalated",
        "done_near",
        "done_overdue",
        "progress_due",
    ]
    assert all("08:00" <= wall(event.at)[6:] <= "17:30" for event in complaint.events)


def test_old_round_never_closes_a_redo(story: Story) -> None:
    complaint, office = story.complaint(S.RESOLVED), story.office
    story.later(days=6)
    complaints.rate(story.session, complaint, solved=False, stars=1, **story.by(office.student))
    complaints.resolve(
        story.session, complaint, words="重修了", outcome=Outcome.SOLVED, **story.by(office.handler)
    )
    story.later(days=2)

    assert timers.due_timers(story.session, now=story.now) == []


def test_many_workers_fire_a_timer_once(database: Database, factory: Factory) -> None:
    with database.transaction() as session:
        story = Story(session, factory, factory.office(session), factory.now)
        complaint = story.complaint(S.RESOLVED)
        timer_id = story.timer(complaint, TimerKind.CLOSE_UNRATED).id
        story.later(days=7)

    def worker() -> bool:
        with database.transaction() as session:
            return timers.fire(session, timer_id, now=story.now)

    workers: list[Callable[[], bool]] = [worker] * 4
    assert sorted(at_once(*workers)) == [False, False, False, True]
    with database.reading() as session:
        closed = ComplaintEvent.step == StepName.CLOSE_UNRATED
        assert session.scalar(select(func.count(ComplaintEvent.id)).where(closed)) == 1
        assert session.scalar(select(func.count(Notice.id)).where(Notice.kind == "closed")) == 1
