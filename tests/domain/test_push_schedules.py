"""Schedules of pushes: planned by one, confirmed by another, and one run for each time, however late."""

import time as server_time
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from domain import push_queries, push_runs, push_schedules
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.push_times import LAST_DAY, When
from models.audit import AuditEntry
from models.matter_words import MatterStatus
from models.push import PushRun, PushSchedule
from models.push_words import DaysOff, MissedRule, PushKind, PushState, WhenKind
from tests.support.matters import matter
from tests.support.pushes import MONDAY_NINE, plan, something_to_tell, weekly_digest
from tests.support.story import Story, wall

DAILY = When(WhenKind.WORKING_DAYS, time(17))


def turned(story: Story) -> list[PushRun]:
    """Let the clock make what is due; a second look, by another worker, finds nothing."""
    due = push_schedules.due(story.session, now=story.now)
    made = [push_schedules.turn(story.session, one, now=story.now) for one in due]
    assert [push_schedules.turn(story.session, one, now=story.now) for one in due] == [None] * len(due)
    assert list(push_schedules.due(story.session, now=story.now)) == []
    return [run for run in made if run is not None]


def test_a_time_makes_one_run_which_waits_for_another_than_the_planner(story: Story) -> None:
    something_to_tell(story.session, story.office, now=story.now)
    schedule = weekly_digest(story.session, story.office.dispatcher, now=story.now)
    assert [
        wall(one) for one in push_schedules.upcoming(story.session, schedule, now=story.now, count=2)
    ] == [
        "11-30 09:00",
        "12-07 09:00",
    ]
    assert turned(story) == []

    story.at("2026-11-30 09:00")
    something_to_tell(story.session, story.office, now=story.now)
    (run,) = turned(story)

    assert (run.state, wall(run.due_at), run.remark, run.automatic) == (
        PushState.WAITING,
        "11-30 09:00",
        "",
        False,
    )
    assert push_runs.may_approve(run, story.office.leader)
    assert not push_runs.may_approve(run, story.office.dispatcher)
    assert not push_runs.may_approve(run, story.office.inspector)


def test_a_worker_down_over_five_times_makes_one_run(story: Story) -> None:
    schedule = weekly_digest(story.session, story.office.dispatcher, now=story.now, when=DAILY)
    something_to_tell(story.session, story.office, now=story.now + timedelta(days=7))

    story.at("2026-11-30 08:30")  # five working days later: 23 to 27 November were missed
    (run,) = turned(story)

    assert (run.state, wall(run.due_at)) == (PushState.WAITING, "11-27 17:00")
    assert run.remark == "后台停着的时候到期 5 次，只补发这一次。"
    assert wall(push_schedules.upcoming(story.session, schedule, now=story.now)[0]) == "11-30 17:00"


def test_a_missed_time_is_left_out_where_the_rule_says_so(story: Story) -> None:
    weekly_digest(story.session, story.office.dispatcher, now=story.now, when=DAILY, missed=MissedRule.SKIP)
    something_to_tell(story.session, story.office, now=story.now)
    story.at("2026-11-23 17:14")
    (on_time,) = turned(story)  # a worker that starts again is not late
    story.at("2026-11-24 17:16")
    (late,) = turned(story)

    assert (on_time.state, on_time.remark) == (PushState.WAITING, "")
    assert (late.state, late.remark) == (PushState.SKIPPED, "当时后台没有运行，按规则不补发。")


def test_an_empty_time_and_one_overtaken_are_on_record_with_the_reason(story: Story) -> None:
    weekly_digest(story.session, story.office.dispatcher, now=story.now, when=DAILY)
    story.at("2026-11-23 17:00")
    (empty,) = turned(story)
    something_to_tell(story.session, story.office, now=story.now)
    story.at("2026-11-24 17:00")
    (waits,) = turned(story)
    story.at("2026-11-25 17:00")
    (newer,) = turned(story)
    story.session.refresh(waits)

    assert (empty.state, empty.remark) == (PushState.SKIPPED, push_runs.NOTHING_TO_SAY)
    assert (waits.state, waits.remark) == (PushState.SKIPPED, push_runs.OVERTAKEN)
    assert newer.state is PushState.WAITING
    assert [one.id for one in push_queries.waiting(story.session)] == [newer.id]


