"""Open complaints that may be the same thing as a new one, and why: to be merged before two teams set out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from domain.likeness import Likeness, ids_sharing_words, shared_runs, text_of
from domain.permissions import visible_to
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, AttachmentKind, AttachmentState, ComplaintKind
from models.service_point import ServicePoint
from models.staff import Staff

LATELY = timedelta(days=45)
MOST_SHOWN = 5
_MOST_NEAR = 60
# What each sign counts; two weak ones together, or one strong one, make a complaint worth showing.
_SAME_PLACE, _PLACE_ABOVE, _SAME_CATEGORY, _WORDS = 3.0, 2.0, 1.0, 8.0
_ENOUGH = 4.0
# Without a word in common, only what was raised at the same place within these days may be the same thing.
_SAME_DAYS = timedelta(days=7)
_LONGEST_RUN = 8
_HERE = "同一地点"


@dataclass(frozen=True)
class Similar:
    """An open complaint that may be the same thing.

    Attributes:
        why: what both have in common, in one line.
        photo_id: one of its photos, if it has any.
    """

    complaint: Complaint
    why: str
    photo_id: int | None


def similar_to(session: Session, complaint: Complaint, *, staff: Staff, now: datetime) -> list[Similar]:
    """List open complaints that may be the same thing, the likeliest first; a fixed number of queries."""
    may_be = [
        visible_to(staff),
        Complaint.id != complaint.id,
        Complaint.status.in_(ACTIVE_STATUSES),
        Complaint.filed_at >= now - LATELY,
        # Nobody thanks and complains about the same thing.
        (Complaint.kind == ComplaintKind.PRAISE) == (complaint.kind is ComplaintKind.PRAISE),
    ]
    text = text_of(complaint)
    ids = ids_sharing_words(session, text, staff=staff, conditions=may_be)
    near = _places_near(session, complaint)
    by_place = select(Complaint.id).where(*may_be, Complaint.service_point_id.in_(near))
    ids.update(session.scalars(by_place.order_by(Complaint.id.desc()).limit(_MOST_NEAR)) if near else ())
    rows = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(ids))
        .options(
            joinedload(Complaint.service_point), joinedload(Complaint.team), joinedload(Complaint.category)
        )
    ).all()
    likeness = Likeness(text, {row.id: text_of(row) for row in rows})
    scored = [(*_judged(complaint, row, near, likeness.with_(row.id)), row) for row in rows]
    # Of equals the oldest: the others repeat it.
    likely = sorted(scored, key=lambda each: (-round(each[0], 1), each[2].id))
    best = [each for each in likely if each[0] >= _ENOUGH][:MOST_SHOWN]
    photos = _photos(session, [row.id for _, _, row in best])
    return [Similar(row, why, photos.get(row.id)) for _, why, row in best]


def _places_near(session: Session, complaint: Complaint) -> dict[int, str]:
    """Give the place itself, the one above and those right below, each with what it is to the complaint's."""
    place = complaint.service_point
    if place is None:
        return {}
    below = aliased(ServicePoint)
    children = session.scalars(select(below.id).where(below.parent_id == place.id).limit(_MOST_NEAR))
    near = dict.fromkeys(children, "地点在这里面")
    if place.parent_id is not None:
        near[place.parent_id] = "地点是上一级"
    return near | {place.id: _HERE}


def _judged(
    complaint: Complaint, other: Complaint, near: dict[int, str], likeness: float
) -> tuple[float, str]:
    """Give how much speaks for the same thing, and what."""
    score, reasons = 0.0, []
    where = near.get(other.service_point_id or 0)
    if where is not None:
        score += _SAME_PLACE if other.service_point_id == complaint.service_point_id else _PLACE_ABOVE
        reasons.append(where)
    elif complaint.service_point_id is not None and other.service_point_id is not None:
        # Both name a place, and they are not near each other: the same words mean another thing.
        score -= _SAME_PLACE
    if other.category_id == complaint.category_id:
        score += _SAME_CATEGORY
        reasons.append("同一类别")
    score += _WORDS * likeness
    runs = shared_runs(text_of(complaint), text_of(other))
    if runs:
        reasons.append("都提到" + "".join(f"「{_shortened(run)}」" for run in runs))
    apart = abs(complaint.filed_at - other.filed_at)
    tells = bool(runs) or (where == _HERE and apart <= _SAME_DAYS)
    return (score, "，".join(reasons)) if tells else (0.0, "")


def _shortened(run: str) -> str:
    return run if len(run) <= _LONGEST_RUN else f"{run[:_LONGEST_RUN]}…"


def _photos(session: Session, ids: Sequence[int]) -> dict[int, int]:
    query = select(Attachment.complaint_id, Attachment.id).where(
        Attachment.complaint_id.in_(ids),
        Attachment.kind == AttachmentKind.PHOTO,
        Attachment.state == AttachmentState.STORED,
    )
    rows = session.execute(query.order_by(Attachment.id.desc()))
    return {complaint_id: photo_id for complaint_id, photo_id in rows if complaint_id is not None}
