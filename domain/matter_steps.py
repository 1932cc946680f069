"""THE TABLE of matters: what may be done to one, from which status, by whom, and who hears of it.

One row per step and group of statuses it starts from. The pages offer exactly what this table allows;
docs/matters.md is drawn from it.
"""

from dataclasses import dataclass

from domain.matter_conditions import (
    MatterCondition,
    decides,
    has_droppable_milestones,
    has_unmet_milestones,
    is_blocked,
    is_not_public,
    is_public,
    judges_relapse,
    none_asked,
    not_flagged,
    ready_to_submit,
)
from domain.permissions import Part
from models.enums import NoticeKind, Word
from models.enums import NoticeKind as N
from models.matter_words import OPEN_MATTER_STATUSES, MatterRequestKind, MatterStatus, MatterStepName
from models.matter_words import MatterStatus as S
from models.matter_words import MatterStepName as Name


class MatterAudience(Word):
    """Who hears of a step."""

    PEOPLE = "people", "诉求人和关注人（事项公开的）"
    TEAMS = "teams", "责任单位和配合单位"
    LEAD_STAFF = "lead_staff", "牵头领导"
    LEADERS = "leaders", "分管领导"
    INSPECTORS = "inspectors", "督导组"
    REQUESTER = "requester", "提出申请的人"


MatterTell = tuple[MatterAudience, NoticeKind]


@dataclass(frozen=True, kw_only=True)
class MatterStep:
    """One row of the table.

    Attributes:
        name: the step.
        sources: statuses it may start from.
        target: the status it leads to; None when the status stays.
        parts: who may do it.
        tells: who hears of it, with which notice.
        public: whether everybody reads it where the matter is public.
        adds_only: whether it only adds to the record, so that it never collides with another's step.
        new_round: whether work begins anew, so that what was told is told again.
        condition: what else must hold.
    """

    name: MatterStepName
    sources: frozenset[MatterStatus]
    target: MatterStatus | None
    parts: frozenset[Part]
    tells: tuple[MatterTell, ...] = ()
    public: bool = True
    adds_only: bool = False
    new_round: bool = False
    condition: MatterCondition | None = None


P = Part
A = MatterAudience
K = MatterRequestKind
AT_WORK = frozenset({P.HANDLER, P.LEAD})
DESK = frozenset({P.DISPATCHER, P.LEADER, P.ADMIN})
OVERSIGHT = frozenset({P.LEADER, P.INSPECTOR})
ALL_MATTER_STATUSES = frozenset(S)
BEFORE_ACCEPTANCE = frozenset({S.PLANNED, S.IN_PROGRESS, S.DEFERRED})

