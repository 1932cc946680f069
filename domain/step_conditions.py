"""What must hold for a step besides status and part; each answers why not, or None."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.catalogue import catalogue
from domain.actors import Actor
from domain.permissions import Part
from models.complaint import Complaint, ComplaintRequest
from models.enums import RequestKind, RequestState, StepName


@dataclass(frozen=True)
class Situation:
    """What a row's extra condition may look at."""

    complaint: Complaint
    actor: Actor
    parts: frozenset[Part]
    now: datetime


_WORK = frozenset({StepName.ACCEPT, StepName.PROGRESS, StepName.RESOLVE})

# Gives the reason why not, or None when the step may be done.
Condition = Callable[[Situation], str | None]


def open_request(complaint: Complaint, kind: RequestKind) -> ComplaintRequest | None:
    """Give the undecided request of this kind, if there is one."""
    return next((r for r in complaint.requests if r.kind is kind and r.state is RequestState.OPEN), None)


def none_open(kind: RequestKind) -> Condition:
    def condition(situation: Situation) -> str | None:
        if open_request(situation.complaint, kind):
            return f"已有一个{kind.label}申请在等审定。"
        return None

    return condition


def decides(kind: RequestKind) -> Condition:
    def condition(situation: Situation) -> str | None:
        request = open_request(situation.complaint, kind)
        if request is None:
            return f"没有待审定的{kind.label}申请。"
        if situation.actor.staff is not None and request.requested_by_id == situation.actor.staff.id:
            return "自己提出的申请须由另一人审定。"
        return None

    return condition


def before_due(situation: Situation) -> str | None:
    due = situation.complaint.done_due_at
    if due is not None and situation.now > due:
        return "已经超期，不能再申请挂账；请先反馈进展，或请分管领导督办改期。"
    return none_open(RequestKind.DEFERRAL)(situation)


def not_urged_lately(situation: Situation) -> str | None:
    last = situation.complaint.last_urged_at
    hours = catalogue().limits.urge_hours
    if last is not None and situation.now < last + timedelta(hours=hours):
        return f"{hours} 小时内只能催办一次，上一次催办已转达责任单位。"
    return None


def not_appealed(situation: Situation) -> str | None:
    return "每件诉求可申诉一次，这件已申诉过。" if situation.complaint.appealed_at else None


def lately_closed(situation: Situation) -> str | None:
    closed = situation.complaint.closed_at
    days = catalogue().limits.reopen_days
    if (
        Part.REPORTER in situation.parts
        and closed is not None
        and situation.now > closed + timedelta(days=days)
    ):
        return f"销号已超过 {days} 天，请提交一件新的诉求，我们会与这件关联。"
    return None


def not_own_work(situation: Situation) -> str | None:
    """Nobody who worked on it, in this round or an earlier one, judges it as the person who raised it."""
    person = situation.actor.person
    at_work = {event.staff for event in situation.complaint.events if event.step in _WORK}
    at_work.add(situation.complaint.handler)
    if person is not None and any(staff is not None and staff.person_id == person.id for staff in at_work):
        return "不能评价自己经办的诉求。"
    return None


def person_reachable(situation: Situation) -> str | None:
    if situation.complaint.reporter_id is None:
        return "这件诉求没有可联系的微信用户，请打电话核实，再用「答复」或「内部备注」记录。"
    return None


def is_public(situation: Situation) -> str | None:
    return None if situation.complaint.published_at else "这件诉求没有公开。"
