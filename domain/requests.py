"""What one member of staff asks for and another decides: transfer, deferral, refusal (申请与审定)."""

from datetime import datetime, timedelta
from typing import Any, Unpack

from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import lifecycle
from domain.acts import LEADER_FROM_TRANSFER, Act, cleaned, required
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
    words = required(words, "不同意的理由")
    request = _asked(session, complaint, RequestKind.TRANSFER, act)
    return _decide(session, complaint, StepName.REFUSE_TRANSFER, request, act, words=words)


def request_deferral(
    session: Session, complaint: Complaint, *, reason: str, until: datetime, **act: Unpack[Act]
) -> ComplaintEvent:
    """Ask to put the complaint on the deferred list until a promised day, counted to its closing hour."""
    day, today = until.astimezone(LOCAL).date(), act["now"].astimezone(LOCAL).date()
    until = calendar_for(session).end_of_day(day)
    if day <= today:
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
    request = _asked(session, complaint, RequestKind.DEFERRAL, act)
    until = request.until
    if until is None or until <= act["now"]:
        raise Invalid("承诺的日期已过，请经办单位重新申请。", "until")
    changes = {"deferred_until": until}
    details = {"reason": request.reason, "until": until.isoformat()}
    said = _with_reason(request.reason, words)
    return _decide(
        session,
        complaint,
        StepName.APPROVE_DEFERRAL,
        request,
        act,
        words=said,
        changes=changes,
        details=details,
    )


def refuse_deferral(
    session: Session, complaint: Complaint, *, words: str, **act: Unpack[Act]
) -> ComplaintEvent:
    """Refuse the deferral, with the reason."""
    words = required(words, "不同意的理由")
    request = _asked(session, complaint, RequestKind.DEFERRAL, act)
    return _decide(session, complaint, StepName.REFUSE_DEFERRAL, request, act, words=words)


def request_rejection(
    session: Session, complaint: Complaint, *, reason: str, words: str = "", **act: Unpack[Act]
) -> ComplaintEvent:
    """Propose not to take the complaint on, for a reason of the published list."""
    if reason not in catalogue().rejection.reasons:
        raise Invalid("请从列表中选择不予受理的原因。", "reason")
    said = _with_reason(reason, words)
    event = lifecycle.advance(
        session, complaint, StepName.REQUEST_REJECTION, words=said, details={"reason": reason}, **act
    )
    _open(session, complaint, RequestKind.REJECTION, event, reason=reason)
    return event


def confirm_rejection(
    session: Session, complaint: Complaint, *, words: str = "", **act: Unpack[Act]
) -> ComplaintEvent:
    """Confirm as the second person; the reporter is told the reason and may appeal once."""
    request = _asked(session, complaint, RequestKind.REJECTION, act)
    changes = {"rejection_reason": request.reason, "closed_at": act["now"]}
    details = {"reason": request.reason}
    said = _with_reason(request.reason, words)
    return _decide(
        session,
        complaint,
        StepName.CONFIRM_REJECTION,
        request,
        act,
        words=said,
        changes=changes,
        details=details,
    )


def refuse_rejection(
    session: Session, complaint: Complaint, *, words: str, **act: Unpack[Act]
) -> ComplaintEvent:
    """Keep the complaint, with the reason."""
    words = required(words, "退回的理由")
    request = _asked(session, complaint, RequestKind.REJECTION, act)
    return _decide(session, complaint, StepName.REFUSE_REJECTION, request, act, words=words)


def _with_reason(reason: str, words: str) -> str:
    words = cleaned(words)
    return f"{reason}。{words}" if words else reason


_GRANTING = frozenset({StepName.APPROVE_DEFERRAL, StepName.CONFIRM_REJECTION})


def _asked(session: Session, complaint: Complaint, kind: RequestKind, act: Act) -> ComplaintRequest:
    """Give what waits for a decision, as it is now."""
    lifecycle.hold(session, complaint, act)
    request = open_request(complaint, kind)
    if request is None:
        raise NotAllowed(f"没有待审定的{kind.label}申请。")
    return request


def _decide(
    session: Session,
    complaint: Complaint,
    name: StepName,
    request: ComplaintRequest,
    act: Act,
    *,
    words: str,
    changes: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> ComplaintEvent:
    details = {**(details or {}), "request_id": request.id}
    event = lifecycle.advance(session, complaint, name, words=words, changes=changes, details=details, **act)
    outcome = RequestState.GRANTED if name in _GRANTING else RequestState.REFUSED
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
