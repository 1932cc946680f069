"""The audit log: writing down what staff did, and sealing each entry with the one before it.

Entries are sealed at the very end of the transaction, so that the one row everybody waits for, the end of the
chain, is held last and for a moment only.
"""

import hashlib
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import event, insert
from sqlalchemy.orm import Session, SessionTransaction

from models.audit import AuditChain, AuditEntry
from models.complaint import ComplaintEvent
from models.matter import MatterEvent
from models.staff import Staff
from models.upsert import insert_into

_PENDING = "audit entries of this transaction"
# Words of a step were taken out at the wish of the person they name: from there on the new digest holds.
REDACTION = "complaint.redact"

# The one way to write what is said as JSON, made once: `json.dumps` would make it anew for each entry.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Origin:
    """Where a deed comes from: the address of the computer, and the id of the request."""

    address: str = ""
    request_id: str = ""


# Set by who serves a request; the worker and the command line leave it empty.
ORIGIN: ContextVar[Origin] = ContextVar("audit origin", default=Origin())  # noqa: B039 (frozen)


@dataclass
class _Deed:
    """An entry as long as it has no place in the chain; the columns of `AuditEntry`, without their weight."""

    at: datetime
    staff_id: int | None
    actor_label: str
    action: str
    subject_kind: str
    subject: str
    words: str
    details: dict[str, Any]
    address: str
    request_id: str
    position: int = 0
    seal: str = ""

    def row(self) -> dict[str, Any]:
        """Give it as a row of the table."""
        return vars(self)


class _Pending(NamedTuple):
    entry: _Deed
    within: SessionTransaction | None


def record(
    session: Session,
    staff: Staff | None,
    *,
    action: str,
    subject_kind: str,
    subject: str,
    words: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down a deed; it is kept if and only if this transaction is.

    Args:
        session: of the transaction that does the deed.
        staff: who did it; None for the system itself.
        action: subject and verb, such as "team.change".
        subject_kind: what kind of thing it was done to, such as "team".
        subject: its number, code or id.
        words: the deed in one Chinese sentence, without a person's identity where that is hidden.
        now: when.
        details: values before and after, as JSON; never a password or another secret.
    """
    origin = ORIGIN.get()
    entry = _Deed(
        at=now,
        staff_id=staff.id if staff else None,
        actor_label=f"{staff.name}（{staff.post or staff.username}）" if staff else "系统",
        action=action,
        subject_kind=subject_kind,
        subject=subject,
        words=words,
        details=dict(details or {}),
        address=origin.address,
        request_id=origin.request_id,
    )
    pending = _Pending(entry, session.get_nested_transaction())
    session.info.setdefault(_PENDING, []).append(pending)


def digest_of_event(event: ComplaintEvent | MatterEvent) -> str:
    """Compute a digest of what an event says, so that the log can tell whether it was changed.

    Returns:
        64 hexadecimal digits.
    """
    whose = (
        {"complaint": event.complaint_id}
        if isinstance(event, ComplaintEvent)
        else {"matter": event.matter_id}
    )
    return _hash(
        {
            **whose,
            "at": event.at.astimezone(UTC).isoformat(),
            "step": event.step.value,
            "statuses": [event.from_status.value if event.from_status else None, event.to_status.value],
            "staff": event.staff_id,
            "words": event.words,
            "public": event.public,
            "details": event.details,
        }
    )


def seal_of(entry: AuditEntry | _Deed, *, before: str) -> str:
    """Compute the seal of an entry from what it says and the seal before it.

    Returns:
        64 hexadecimal digits.
    """
    said = {
        "position": entry.position,
        "at": entry.at.astimezone(UTC).isoformat(),
        "staff": entry.staff_id,
        "actor": entry.actor_label,
        "action": entry.action,
        "subject": [entry.subject_kind, entry.subject],
        "words": entry.words,
        "details": entry.details,
        "origin": [entry.address, entry.request_id],
        "before": before,
    }
    return _hash(said)


def _hash(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(_CANONICAL.encode(said).encode()).hexdigest()


@event.listens_for(Session, "before_commit")
def _seal_pending(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return
    pending: list[_Pending] = session.info.pop(_PENDING)
    chain = _end_of_chain(session)
    seal = chain.seal
    for position, each in enumerate(pending, start=chain.length + 1):
        each.entry.position = position
        each.entry.seal = seal = seal_of(each.entry, before=seal)
    chain.length += len(pending)
    chain.seal = seal
    session.flush()
    # Nobody holds these entries, and an import makes them by the hundred: as rows of which the session knows
    # nothing they cost a fraction.
    session.connection().execute(insert(AuditEntry), [each.entry.row() for each in pending])


def _end_of_chain(session: Session) -> AuditChain:
    """Hold the end of the chain until this transaction is over; begin the chain with the first entry."""
    chain = session.get(AuditChain, 1, with_for_update=True, populate_existing=True)
    if chain is not None:
        return chain
    start = insert_into(session, AuditChain).values(id=1, length=0, seal="")
    session.execute(start.on_conflict_do_nothing(index_elements=["id"]))
    return session.get_one(AuditChain, 1, with_for_update=True, populate_existing=True)


@event.listens_for(Session, "after_soft_rollback")
def _drop_undone(session: Session, undone: SessionTransaction) -> None:
    """Forget what was recorded within a transaction or savepoint that came to nothing."""
    pending: list[_Pending] = session.info.pop(_PENDING, [])
    if undone.nested:
        session.info[_PENDING] = [each for each in pending if not _lies_within(each.within, undone)]


def _lies_within(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.parent
    return False
