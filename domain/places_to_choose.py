"""Which places a form offers: those lately used, those that match, what is inside one, what is near."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from domain import service_points
from models.complaint import Complaint
from models.person import Person
from models.qr_code import QrCode
from models.service_point import ServicePoint

MOST_FOUND = 8
MOST_RECENT = 4
# Beyond, "near" would only be the edge of the map that somebody has filled in.
NEAR_METRES = 800
_MOST_INSIDE = 200
_EARTH_METRES = 6_371_000
_METRES_IN_A_DEGREE = 111_320
_PAGE = re.compile(r"/h5/p/([\w-]{1,40})(?:$|[/?#])", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """A place to choose.

    Attributes:
        metres: how far away it is; None where that was not asked.
        has_more: whether there are places inside.
    """

    place: ServicePoint
    metres: int | None = None
    has_more: bool = False

    @property
    def distance(self) -> str:
        """How far away, as one would say it; empty where unknown."""
        if self.metres is None:
            return ""
        return "就在这里" if self.metres < 20 else f"约 {round(self.metres, -1)} 米"


def recent(session: Session, person: Person) -> list[Choice]:
    """Give where this person raised something lately, the latest first."""
    query = (
        select(ServicePoint)
        .join(Complaint, Complaint.service_point_id == ServicePoint.id)
        .where(Complaint.reporter_id == person.id, ServicePoint.active)
        .group_by(ServicePoint.id)
        .order_by(func.max(Complaint.filed_at).desc())
        .limit(MOST_RECENT)
    )
    return [Choice(place) for place in session.scalars(query)]


def matching(session: Session, words: str) -> list[Choice]:
    """Give the places that the words name, the best first."""
    return with_more(session, service_points.search(session, words, MOST_FOUND))


def inside(session: Session, place: ServicePoint | None) -> list[Choice]:
    """Give what is right inside a place, or the places at the top."""
    return with_more(session, service_points.children(session, place)[:_MOST_INSIDE])


def near(session: Session, latitude: float, longitude: float) -> list[Choice]:
    """Give the places around a point, the nearest first.

    Args:
        latitude: GCJ-02, as `longitude` is.
    """
    reach = NEAR_METRES / _METRES_IN_A_DEGREE
    wide = reach / max(0.1, math.cos(math.radians(latitude)))
    query = select(ServicePoint).where(
        ServicePoint.active,
        ServicePoint.latitude.between(latitude - reach, latitude + reach),
        ServicePoint.longitude.between(longitude - wide, longitude + wide),
    )
    found = {place.id: place for place in session.scalars(query)}
    metres = {
        place.id: _metres(latitude, longitude, place.latitude or 0, place.longitude or 0)
        for place in found.values()
    }
    nearest = sorted(found.values(), key=lambda place: (metres[place.id], place.id))
    within = [place for place in nearest if metres[place.id] <= NEAR_METRES]
    return with_more(session, within[:MOST_FOUND], metres)


def scanned(session: Session, text: str) -> ServicePoint | None:
    """Give the place whose QR code says this: a link to its page, or the address WeChat made for it."""
    link = _PAGE.search(text)
    if link is not None:
        return service_points.by_code(session, link[1])
    scene = session.scalar(select(QrCode.scene).where(QrCode.url == text).limit(1))
    return service_points.by_code(session, scene) if scene is not None else None


def with_more(
    session: Session, places: Sequence[ServicePoint], metres: dict[int, int] | None = None
) -> list[Choice]:
    """Make choices of places, which say whether there are others inside."""
    below = aliased(ServicePoint)
    has_below = exists().where(below.parent_id == ServicePoint.id, below.active)
    ids = [place.id for place in places]
    with_more = set(session.scalars(select(ServicePoint.id).where(ServicePoint.id.in_(ids), has_below)))
    return [Choice(place, (metres or {}).get(place.id), place.id in with_more) for place in places]


def _metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> int:
    """Give the distance over the ground (haversine)."""
    here, there = math.radians(latitude), math.radians(other_latitude)
    turn = math.radians(other_longitude - longitude)
    part = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(turn / 2) ** 2
    return round(2 * _EARTH_METRES * math.asin(math.sqrt(part)))
