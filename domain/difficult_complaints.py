"""Complaints that do not go on by themselves; see domain/difficult_points.py."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from domain.difficulties import MOST, WAITS_FROM, DifficultPoint, Difficulty, local_day, said_day
from domain.disclosure import masked
from domain.filters import is_overdue
from domain.permissions import visible_to
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.enums import WORKING_STATUSES, ComplaintStatus, RequestKind, RequestState, StepName
from models.staff import Staff

# Sent back so often, it is no longer a slip.
REOPENED_FROM = 2
_SAYING = (
    StepName.APPROVE_DEFERRAL,
    StepName.PROGRESS,
    StepName.REPLY,
    StepName.RATE_UNSOLVED,
    StepName.REOPEN,
)


def difficult_complaints(
    session: Session, staff: Staff, *, team_id: int | None, now: datetime
) -> list[DifficultPoint]:
    """List the difficult complaints that this member of staff may see.

    Args:
        team_id: of the team at work; None for all.
    """
    found = _found(session, staff, team_id, now)
    said = _newest(session, found)
    return [_point(one, said.get(one.id), now) for one in found]


def _found(session: Session, staff: Staff, team_id: int | None, now: datetime) -> Sequence[Complaint]:
    waiting = select(ComplaintRequest.complaint_id).where(
        ComplaintRequest.state == RequestState.OPEN, ComplaintRequest.requested_at <= now - WAITS_FROM
    )
    at_work = Complaint.status.in_(WORKING_STATUSES)
    query = select(Complaint).where(
        visible_to(staff),
        or_(
            Complaint.status == ComplaintStatus.DEFERRED,
            is_overdue(now=now),
            at_work & (Complaint.reopen_count >= REOPENED_FROM),
            at_work & Complaint.id.in_(waiting),
        ),
    )
    if team_id is not None:
        query = query.where(Complaint.team_id == team_id)
    shown = (
        joinedload(Complaint.team),
        joinedload(Complaint.category),
        joinedload(Complaint.service_point),
        selectinload(Complaint.requests),
    )
    return session.scalars(query.options(*shown).order_by(Complaint.id).limit(MOST)).all()


def _newest(session: Session, complaints: Sequence[Complaint]) -> dict[int, ComplaintEvent]:
    last = select(func.max(ComplaintEvent.id)).where(
        ComplaintEvent.complaint_id.in_([one.id for one in complaints]), ComplaintEvent.step.in_(_SAYING)
    )
    rows = session.scalars(
        select(ComplaintEvent).where(ComplaintEvent.id.in_(last.group_by(ComplaintEvent.complaint_id)))
    )
    return {row.complaint_id: row for row in rows}


def _point(complaint: Complaint, said: ComplaintEvent | None, now: datetime) -> DifficultPoint:
    """Say why a complaint does not go on; it is one of those that were found."""
    team = complaint.team.name if complaint.team else "受理台"
    waits = _asked(complaint, now)
    words = masked(said.words) if said is not None and not said.hidden_reason else ""
    began = local_day(said.at if said else complaint.filed_at)

    def point(why: Difficulty, reason: str, since: date, whose: str, needed: str) -> DifficultPoint:
        return DifficultPoint(
            why=why, subject=complaint, reason=reason, since=since, whose=whose, needed=needed
        )

    if complaint.status is ComplaintStatus.DEFERRED:
        granted = [one for one in complaint.requests if one.kind is RequestKind.DEFERRAL]
        reason = masked(granted[-1].reason) if granted else words
        until = complaint.deferred_until
        needed = f"承诺{said_day(local_day(until))}前办理" if until else "到期恢复办理"
        return point(Difficulty.DEFERRED, reason, began, team, needed)
    if waits is not None:
        whose = "受理员" if waits.kind is RequestKind.TRANSFER else "分管领导"
        since, needed = local_day(waits.requested_at), f"审定{waits.kind.label}申请"
        return point(Difficulty.WAITS, masked(waits.reason), since, whose, needed)
    due = complaint.done_due_at
    if complaint.status is ComplaintStatus.SUBMITTED:
        day = local_day(complaint.dispatch_due_at or due or now)
        return point(Difficulty.OVERDUE, "还没有派单", day, team, "尽快派单")
    if due is not None and due <= now:
        # What was said before the time was up is no reason why it was missed.
        reason = words if said is not None and said.at > due else ""
        needed = "尽快办结" if reason else "说明原因，尽快办结或申请挂账"
        return point(Difficulty.OVERDUE, reason, local_day(due), team, needed)
    times = complaint.reopen_count
    return point(Difficulty.SENT_BACK, words, began, team, f"已重办 {times} 次，由单位负责人督促解决")


def _asked(complaint: Complaint, now: datetime) -> ComplaintRequest | None:
    waiting = [
        one
        for one in complaint.requests
        if one.state is RequestState.OPEN and one.requested_at <= now - WAITS_FROM
    ]
    return waiting[0] if waiting else None