MATTER_STEPS: tuple[MatterStep, ...] = (
    MatterStep(name=Name.EDIT, sources=BEFORE_ACCEPTANCE, target=None, parts=DESK, public=False),
    MatterStep(
        name=Name.START,
        sources=frozenset({S.PLANNED}),
        target=S.IN_PROGRESS,
        parts=AT_WORK | {P.DISPATCHER, P.LEADER},
        tells=((A.TEAMS, N.STAFF_ASSIGNED),),
    ),
    MatterStep(
        name=Name.PROGRESS,
        sources=frozenset({S.IN_PROGRESS, S.DEFERRED}),
        target=None,
        parts=AT_WORK,
        tells=((A.PEOPLE, N.MATTER_PROGRESS),),
        adds_only=True,
    ),
    MatterStep(
        name=Name.NOTE,
        sources=ALL_MATTER_STATUSES,
        target=None,
        parts=AT_WORK | OVERSIGHT | {P.DISPATCHER},
        public=False,
        adds_only=True,
    ),
    MatterStep(
        name=Name.PLAN_MILESTONE,
        sources=BEFORE_ACCEPTANCE,
        target=None,
        parts=DESK | {P.LEAD},
        public=False,
    ),
    MatterStep(
        name=Name.DROP_MILESTONE,
        sources=BEFORE_ACCEPTANCE,
        target=None,
        parts=DESK,
        public=False,
        condition=has_droppable_milestones,
    ),
    MatterStep(
        name=Name.SUBMIT_MILESTONE,
        sources=frozenset({S.IN_PROGRESS}),
        target=None,
        parts=AT_WORK,
        tells=((A.LEAD_STAFF, N.STAFF_REQUEST), (A.LEADERS, N.STAFF_REQUEST)),
        public=False,
        condition=has_unmet_milestones,
    ),
    MatterStep(
        name=Name.ACCEPT_MILESTONE,
        sources=frozenset({S.IN_PROGRESS, S.DEFERRED}),
        target=None,
        parts=frozenset({P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED), (A.PEOPLE, N.MATTER_PROGRESS)),
        condition=decides(K.MILESTONE),
    ),
    MatterStep(
        name=Name.REFUSE_MILESTONE,
        sources=frozenset({S.IN_PROGRESS, S.DEFERRED}),
        target=None,
        parts=frozenset({P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED),),
        public=False,
        condition=decides(K.MILESTONE),
    ),
    MatterStep(
        name=Name.SUBMIT,
        sources=frozenset({S.IN_PROGRESS}),
        target=S.SUBMITTED,
        parts=AT_WORK,
        tells=((A.LEAD_STAFF, N.STAFF_REQUEST), (A.LEADERS, N.STAFF_REQUEST)),
        condition=ready_to_submit,
    ),
    MatterStep(
        name=Name.RETRACT, sources=frozenset({S.SUBMITTED}), target=S.IN_PROGRESS, parts=AT_WORK, public=False
    ),
    MatterStep(
        name=Name.ACCEPT,
        sources=frozenset({S.SUBMITTED}),
        target=S.CLOSED,
        parts=frozenset({P.LEADER}),
        tells=((A.PEOPLE, N.MATTER_CLOSED), (A.REQUESTER, N.STAFF_DECIDED), (A.LEAD_STAFF, N.STAFF_DECIDED)),
        condition=decides(K.CLOSE),
    ),
    MatterStep(
        name=Name.REFUSE,
        sources=frozenset({S.SUBMITTED}),
        target=S.IN_PROGRESS,
        parts=frozenset({P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED), (A.TEAMS, N.STAFF_REOPENED)),
        new_round=True,
        condition=decides(K.CLOSE),
    ),
    MatterStep(
        name=Name.REQUEST_DEFERRAL,
        sources=frozenset({S.PLANNED, S.IN_PROGRESS}),
        target=None,
        parts=AT_WORK,
        tells=((A.LEAD_STAFF, N.STAFF_REQUEST), (A.LEADERS, N.STAFF_REQUEST)),
        public=False,
        condition=none_asked(K.DEFERRAL),
    ),
    MatterStep(
        name=Name.APPROVE_DEFERRAL,
        sources=frozenset({S.PLANNED, S.IN_PROGRESS}),
        target=S.DEFERRED,
        parts=frozenset({P.LEADER}),
        tells=((A.PEOPLE, N.MATTER_PROGRESS), (A.REQUESTER, N.STAFF_DECIDED)),
        condition=decides(K.DEFERRAL),
    ),
    MatterStep(
        name=Name.REFUSE_DEFERRAL,
        sources=frozenset({S.PLANNED, S.IN_PROGRESS}),
        target=None,
        parts=frozenset({P.LEADER}),
        tells=((A.REQUESTER, N.STAFF_DECIDED),),
        public=False,
        condition=decides(K.DEFERRAL),
    ),
    MatterStep(
        name=Name.RESUME,
        sources=frozenset({S.DEFERRED}),
        target=S.IN_PROGRESS,
        parts=AT_WORK | {P.CLOCK},
        tells=((A.TEAMS, N.STAFF_ASSIGNED), (A.PEOPLE, N.MATTER_PROGRESS)),
    ),
    MatterStep(
        name=Name.SUPERVISE,
        sources=OPEN_MATTER_STATUSES,
        target=None,
        parts=OVERSIGHT,
        tells=((A.TEAMS, N.STAFF_SUPERVISED), (A.LEAD_STAFF, N.STAFF_SUPERVISED)),
        adds_only=True,
    ),
    MatterStep(
        name=Name.BLOCK,
        sources=BEFORE_ACCEPTANCE,
        target=None,
        parts=AT_WORK,
        tells=((A.LEAD_STAFF, N.STAFF_REQUEST), (A.LEADERS, N.STAFF_REQUEST)),
        public=False,
    ),
    MatterStep(
        name=Name.UNBLOCK,
        sources=BEFORE_ACCEPTANCE,
        target=None,
        parts=AT_WORK | {P.LEADER},
        tells=((A.TEAMS, N.STAFF_DECIDED), (A.LEAD_STAFF, N.STAFF_DECIDED)),
        public=False,
        condition=is_blocked,
    ),
    MatterStep(
        name=Name.CANCEL,
        sources=BEFORE_ACCEPTANCE,
        target=S.CANCELLED,
        parts=frozenset({P.LEADER}),
        tells=((A.PEOPLE, N.MATTER_PROGRESS), (A.TEAMS, N.STAFF_DECIDED)),
    ),
    MatterStep(
        name=Name.FLAG_RELAPSE,
        sources=frozenset({S.CLOSED}),
        target=None,
        parts=frozenset({P.CLOCK}),
        tells=(
            (A.LEAD_STAFF, N.STAFF_RELAPSED),
            (A.INSPECTORS, N.STAFF_RELAPSED),
            (A.TEAMS, N.STAFF_RELAPSED),
        ),
        public=False,
        condition=not_flagged,
    ),
    MatterStep(
        name=Name.CLEAR_RELAPSE,
        sources=frozenset({S.CLOSED}),
        target=None,
        parts=OVERSIGHT,
        tells=(
            (A.LEAD_STAFF, N.STAFF_DECIDED),
            (A.INSPECTORS, N.STAFF_DECIDED),
            (A.TEAMS, N.STAFF_DECIDED),
        ),
        public=False,
        condition=judges_relapse,
    ),
    MatterStep(
        name=Name.REOPEN,
        sources=frozenset({S.CLOSED}),
        target=S.IN_PROGRESS,
        parts=OVERSIGHT,
        tells=((A.TEAMS, N.STAFF_REOPENED), (A.LEAD_STAFF, N.STAFF_REOPENED), (A.PEOPLE, N.MATTER_PROGRESS)),
        new_round=True,
    ),
    MatterStep(
        name=Name.LINK,
        sources=OPEN_MATTER_STATUSES,
        target=None,
        parts=DESK | AT_WORK,
        public=False,
        adds_only=True,
    ),
    MatterStep(
        name=Name.UNLINK,
        sources=OPEN_MATTER_STATUSES,
        target=None,
        parts=DESK,
        public=False,
        adds_only=True,
    ),
    MatterStep(
        name=Name.PUBLISH,
        sources=ALL_MATTER_STATUSES - {S.CANCELLED},
        target=None,
        parts=frozenset({P.DISPATCHER, P.LEADER}),
        tells=((A.PEOPLE, N.MATTER_LISTED),),
        condition=is_not_public,
    ),
    MatterStep(
        name=Name.UNPUBLISH,
        sources=ALL_MATTER_STATUSES,
        target=None,
        parts=frozenset({P.DISPATCHER, P.LEADER}),
        public=False,
        condition=is_public,
    ),
    MatterStep(
        name=Name.REMIND,
        sources=OPEN_MATTER_STATUSES,
        target=None,
        parts=frozenset({P.CLOCK}),
        public=False,
        adds_only=True,
    ),
)

_BY_START = {(step.name, source): step for step in MATTER_STEPS for source in step.sources}


def matter_step_from(name: MatterStepName, status: MatterStatus) -> MatterStep | None:
    """Give the row for doing this step in this status; None when it cannot be done there."""
    return _BY_START.get((name, status))
