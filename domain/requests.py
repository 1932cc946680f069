"""What one member of staff asks for and another decides: transfer, deferral, refusal (申请与审定)."""

from datetime import datetime, timedelta
from typing import Any, Unpack

from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import lifecycle
from domain.acts import LEADER_FROM_TRANSFER, Act, required
from domain.deadlines import calendar_for
from domain.errors import Invalid, NotAllowed
from domain.step_conditions import open_request
from domain.steps import Audience
from domain.working_time import LOCAL
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.enums import NoticeKind, RequestKind, RequestState, StepName
from models.team import Team

_LONGEST_DEFERRAL = timedelta(days=366)


def request_transfer(
    session: Session, complaint: Complaint, *, reason: str, to_team: Team | None = None, **act: Unpack[Act]
) -> ComplaintEvent:
    """Ask the desk to move the complaint; the team stays answerable until it has been moved (首接负责)."""
    if to_team is not None and to_team.id == complaint.team_id:
        raise Invalid("建议转往的单位就是现在的责任单位。", "to_team")
    often = complaint.transfer_count >= LEADER_FROM_TRANSFER
    reason = required(reason, "申请转办的理由")
    event = lifecycle.advance(
        session,
        complaint,
        StepName.REQUEST_TRANSFER,
        words=reason,
        details={"to_team_id": to_team.id if to_team else None},
        also_tell=[(Audience.LEADERS, NoticeKind.STAFF_REQUEST)] if often else [],
        **act,
    )
    _open(session, complaint, RequestKind.TRANSFER, event, reason=reason, to_team=to_team)
    return event


def refuse_transfer(
    session: Session, complaint: Complaint, *, words: str, **act: Unpack[Act]
) -> ComplaintEvent:
    """Leave the complaint where it is, with the reason."""
    return _decide(session, complaint, StepName.REFUSE_TRANSFER, required(words, "不同意的理由"), act)


def request_deferral(
    session: Session, complaint: Complaint, *, reason: str, until: datetime, **act: Unpack[Act]
) -> ComplaintEvent:
    """Ask to put the complaint on the deferred list until a promised day, counted to its closing hour."""
    until = calendar_for(session).end_of_day(until.astimezone(LOCAL).date())
    if until <= act["now"]:
        raise Invalid("承诺办理的日期须晚于今天。", "until")
    if until > act["now"] + _LONGEST_DEFERRAL:
        raise Invalid("承诺办理的日期最远一年。", "until")
    reason = required(reason, "暂时不能办理的原因")
    details = {"reason": reason, "until": until.isoformat()}
    event = lifecycle.advance(
        session, complaint, StepName.REQUEST_DEFERRAL, words=reason, details=details, **act
    )
    _open(session, complaint, RequestKind.DEFERRAL, event, reason=reason, until=until)
    return event


def approve_deferral(
    session: Session, complaint: Complaint, *, words: str = "", **act: Unpack[Act]
) -> ComplaintEvent:
    """Grant the deferral: it stays in public sight and comes back by itself on the promised day."""
    request = _waiting(complaint, RequestKind.DEFERRAL)
    until = request.until
    if until is None or until <= act["now"]:
        raise Invalid("承诺的日期已过，请经办单位重新申请。", "until")
    changes = {"deferred_until": until}
    details = {"reason": request.reason, "until": until.isoformat()}
    return _decide(session, complaint, StepName.APPROVE_DEFERRAL, words.strip(), act, changes, details)


def refuse_deferral(
    session: Session, complaint: Complaint, *, words: str, **act: Unpack[Act]
) -> ComplaintEvent:
    """Refuse the deferral, with the reason."""
    return _decide(session, complaint, StepName.REFUSE_DEFERRAL, required(words, "不同意的理由"), act)


def request_rejection(
    session: Session, complaint: Complaint, *, reason: str, words: str = "", **act: Unpack[Act]
) -> ComplaintEvent:
    """Propose not to take the complaint on, for a reason of the published list."""
    if reason not in catalogue().rejection.reasons:
        raise Invalid("请从列表中选择不予受理的原因。", "reason")
    said = f"{reason}。{words.strip()}" if words.strip() else reason
    event = lifecycle.advance(
        session, complaint, StepName.REQUEST_REJECTION, words=said, details={"reason": reason}, **act
    )
    _open(session, complaint, RequestKind.REJECTION, event, reason=reason)
    return event


def confirm_rejection(
    session: Session, complaint: Complaint, *, words: str = "", **act: Unpack[Act]
) -> ComplaintEvent:
    """Confirm as the second person; the reporter is told the reason and may appeal once."""
    request = _waiting(complaint, RequestKind.REJECTION)
    changes = {"rejection_reason": request.reason, "closed_at": act["now"]}
    details = {"reason": request.reason}
    return _decide(session, complaint, StepName.CONFIRM_REJECTION, words.strip(), act, changes, details)


def refuse_rejection(
    session: Session, complaint: Complaint, *, words: str, **act: Unpack[Act]
) -> ComplaintEvent:
    """Keep the complaint, with the reason."""
    return _decide(session, complaint, StepName.REFUSE_REJECTION, required(words, "退回的理由"), act)


_DECISIONS = {
    StepName.REFUSE_TRANSFER: (RequestKind.TRANSFER, RequestState.REFUSED),
    StepName.APPROVE_DEFERRAL: (RequestKind.DEFERRAL, RequestState.GRANTED),
    StepName.REFUSE_DEFERRAL: (RequestKind.DEFERRAL, RequestState.REFUSED),
    StepName.CONFIRM_REJECTION: (RequestKind.REJECTION, RequestState.GRANTED),
    StepName.REFUSE_REJECTION: (RequestKind.REJECTION, RequestState.REFUSED),
}


def _waiting(complaint: Complaint, kind: RequestKind) -> ComplaintRequest:
    request = open_request(complaint, kind)
    if request is None:
        raise NotAllowed(f"没有待审定的{kind.label}申请。")
    return request


def _decide(
    session: Session,
    complaint: Complaint,
    name: StepName,
    words: str,
    act: Act,
    changes: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> ComplaintEvent:
    kind, outcome = _DECISIONS[name]
    request = _waiting(complaint, kind)
    event = lifecycle.advance(
        session,
        complaint,
        name,
        words=words,
        changes=changes,
        details={**(details or {}), "request_id": request.id},
        **act,
    )
    close_request(request, outcome, event=event)
    session.flush()
    return event


def _open(
    session: Session,
    complaint: Complaint,
    kind: RequestKind,
    event: ComplaintEvent,
    *,
    reason: str,
    until: datetime | None = None,
    to_team: Team | None = None,
) -> None:
    if event.staff_id is None:
        raise ValueError("only staff ask for a decision")
    complaint.requests.append(
        ComplaintRequest(
            kind=kind,
            reason=reason,
            state=RequestState.OPEN,
            requested_by_id=event.staff_id,
            requested_at=event.at,
            until=until,
            to_team_id=to_team.id if to_team else None,
        )
    )
    session.flush()


def close_request(request: ComplaintRequest, outcome: RequestState, *, event: ComplaintEvent) -> None:
    """Write the decision on a request; deciding one's own is refused by the table and by the database."""
    request.state = outcome
    request.decided_by_id = event.staff_id
    request.decided_at = event.at
