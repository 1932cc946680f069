"""THE TABLE: what may be done to a complaint, from which status, by whom, and who hears of it.

One row per step and group of statuses it starts from. Pages, the API and the chat offer exactly what this
table allows; docs/lifecycle.md is drawn from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.catalogue import catalogue
from domain.actors import Actor
from domain.permissions import Part
from models.complaint import Complaint, ComplaintRequest
from models.enums import (
    ACTIVE_STATUSES,
    ComplaintStatus,
    NoticeKind,
    RequestKind,
    RequestState,
    StepName,
    Word,
)
from models.enums import ComplaintStatus as S
from models.enums import NoticeKind as N


class Audience(Word):
    """Who hears of a step."""

    REPORTER = "reporter", "诉求人和关注人"
    TEAM = "team", "经办人（未定经办人时为全单位）"
    LEAD = "lead", "单位负责人"
    DISPATCHERS = "dispatchers", "受理员"
    LEADERS = "leaders", "分管领导"
    REQUESTER = "requester", "提出申请的人"


class Onward(Word):
    """Targets that are not one fixed status."""

    STAY = "stay", "状态不变"
    BACK = "back", "回到补充前的状态"


@dataclass(frozen=True)
class Situation:
    """What a row's extra condition may look at."""

    complaint: Complaint
    actor: Actor
    parts: frozenset[Part]
    now: datetime


