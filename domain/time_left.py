"""What presses most on a complaint, in a few words for a list: read from its due times alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.catalogue import catalogue
from domain.clock_texts import ClockState, length_text
from domain.deadlines import Clock
from domain.working_time import WorkingTime, local_time
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, ComplaintStatus

_NEAR_SHARE = 0.75


@dataclass(frozen=True)
class TimeLeft:
    """The next due time of a complaint in words.

    Attributes:
        due_at: None when no clock runs.
        state: how that clock stands.
        what: what is due: 派单, 首次答复, 办结; empty when no clock runs.
        text: how long is left, or why nothing runs.
    """

    due_at: datetime | None
    state: ClockState
    what: str
    text: str


def time_left(complaint: Complaint, calendar: WorkingTime, *, now: datetime) -> TimeLeft:
    """Tell what is due next on this complaint; asks the database for nothing."""
    status = complaint.status
    if status is ComplaintStatus.WAITING:
        return TimeLeft(None, ClockState.STOPPED, "", "等诉求人补充")
    if status is ComplaintStatus.DEFERRED and complaint.deferred_until is not None:
        until = local_time(complaint.deferred_until)
        late = now > complaint.deferred_until
        state = ClockState.OVERDUE if late else ClockState.STOPPED
        return TimeLeft(complaint.deferred_until, state, "", f"承诺 {until.month}月{until.day}日前办")
    if status is ComplaintStatus.RESOLVED and complaint.resolved_at is not None:
        closes = local_time(complaint.resolved_at + timedelta(days=catalogue().limits.close_unrated_days))
        return TimeLeft(None, ClockState.MET, "", f"未评价则 {closes.month}月{closes.day}日销号")
    if status not in ACTIVE_STATUSES:
        return TimeLeft(None, ClockState.MET, "", "")
    return _running(complaint, calendar, now)


def _running(complaint: Complaint, calendar: WorkingTime, now: datetime) -> TimeLeft:
    pending = {Clock.DONE: complaint.done_due_at}
    if complaint.status is ComplaintStatus.SUBMITTED:
        pending[Clock.DISPATCH] = complaint.dispatch_due_at
    elif complaint.first_answered_at is None:
        pending[Clock.ANSWER] = complaint.answer_due_at
    dated = [(due, clock) for clock, due in pending.items() if due is not None]
    if not dated:
        return TimeLeft(None, ClockState.MET, "", "不计时")
    due, clock = min(dated)
    first, last = sorted((now, due))
    span = last - first if complaint.urgent else calendar.between(first, last)
    words = length_text(span, calendar, whole_days=not complaint.urgent)
    words = "不到 1 分钟" if span < timedelta(minutes=1) else f" {words}"
    if now > due:
        return TimeLeft(due, ClockState.OVERDUE, clock.label, f"已超{words}")
    near = _near_at(complaint, clock, due) <= now
    return TimeLeft(due, ClockState.NEAR if near else ClockState.RUNNING, clock.label, f"还剩{words}")


def _near_at(complaint: Complaint, clock: Clock, due: datetime) -> datetime:
    if clock is Clock.DONE and complaint.near_due_at is not None:
        return complaint.near_due_at
    return complaint.filed_at + (due - complaint.filed_at) * _NEAR_SHARE
