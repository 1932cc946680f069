"""The desk's queue: new complaints one after the other, and handing one over in a single act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain import handling, lifecycle
from domain.acts import Act
from domain.clocks import Deadline
from domain.deadlines import Clock, calendar_for, deadlines_of
from models.category import Category
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.enums import ComplaintKind, ComplaintStatus, Complexity, RequestKind, RequestState, StepName
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

_WITH = (
    joinedload(Complaint.category, innerjoin=True),
    joinedload(Complaint.service_point),
    joinedload(Complaint.team),
)


@dataclass(frozen=True, kw_only=True)
class Classification:
    """What a dispatcher makes of a complaint; None leaves a thing as it is."""

    category: Category | None = None
    complexity: Complexity | None = None
    urgent: bool | None = None
    kind: ComplaintKind | None = None
    service_point: ServicePoint | None = None

    def changes(self, complaint: Complaint) -> dict[str, Any]:
        """Give what of it is other than what the complaint says already."""
        wanted: dict[str, Any] = {
            "category": self.category,
            "complexity": self.complexity,
            "urgent": self.urgent,
            "kind": self.kind,
            "service_point": self.service_point,
        }
        return {
            name: value
            for name, value in wanted.items()
            if value is not None and value != getattr(complaint, name)
        }


def waits_for(staff: Staff) -> ColumnElement[bool]:
    """Give the condition that a complaint waits to be dispatched by this member of staff.

    What they proposed to refuse waits for a colleague, and is not shown to them again meanwhile.
    """
    own = select(ComplaintRequest.complaint_id).where(
        ComplaintRequest.state == RequestState.OPEN,
        ComplaintRequest.kind == RequestKind.REJECTION,
        ComplaintRequest.requested_by_id == staff.id,
    )
    return and_(Complaint.status == ComplaintStatus.SUBMITTED, Complaint.id.not_in(own))


def is_waiting(session: Session, staff: Staff, complaint: Complaint) -> bool:
    """Tell whether a complaint is in the queue."""
    query = select(Complaint.id).where(waits_for(staff), Complaint.id == complaint.id)
    return session.scalar(query) is not None


def left(session: Session, staff: Staff) -> int:
    """Count what is in the queue."""
    return session.scalar(select(func.count(Complaint.id)).where(waits_for(staff))) or 0


def next_after(session: Session, staff: Staff, complaint: Complaint | None) -> Complaint | None:
    """Give the next of the queue: what is urgent first, then what has waited longest.

    Args:
        complaint: the one that was looked at last; None for the first of the queue.
    """
    query = select(Complaint).where(waits_for(staff)).options(*_WITH)
    if complaint is not None:
        query = query.where(_comes_after(complaint))
    return session.scalars(query.order_by(*_ORDER).limit(1)).first()


def before(session: Session, staff: Staff, complaint: Complaint) -> Complaint | None:
    """Give the one before another in the queue."""
    query = select(Complaint).where(waits_for(staff), ~_comes_after(complaint), Complaint.id != complaint.id)
    backwards = (Complaint.urgent.asc(), Complaint.filed_at.desc(), Complaint.id.desc())
    return session.scalars(query.order_by(*backwards).options(*_WITH).limit(1)).first()


_ORDER = (Complaint.urgent.desc(), Complaint.filed_at.asc(), Complaint.id.asc())


def _comes_after(complaint: Complaint) -> ColumnElement[bool]:
    later = or_(
        Complaint.filed_at > complaint.filed_at,
        and_(Complaint.filed_at == complaint.filed_at, Complaint.id > complaint.id),
    )
    if not complaint.urgent:
        return and_(Complaint.urgent.is_(False), later)
    return or_(Complaint.urgent.is_(False), later)


def hand_over(
    session: Session,
    complaint: Complaint,
    *,
    team: Team,
    handler: Staff | None = None,
    classification: Classification | None = None,
    words: str = "",
    **act: Unpack[Act],
) -> Sequence[ComplaintEvent]:
    """Put right what a complaint is about, and give it to a team; either both happen or neither.

    Returns:
        The events written, that of the assignment last.

    Raises:
        TooLate: a colleague was faster.
        Invalid, NotAllowed: as for the two acts.
    """
    lifecycle.hold(session, complaint, act)
    events = []
    rest: Act = {"actor": act["actor"], "now": act["now"]}
    changes = classification.changes(complaint) if classification else {}
    if changes:
        events.append(handling.classify(session, complaint, **changes, **rest))
    events.append(handling.assign(session, complaint, team=team, handler=handler, words=words, **rest))
    return events


def deadlines_if(
    session: Session, complaint: Complaint, classification: Classification, *, now: datetime
) -> dict[Clock, Deadline]:
    """Tell when a complaint would be due if it were classified so; nothing is written."""
    columns = {column.key: getattr(complaint, column.key) for column in Complaint.__mapper__.column_attrs}
    # Never put into a session: it only answers what-if.
    supposed = Complaint(**columns, category=complaint.category)
    changes = classification.changes(complaint)
    for name, value in changes.items():
        setattr(supposed, name, value)
    events = list(complaint.events)
    if changes.get("urgent"):
        events.append(
            ComplaintEvent(
                at=now,
                step=StepName.CLASSIFY,
                from_status=complaint.status,
                to_status=complaint.status,
                round=complaint.round,
                details={"urgent": str(True)},
            )
        )
    return deadlines_of(supposed, events, calendar_for(session), now=now)
