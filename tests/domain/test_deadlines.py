"""When complaints are due: from filing to the last redo, with everything that may happen in between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.catalogue import catalogue
from domain import complaints, deadlines, recomputing, timers
from domain.deadlines import Clock
from models.calendar_day import CalendarDay
from models.complaint import Complaint
from models.enums import ComplaintKind, ComplaintStatus, Complexity, Outcome, TimerKind
from tests.support.story import Story, shanghai, wall

S = ComplaintStatus
NO_PHOTO: dict[str, Any] = {"outcome": Outcome.SOLVED, "no_photo_reason": "不涉及设施"}


def due(complaint: Complaint) -> list[str]:
    """The due times of dispatch, answer and result."""
    return [
        wall(moment) for moment in (complaint.dispatch_due_at, complaint.answer_due_at, complaint.done_due_at)
    ]


def test_ordinary_complaint_is_due_in_working_time(story: Story) -> None:
    complaint = story.complaint()

    assert due(complaint) == ["11-23 10:30", "11-24 10:00", "11-26 10:00"]
    assert wall(complaint.near_due_at) == "11-25 11:52"


def test_complaint_filed_on_friday_night_is_counted_from_monday_morning(story: Story) -> None:
    story.at("2026-11-27 23:00")

    assert due(story.complaint()) == ["11-30 08:30", "11-30 17:30", "12-02 17:30"]


def test_complaint_before_new_year_is_counted_over_the_holiday(story: Story) -> None:
    story.at("2025-12-31 16:30")
    complaint = story.complaint()

    # 1–3 January 2026 are holidays, Sunday the 4th is a make-up day (调休).
    assert wall(complaint.answer_due_at) == "01-04 16:30"


@pytest.mark.parametrize(
    ("complexity", "expected"),
    [
        (Complexity.ORDINARY, "11-26 10:00"),
        (Complexity.COMPLEX, "12-02 10:00"),
        (Complexity.VERY_COMPLEX, "12-14 10:00"),
    ],
)
def test_complexity_decides_how_long_it_may_take(story: Story, complexity: Complexity, expected: str) -> None:
    complaint = story.complaint(S.ASSIGNED)
    if complexity is not Complexity.ORDINARY:
        complaints.classify(
            story.session, complaint, complexity=complexity, **story.by(story.office.dispatcher)
        )

    assert wall(complaint.done_due_at) == expected


def test_another_category_brings_its_own_limits(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED)
    quick = story.factory.category(story.session, answer_minutes=60, ordinary_days=1)

    complaints.classify(story.session, complaint, category=quick, **story.by(story.office.dispatcher))

    assert due(complaint)[1:] == ["11-23 11:00", "11-24 10:00"]


def test_urgent_clocks_run_at_night_and_at_weekends(story: Story) -> None:
    story.at("2026-11-28 23:30")
    complaint = story.complaint(text="宿舍插座漏电冒烟")

    assert due(complaint) == ["11-28 23:40", "11-29 00:00", "11-29 23:30"]
    assert story.timers(complaint) == {
        "dispatch_overdue": "11-28 23:40",
        "answer_overdue": "11-29 00:00",
        "done_near": "11-29 17:30",
        "done_overdue": "11-29 23:30",
        "done_escalated": "11-30 00:30",
    }


def test_reminders_of_what_is_not_urgent_wait_for_working_hours(story: Story) -> None:
    story.at("2026-11-27 17:00")
    complaint = story.complaint()

    # Due at 17:00 and at a closing, 17:30; the day after a closing is a Thursday.
    assert due(complaint) == ["11-27 17:30", "11-30 17:00", "12-02 17:00"]
    assert story.timers(complaint)["dispatch_overdue"] == "11-30 08:00"


def test_urgency_noticed_later_counts_from_then(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED)
    story.at("2026-11-25 09:00")

    complaints.classify(story.session, complaint, urgent=True, **story.by(story.office.dispatcher))

    assert due(complaint)[1:] == ["11-25 09:30", "11-26 09:00"]
    clocks = deadlines.deadlines_of(
        complaint, complaint.events, deadlines.calendar_for(story.session), now=story.now
    )
    assert clocks[Clock.DONE].steps == (
        "提交：周一 10:00",
        "转为紧急：今天 09:00（从此时起计时）",
        "时限：紧急，24 小时（不分昼夜）",
        "到期：明天 09:00",
    )


def test_urgency_taken_back_counts_from_filing_in_working_time(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED, text="有煤气味，可能漏气，燃气灶附近")
    assert wall(complaint.done_due_at) == "11-24 10:00"

    complaints.classify(story.session, complaint, urgent=False, **story.by(story.office.dispatcher))

    assert wall(complaint.done_due_at) == "11-26 10:00"


def test_redo_of_what_was_made_urgent_counts_from_the_redo(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    complaints.classify(story.session, complaint, urgent=True, **story.by(story.office.dispatcher))
    complaints.resolve(story.session, complaint, words="好了", **NO_PHOTO, **story.by(story.office.handler))
    story.later(days=3)

    complaints.rate(story.session, complaint, solved=False, stars=1, **story.by(story.office.student))

    assert wall(complaint.done_due_at) == "11-27 10:00"


def test_praise_has_no_clock(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS, kind=ComplaintKind.PRAISE)

    assert due(complaint) == ["", "", ""]
    assert complaint.near_due_at is None
    assert story.timers(complaint) == {}


def test_deferred_praise_comes_back_all_the_same(story: Story) -> None:
    complaint = story.complaint(S.DEFERRED, kind=ComplaintKind.PRAISE)

    assert story.timers(complaint) == {"resume_deferred": "12-14 08:00"}


def test_redo_has_clocks_of_its_own_and_none_of_the_desk(story: Story) -> None:
    complaint = story.complaint(S.RESOLVED)
    story.at("2026-11-25 10:00")

    complaints.rate(story.session, complaint, solved=False, stars=1, **story.by(story.office.student))

    assert due(complaint) == ["", "11-26 10:00", "11-30 10:00"]
    assert complaint.first_answered_at is None
    assert set(story.timers(complaint)) == {
        "answer_overdue",
        "done_near",
        "done_overdue",
        "done_escalated",
        "progress_due",
    }


def test_redo_forgets_the_promise_of_the_round_before(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    until = shanghai("2026-12-24 17:30")
    complaints.supervise(story.session, complaint, words="看", until=until, **story.by(story.office.leader))
    complaints.resolve(story.session, complaint, words="好了", **NO_PHOTO, **story.by(story.office.handler))
    complaints.rate(story.session, complaint, solved=False, stars=1, **story.by(story.office.student))

    assert wall(complaint.done_due_at) == "11-26 10:00"
    assert complaint.supervised_until is None


def test_redo_drops_the_timer_that_would_have_closed_the_round_before(story: Story) -> None:
    complaint = story.complaint(S.RESOLVED)
    assert story.timers(complaint) == {"close_unrated": "11-30 10:00"}

    complaints.rate(story.session, complaint, solved=True, stars=2, **story.by(story.office.student))

    assert "close_unrated" not in story.timers(complaint)


def test_appeal_goes_to_the_desk_with_a_new_clock(story: Story) -> None:
    complaint = story.complaint(S.REJECTED)
    story.at("2026-11-25 09:00")

    complaints.appeal(story.session, complaint, words="确实归后勤", **story.by(story.office.student))

    assert due(complaint) == ["11-25 09:30", "11-26 09:00", "11-30 09:00"]
    assert story.timers(complaint)["dispatch_overdue"] == "11-25 09:30"


def test_transfer_neither_stops_nor_restarts_the_clock(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    before = due(complaint)[1:]
    story.later(hours=20)

    complaints.assign(
        story.session, complaint, team=story.office.other_team, **story.by(story.office.dispatcher)
    )

    assert due(complaint)[1:] == before


def test_word_of_progress_is_owed_every_three_working_days(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    assert story.timers(complaint)["progress_due"] == "11-26 10:00"
    story.later(hours=5)
    complaints.note(story.session, complaint, words="只有同事读", **story.by(story.office.handler))
    complaints.supervise(story.session, complaint, words="请抓紧", **story.by(story.office.leader))
    assert story.timers(complaint)["progress_due"] == "11-26 10:00"

    complaints.progress(story.session, complaint, words="配件已到", **story.by(story.office.handler))

    assert story.timers(complaint)["progress_due"] == "11-26 15:00"


def test_first_answer_by_a_human_ends_the_answer_clock(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED)
    assert "answer_overdue" in story.timers(complaint)

    complaints.reply(story.session, complaint, words="我们看一下", **story.by(story.office.handler))

    assert complaint.first_answered_at == story.now
    assert "answer_overdue" not in story.timers(complaint)


def test_reminder_is_owed_again_when_the_date_moves_on(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    story.at("2026-11-26 10:00")
    assert timers.fire(story.session, story.timer(complaint, TimerKind.DONE_OVERDUE).id, now=story.now)
    assert "done_overdue" not in story.timers(complaint)

    complaints.classify(
        story.session, complaint, complexity=Complexity.COMPLEX, **story.by(story.office.dispatcher)
    )

    assert story.timers(complaint)["done_overdue"] == "12-02 10:00"


def test_reminder_that_went_out_is_not_owed_again_by_other_steps(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    story.at("2026-11-26 10:00")
    timers.fire(story.session, story.timer(complaint, TimerKind.DONE_OVERDUE).id, now=story.now)
    story.later(hours=1)

    complaints.progress(story.session, complaint, words="还在修", **story.by(story.office.handler))

    assert "done_overdue" not in story.timers(complaint)


def test_reopening_deletes_nothing_that_went_out(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    story.at("2026-11-25 11:53")
    first = story.timer(complaint, TimerKind.DONE_NEAR)
    timers.fire(story.session, first.id, now=story.now)
    complaints.resolve(story.session, complaint, words="好了", **NO_PHOTO, **story.by(story.office.handler))
    complaints.rate(story.session, complaint, solved=False, stars=1, **story.by(story.office.student))

    assert first.fired_at == story.now
    assert story.timer(complaint, TimerKind.DONE_NEAR).round == 2


def test_ended_complaint_has_nothing_that_falls_due(story: Story) -> None:
    for status in (S.CLOSED, S.REJECTED, S.WITHDRAWN, S.MERGED):
        assert story.timers(story.complaint(status)) == {}


def test_edited_calendar_and_limits_move_open_complaints(story: Story) -> None:
    complaint, closed = story.complaint(S.ASSIGNED), story.complaint(S.CLOSED)
    closed_due = closed.done_due_at
    story.session.add(CalendarDay(day=shanghai("2026-11-24 00:00").date(), working=False))
    story.office.category.answer_minutes = 60

    deadlines.forget_calendar(story.session)
    assert recomputing.ask(story.session, staff=story.office.admin, now=story.now) == 1
    while recomputing.do_slice(story.session, now=story.now):
        pass

    assert due(complaint)[1:] == ["11-23 11:00", "11-27 10:00"]
    assert closed.done_due_at == closed_due


def test_calendar_is_read_once_per_session(story: Story) -> None:
    calendar = deadlines.calendar_for(story.session)

    assert deadlines.calendar_for(story.session) is calendar
    assert calendar.minutes_per_day == 450


def test_unrated_result_is_closed_after_seven_days(story: Story) -> None:
    complaint = story.complaint(S.RESOLVED)

    assert catalogue().limits.close_unrated_days == 7
    assert story.timer(complaint, TimerKind.CLOSE_UNRATED).due_at == story.now + timedelta(days=7)


def test_due_times_are_stored_in_utc(story: Story) -> None:
    complaint = story.complaint()
    story.session.flush()
    story.session.expire(complaint)

    assert complaint.dispatch_due_at == datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