# Gives the reason why not, or None when the step may be done.
Condition = Callable[[Situation], str | None]
Tell = tuple[Audience, NoticeKind]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row of the table.

    Attributes:
        name: the step.
        sources: statuses it may start from.
        target: the status it leads to, or STAY or BACK.
        parts: who may do it.
        tells: who hears of it, with which notice.
        public: whether the person reads it in the timeline.
        answers: whether it counts as the first answer by a human.
        adds_only: whether it only adds to the record, so that it never collides with another's step.
        new_round: whether a new round with clocks of its own begins.
        condition: what else must hold.
    """

    name: StepName
    sources: frozenset[ComplaintStatus]
    target: ComplaintStatus | Onward
    parts: frozenset[Part]
    tells: tuple[Tell, ...] = ()
    public: bool = True
    answers: bool = False
    adds_only: bool = False
    new_round: bool = False
    condition: Condition | None = None


def open_request(complaint: Complaint, kind: RequestKind) -> ComplaintRequest | None:
    """Give the undecided request of this kind, if there is one."""
    return next((r for r in complaint.requests if r.kind is kind and r.state is RequestState.OPEN), None)


def _none_open(kind: RequestKind) -> Condition:
    def condition(situation: Situation) -> str | None:
        if open_request(situation.complaint, kind):
            return f"已有一个{kind.label}申请在等审定。"
        return None

    return condition


def _decides(kind: RequestKind) -> Condition:
    def condition(situation: Situation) -> str | None:
        request = open_request(situation.complaint, kind)
        if request is None:
            return f"没有待审定的{kind.label}申请。"
        if situation.actor.staff is not None and request.requested_by_id == situation.actor.staff.id:
            return "自己提出的申请须由另一人审定。"
        return None

    return condition


def _before_due(situation: Situation) -> str | None:
    due = situation.complaint.done_due_at
    if due is not None and situation.now > due:
        return "已经超期，不能再申请挂账；请先反馈进展，或请分管领导督办改期。"
    return _none_open(RequestKind.DEFERRAL)(situation)


def _not_urged_lately(situation: Situation) -> str | None:
    last = situation.complaint.last_urged_at
    hours = catalogue().limits.urge_hours
    if last is not None and situation.now < last + timedelta(hours=hours):
        return f"{hours} 小时内只能催办一次，上一次催办已转达责任单位。"
    return None


def _not_appealed(situation: Situation) -> str | None:
    return "每件诉求可申诉一次，这件已申诉过。" if situation.complaint.appealed_at else None


def _lately_closed(situation: Situation) -> str | None:
    closed = situation.complaint.closed_at
    days = catalogue().limits.reopen_days
    if (
        Part.REPORTER in situation.parts
        and closed is not None
        and situation.now > closed + timedelta(days=days)
    ):
        return f"销号已超过 {days} 天，请提交一件新的诉求，我们会与这件关联。"
    return None


def _not_own_work(situation: Situation) -> str | None:
    handler = situation.complaint.handler
    person = situation.actor.person
    if handler is not None and person is not None and handler.person_id == person.id:
        return "不能评价自己经办的诉求。"
    return None


def _not_public(situation: Situation) -> str | None:
    return "这件诉求已经公开。" if situation.complaint.published_at else None


def _is_public(situation: Situation) -> str | None:
    return None if situation.complaint.published_at else "这件诉求没有公开。"


P = Part
A = Audience
AT_WORK = frozenset({P.HANDLER, P.LEAD})
OVERSIGHT = frozenset({P.LEADER, P.INSPECTOR})
ALL_STATUSES = frozenset(S)
OPEN_WITHOUT_WAITING = ACTIVE_STATUSES - {S.WAITING}
BEFORE_RESULT = frozenset({S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS})

STEPS: tuple[Step, ...] = (
    Step(
        name=StepName.ASSIGN,
        sources=BEFORE_RESULT,
        target=S.ASSIGNED,
        parts=frozenset({P.DISPATCHER, P.LEADER, P.CLOCK}),
        tells=((A.REPORTER, N.ASSIGNED), (A.TEAM, N.STAFF_ASSIGNED)),
    ),
    Step(name=StepName.ACCEPT, sources=frozenset({S.ASSIGNED}), target=S.IN_PROGRESS, parts=AT_WORK),
    Step(
        name=StepName.PROGRESS,
        sources=frozenset({S.IN_PROGRESS}),
        target=Onward.STAY,
        parts=AT_WORK,
        tells=((A.REPORTER, N.ANSWERED),),
        answers=True,
        adds_only=True,
    ),
    Step(
        name=StepName.REPLY,
        sources=ALL_STATUSES - {S.WITHDRAWN, S.MERGED},
        target=Onward.STAY,
        parts=AT_WORK | {P.DISPATCHER},
        tells=((A.REPORTER, N.ANSWERED),),
        answers=True,
        adds_only=True,
    ),
    Step(
        name=StepName.NOTE,
        sources=ALL_STATUSES,
        target=Onward.STAY,
        parts=AT_WORK | OVERSIGHT | {P.DISPATCHER},
        public=False,
        adds_only=True,
    ),
    Step(
        name=StepName.ASK,
        sources=BEFORE_RESULT,
        target=S.WAITING,
        parts=AT_WORK | {P.DISPATCHER},
        tells=((A.REPORTER, N.ASKED),),
        answers=True,
    ),
    Step(
        name=StepName.SUPPLEMENT,
        sources=frozenset({S.WAITING}),
        target=Onward.BACK,
        parts=frozenset({P.REPORTER}),
        tells=((A.TEAM, N.STAFF_SUPPLEMENTED),),
    ),
    Step(
        name=StepName.SUPPLEMENT,
        sources=OPEN_WITHOUT_WAITING | {S.RESOLVED},
        target=Onward.STAY,
        parts=frozenset({P.REPORTER}),
        tells=((A.TEAM, N.STAFF_SUPPLEMENTED),),
        adds_only=True,
    ),
    Step(
        name=StepName.CLASSIFY,
        sources=ACTIVE_STATUSES,
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER, P.LEAD}),
        public=False,
    ),
    Step(
        name=StepName.REQUEST_TRANSFER,
        sources=frozenset({S.ASSIGNED, S.IN_PROGRESS}),
        target=Onward.STAY,
        parts=AT_WORK,
        tells=((A.DISPATCHERS, N.STAFF_REQUEST),),
        public=False,
        condition=_none_open(RequestKind.TRANSFER),
    ),
    Step(
        name=StepName.REFUSE_TRANSFER,
        sources=frozenset({S.ASSIGNED, S.IN_PROGRESS}),
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER, P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED),),
        public=False,
        condition=_decides(RequestKind.TRANSFER),
    ),
    Step(
        name=StepName.REQUEST_DEFERRAL,
        sources=frozenset({S.IN_PROGRESS}),
        target=Onward.STAY,
        parts=AT_WORK,
        tells=((A.LEAD, N.STAFF_REQUEST), (A.LEADERS, N.STAFF_REQUEST)),
        public=False,
        condition=_before_due,
    ),
    Step(
        name=StepName.APPROVE_DEFERRAL,
        sources=frozenset({S.IN_PROGRESS}),
        target=S.DEFERRED,
        parts=frozenset({P.LEAD, P.LEADER}),
        tells=((A.REPORTER, N.DEFERRED), (A.REQUESTER, N.STAFF_DECIDED)),
        condition=_decides(RequestKind.DEFERRAL),
    ),
    Step(
        name=StepName.REFUSE_DEFERRAL,
        sources=frozenset({S.IN_PROGRESS}),
        target=Onward.STAY,
        parts=frozenset({P.LEAD, P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED),),
        public=False,
        condition=_decides(RequestKind.DEFERRAL),
    ),
    Step(
        name=StepName.RESUME,
        sources=frozenset({S.DEFERRED}),
        target=S.IN_PROGRESS,
        parts=AT_WORK | {P.CLOCK},
        tells=((A.REPORTER, N.ANSWERED), (A.TEAM, N.STAFF_ASSIGNED)),
    ),
    Step(
        name=StepName.RESUME,
        sources=frozenset({S.WAITING}),
        target=Onward.BACK,
        parts=AT_WORK | {P.DISPATCHER},
        tells=((A.REPORTER, N.ANSWERED),),
    ),
    Step(
        name=StepName.REQUEST_REJECTION,
        sources=BEFORE_RESULT,
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER, P.LEAD}),
        tells=((A.DISPATCHERS, N.STAFF_REQUEST), (A.LEADERS, N.STAFF_REQUEST)),
        public=False,
        condition=_none_open(RequestKind.REJECTION),
    ),
    Step(
        name=StepName.CONFIRM_REJECTION,
        sources=BEFORE_RESULT,
        target=S.REJECTED,
        parts=frozenset({P.DISPATCHER, P.LEADER}),
        tells=((A.REPORTER, N.REJECTED), (A.REQUESTER, N.STAFF_DECIDED)),
        answers=True,
        condition=_decides(RequestKind.REJECTION),
    ),
    Step(
        name=StepName.REFUSE_REJECTION,
        sources=BEFORE_RESULT,
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER, P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED),),
        public=False,
        condition=_decides(RequestKind.REJECTION),
    ),
    Step(
        name=StepName.APPEAL,
        sources=frozenset({S.REJECTED}),
        target=S.SUBMITTED,
        parts=frozenset({P.REPORTER}),
        tells=((A.DISPATCHERS, N.STAFF_REOPENED), (A.LEADERS, N.STAFF_REOPENED)),
        new_round=True,
        condition=_not_appealed,
    ),
    Step(
        name=StepName.RESOLVE,
        sources=frozenset({S.IN_PROGRESS}),
        target=S.RESOLVED,
        parts=AT_WORK,
        tells=((A.REPORTER, N.RESOLVED),),
        answers=True,
    ),
    Step(
        name=StepName.RATE,
        sources=frozenset({S.RESOLVED}),
        target=S.CLOSED,
        parts=frozenset({P.REPORTER}),
        tells=((A.REPORTER, N.CLOSED), (A.TEAM, N.STAFF_RATED)),
        condition=_not_own_work,
    ),
    Step(
        name=StepName.RATE_UNSOLVED,
        sources=frozenset({S.RESOLVED}),
        target=S.IN_PROGRESS,
        parts=frozenset({P.REPORTER}),
        tells=((A.REPORTER, N.REOPENED), (A.TEAM, N.STAFF_REOPENED), (A.LEAD, N.STAFF_REOPENED)),
        new_round=True,
        condition=_not_own_work,
    ),
    Step(
        name=StepName.REOPEN,
        sources=frozenset({S.CLOSED}),
        target=S.IN_PROGRESS,
        parts=OVERSIGHT | {P.REPORTER},
        tells=((A.REPORTER, N.REOPENED), (A.TEAM, N.STAFF_REOPENED), (A.LEAD, N.STAFF_REOPENED)),
        new_round=True,
        condition=_lately_closed,
    ),
    Step(
        name=StepName.CLOSE_UNRATED,
        sources=frozenset({S.RESOLVED}),
        target=S.CLOSED,
        parts=frozenset({P.CLOCK}),
        tells=((A.REPORTER, N.CLOSED),),
    ),
    Step(
        name=StepName.WITHDRAW,
        sources=ACTIVE_STATUSES,
        target=S.WITHDRAWN,
        parts=frozenset({P.REPORTER}),
        tells=((A.TEAM, N.STAFF_WITHDRAWN),),
    ),
    Step(
        name=StepName.MERGE,
        sources=ACTIVE_STATUSES,
        target=S.MERGED,
        parts=frozenset({P.DISPATCHER}),
        tells=((A.REPORTER, N.MERGED),),
    ),
    Step(
        name=StepName.URGE,
        sources=OPEN_WITHOUT_WAITING,
        target=Onward.STAY,
        parts=frozenset({P.REPORTER}),
        tells=((A.TEAM, N.STAFF_URGED), (A.LEAD, N.STAFF_URGED)),
        adds_only=True,
        condition=_not_urged_lately,
    ),
    Step(
        name=StepName.SUPERVISE,
        sources=ACTIVE_STATUSES,
        target=Onward.STAY,
        parts=OVERSIGHT,
        tells=((A.TEAM, N.STAFF_SUPERVISED), (A.LEAD, N.STAFF_SUPERVISED)),
        adds_only=True,
    ),
    Step(
        name=StepName.PUBLISH,
        sources=frozenset({S.IN_PROGRESS, S.DEFERRED, S.RESOLVED, S.CLOSED}),
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER}),
        adds_only=True,
        condition=_not_public,
    ),
    Step(
        name=StepName.UNPUBLISH,
        sources=ALL_STATUSES,
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER}),
        public=False,
        adds_only=True,
        condition=_is_public,
    ),
    Step(
        name=StepName.REMIND,
        sources=ACTIVE_STATUSES,
        target=Onward.STAY,
        parts=frozenset({P.CLOCK}),
        public=False,
        adds_only=True,
    ),
)

_BY_START = {(step.name, source): step for step in STEPS for source in step.sources}


def step_from(name: StepName, status: ComplaintStatus) -> Step | None:
    """Give the row for doing this step in this status; None when it cannot be done there."""
    return _BY_START.get((name, status))
