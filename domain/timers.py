"""What the clock does to complaints: reminders, closing without a rating, the return of what was deferred."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import lifecycle, notices
from domain.actors import CLOCK
from domain.steps import Audience, Tell, step_from
from models.complaint import Complaint
from models.enums import Closing, NoticeKind, StepName, TimerKind
from models.timer import Timer

# Who hears of what falls due, and what the timeline says.
REMINDERS: dict[TimerKind, tuple[str, tuple[Tell, ...]]] = {
    TimerKind.DISPATCH_OVERDUE: (
        "受理派单已超时，请尽快派单。",
        ((Audience.DISPATCHERS, NoticeKind.STAFF_OVERDUE), (Audience.LEADERS, NoticeKind.STAFF_OVERDUE)),
    ),
    TimerKind.ANSWER_OVERDUE: (
        "首次答复已超时，请先联系诉求人说明情况。",
        ((Audience.TEAM, NoticeKind.STAFF_OVERDUE), (Audience.LEAD, NoticeKind.STAFF_OVERDUE)),
    ),
    TimerKind.DONE_NEAR: (
        "办理时限已用去四分之三，请抓紧办理。",
        ((Audience.TEAM, NoticeKind.STAFF_NEAR_DUE),),
    ),
    TimerKind.DONE_OVERDUE: (
        "办理已超期，请说明原因并尽快办结。",
        ((Audience.LEAD, NoticeKind.STAFF_OVERDUE), (Audience.TEAM, NoticeKind.STAFF_OVERDUE)),
    ),
    TimerKind.DONE_ESCALATED: (
        "超期后仍未办结，已报分管领导。",
        ((Audience.LEADERS, NoticeKind.STAFF_ESCALATED), (Audience.LEAD, NoticeKind.STAFF_ESCALATED)),
    ),
    TimerKind.PROGRESS_DUE: (
        "已多日没有向诉求人反馈进展，请说明办到哪一步。",
        ((Audience.TEAM, NoticeKind.STAFF_NEAR_DUE),),
    ),
}

# What the clock does else than remind.
_STEPS = {
    TimerKind.CLOSE_UNRATED: StepName.CLOSE_UNRATED,
    TimerKind.RESUME_DEFERRED: StepName.RESUME,
}


def due_timers(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """List the timers that are due, the longest due first."""
    query = select(Timer.id).where(Timer.fired_at.is_(None), Timer.due_at <= now)
    return list(session.scalars(query.order_by(Timer.due_at, Timer.id).limit(limit)))


def fire(session: Session, timer_id: int, *, now: datetime) -> bool:
    """Do what a timer is for, once, however many workers try.

    Returns:
        Whether this call did it; False when another had, or the complaint has moved on.
    """
    complaint = session.scalar(select(Complaint).join(Timer).where(Timer.id == timer_id))
    if complaint is None:
        return False
    lifecycle.hold(session, complaint)  # so of many workers one at a time looks at the timer
    due = select(Timer).where(Timer.id == timer_id, Timer.fired_at.is_(None), Timer.due_at <= now)
    timer = session.scalar(due.execution_options(populate_existing=True))
    if timer is None:
        return False
    timer.fired_at = now
    if step_from(_STEPS.get(timer.kind, StepName.REMIND), complaint.status) is None:
        return False
    if timer.kind is TimerKind.CLOSE_UNRATED:
        closing = {"closed_at": now, "closing": Closing.UNRATED}
        lifecycle.advance(
            session,
            complaint,
            StepName.CLOSE_UNRATED,
            actor=CLOCK,
            now=now,
            words="到期未评价",
            changes=closing,
        )
    elif timer.kind is TimerKind.RESUME_DEFERRED:
        lifecycle.advance(
            session, complaint, StepName.RESUME, actor=CLOCK, now=now, words="挂账承诺的日期到了，恢复办理。"
        )
    else:
        _remind(session, complaint, timer, now)
    return True


def _remind(session: Session, complaint: Complaint, timer: Timer, now: datetime) -> None:
    words, tells = REMINDERS[timer.kind]
    event = lifecycle.advance(
        session,
        complaint,
        StepName.REMIND,
        actor=CLOCK,
        now=now,
        words=words,
        details={"timer": timer.kind.value},
    )
    notices.queue_for_event(session, complaint, event, tells, now=now, topic=f"timer:{timer.id}:{event.id}")
