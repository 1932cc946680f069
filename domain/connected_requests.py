"""What Open311 tells of complaints: to everybody what the board shows, to a system also what it filed itself.

To a system its own complaints are told as to the one who raised them, because that one hears of it by the
system alone; see docs/decisions/0026-open311-and-webhooks.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain.coordinates import Position, to_world
from domain.disclosure import photo_released, place_for_follower, released
from domain.errors import Invalid, NotFound
from domain.hiding import words_shown
from domain.webhooks import CLOSED, OPEN, open_or_closed
from models.attachment import Attachment
from models.board import PublicPhoto
from models.category import Category
from models.complaint import Complaint, ComplaintEvent
from models.connected_system import ConnectedSubmission, ConnectedSystem
from models.enums import ENDED_STATUSES, ActorKind, AttachmentKind, ComplaintStatus, ServicePointKind
from models.service_point import ServicePoint

# Of GeoReport v2.
LONGEST_SPAN = timedelta(days=90)
MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for; empty values narrow nothing.

    Attributes:
        numbers: of single complaints; with them everything else counts for nothing.
        codes: of categories.
        statuses: OPEN, CLOSED or both.
        filed_from, filed_to: at most LONGEST_SPAN apart; by default the last 90 days.
        page: from 1.
        per_page: at most MOST.
    """

    numbers: Collection[str] = ()
    codes: Collection[str] = ()
    statuses: Collection[str] = ()
    filed_from: datetime | None = None
    filed_to: datetime | None = None
    page: int = 1
    per_page: int = MOST


@dataclass(frozen=True, kw_only=True)
class ServiceRequest:
    """A complaint as one reader may read it.

    Attributes:
        status: OPEN or CLOSED.
        notes: where it stands, and what was answered.
        expected_at: when it is to be done, where the reader may know.
        place_code: of the service point, for who filed it.
        position: WGS-84.
        photo_id: of a photo that everybody may see.
    """

    complaint: Complaint
    status: str
    notes: str
    text: str
    updated_at: datetime
    expected_at: datetime | None
    address: str
    place_code: str
    position: Position | None
    photo_id: int | None


def find(
    session: Session, system: ConnectedSystem | None, wanted: Wanted, *, now: datetime
) -> list[ServiceRequest]:
    """List what a system, or everybody, may read of what is asked for, filed last first.

    Raises:
        Invalid: the span is too long, or runs backwards.
    """
    query = select(Complaint).where(_visible_to(system), *_conditions(wanted, now=now))
    query = query.options(
        joinedload(Complaint.category, innerjoin=True),
        joinedload(Complaint.service_point).joinedload(ServicePoint.parent),
        joinedload(Complaint.team),
    )
    query = query.order_by(Complaint.filed_at.desc(), Complaint.id.desc())
    if not wanted.numbers:
        query = query.limit(wanted.per_page).offset((wanted.page - 1) * wanted.per_page)
    return _as_read(session, system, session.scalars(query.limit(MOST)).all())


def one(session: Session, system: ConnectedSystem | None, number: str, *, now: datetime) -> ServiceRequest:
    """Give one by its number.

    Raises:
        NotFound: there is none, or it is not for this reader; both in the same words.
    """
    found = find(session, system, Wanted(numbers=[number]), now=now)
    if not found:
        raise NotFound("没有这个 service_request_id，或者它没有公开。")
    return found[0]


def _visible_to(system: ConnectedSystem | None) -> ColumnElement[bool]:
    if system is None:
        return released()
    own = Complaint.id.in_(
        select(ConnectedSubmission.complaint_id).where(ConnectedSubmission.system_id == system.id)
    )
    return or_(own, released()) if system.may_read else own


def _conditions(wanted: Wanted, *, now: datetime) -> list[ColumnElement[bool]]:
    if wanted.numbers:
        return [Complaint.number.in_(wanted.numbers)]
    start, end = span_of(wanted, now=now)
    conditions = [Complaint.filed_at >= start, Complaint.filed_at <= end]
    if wanted.codes:
        conditions.append(Complaint.category.has(Category.code.in_(wanted.codes)))
    if set(wanted.statuses) == {OPEN}:
        conditions.append(Complaint.status.not_in(ENDED_STATUSES))
    if set(wanted.statuses) == {CLOSED}:
        conditions.append(Complaint.status.in_(ENDED_STATUSES))
    return conditions


def span_of(wanted: Wanted, *, now: datetime) -> tuple[datetime, datetime]:
    """Give from when till when is looked.

    Raises:
        Invalid: it is too long, or runs backwards.
    """
    if wanted.filed_from is not None:
        end = wanted.filed_to or wanted.filed_from + LONGEST_SPAN
        start = wanted.filed_from
    else:
        end = wanted.filed_to or now
        start = end - LONGEST_SPAN
    if end < start:
        raise Invalid("end_date 早于 start_date。", "end_date")
    if end - start > LONGEST_SPAN:
        raise Invalid("start_date 到 end_date 最多 90 天，请分几次查询。", "start_date")
    return start, end