def test_what_goes_to_people_by_itself_is_confirmed_once_by_another(story: Story) -> None:
    office = story.office
    something_to_tell(story.session, office, now=story.now)
    schedule = weekly_digest(story.session, office.dispatcher, now=story.now, automatic=True)
    assert not push_schedules.goes_by_itself(schedule)
    assert not push_schedules.may_confirm(schedule, office.dispatcher)
    with pytest.raises(NotAllowed, match="另一位同事"):
        push_schedules.confirm(story.session, schedule, staff=office.dispatcher, now=story.now)
    assert push_schedules.may_confirm(schedule, office.leader)
    push_schedules.confirm(story.session, schedule, staff=office.leader, now=story.now)
    with pytest.raises(TooLate):
        push_schedules.confirm(story.session, schedule, staff=office.admin, now=story.now)

    run = push_schedules.run_now(story.session, schedule, staff=office.dispatcher, now=story.now)
    assert (run.state, run.automatic, run.started_at) == (PushState.RUNNING, True, story.now)

    # Whoever changes it has to find somebody who confirms it anew; to colleagues it goes without.
    push_schedules.change(
        story.session, schedule, plan(automatic=True, title="周报"), staff=office.leader, now=story.now
    )
    assert not push_schedules.goes_by_itself(schedule)
    inside = plan(kind=PushKind.SUPERVISION, title="督查周报", automatic=True)
    assert push_schedules.goes_by_itself(
        push_schedules.create(story.session, inside, staff=office.admin, now=story.now)
    )


def test_a_paused_schedule_makes_nothing_and_nothing_is_made_up_for(story: Story) -> None:
    office = story.office
    something_to_tell(story.session, office, now=story.now)
    schedule = weekly_digest(story.session, office.dispatcher, now=story.now, when=DAILY)
    held = push_schedules.hold(story.session, schedule.id, staff=office.leader)
    push_schedules.pause(story.session, held, staff=office.leader, now=story.now)
    push_schedules.pause(story.session, held, staff=office.leader, now=story.now)
    assert push_schedules.upcoming(story.session, schedule, now=story.now) == []
    story.at("2026-11-25 18:00")
    assert turned(story) == []
    assert push_schedules.turn(story.session, schedule.id, now=story.now) is None
    push_schedules.resume(story.session, held, staff=office.leader, now=story.now)
    push_schedules.resume(story.session, held, staff=office.leader, now=story.now)
    assert turned(story) == []
    push_schedules.remove(story.session, held, staff=office.leader, now=story.now)
    story.at("2026-11-26 17:00")
    assert turned(story) == []
    assert push_schedules.turn(story.session, schedule.id, now=story.now) is None
    for look in (
        lambda: push_schedules.find(story.session, schedule.id),
        lambda: push_schedules.hold(story.session, schedule.id, staff=office.leader),
    ):
        with pytest.raises(NotFound):
            look()
    story.session.flush()
    assert list(push_schedules.listed(story.session)) == []
    pending = story.session.info["audit entries of this transaction"]
    said = [one.entry.words for one in pending if one.entry.action.startswith("push_schedule")]
    assert said == [
        "新建定时推送「办实事周报」，每个工作日 17:00",
        "暂停定时推送「办实事周报」",
        "恢复定时推送「办实事周报」",
        "删除定时推送「办实事周报」",
    ]


