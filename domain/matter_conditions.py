"""What must hold for a step of a matter besides status and part; each answers why not, or None."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from domain.actors import Actor
from domain.permissions import Part
from models.enums import RequestState
from models.matter import Matter, MatterEvent, MatterRequest
from models.matter_words import MatterRequestKind, MatterStepName


@dataclass(frozen=True)
class MatterSituation:
    """What a row's extra condition may look at."""

    matter: Matter
    actor: Actor
    parts: frozenset[Part]
    now: datetime


# Gives the reason why not, or None when the step may be done.
MatterCondition = Callable[[MatterSituation], str | None]

_WORK = frozenset(
    {
        MatterStepName.START,
        MatterStepName.PROGRESS,
        MatterStepName.SUBMIT_MILESTONE,
        MatterStepName.SUBMIT,
        MatterStepName.REQUEST_DEFERRAL,
        MatterStepName.RESUME,
        MatterStepName.BLOCK,
    }
)


def open_matter_requests(matter: Matter, kind: MatterRequestKind) -> list[MatterRequest]:
    """Give the undecided requests of this kind; parts of the work may be several at a time."""
    return [one for one in matter.requests if one.kind is kind and one.state is RequestState.OPEN]


def none_asked(kind: MatterRequestKind) -> MatterCondition:
    def condition(situation: MatterSituation) -> str | None:
        if open_matter_requests(situation.matter, kind):
            return f"已有一个{kind.label}申请在等审定。"
        return None

    return condition


def decides(kind: MatterRequestKind) -> MatterCondition:
    """Somebody else asked for it, and somebody else did the work: nobody judges what is their own."""

    def condition(situation: MatterSituation) -> str | None:
        requests = open_matter_requests(situation.matter, kind)
        staff = situation.actor.staff
        if not requests or staff is None:
            return f"没有待审定的{kind.label}申请。"
        if all(request.requested_by_id == staff.id for request in requests):
            return "自己提出的申请须由另一人审定。"
        own = _has_done(situation, _WORK)
        return "办理过这件事项的人不能验收或审定，须由另一人来做。" if own else None

    return condition


def _has_done(situation: MatterSituation, steps: Collection[MatterStepName]) -> bool:
    session: Session | None = object_session(situation.matter)
    staff = situation.actor.staff
    done = select(MatterEvent.id).where(
        MatterEvent.matter_id == situation.matter.id,
        MatterEvent.staff_id == (staff.id if staff is not None else None),
        MatterEvent.step.in_(steps),
    )
    return session is not None and session.scalar(done.limit(1)) is not None


def judges_relapse(situation: MatterSituation) -> str | None:
    """Nobody explains away what came back of their own work, or of what they accepted."""
    if situation.matter.relapsed_at is None:
        return "没有反弹预警。"
    if _has_done(situation, _WORK | {MatterStepName.ACCEPT}):
        return "办理或验收过这件事项的人不能排除反弹，须由另一人核实。"
    return None


def is_blocked(situation: MatterSituation) -> str | None:
    return None if situation.matter.blocked_at else "没有上报过难点。"


def of_responsible_team(situation: MatterSituation) -> str | None:
    staff = situation.actor.staff
    if staff is not None and staff.team_id == situation.matter.team_id:
        return None
    return "由责任单位申请，配合单位可以反馈进展。"


def ready_to_submit(situation: MatterSituation) -> str | None:
    missing = [one for one in situation.matter.milestones if one.accepted_at is None]
    if missing:
        return f"还有 {len(missing)} 个节点没有验收：{missing[0].title}。"
    return of_responsible_team(situation)


def has_unmet_milestones(situation: MatterSituation) -> str | None:
    waiting = {
        one.milestone_id for one in open_matter_requests(situation.matter, MatterRequestKind.MILESTONE)
    }
    if any(one.accepted_at is None and one.id not in waiting for one in situation.matter.milestones):
        return None
    return "没有可以报请验收的节点。"


def has_droppable_milestones(situation: MatterSituation) -> str | None:
    return (
        None
        if any(one.accepted_at is None for one in situation.matter.milestones)
        else "没有可以删除的节点。"
    )


def is_not_public(situation: MatterSituation) -> str | None:
    return "这件事项已经公开。" if situation.matter.public else None


def is_public(situation: MatterSituation) -> str | None:
    return None if situation.matter.public else "这件事项没有公开。"


def not_flagged(situation: MatterSituation) -> str | None:
    return "已经预警过。" if situation.matter.relapsed_at else None
