"""The clocks of a complaint in words: how they stand, and why they are due when they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from domain.clocks import Deadline
from domain.deadlines import Clock, calendar_for, deadlines_of
from domain.rounds import read_round
from domain.working_time import WorkingTime
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, ComplaintStatus, Word


class ClockState(Word):
    """How a clock stands."""

    RUNNING = "ok", "进行中"
    NEAR = "near", "临期"
    OVERDUE = "overdue", "超期"
    STOPPED = "stopped", "暂停"
    MET = "met", "按时完成"
    LATE = "late", "超时完成"


@dataclass(frozen=True)
class ClockText:
    """A clock in words, for the page.

    Attributes:
        lines: why it is due then, line by line.
    """

    clock: Clock
    due_at: datetime
    state: ClockState
    text: str
    lines: tuple[str, ...]


def explain(session: Session, complaint: Complaint, *, now: datetime) -> list[ClockText]:
    """Put the clocks of the present round into words: how they stand, and why they are due when they are."""
    calendar = calendar_for(session)
    clocks = deadlines_of(complaint, complaint.events, calendar, now=now)
    current = read_round(complaint, complaint.events) if clocks else None
    met = {
        Clock.DISPATCH: current.dispatched_at if current else None,
        Clock.ANSWER: complaint.first_answered_at,
        Clock.DONE: complaint.resolved_at,
    }
    ended = complaint.status not in ACTIVE_STATUSES
    texts = []
    for clock, deadline in clocks.items():
        if ended and met[clock] is None:
            continue  # withdrawn, merged or refused before this clock mattered
        state = _state(complaint, deadline, met[clock], now)
        text = _words(calendar, complaint, deadline, state, met[clock], now)
        texts.append(ClockText(clock, deadline.due_at, state, text, deadline.steps))
    return texts


def _state(complaint: Complaint, deadline: Deadline, met: datetime | None, now: datetime) -> ClockState:
    if met is not None:
        return ClockState.MET if met <= deadline.due_at else ClockState.LATE
    if complaint.status is ComplaintStatus.WAITING:
        return ClockState.STOPPED
    if now > deadline.due_at:
        return ClockState.OVERDUE
    return ClockState.NEAR if now >= deadline.near_at else ClockState.RUNNING


def _words(
    calendar: WorkingTime,
    complaint: Complaint,
    deadline: Deadline,
    state: ClockState,
    met: datetime | None,
    now: datetime,
) -> str:
    if met is not None:
        return f"{calendar.describe(met, now=now)} {state.label}"
    if state is ClockState.STOPPED:
        return "等待诉求人补充，暂不计时"
    first, last = sorted((now, deadline.due_at))
    span = last - first if complaint.urgent else calendar.between(first, last)
    unit = "" if complaint.urgent else "（工作时间）"
    length = length_text(span, calendar, whole_days=not complaint.urgent)
    # Nobody believes in a clock that is late by nothing.
    words = f"{length if span >= timedelta(minutes=1) else '不到 1 分钟'}{unit}"
    return f"已超 {words}" if state is ClockState.OVERDUE else f"还剩 {words}"


def length_text(span: timedelta, calendar: WorkingTime, *, whole_days: bool) -> str:
    """Put a length of time into words, in working days where asked, with two units at most."""
    minutes = int(span.total_seconds() // 60)
    day = calendar.minutes_per_day if whole_days else 24 * 60
    days, rest = divmod(minutes, day)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} {'个工作日' if whole_days else '天'}" + (f" {hours} 小时" if hours else "")
    if hours:
        return f"{hours} 小时" + (f" {left} 分" if left else "")
    return f"{left} 分钟"