def test_what_is_planned_is_checked(story: Story) -> None:
    office, session = story.office, story.session
    once = When(WhenKind.ONCE, time(9), day=date(2026, 11, 23))
    wrong = [
        (plan(title="  "), "title"),
        (plan(title="长" * 41), "title"),
        (plan(when=once), "day"),  # an hour ago
        (plan(kind=PushKind.MATTER, subject="1"), "when"),
        (
            plan(kind=PushKind.MATTER, subject="1", when=When(WhenKind.ONCE, time(9), day=date(2026, 12, 1))),
            "subject",
        ),
    ]
    for entered, field in wrong:
        with pytest.raises(Invalid) as refusal:
            push_schedules.create(session, entered, staff=office.dispatcher, now=story.now)
        assert refusal.value.field == field
    with pytest.raises(NotAllowed):
        push_schedules.create(session, plan(), staff=office.inspector, now=story.now)
    assert session.scalars(select(PushSchedule)).all() == []
    closed = matter(session, office, MatterStatus.CLOSED, now=story.now)
    tomorrow = When(WhenKind.ONCE, time(9), day=date(2026, 11, 24))
    about = plan(kind=PushKind.MATTER, subject=closed.number, when=tomorrow)
    assert (
        push_schedules.create(session, about, staff=office.dispatcher, now=story.now).subject == closed.number
    )
    assert session.scalars(select(AuditEntry)).all() == []


def test_what_is_kept_is_what_was_planned(story: Story) -> None:
    when = When(WhenKind.MONTHLY, time(8, 30), (0, 15), days_off=DaysOff.NEXT)
    schedule = weekly_digest(story.session, story.office.admin, now=story.now, when=when)
    story.session.refresh(schedule)

    assert push_schedules.when_of(schedule) == when
    assert (
        push_schedules.when_of(weekly_digest(story.session, story.office.admin, now=story.now)) == MONDAY_NINE
    )


@pytest.mark.parametrize("story", ["sqlite"], indirect=True)
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London"])
def test_a_server_in_summer_time_turns_each_time_once_at_the_offices_hour(
    story: Story, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept in the database and compared there, around the days on which the server's clock jumps."""
    monkeypatch.setenv("TZ", zone)
    server_time.tzset()
    try:
        for day in ("2027-03-13", "2027-03-27", "2027-10-30", "2027-11-06"):
            story.at(f"{day} 12:00")
            when = When(WhenKind.WEEKLY, time(2, 30), tuple(range(1, 8)))
            schedule = weekly_digest(story.session, story.office.dispatcher, now=story.now, when=when)
            something_to_tell(story.session, story.office, now=story.now)
            made: list[str] = []
            for _ in range(12):
                story.later(hours=6)
                story.session.expire_all()
                made += [wall(run.due_at)[-5:] for run in turned(story)]
            assert made == ["02:30"] * 3
            push_schedules.remove(story.session, schedule, staff=story.office.admin, now=story.now)
    finally:
        monkeypatch.undo()
        server_time.tzset()


@pytest.mark.parametrize("story", ["sqlite"], indirect=True)
def test_a_worker_down_over_a_leap_day_and_a_make_up_day_makes_the_last_one(story: Story) -> None:
    """February 2028 ends on the 29th; Sunday 20 September 2026 is worked, Friday 25 September is off."""
    session, staff = story.session, story.office.dispatcher
    story.at("2026-09-18 18:00")
    daily = weekly_digest(session, staff, now=story.now, when=DAILY)
    something_to_tell(session, story.office, now=story.now + timedelta(days=7))
    story.at("2026-09-20 17:00")
    assert [wall(run.due_at) for run in turned(story)] == ["09-20 17:00"]
    story.at("2026-09-26 12:00")
    (late,) = turned(story)
    assert (wall(late.due_at), late.remark) == ("09-24 17:00", "后台停着的时候到期 4 次，只补发这一次。")
    push_schedules.remove(session, daily, staff=staff, now=story.now)

    story.at("2028-01-31 10:00")
    ends = When(WhenKind.MONTHLY, time(9), (LAST_DAY,))
    weekly_digest(session, staff, now=story.now, when=ends)
    story.at("2028-03-01 10:00")
    something_to_tell(session, story.office, now=story.now)
    (leap,) = turned(story)
    assert (wall(leap.due_at), leap.remark) == ("02-29 09:00", "后台停着的时候到期 1 次，只补发这一次。")
