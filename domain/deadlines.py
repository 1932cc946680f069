"""When a complaint is due, and why: computed from its events, never from a running total."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import complaint_rounds, office_settings
from domain.clocks import (
    ESCALATION_AFTER_ELAPSED,
    Deadline,
    elapsed_deadline,
    elapsed_limit_text,
    working_deadline,
    working_limit_text,
)
from domain.office_settings import WORKING_HOURS
from domain.rounds import Promise, Round, read_round
from domain.working_time import LOCAL, WorkingTime, describe_moment
from models.calendar_day import CalendarDay
from models.complaint import Complaint, ComplaintEvent
from models.enums import (
    WORKING_STATUSES,
    ComplaintKind,
    ComplaintStatus,
    Complexity,
    TimerKind,
    Word,
)
from models.timer import Timer

_CALENDAR = "working_time"


class Clock(Word):
    """The three clocks of a round."""

    DISPATCH = "dispatch", "受理派单"
    ANSWER = "answer", "首次答复"
    DONE = "done", "办结"


def calendar_for(session: Session) -> WorkingTime:
    """Give the office's working time, with its own hours and edited days; read once per session."""
    calendar = session.info.get(_CALENDAR)
    if calendar is None:
        spans = office_settings.read(session, WORKING_HOURS)
        edited = {row.day: row.working for row in session.scalars(select(CalendarDay))}
        calendar = session.info[_CALENDAR] = WorkingTime(spans, overrides=edited)
    return calendar


def forget_calendar(session: Session) -> None:
    """Read the calendar anew next time, because it was edited."""
    session.info.pop(_CALENDAR, None)


def _days_allowed(complaint: Complaint) -> int:
    category = complaint.category
    return {
        Complexity.ORDINARY: category.ordinary_days,
        Complexity.COMPLEX: category.complex_days,
        Complexity.VERY_COMPLEX: category.very_complex_days,
    }[complaint.complexity]


def deadlines_of(
    complaint: Complaint, events: Sequence[ComplaintEvent], calendar: WorkingTime, *, now: datetime
) -> dict[Clock, Deadline]:
    """Compute the clocks of the present round; praise has none.

    Args:
        events: all events of the complaint, oldest first.
    """
    if complaint.kind is ComplaintKind.PRAISE:
        return {}
    current = read_round(complaint, events)
    if complaint.urgent:
        clocks = _urgent_clocks(current, now)
    else:
        clocks = _ordinary_clocks(complaint, current, calendar, now)
    if not current.goes_to_desk:
        del clocks[Clock.DISPATCH]
    if current.promise is not None:
        computed = clocks[Clock.DONE]
        clocks[Clock.DONE] = _promised(
            computed, current, current.promise, calendar, urgent=complaint.urgent, now=now
        )
    return clocks


def _urgent_clocks(current: Round, now: datetime) -> dict[Clock, Deadline]:
    limits = catalogue().limits
    allowed = {
        Clock.DISPATCH: timedelta(minutes=limits.urgent_dispatch_minutes),
        Clock.ANSWER: timedelta(minutes=limits.urgent_answer_minutes),
        Clock.DONE: timedelta(hours=limits.urgent_done_hours),
    }
    clocks = {
        clock: elapsed_deadline(
            start=current.urgent_since or current.start,
            duration=duration,
            pauses=current.pauses,
            now=now,
            limit_text=f"紧急，{elapsed_limit_text(duration)}",
        )
        for clock, duration in allowed.items()
    }
    if current.urgent_since is None:
        return clocks
    lines = (
        f"提交：{describe_moment(current.start, now=now)}",
        f"转为紧急：{describe_moment(current.urgent_since, now=now)}（从此时起计时）",
    )
    return {clock: replace(due, steps=(*lines, *due.steps[1:])) for clock, due in clocks.items()}


def _ordinary_clocks(
    complaint: Complaint, current: Round, calendar: WorkingTime, now: datetime
) -> dict[Clock, Deadline]:
    category = complaint.category
    allowed = {
        Clock.DISPATCH: category.dispatch_minutes,
        Clock.ANSWER: category.answer_minutes,
        Clock.DONE: _days_allowed(complaint) * calendar.minutes_per_day,
    }
    return {
        clock: working_deadline(
            calendar,
            start=current.start,
            minutes=minutes,
            pauses=current.pauses,
            now=now,
            limit_text=working_limit_text(calendar, minutes=minutes),
        )
        for clock, minutes in allowed.items()
    }


