"""What comes back of a matter after its close-out (反弹回潮)."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.service_points import places_below
from models.category import Category
from models.complaint import Complaint
from models.enums import ComplaintStatus
from models.matter import Matter, MatterComplaint
from models.service_point import ServicePoint

_NOT_COUNTED = frozenset({ComplaintStatus.REJECTED, ComplaintStatus.WITHDRAWN})


def complaints_since(session: Session, matter: Matter) -> list[Complaint]:
    """List the complaints about the same since it was closed: at its places, in its category.

    What came before a suspicion was found untrue was looked at then, and is left out.
    A matter without places, whose complaints name none either, is not watched: anything might be meant.
    """
    if matter.closed_at is None or matter.watch_until is None:
        return []
    tops = matter.places or _places_of_complaints(session, matter)
    here = or_(*(Complaint.service_point_id.in_(places_below(place)) for place in tops)) if tops else None
    if here is None:
        return []
    query = select(Complaint).where(
        here,
        Complaint.filed_at > (matter.relapse_cleared_at or matter.closed_at),
        Complaint.filed_at <= matter.watch_until,
        Complaint.status.not_in(_NOT_COUNTED),
    )
    if matter.category_id is not None:
        below = select(Category.id).where(
            or_(Category.id == matter.category_id, Category.parent_id == matter.category_id)
        )
        query = query.where(Complaint.category_id.in_(below))
    return list(session.scalars(query.order_by(Complaint.id)))


def _places_of_complaints(session: Session, matter: Matter) -> Sequence[ServicePoint]:
    linked = select(Complaint.service_point_id).join(
        MatterComplaint, MatterComplaint.complaint_id == Complaint.id
    )
    ids = linked.where(MatterComplaint.matter_id == matter.id)
    return session.scalars(select(ServicePoint).where(ServicePoint.id.in_(ids))).all()
