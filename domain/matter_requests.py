"""What one member of staff asks for and another decides on a matter: close-out, a part, deferral (四眼)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Unpack

from sqlalchemy.orm import Session

from domain import matter_lifecycle, office_settings, push_runs
from domain.acts import Act, cleaned, required
from domain.errors import Invalid, NotAllowed
from domain.matter_conditions import open_matter_requests
from domain.matter_settings import WATCH_DAYS
from domain.matter_work import milestone_of
from domain.matters import attach
from domain.working_time import LOCAL
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentPurpose, RequestState
from models.matter import Matter, MatterEvent, MatterRequest
from models.matter_words import MatterRequestKind, MatterStepName

_LONGEST_DEFERRAL = timedelta(days=732)


def submit(
    session: Session,
    matter: Matter,
    *,
    words: str,
    attachments: Sequence[Attachment] = (),
    no_photo_reason: str = "",
    **act: Unpack[Act],
) -> MatterEvent:
    """Ask for the close-out: what was reached of the goal, with photos or why there are none."""
    words = required(words, "完成情况")
    reason = cleaned(no_photo_reason)
    pictured = any(one.kind is AttachmentKind.PHOTO for one in attachments)
    if not pictured and not reason:
        raise Invalid("请上传整改后的照片；确实没有的，写明原因。", "no_photo_reason")
    details = {"no_photo_reason": reason} if not pictured else {}
    changes = {"submitted_at": act["now"]}
    event = matter_lifecycle.advance(
        session, matter, MatterStepName.SUBMIT, words=words, changes=changes, details=details, **act
    )
    attach(session, event, attachments, AttachmentPurpose.AFTER)
    _ask(session, matter, MatterRequestKind.CLOSE, event)
    return event


def retract(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Take the request for the close-out back."""
    words = required(words, "撤回的原因")
    return matter_lifecycle.advance(session, matter, MatterStepName.RETRACT, words=words, **act)


