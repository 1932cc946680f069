"""What anybody may know of a place: what was raised there lately and how it ended, and its rates.

The page behind a place's QR code is open to whoever scans it. Of a complaint it shows the words only once a
dispatcher has released them; before, what kind of thing it is, where it stands, and the day. Who raised it is
never told, and in a room, where few people live, nothing is shown that was not released.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain import figures
from domain.disclosure import is_released, released
from domain.errors import NotFound
from domain.figure_rules import RESOLUTION, RESPONSE, SATISFACTION, Counts, Figure, Rate, rate_of
from domain.paging import page_within
from domain.queries import Page
from domain.reporting import follow
from domain.service_points import tree_ids
from models.complaint import Complaint, ComplaintFollower
from models.enums import ACTIVE_STATUSES, ComplaintStatus, ServicePointKind
from models.person import Person
from models.service_point import ServicePoint

S = ComplaintStatus
LATELY = timedelta(days=90)
RATED_LATELY = timedelta(days=180)
# What their reporter took back, and what goes on under another number, is not told twice.
_LEFT_OUT = (S.WITHDRAWN, S.MERGED)


@dataclass(frozen=True)
class PlaceRates:
    """The three rates (三率) of a place; None where too few are counted."""

    response: Rate | None
    resolution: Rate | None
    satisfaction: Rate | None

    def __bool__(self) -> bool:
        """Tell whether there is any to show."""
        return any((self.response, self.resolution, self.satisfaction))


@dataclass(frozen=True)
class PlaceCounts:
    """How many of the complaints at a place are open, and how many ended lately."""

    open: int
    ended: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.open + self.ended


def by_code_of_any_time(session: Session, code: str) -> ServicePoint | None:
    """Give the place with this code, in use or not; see `service_points.by_code` for those in use."""
    return session.scalar(select(ServicePoint).where(ServicePoint.code == code))


def nearest_in_use(session: Session, place: ServicePoint) -> ServicePoint | None:
    """Give the nearest place above one that is in use."""
    above = place.parent
    while above is not None and not above.active:
        above = session.get(ServicePoint, above.parent_id) if above.parent_id is not None else None
    return above


def counts_of(session: Session, place: ServicePoint, *, now: datetime) -> PlaceCounts:
    """Count what `records_of` lists."""
    is_open = func.coalesce(func.sum(case((Complaint.status.in_(ACTIVE_STATUSES), 1), else_=0)), 0)
    query = _shown(session, place, now).with_only_columns(func.count(Complaint.id), is_open)
    total, open_ones = session.execute(query).one()
    return PlaceCounts(open=int(open_ones), ended=total - int(open_ones))


def records_of(
    session: Session, place: ServicePoint, *, total: int, page: int, per_page: int, now: datetime
) -> Page[Complaint]:
    """List what was raised at a place and below it: what is open first, then what ended in 90 days.

    Args:
        total: how many there are, as `counts_of` said.
        page: from 1; one beyond the end gives the last.
    """
    page = page_within(page, total, per_page)
    ended = case((Complaint.status.in_(ACTIVE_STATUSES), 0), else_=1)
    query = _shown(session, place, now).options(
        joinedload(Complaint.service_point), joinedload(Complaint.category)
    )
    query = query.order_by(ended, Complaint.filed_at.desc(), Complaint.id.desc())
    rows = session.scalars(query.limit(per_page).offset((page - 1) * per_page))
    return Page(list(rows), total, page, per_page)


def _shown(session: Session, place: ServicePoint, now: datetime) -> Select[Complaint]:
    in_sight = or_(released(), ServicePoint.kind != ServicePointKind.ROOM)
    recent = or_(Complaint.status.in_(ACTIVE_STATUSES), Complaint.filed_at > now - LATELY)
    return (
        select(Complaint)
        .join(ServicePoint, ServicePoint.id == Complaint.service_point_id)
        .where(_here(session, place), Complaint.status.not_in(_LEFT_OUT), in_sight, recent)
    )


def _here(session: Session, place: ServicePoint) -> ColumnElement[bool]:
    return Complaint.service_point_id.in_(tree_ids(session, place))


def is_joinable(complaint: Complaint) -> bool:
    """Tell whether anybody may join it (我也遇到): it is open, and what it says was released.

    Who joins may open it, so what was not released cannot be joined from the page of a place.
    """
    return is_released(complaint) and complaint.status in ACTIVE_STATUSES


def joinable_at(session: Session, place: ServicePoint, number: str) -> Complaint:
    """Give one of the complaints that the page of this place offers to join.

    Raises:
        NotFound: it offers none with this number.
    """
    query = select(Complaint).where(Complaint.number == number, _here(session, place))
    complaint = session.scalar(query)
    if complaint is None or not is_joinable(complaint):
        raise NotFound("这件诉求已经结束，或不再公开。如果您也遇到，请直接反映。")
    return complaint


def join_at(session: Session, place: ServicePoint, number: str, *, person: Person, now: datetime) -> bool:
    """Join it; see `joinable_at` and `reporting.follow`."""
    return follow(session, joinable_at(session, place, number), person=person, now=now)


def concerned(session: Session, person: Person, complaints: Sequence[Complaint]) -> frozenset[int]:
    """Name those of the complaints, by id, that this person raised or follows."""
    ids = [complaint.id for complaint in complaints]
    query = select(ComplaintFollower.complaint_id)
    followed = session.scalars(
        query.where(ComplaintFollower.person_id == person.id, ComplaintFollower.complaint_id.in_(ids))
    )
    return frozenset(followed) | {each.id for each in complaints if each.reporter_id == person.id}


def rates_of(session: Session, place: ServicePoint, *, now: datetime) -> PlaceRates:
    """Give the rates of what was filed at a place and below it in the last half year."""
    counted = (_here(session, place), Complaint.filed_at > now - RATED_LATELY)
    counts = figures.count_where(session, *counted, now=now)
    return PlaceRates(
        response=_shown_rate(counts, RESPONSE),
        resolution=_shown_rate(counts, RESOLUTION),
        satisfaction=_shown_rate(counts, SATISFACTION),
    )


def _shown_rate(counts: Counts, pair: tuple[Figure, Figure]) -> Rate | None:
    rate = rate_of(counts, pair)
    return rate if rate.enough else None