def _promised(
    computed: Deadline,
    current: Round,
    promise: Promise,
    calendar: WorkingTime,
    *,
    urgent: bool,
    now: datetime,
) -> Deadline:
    """Let a promised or ordered date take the place of the computed one, and say so.

    What was waited for the person since the promise was made is added; the clock stood still then too.
    """
    due, line = promise.until, f"{promise.text}：{describe_moment(promise.until, now=now)}"
    waited = [
        (max(pause.start, promise.made_at), pause.end or now)
        for pause in current.pauses
        if pause.start < promise.until
    ]
    lost = sum((calendar.between(start, end) for start, end in waited), timedelta())
    if lost:
        due = calendar.add(due, lost)
        line += f"；等待补充期间不计时，顺延到{describe_moment(due, now=now)}"
    return Deadline(
        due_at=due,
        near_at=min(due, calendar.next_working_moment(due - timedelta(days=1))),
        escalate_at=due + ESCALATION_AFTER_ELAPSED if urgent else calendar.add_days(due, 1),
        steps=(*computed.steps[:-1], line),
    )


def recompute(
    session: Session, complaint: Complaint, *, now: datetime, events: Sequence[ComplaintEvent] | None = None
) -> None:
    """Write the due times and timers of a complaint anew, from its events and the calendar.

    Args:
        events: all events of the complaint, oldest first, where they are at hand.
    """
    with session.no_autoflush:  # so that one UPDATE writes both the step and its due times
        calendar = calendar_for(session)
        events = complaint.events if events is None else events
        clocks = deadlines_of(complaint, events, calendar, now=now)
    done = clocks.get(Clock.DONE)
    complaint.dispatch_due_at = _due_at(clocks, Clock.DISPATCH)
    complaint.answer_due_at = _due_at(clocks, Clock.ANSWER)
    complaint.done_due_at = _due_at(clocks, Clock.DONE)
    complaint.near_due_at = done.near_at if done else None
    current = read_round(complaint, events)
    complaint_rounds.write_round(session, complaint, current, events, calendar)
    _set_timers(session, complaint, _timers_wanted(complaint, current, clocks, calendar))
    session.flush()


def _due_at(clocks: dict[Clock, Deadline], clock: Clock) -> datetime | None:
    return clocks[clock].due_at if clock in clocks else None


def _timers_wanted(
    complaint: Complaint, current: Round, clocks: dict[Clock, Deadline], calendar: WorkingTime
) -> dict[TimerKind, datetime]:
    """Tell what the clock has to do next on this complaint."""
    limits = catalogue().limits
    status = complaint.status
    if status is ComplaintStatus.RESOLVED and complaint.resolved_at is not None:
        return {TimerKind.CLOSE_UNRATED: complaint.resolved_at + timedelta(days=limits.close_unrated_days)}
    if status is ComplaintStatus.DEFERRED and complaint.deferred_until is not None:
        return {TimerKind.RESUME_DEFERRED: _comes_back_at(complaint.deferred_until, current, calendar)}
    if not clocks or status not in WORKING_STATUSES | {ComplaintStatus.SUBMITTED}:
        return {}
    done = clocks[Clock.DONE]
    wanted = {
        TimerKind.DONE_NEAR: done.near_at,
        TimerKind.DONE_OVERDUE: done.due_at,
        TimerKind.DONE_ESCALATED: done.escalate_at,
    }
    if status is ComplaintStatus.SUBMITTED:
        wanted[TimerKind.DISPATCH_OVERDUE] = clocks[Clock.DISPATCH].due_at
    if complaint.first_answered_at is None:
        wanted[TimerKind.ANSWER_OVERDUE] = clocks[Clock.ANSWER].due_at
    if status is ComplaintStatus.IN_PROGRESS:
        wanted[TimerKind.PROGRESS_DUE] = calendar.add_days(current.last_words_at, limits.progress_days)
    if complaint.urgent:
        return wanted
    return {kind: calendar.next_working_moment(due) for kind, due in wanted.items()}


def _comes_back_at(until: datetime, current: Round, calendar: WorkingTime) -> datetime:
    """Give the morning of the promised day, or of an earlier one that was ordered since."""
    until = min(until, current.promise.until if current.promise is not None else until)
    morning = until.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(calendar.next_working_moment(morning), until)


def _set_timers(session: Session, complaint: Complaint, wanted: dict[TimerKind, datetime]) -> None:
    rows = session.scalars(
        select(Timer).where(
            Timer.complaint_id == complaint.id,
            or_(Timer.round == complaint.round, Timer.fired_at.is_(None)),
        )
    )
    present: dict[TimerKind, Timer] = {}
    for row in rows:
        if row.round == complaint.round:
            present[row.kind] = row
        if row.fired_at is None and (row.round != complaint.round or row.kind not in wanted):
            session.delete(row)
    for kind, due in wanted.items():
        existing = present.get(kind)
        if existing is None:
            session.add(Timer(complaint_id=complaint.id, kind=kind, round=complaint.round, due_at=due))
        elif existing.fired_at is None:
            existing.due_at = due
        elif due > existing.fired_at:
            # The date moved on after the reminder went out, so it is owed again.
            existing.due_at, existing.fired_at = due, None
