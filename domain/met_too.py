"""What others have raised already and anybody may join (我也遇到), beside the words that are being typed.

Only what was released to the public is compared and shown; see `place_records.is_joinable`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from domain import place_records
from domain.disclosure import released
from domain.errors import NotFound
from domain.likeness import Likeness
from domain.reporting import follow
from domain.service_points import tree_ids
from models.complaint import Complaint, ComplaintFollower
from models.enums import ACTIVE_STATUSES, ComplaintKind
from models.person import Person
from models.service_point import ServicePoint

LATELY = timedelta(days=90)
MOST_SHOWN = 3
# Released ones that are still open are few; this only bounds the work.
_MOST_COMPARED = 200
# What shares fewer words is shown only for being at the very place.
_ALIKE = 0.12
_HERE = 0.3


@dataclass(frozen=True)
class MetToo:
    """Something raised already.

    Attributes:
        people: how many it concerns, with who raised it.
        is_mine: whether the reader raised or joined it.
    """

    complaint: Complaint
    people: int
    is_mine: bool


def raised_already(
    session: Session, *, person: Person, place: ServicePoint | None, words: str, now: datetime
) -> list[MetToo]:
    """List the open, released complaints most like the words; at a place, its own also without words.

    Args:
        person: the reader.
        place: where it is, as far as it is known.
        words: as far as they are typed.
    """
    rows = session.scalars(
        select(Complaint)
        .where(
            released(),
            Complaint.status.in_(ACTIVE_STATUSES),
            Complaint.kind != ComplaintKind.PRAISE,
            Complaint.filed_at > now - LATELY,
        )
        .options(joinedload(Complaint.service_point))
        .order_by(Complaint.filed_at.desc(), Complaint.id.desc())
        .limit(_MOST_COMPARED)
    ).all()
    here = set(tree_ids(session, place)) if place is not None else set()
    likeness = Likeness(words, {row.id: row.public_text for row in rows})
    # Of another building the same words mean another thing, once it is known where this is.
    ours = [row for row in rows if place is None or row.service_point_id is None or _near(row, place, here)]
    scored = [(likeness.with_(row.id) + _HERE * (row.service_point_id in here), row) for row in ours]
    best = sorted(
        (each for each in scored if each[0] >= _ALIKE), key=lambda each: (-round(each[0], 2), each[1].id)
    )
    return _told(session, person, [row for _, row in best[:MOST_SHOWN]])


def join(session: Session, number: str, *, person: Person, met: bool = True, now: datetime) -> Complaint:
    """Join one of them; who raised or joined it before changes nothing.

    Args:
        met: False for who met nothing of the kind, and only wants to hear (关注).

    Raises:
        NotFound: it is over, or not released.
    """
    complaint = session.scalar(select(Complaint).where(Complaint.number == number))
    if complaint is None or not place_records.is_joinable(complaint):
        raise NotFound("这件诉求已经结束，或不再公开。如果您也遇到，请直接反映。")
    follow(session, complaint, person=person, now=now, met=met)
    return complaint


def _near(row: Complaint, place: ServicePoint, here: set[int]) -> bool:
    point = row.service_point
    return point is None or point.id in here or place.full_name.startswith(point.full_name)


def _told(session: Session, person: Person, complaints: Sequence[Complaint]) -> list[MetToo]:
    mine = place_records.concerned(session, person, complaints)
    count = select(ComplaintFollower.complaint_id, func.count()).where(
        ComplaintFollower.complaint_id.in_([each.id for each in complaints])
    )
    others = {row[0]: row[1] for row in session.execute(count.group_by(ComplaintFollower.complaint_id))}
    return [MetToo(each, 1 + others.get(each.id, 0), each.id in mine) for each in complaints]
