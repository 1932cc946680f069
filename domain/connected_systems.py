"""Connected systems (接入系统): which programs of others may call us, with which key and which rights.

Of a key only a digest is kept; it is shown once, when it is made.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from domain import office_changes
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound
from domain.webhook_outbox import drop_pending
from models.complaint import Complaint
from models.connected_system import ConnectedSubmission, ConnectedSystem, Webhook
from models.staff import Staff

LONGEST_NAME, LONGEST_CONTACT = 40, 100
# So that who reads often does not write to the database each time.
TOUCHED_EVERY = timedelta(hours=1)
_KEY_BYTES = 30
_SHOWN = 10


class UnknownKey(NotAllowed):
    """No system that is in use has this key."""


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What a system may do.

    Attributes:
        read: what is public, beside its own; without it, with its key it sees its own alone.
        submit: file complaints.
        hook: be told by webhooks.
    """

    read: bool
    submit: bool
    hook: bool


def listed(session: Session) -> list[tuple[ConnectedSystem, int]]:
    """List all systems, those in use first, each with how many complaints came by it."""
    filed = (
        select(func.count())
        .where(ConnectedSubmission.system_id == ConnectedSystem.id)
        .correlate(ConnectedSystem)
        .scalar_subquery()
    )
    query = select(ConnectedSystem, filed).options(joinedload(ConnectedSystem.webhook))
    query = query.order_by(ConnectedSystem.active.desc(), ConnectedSystem.name)
    return [(row[0], row[1]) for row in session.execute(query)]


def stopped(session: Session) -> Sequence[ConnectedSystem]:
    """List the systems whose webhooks failed for so long that they were stopped."""
    query = select(ConnectedSystem).join(ConnectedSystem.webhook).options(joinedload(ConnectedSystem.webhook))
    told = query.where(ConnectedSystem.active, Webhook.stopped_at.is_not(None))
    return session.scalars(told.order_by(ConnectedSystem.name)).all()


def find(session: Session, system_id: int, *, for_change: bool = False) -> ConnectedSystem:
    """Give a system by its id, or raise NotFound.

    Args:
        for_change: hold the row until the transaction ends.
    """
    locked = {"of": ConnectedSystem} if for_change else None
    found = session.get(
        ConnectedSystem, system_id, options=[joinedload(ConnectedSystem.webhook)], with_for_update=locked
    )
    if found is None:
        raise NotFound("没有找到这个接入系统，请刷新页面。")
    return found


def by_key(session: Session, key: str) -> ConnectedSystem:
    """Give the system whose key this is.

    Raises:
        UnknownKey: there is none in use.
    """
    found = session.scalar(select(ConnectedSystem).where(ConnectedSystem.key_hash == _hash(key)))
    if found is None or not found.active:
        raise UnknownKey("api_key 无效，或者这个接入系统已停用。")
    return found


def is_due(system: ConnectedSystem, *, now: datetime) -> bool:
    """Tell whether it is worth writing down that the key was used."""
    return system.last_used_at is None or now - system.last_used_at >= TOUCHED_EVERY


def touch(session: Session, system: ConnectedSystem, *, now: datetime) -> None:
    """Note that the key was used."""
    used = update(ConnectedSystem).where(ConnectedSystem.id == system.id)
    session.execute(used.values(last_used_at=now).execution_options(synchronize_session=False))


def system_of(session: Session, complaint: Complaint) -> ConnectedSystem | None:
    """Give the system that a complaint came by."""
    query = select(ConnectedSystem).join(
        ConnectedSubmission, ConnectedSubmission.system_id == ConnectedSystem.id
    )
    return session.scalar(query.where(ConnectedSubmission.complaint_id == complaint.id))


def add(
    session: Session, *, name: str, contact: str, rights: Rights, staff: Staff, now: datetime
) -> tuple[ConnectedSystem, str]:
    """Add a system, and give its key, of which only a digest is kept.

    Raises:
        Invalid: something of it cannot be used.
    """
    values = _checked(session, None, name=name, contact=contact, rights=rights)
    key = _new_key()
    system = ConnectedSystem(
        **values, key_hash=_hash(key), key_start=key[:_SHOWN], key_made_at=now, active=True, created_at=now
    )
    session.add(system)
    session.flush()
    office_changes.note(
        session,
        staff,
        action="system.add",
        subject=system.id,
        words=f"新增接入系统「{system.name}」",
        after=values,
        now=now,
    )
    return system, key


def change(
    session: Session,
    system: ConnectedSystem,
    *,
    name: str,
    contact: str,
    rights: Rights,
    staff: Staff,
    now: datetime,
) -> None:
    """Change what is written of a system and what it may do; its key stays.

    Raises:
        Invalid: something of it cannot be used.
    """
    after = _checked(session, system, name=name, contact=contact, rights=rights)
    before = office_changes.apply(system, after)
    if before is None:
        return
    if before["may_hook"] and not system.may_hook:
        drop_pending(session, system.id)
    session.flush()
    office_changes.note(
        session,
        staff,
        action="system.change",
        subject=system.id,
        words=f"修改接入系统「{system.name}」",
        before=before,
        after=after,
        now=now,
    )


def renew_key(session: Session, system: ConnectedSystem, *, staff: Staff, now: datetime) -> str:
    """Give a system another key; the one before opens nothing from now on."""
    key = _new_key()
    before, after = {"key_start": system.key_start}, {"key_start": key[:_SHOWN]}
    system.key_hash, system.key_start, system.key_made_at = _hash(key), key[:_SHOWN], now
    session.flush()
    office_changes.note(
        session,
        staff,
        action="system.renew_key",
        subject=system.id,
        words=f"接入系统「{system.name}」：更换 api_key",
        before=before,
        after=after,
        now=now,
    )
    return key


def set_active(
    session: Session, system: ConnectedSystem, *, active: bool, staff: Staff, now: datetime
) -> None:
    """Take a system out of use, at once and whole, or into use again; what it filed stays."""
    if system.active is active:
        return
    system.active = active
    if not active:
        drop_pending(session, system.id)
    action, words = ("system.enable", "启用") if active else ("system.disable", "停用")
    session.flush()
    told = f"接入系统「{system.name}」：{words}"
    office_changes.note(session, staff, action=action, subject=system.id, words=told, now=now)


def _checked(
    session: Session, system: ConnectedSystem | None, *, name: str, contact: str, rights: Rights
) -> dict[str, Any]:
    name, contact = " ".join(cleaned(name).split()), cleaned(contact)
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"请填写系统的名称，最多 {LONGEST_NAME} 字。", "name")
    namesake = session.scalar(select(ConnectedSystem.id).where(ConnectedSystem.name == name))
    if namesake is not None and (system is None or namesake != system.id):
        raise Invalid(f"已经有「{name}」了。", "name")
    if not contact or len(contact) > LONGEST_CONTACT:
        raise Invalid(f"请填写联系人和电话，最多 {LONGEST_CONTACT} 字，出了问题要找得到人。", "contact")
    if not (rights.read or rights.submit or rights.hook):
        raise Invalid("请至少勾选一项权限。", "rights")
    return {
        "name": name,
        "contact": contact,
        "may_read": rights.read,
        "may_submit": rights.submit,
        "may_hook": rights.hook,
    }


def _new_key() -> str:
    return f"bss_{secrets.token_urlsafe(_KEY_BYTES)}"


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