def accept(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Accept the result against the goal; from now on it is watched for a relapse."""
    words = required(words, "验收意见")
    days = office_settings.read(session, WATCH_DAYS)
    changes = {"closed_at": act["now"], "watch_until": act["now"] + timedelta(days=days)}
    event = _decide(
        session, matter, MatterStepName.ACCEPT, MatterRequestKind.CLOSE, words, act, changes=changes
    )
    push_runs.offer_matter(session, matter, staff=act["actor"].staff, now=act["now"])
    return event


def refuse(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Refuse the close-out, with the reason; the work goes on."""
    words = required(words, "退回的理由")
    return _decide(session, matter, MatterStepName.REFUSE, MatterRequestKind.CLOSE, words, act)


def request_deferral(
    session: Session, matter: Matter, *, reason: str, until: date, **act: Unpack[Act]
) -> MatterEvent:
    """Ask to put a matter off until a promised day."""
    reason = required(reason, "暂时不能推进的原因")
    _check_day(until, act["now"])
    details = {"until": until.isoformat()}
    event = matter_lifecycle.advance(
        session, matter, MatterStepName.REQUEST_DEFERRAL, words=reason, details=details, **act
    )
    _ask(session, matter, MatterRequestKind.DEFERRAL, event, until=until)
    return event


def _check_day(until: date, now: datetime) -> None:
    today = now.astimezone(LOCAL).date()
    if not today < until <= today + _LONGEST_DEFERRAL:
        raise Invalid("承诺恢复的日期须晚于今天，最远两年。", "until")


def approve_deferral(session: Session, matter: Matter, *, words: str = "", **act: Unpack[Act]) -> MatterEvent:
    """Grant the deferral: it comes back by itself on the promised day."""
    matter_lifecycle.hold(session, matter, act)
    requests = open_matter_requests(matter, MatterRequestKind.DEFERRAL)
    until = requests[0].until if requests else None
    if until is not None:
        _check_day(until, act["now"])
    said = f"{requests[0].reason}。{cleaned(words)}".rstrip("。") + "。" if requests else ""
    return _decide(
        session,
        matter,
        MatterStepName.APPROVE_DEFERRAL,
        MatterRequestKind.DEFERRAL,
        said,
        act,
        changes={"deferred_until": until},
        details={"until": until.isoformat() if until else None},
    )


def refuse_deferral(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Refuse the deferral, with the reason."""
    words = required(words, "不同意的理由")
    return _decide(session, matter, MatterStepName.REFUSE_DEFERRAL, MatterRequestKind.DEFERRAL, words, act)


def submit_milestone(
    session: Session,
    matter: Matter,
    *,
    milestone_id: int | None,
    words: str,
    attachments: Sequence[Attachment] = (),
    **act: Unpack[Act],
) -> MatterEvent:
    """Ask for the acceptance of a part of the work."""
    words = required(words, "完成情况")
    matter_lifecycle.hold(session, matter, act)
    milestone = milestone_of(matter, milestone_id)
    if any(
        one.milestone_id == milestone.id for one in open_matter_requests(matter, MatterRequestKind.MILESTONE)
    ):
        raise Invalid("这个节点已经在等验收。", "milestone")
    details = {"milestone": milestone.title}
    event = matter_lifecycle.advance(
        session, matter, MatterStepName.SUBMIT_MILESTONE, words=words, details=details, **act
    )
    attach(session, event, attachments, AttachmentPurpose.PROGRESS)
    _ask(session, matter, MatterRequestKind.MILESTONE, event, milestone_id=milestone.id)
    return event


def accept_milestone(
    session: Session, matter: Matter, *, milestone_id: int | None, words: str = "", **act: Unpack[Act]
) -> MatterEvent:
    """Accept a part of the work."""
    return _decide_milestone(
        session, matter, MatterStepName.ACCEPT_MILESTONE, milestone_id, cleaned(words), act
    )


def refuse_milestone(
    session: Session, matter: Matter, *, milestone_id: int | None, words: str, **act: Unpack[Act]
) -> MatterEvent:
    """Refuse a part of the work, with the reason."""
    words = required(words, "退回的理由")
    return _decide_milestone(session, matter, MatterStepName.REFUSE_MILESTONE, milestone_id, words, act)


def _decide_milestone(
    session: Session,
    matter: Matter,
    name: MatterStepName,
    milestone_id: int | None,
    words: str,
    act: Act,
) -> MatterEvent:
    matter_lifecycle.hold(session, matter, act)
    milestone = milestone_of(matter, milestone_id)
    event = _decide(
        session,
        matter,
        name,
        MatterRequestKind.MILESTONE,
        words,
        act,
        details={"milestone": milestone.title},
        milestone_id=milestone.id,
    )
    if name is MatterStepName.ACCEPT_MILESTONE:
        milestone.accepted_at = event.at
        session.flush()
    return event


_GRANTING = frozenset(
    {MatterStepName.ACCEPT, MatterStepName.APPROVE_DEFERRAL, MatterStepName.ACCEPT_MILESTONE}
)


def _decide(
    session: Session,
    matter: Matter,
    name: MatterStepName,
    kind: MatterRequestKind,
    words: str,
    act: Act,
    *,
    changes: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
    milestone_id: int | None = None,
) -> MatterEvent:
    """Do the step that decides a request, and write the decision on it.

    Raises:
        NotAllowed: nothing of the kind waits, it is one's own work, or the table forbids it.
    """
    matter_lifecycle.hold(session, matter, act)
    waiting = [one for one in open_matter_requests(matter, kind) if one.milestone_id == milestone_id]
    decided = waiting[0] if waiting else None
    event = matter_lifecycle.advance(
        session, matter, name, words=words, changes=changes, details=details, decided=decided, **act
    )
    if decided is None:
        raise NotAllowed(f"没有待审定的{kind.label}申请。")
    decided.state = RequestState.GRANTED if name in _GRANTING else RequestState.REFUSED
    decided.decided_by_id, decided.decided_at = event.staff_id, event.at
    session.flush()
    return event


def _ask(
    session: Session,
    matter: Matter,
    kind: MatterRequestKind,
    event: MatterEvent,
    *,
    until: date | None = None,
    milestone_id: int | None = None,
) -> None:
    if event.staff_id is None:
        raise ValueError("only staff ask for a decision")
    matter.requests.append(
        MatterRequest(
            kind=kind,
            state=RequestState.OPEN,
            reason=event.words,
            until=until,
            milestone_id=milestone_id,
            requested_by_id=event.staff_id,
            requested_at=event.at,
        )
    )
    session.flush()
