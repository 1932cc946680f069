"""What connected systems are told of complaints: written in the transaction of the step, sent by the worker.

A webhook names the complaint and where it stands, and nothing else: no words, no place, nobody. Who wants
more asks for the request by Open311, and reads what may be read at that moment, so that nothing taken back
is still under way.
"""

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.disclosure import NO_LONGER_RELEASED, is_released
from domain.working_time import LOCAL
from models.complaint import Complaint, ComplaintEvent
from models.connected_system import ConnectedSubmission, ConnectedSystem, Webhook, WebhookDelivery
from models.connected_words import WebhookType
from models.enums import ENDED_STATUSES, ComplaintStatus, StepName

# Raised when a member of `data` changes its meaning or goes; new ones may come at any time.
VERSION = 1
OPEN, CLOSED = "open", "closed"


def open_or_closed(status: ComplaintStatus) -> str:
    """Give the status as Open311 has it: closed is what has ended, whatever the outcome."""
    return CLOSED if status in ENDED_STATUSES else OPEN


def queue_for_event(session: Session, complaint: Complaint, event: ComplaintEvent) -> None:
    """Write what each connected system is to hear of an event, by the rules of what it may read."""
    kind = _type_of(event)
    if kind is None:
        return
    told = _listening(session)
    if not told:
        return
    session.flush()
    origin = session.get(ConnectedSubmission, complaint.id)
    was_public = _could_be_read(complaint, event)
    for system in told:
        is_own = origin is not None and origin.system_id == system.id
        if is_own or (system.may_read and was_public):
            data = _data(complaint, event.from_status, event.at)
            _write(session, system, kind, complaint=complaint, data=data, now=event.at)


def queue_for_publicity(session: Session, complaint: Complaint, *, now: datetime) -> None:
    """Write what is to be heard when a released complaint is held back for its content, or let go."""
    if complaint.published_at is None or complaint.status in NO_LONGER_RELEASED:
        return
    kind = WebhookType.UNPUBLISHED if complaint.held else WebhookType.PUBLISHED
    for system in _listening(session):
        if system.may_read:
            _write(session, system, kind, complaint=complaint, data=_data(complaint, None, now), now=now)


def queue_test(session: Session, system: ConnectedSystem, *, now: datetime) -> WebhookDelivery:
    """Write an event that tells of nothing, so that both sides see whether it arrives."""
    data = {"message": "这是一次测试推送。"}
    return _write(session, system, WebhookType.TEST, complaint=None, data=data, now=now)


def moment(at: datetime) -> str:
    """Write a time as programs read it: with its zone, in whole seconds."""
    return at.astimezone(LOCAL).isoformat(timespec="seconds")


def _type_of(event: ComplaintEvent) -> WebhookType | None:
    named = {
        StepName.SUBMIT: WebhookType.CREATED,
        StepName.PUBLISH: WebhookType.PUBLISHED,
        StepName.UNPUBLISH: WebhookType.UNPUBLISHED,
    }
    if event.step in named:
        return named[event.step]
    if event.from_status is event.to_status:
        return None
    return WebhookType.CLOSED if event.to_status in ENDED_STATUSES else WebhookType.STATUS_CHANGED


def _listening(session: Session) -> Sequence[ConnectedSystem]:
    query = select(ConnectedSystem).join(Webhook, Webhook.system_id == ConnectedSystem.id)
    return session.scalars(
        query.where(ConnectedSystem.active, ConnectedSystem.may_hook).order_by(ConnectedSystem.id)
    ).all()


def _could_be_read(complaint: Complaint, event: ComplaintEvent) -> bool:
    """Tell whether everybody can read of it, or could until this very event took it back."""
    if complaint.held:
        return False
    if is_released(complaint) or event.step is StepName.UNPUBLISH:
        return True
    return complaint.published_at is not None and event.from_status not in NO_LONGER_RELEASED


def _data(complaint: Complaint, before: ComplaintStatus | None, at: datetime) -> dict[str, Any]:
    if before is complaint.status:
        before = None
    return {
        "service_request_id": complaint.number,
        "service_code": complaint.category.code,
        "status": open_or_closed(complaint.status),
        "status_detail": complaint.status.value,
        "status_label": complaint.status.label,
        "previous_status_detail": before.value if before is not None else None,
        "public": is_released(complaint),
        "requested_datetime": moment(complaint.filed_at),
        "updated_datetime": moment(at),
        "path": f"/open311/v2/requests/{complaint.number}.json",
    }


def _write(
    session: Session,
    system: ConnectedSystem,
    kind: WebhookType,
    *,
    complaint: Complaint | None,
    data: dict[str, Any],
    now: datetime,
) -> WebhookDelivery:
    body = {"type": kind.value, "version": VERSION, "timestamp": moment(now), "data": data}
    delivery = WebhookDelivery(
        message_id=f"msg_{secrets.token_urlsafe(18)}",
        system_id=system.id,
        complaint_id=complaint.id if complaint is not None else None,
        type=kind,
        payload=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        created_at=now,
        due_at=now,
    )
    session.add(delivery)
    session.flush()
    return delivery