def _as_read(
    session: Session, system: ConnectedSystem | None, rows: Sequence[Complaint]
) -> list[ServiceRequest]:
    ids = [row.id for row in rows]
    own = _own(session, system, ids)
    changed, answers = _changed(session, ids), _answers(session, own)
    photos, positions = _photos(session, ids), _positions(session, own)
    return [
        _own_request(row, changed.get(row.id), answers.get(row.id), positions.get(row.id))
        if row.id in own
        else _public_request(row, changed.get(row.id), photos.get(row.id))
        for row in rows
    ]


def _own_request(
    row: Complaint, changed: datetime | None, answer: ComplaintEvent | None, position: Position | None
) -> ServiceRequest:
    point = row.service_point
    said = words_shown(answer, sees_hidden=False) if answer is not None else ""
    deferred = row.status is ComplaintStatus.DEFERRED
    return ServiceRequest(
        complaint=row,
        status=open_or_closed(row.status),
        notes=_notes(row, said),
        text=row.text,
        updated_at=_updated(row, changed),
        expected_at=row.deferred_until if deferred else row.done_due_at,
        address="，".join(part for part in (point.full_name if point else "", row.place_text) if part),
        place_code=point.code if point is not None else "",
        position=position or _position_of(point),
        photo_id=None,
    )


def _public_request(row: Complaint, changed: datetime | None, photo_id: int | None) -> ServiceRequest:
    point = row.service_point
    if point is not None and point.kind is ServicePointKind.ROOM:
        point = point.parent
    return ServiceRequest(
        complaint=row,
        status=open_or_closed(row.status),
        notes=_notes(row, row.public_answer),
        text=row.public_text,
        updated_at=_updated(row, changed),
        expected_at=row.deferred_until if row.status is ComplaintStatus.DEFERRED else None,
        address=place_for_follower(row),
        place_code="",
        position=_position_of(point),
        photo_id=photo_id,
    )


def _notes(row: Complaint, said: str) -> str:
    return f"{row.status.label}：{said}" if said else row.status.label


def _updated(row: Complaint, changed: datetime | None) -> datetime:
    closed_at = row.closed_at if row.status in ENDED_STATUSES else None
    return closed_at or changed or row.filed_at


def _position_of(point: ServicePoint | None) -> Position | None:
    if point is None or point.latitude is None or point.longitude is None:
        return None
    return to_world(point.latitude, point.longitude)


def _own(session: Session, system: ConnectedSystem | None, ids: Sequence[int]) -> frozenset[int]:
    if system is None or not ids:
        return frozenset()
    query = select(ConnectedSubmission.complaint_id).where(
        ConnectedSubmission.system_id == system.id, ConnectedSubmission.complaint_id.in_(ids)
    )
    return frozenset(session.scalars(query))


def _changed(session: Session, ids: Sequence[int]) -> Mapping[int, datetime]:
    """Tell when each was changed last, as far as the one who raised it sees."""
    query = select(ComplaintEvent.complaint_id, func.max(ComplaintEvent.at)).where(
        ComplaintEvent.complaint_id.in_(ids), ComplaintEvent.public
    )
    rows = session.execute(query.group_by(ComplaintEvent.complaint_id)) if ids else ()
    return {row[0]: row[1] for row in rows}


def _answers(session: Session, ids: Collection[int]) -> Mapping[int, ComplaintEvent]:
    """Give what staff told the one who raised it last."""
    last = select(func.max(ComplaintEvent.id)).where(
        ComplaintEvent.complaint_id.in_(ids),
        ComplaintEvent.public,
        ComplaintEvent.actor_kind == ActorKind.STAFF,
        ComplaintEvent.words != "",
    )
    query = select(ComplaintEvent).where(
        ComplaintEvent.id.in_(last.group_by(ComplaintEvent.complaint_id).scalar_subquery())
    )
    return {event.complaint_id: event for event in session.scalars(query)} if ids else {}


def _photos(session: Session, ids: Sequence[int]) -> Mapping[int, int]:
    query = (
        select(PublicPhoto.complaint_id, func.min(PublicPhoto.attachment_id))
        .join(Attachment, Attachment.id == PublicPhoto.attachment_id)
        .where(PublicPhoto.complaint_id.in_(ids), photo_released())
    )
    rows = session.execute(query.group_by(PublicPhoto.complaint_id)) if ids else ()
    return {row[0]: row[1] for row in rows}


def _positions(session: Session, ids: Collection[int]) -> Mapping[int, Position]:
    """Give the positions that came with the reports, as they came."""
    query = select(Attachment).where(
        Attachment.complaint_id.in_(ids), Attachment.kind == AttachmentKind.LOCATION
    )
    return {
        row.complaint_id: to_world(row.latitude, row.longitude)
        for row in (session.scalars(query) if ids else ())
        if row.complaint_id is not None and row.latitude is not None and row.longitude is not None
    }
