"""When a complaint is due, and why: computed from its events, never from a running total."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain.clocks import (
    Deadline,
    Pause,
    elapsed_deadline,
    elapsed_limit_text,
    working_deadline,
    working_limit_text,
)
from domain.working_time import LOCAL, Span, WorkingTime
from models.calendar_day import CalendarDay
from models.complaint import Complaint, ComplaintEvent
from models.enums import (
    ACTIVE_STATUSES,
    ComplaintKind,
    ComplaintStatus,
    Complexity,
    StepName,
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
    """Give the office's working time, with its own edited days; read once per session."""
    calendar = session.info.get(_CALENDAR)
    if calendar is None:
        spans = [Span(start, end) for start, end in catalogue().working_hours.spans]
        edited = {row.day: row.working for row in session.scalars(select(CalendarDay))}
        calendar = session.info[_CALENDAR] = WorkingTime(spans, overrides=edited)
    return calendar


@dataclass(frozen=True)
class Round:
    """One round of work on a complaint, as its events tell it."""

    start: datetime
    number: int
    dispatched_at: datetime | None
    pauses: tuple[Pause, ...]
    promised: datetime | None
    promise_text: str
    last_words_at: datetime


def read_round(complaint: Complaint, events: Sequence[ComplaintEvent]) -> Round:
    """Read the present round from the events, oldest first."""
    of_round = [event for event in events if event.round == complaint.round]
    start = of_round[0].at
    pauses = [
        Pause(one.at, following.at if following else None, "等待诉求人补充")
        for one, following in pairwise([*_status_changes(of_round), None])
        if one is not None and one.to_status is ComplaintStatus.WAITING
    ]
    promised, promise_text = None, ""
    for event in of_round:
        until = event.details.get("until")
        if until and event.step in {StepName.APPROVE_DEFERRAL, StepName.SUPERVISE}:
            promised = datetime.fromisoformat(until)
            promise_text = "督办要求" if event.step is StepName.SUPERVISE else "挂账承诺"
    dispatched = next((event.at for event in of_round if event.step is StepName.ASSIGN), None)
    spoken = [event.at for event in of_round if event.public and event.staff_id is not None]
    return Round(
        start=complaint.filed_at if complaint.round == 1 else start,
        number=complaint.round,
        dispatched_at=dispatched,
        pauses=tuple(pauses),
        promised=promised,
        promise_text=promise_text,
        last_words_at=max([start, *spoken]),
    )


def _status_changes(events: Sequence[ComplaintEvent]) -> list[ComplaintEvent]:
    """Leave out steps that stay where they are: a note does not end a pause."""
    return [event for event in events if event.from_status is not event.to_status]


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
    if current.promised is not None:
        clocks[Clock.DONE] = _promised(clocks[Clock.DONE], current, calendar)
    return clocks


def _urgent_clocks(current: Round, now: datetime) -> dict[Clock, Deadline]:
    limits = catalogue().limits
    allowed = {
        Clock.DISPATCH: timedelta(minutes=limits.urgent_dispatch_minutes),
        Clock.ANSWER: timedelta(minutes=limits.urgent_answer_minutes),
        Clock.DONE: timedelta(hours=limits.urgent_done_hours),
    }
    return {
        clock: elapsed_deadline(
            start=current.start,
            duration=duration,
            now=now,
            limit_text=f"紧急，{elapsed_limit_text(duration)}",
        )
        for clock, duration in allowed.items()
    }


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


def _promised(computed: Deadline, current: Round, calendar: WorkingTime) -> Deadline:
    """Let a promised or ordered date take the place of the computed one, and say so."""
    due = current.promised or computed.due_at
    return Deadline(
        due_at=due,
        near_at=min(due, calendar.next_working_moment(due - timedelta(days=1))),
        escalate_at=calendar.add_days(due, 1),
        steps=(*computed.steps[:-1], f"{current.promise_text}：{due.astimezone(LOCAL):%Y年%-m月%-d日 %H:%M}"),
    )


def recompute(session: Session, complaint: Complaint, *, now: datetime) -> None:
    """Write the due times and timers of a complaint anew, from its events and the calendar."""
    calendar = calendar_for(session)
    clocks = deadlines_of(complaint, complaint.events, calendar, now=now)
    done = clocks.get(Clock.DONE)
    complaint.dispatch_due_at = clocks[Clock.DISPATCH].due_at if clocks else None
    complaint.answer_due_at = clocks[Clock.ANSWER].due_at if clocks else None
    complaint.done_due_at = done.due_at if done else None
    complaint.near_due_at = done.near_at if done else None
    _set_timers(session, complaint, _timers_wanted(complaint, clocks, calendar))
    session.flush()


def _timers_wanted(
    complaint: Complaint, clocks: dict[Clock, Deadline], calendar: WorkingTime
) -> dict[TimerKind, datetime]:
    """Tell what the clock has to do next on this complaint."""
    limits = catalogue().limits
    status = complaint.status
    if status is ComplaintStatus.RESOLVED and complaint.resolved_at is not None:
        return {TimerKind.CLOSE_UNRATED: complaint.resolved_at + timedelta(days=limits.close_unrated_days)}
    if not clocks or status not in ACTIVE_STATUSES or status is ComplaintStatus.WAITING:
        return {}
    if status is ComplaintStatus.DEFERRED and complaint.deferred_until is not None:
        day = complaint.deferred_until.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
        return {TimerKind.RESUME_DEFERRED: min(calendar.next_working_moment(day), complaint.deferred_until)}
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
        spoken = read_round(complaint, complaint.events).last_words_at
        wanted[TimerKind.PROGRESS_DUE] = calendar.add_days(spoken, limits.progress_days)
    if complaint.urgent:
        return wanted
    return {kind: calendar.next_working_moment(due) for kind, due in wanted.items()}


def _set_timers(session: Session, complaint: Complaint, wanted: dict[TimerKind, datetime]) -> None:
    rows = session.scalars(
        select(Timer).where(Timer.complaint_id == complaint.id, Timer.round == complaint.round)
    )
    present = {row.kind: row for row in rows}
    for kind, row in present.items():
        if row.fired_at is None and kind not in wanted:
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
