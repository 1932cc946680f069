"""Other complaints that help to understand one: earlier, merged, linked, or at the same place."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from domain.permissions import may_see_reporter, visible_to
from models.complaint import Complaint, ComplaintLink
from models.enums import ACTIVE_STATUSES, Word
from models.staff import Staff

LATELY = timedelta(days=90)
MOST_EACH = 6
_MOST_TIED = 30


class Relation(Word):
    """How another complaint belongs to this one."""

    MERGED = "merged", "并入本件的"
    EARLIER = "earlier", "诉求人以前反映的同一件事"
    LATER = "later", "诉求人之后又反映的"
    LINKED = "linked", "同事关联的"
    SAME_PLACE = "same_place", "同一地点近三个月的"
    SAME_REPORTER = "same_reporter", "同一诉求人的"


@dataclass(frozen=True, kw_only=True)
class Related:
    """Another complaint, and how it belongs to this one.

    Attributes:
        note: why a colleague linked it.
        linked_by: the colleague's name.
        alike: it is open, at the same place and of the same category, so that it may be the same thing.
    """

    relation: Relation
    complaint: Complaint
    note: str = ""
    linked_by: str = ""
    alike: bool = False


def related_to(session: Session, complaint: Complaint, staff: Staff) -> list[Related]:
    """List what belongs to a complaint and this member of staff may see, each only once, the closest first.

    Four queries, however many there are. What somebody raised anonymously is never laid beside what else
    they raised.
    """
    found = _tied(session, complaint, staff)
    for other in _same_place(session, complaint, staff):
        alike = other.category_id == complaint.category_id and other.status in ACTIVE_STATUSES
        found.append(Related(relation=Relation.SAME_PLACE, complaint=other, alike=alike))
    found += [
        Related(relation=Relation.SAME_REPORTER, complaint=other)
        for other in _same_reporter(session, complaint, staff)
    ]
    once: dict[int, Related] = {}
    for each in found:
        once.setdefault(each.complaint.id, each)
    order = list(Relation)
    return sorted(once.values(), key=lambda each: order.index(each.relation))


def _tied(session: Session, complaint: Complaint, staff: Staff) -> list[Related]:
    rows = session.execute(
        select(ComplaintLink, Staff.name)
        .join(Staff, Staff.id == ComplaintLink.linked_by_id)
        .where(or_(ComplaintLink.complaint_id == complaint.id, ComplaintLink.other_id == complaint.id))
        .order_by(ComplaintLink.linked_at.desc())
    )
    links = {
        link.other_id if link.complaint_id == complaint.id else link.complaint_id: (link.note, name)
        for link, name in rows
    }
    query = select(Complaint).where(
        visible_to(staff),
        Complaint.id != complaint.id,
        or_(
            Complaint.id.in_([*links, complaint.earlier_id or 0]),
            Complaint.earlier_id == complaint.id,
            Complaint.merged_into_id == complaint.id,
        ),
    )
    found = session.scalars(query.order_by(Complaint.filed_at.desc()).limit(_MOST_TIED))
    return [_tie(complaint, other, links.get(other.id)) for other in found]


def _tie(complaint: Complaint, other: Complaint, linked: tuple[str, str] | None) -> Related:
    if linked is not None:
        return Related(relation=Relation.LINKED, complaint=other, note=linked[0], linked_by=linked[1])
    if other.merged_into_id == complaint.id:
        return Related(relation=Relation.MERGED, complaint=other)
    relation = Relation.EARLIER if other.id == complaint.earlier_id else Relation.LATER
    return Related(relation=relation, complaint=other)


def _same_place(session: Session, complaint: Complaint, staff: Staff) -> list[Complaint]:
    query = select(Complaint).where(
        visible_to(staff),
        Complaint.id != complaint.id,
        Complaint.service_point_id.is_not(None),
        Complaint.service_point_id == complaint.service_point_id,
        Complaint.filed_at >= complaint.filed_at - LATELY,
        Complaint.filed_at <= complaint.filed_at + LATELY,
    )
    may_be_the_same = case(
        (Complaint.category_id != complaint.category_id, 2),
        (Complaint.status.in_(ACTIVE_STATUSES), 0),
        else_=1,
    )
    return list(session.scalars(query.order_by(may_be_the_same, Complaint.filed_at.desc()).limit(MOST_EACH)))


def _same_reporter(session: Session, complaint: Complaint, staff: Staff) -> list[Complaint]:
    if complaint.reporter_id is None or not may_see_reporter(complaint, staff):
        return []
    query = select(Complaint).where(
        visible_to(staff),
        Complaint.id != complaint.id,
        Complaint.reporter_id == complaint.reporter_id,
        Complaint.anonymous.is_(False),
    )
    return list(session.scalars(query.order_by(Complaint.filed_at.desc()).limit(MOST_EACH)))
