"""Matters that do not go on by themselves; see domain/difficult_points.py."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from domain.difficulties import MOST, WAITS_FROM, DifficultPoint, Difficulty, local_day, said_day
from domain.matter_permissions import matters_visible_to
from domain.matter_queries import is_overdue, today_of
from models.enums import RequestState
from models.matter import Matter, MatterEvent, MatterRequest
from models.matter_words import MatterRequestKind, MatterStatus, MatterStepName
from models.staff import Staff

_RUNNING = (MatterStatus.PLANNED, MatterStatus.IN_PROGRESS)
_TURNING = (MatterStepName.APPROVE_DEFERRAL, MatterStepName.REFUSE, MatterStepName.REOPEN)


def difficult_matters(
    session: Session, staff: Staff, *, team_id: int | None, now: datetime
) -> list[DifficultPoint]:
    """List the difficult matters that this member of staff may see.

    Args:
        team_id: of the responsible team; None for all.
    """
    found = _found(session, staff, team_id, now)
    turned = _newest(session, found, _TURNING)
    progress = _newest(session, found, (MatterStepName.PROGRESS,))
    return [_point(one, turned.get(one.id), progress.get(one.id), now) for one in found]


def _found(session: Session, staff: Staff, team_id: int | None, now: datetime) -> Sequence[Matter]:
    waiting = select(MatterRequest.matter_id).where(
        MatterRequest.state == RequestState.OPEN, MatterRequest.requested_at <= now - WAITS_FROM
    )
    query = select(Matter).where(
        matters_visible_to(staff),
        or_(
            Matter.blocked_at.is_not(None),
            Matter.status == MatterStatus.DEFERRED,
            Matter.relapsed_at.is_not(None),
            Matter.id.in_(waiting),
            Matter.status.in_(_RUNNING) & (Matter.deadline < today_of(now)),
            (Matter.status == MatterStatus.IN_PROGRESS) & (Matter.round > 1),
        ),
    )
    if team_id is not None:
        query = query.where(Matter.team_id == team_id)
    shown = (joinedload(Matter.team), joinedload(Matter.lead_staff), selectinload(Matter.requests))
    return session.scalars(query.options(*shown).order_by(Matter.id).limit(MOST)).all()


def _newest(
    session: Session, matters: Sequence[Matter], steps: Collection[MatterStepName]
) -> dict[int, MatterEvent]:
    last = select(func.max(MatterEvent.id)).where(
        MatterEvent.matter_id.in_([one.id for one in matters]), MatterEvent.step.in_(steps)
    )
    rows = session.scalars(
        select(MatterEvent).where(MatterEvent.id.in_(last.group_by(MatterEvent.matter_id)))
    )
    return {row.matter_id: row for row in rows}


def _point(
    matter: Matter, turned: MatterEvent | None, progress: MatterEvent | None, now: datetime
) -> DifficultPoint:
    """Say why a matter does not go on; it is one of those that were found."""
    team = matter.team.name if matter.team else "责任单位未定"
    leader = f"{matter.lead_staff.name}（牵头领导）" if matter.lead_staff else "分管领导"
    began = local_day(turned.at if turned else matter.listed_at)
    waits = _asked(matter, now)
    words = turned.words if turned else ""

    def point(why: Difficulty, reason: str, since: date, whose: str, needed: str) -> DifficultPoint:
        return DifficultPoint(why=why, subject=matter, reason=reason, since=since, whose=whose, needed=needed)

    if matter.blocked_at is not None:
        since = local_day(matter.blocked_at)
        return point(Difficulty.BLOCKED, matter.blocked_reason, since, leader, matter.blocked_needs)
    if matter.status is MatterStatus.DEFERRED and matter.deferred_until is not None:
        needed = f"承诺{said_day(matter.deferred_until)}恢复推进"
        return point(Difficulty.DEFERRED, words, began, team, needed)
    if matter.relapsed_at is not None:
        reason = "销号后同一地点、同一类别又有新诉求"
        needed = "核实：确实反弹的重新打开，不是的说明情况"
        return point(Difficulty.RELAPSED, reason, local_day(matter.relapsed_at), "督导组、分管领导", needed)
    if waits is not None:
        needed = f"审定{waits.kind.label}申请"
        return point(Difficulty.WAITS, waits.reason, local_day(waits.requested_at), leader, needed)
    if is_overdue(matter, now=now) and matter.deadline is not None:
        # What was said before the day is no reason why that day was missed.
        late = progress is not None and local_day(progress.at) > matter.deadline
        reason = progress.words if progress is not None and late else ""
        needed = "尽快完成" if reason else "说明原因，尽快完成或申请挂账"
        return point(Difficulty.OVERDUE, reason, matter.deadline, team, needed)
    return point(Difficulty.SENT_BACK, words, began, team, "按理由整改后再申请销号")


def _asked(matter: Matter, now: datetime) -> MatterRequest | None:
    """Give what has waited long for a decision; the close-out of the whole before that of a part."""
    waiting = [
        one
        for one in matter.requests
        if one.state is RequestState.OPEN and one.requested_at <= now - WAITS_FROM
    ]
    return min(waiting, key=lambda one: (one.kind is MatterRequestKind.MILESTONE, one.id), default=None)
