"""THE TABLE: what may be done to a complaint, from which status, by whom, and who hears of it.

One row per step and group of statuses it starts from. Pages, the API and the chat offer exactly what this
table allows; docs/lifecycle.md is drawn from it.
"""

from dataclasses import dataclass

from domain.permissions import Part
from domain.step_conditions import (
    Condition,
    before_due,
    decides,
    is_public,
    lately_closed,
    none_open,
    not_appealed,
    not_own_work,
    not_urged_lately,
    person_reachable,
)
from models.enums import ACTIVE_STATUSES, ComplaintStatus, NoticeKind, RequestKind, StepName, Word
from models.enums import ComplaintStatus as S
from models.enums import NoticeKind as N


class Audience(Word):
    """Who hears of a step."""

    REPORTER = "reporter", "诉求人和关注人"
    JOINED = "joined", "关注人"
    TEAM = "team", "经办人（未定经办人时为全单位）"
    LEAD = "lead", "单位负责人"
    DISPATCHERS = "dispatchers", "受理员"
    LEADERS = "leaders", "分管领导"
    REQUESTER = "requester", "提出申请的人"
    MENTIONED = "mentioned", "备注里提到的同事"


class Onward(Word):
    """Targets that are not one fixed status."""

    STAY = "stay", "状态不变"
    BACK = "back", "回到补充前的状态"


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
        condition=person_reachable,
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
        condition=none_open(RequestKind.TRANSFER),
    ),
    Step(
        name=StepName.REFUSE_TRANSFER,
        sources=frozenset({S.ASSIGNED, S.IN_PROGRESS}),
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER, P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED),),
        public=False,
        condition=decides(RequestKind.TRANSFER),
    ),
    Step(
        name=StepName.REQUEST_DEFERRAL,
        sources=frozenset({S.IN_PROGRESS}),
        target=Onward.STAY,
        parts=AT_WORK,
        tells=((A.LEAD, N.STAFF_REQUEST), (A.LEADERS, N.STAFF_REQUEST)),
        public=False,
        condition=before_due,
    ),
    Step(
        name=StepName.APPROVE_DEFERRAL,
        sources=frozenset({S.IN_PROGRESS}),
        target=S.DEFERRED,
        parts=frozenset({P.LEAD, P.LEADER}),
        tells=((A.REPORTER, N.DEFERRED), (A.REQUESTER, N.STAFF_DECIDED)),
        condition=decides(RequestKind.DEFERRAL),
    ),
    Step(
        name=StepName.REFUSE_DEFERRAL,
        sources=frozenset({S.IN_PROGRESS}),
        target=Onward.STAY,
        parts=frozenset({P.LEAD, P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED),),
        public=False,
        condition=decides(RequestKind.DEFERRAL),
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
        condition=none_open(RequestKind.REJECTION),
    ),
    Step(
        name=StepName.CONFIRM_REJECTION,
        sources=BEFORE_RESULT,
        target=S.REJECTED,
        parts=frozenset({P.DISPATCHER, P.LEADER}),
        tells=((A.REPORTER, N.REJECTED), (A.REQUESTER, N.STAFF_DECIDED)),
        answers=True,
        condition=decides(RequestKind.REJECTION),
    ),
    Step(
        name=StepName.REFUSE_REJECTION,
        sources=BEFORE_RESULT,
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER, P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED),),
        public=False,
        condition=decides(RequestKind.REJECTION),
    ),
    Step(
        name=StepName.APPEAL,
        sources=frozenset({S.REJECTED}),
        target=S.SUBMITTED,
        parts=frozenset({P.REPORTER}),
        tells=((A.DISPATCHERS, N.STAFF_REOPENED), (A.LEADERS, N.STAFF_REOPENED)),
        new_round=True,
        condition=not_appealed,
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
        condition=not_own_work,
    ),
    Step(
        name=StepName.RATE_UNSOLVED,
        sources=frozenset({S.RESOLVED}),
        target=S.IN_PROGRESS,
        parts=frozenset({P.REPORTER}),
        tells=((A.REPORTER, N.REOPENED), (A.TEAM, N.STAFF_REOPENED), (A.LEAD, N.STAFF_REOPENED)),
        new_round=True,
        condition=not_own_work,
    ),
    Step(
        name=StepName.REOPEN,
        sources=frozenset({S.CLOSED}),
        target=S.IN_PROGRESS,
        parts=OVERSIGHT | {P.REPORTER},
        tells=((A.REPORTER, N.REOPENED), (A.TEAM, N.STAFF_REOPENED), (A.LEAD, N.STAFF_REOPENED)),
        new_round=True,
        condition=lately_closed,
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
        tells=((A.REPORTER, N.CLOSED), (A.TEAM, N.STAFF_WITHDRAWN)),
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
        condition=not_urged_lately,
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
    ),
    Step(
        name=StepName.UNPUBLISH,
        sources=ALL_STATUSES,
        target=Onward.STAY,
        parts=frozenset({P.DISPATCHER}),
        public=False,
        adds_only=True,
        condition=is_public,
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
