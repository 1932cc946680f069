"""The tree of service points as the office looks at it: level by level, or a list of what was sought."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain.paging import page_within
from domain.place_names import spoken
from domain.queries import Page
from domain.service_point_checks import SUBJECT, right_below
from domain.service_points import places_below, search
from models.audit import AuditEntry
from models.enums import ServicePointKind
from models.service_point import ServicePoint

# A floor of forty rooms is shown at once, a building of five hundred in parts.
AT_ONCE = 100
_NEAR = 200


@dataclass(frozen=True, kw_only=True)
class PlaceFilters:
    """What narrows the list of places; empty values narrow nothing.

    Attributes:
        words: parts of the full name, the number, or the person in charge; all must be there.
        lacking: team or in_charge: only places without.
        retired: only places out of use instead of those in use.
        below_id: only this place and those below it.
    """

    words: str = ""
    team_id: int | None = None
    kind: ServicePointKind | None = None
    lacking: str = ""
    retired: bool = False
    below_id: int | None = None

    def __bool__(self) -> bool:
        """Tell whether anything narrows the list."""
        return self != PlaceFilters()

    def as_json(self) -> dict[str, Any]:
        """Write them down for a background task."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in said.items() if name in known}
        if "kind" in values:
            values["kind"] = ServicePointKind(values["kind"])
        return cls(**values)


@dataclass(frozen=True)
class Branch:
    """One place of the tree as it is shown, with how many are right below it.

    Attributes:
        opened: the branches below, where the tree is to be shown open; None where it is closed.
        left: how many more there are below than are shown, where it is open.
    """

    place: ServicePoint
    below: int
    opened: "Sequence[Branch] | None" = None
    left: int = 0


def level(
    session: Session, parent: ServicePoint | None, *, start: int = 0, opened: Sequence[int] = ()
) -> tuple[list[Branch], int]:
    """Give the places in use right below one, or at the top, and how many more there are than are given.

    Args:
        start: leaves out so many at the beginning.
        opened: ids of places whose own level is to be given as well.
    """
    above = right_below(parent)
    query = select(ServicePoint).where(above, ServicePoint.active).options(joinedload(ServicePoint.team))
    query = query.order_by(ServicePoint.position, ServicePoint.id).offset(start).limit(AT_ONCE)
    places = session.scalars(query).all()
    total = session.scalar(select(func.count(ServicePoint.id)).where(above, ServicePoint.active)) or 0
    counts = _counts_below(session, [place.id for place in places])
    branches = []
    for place in places:
        below = counts.get(place.id, 0)
        if place.id in opened and below:
            inner, left = level(session, place, opened=opened)
            branches.append(Branch(place, below, inner, left))
        else:
            branches.append(Branch(place, below))
    return branches, total - start - len(places)


def _counts_below(session: Session, ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(ServicePoint.parent_id, func.count(ServicePoint.id))
        .where(ServicePoint.parent_id.in_(ids), ServicePoint.active)
        .group_by(ServicePoint.parent_id)
    )
    return {parent_id: count for parent_id, count in session.execute(query) if parent_id is not None}


def ancestors(session: Session, place: ServicePoint) -> list[ServicePoint]:
    """Give the places above one, from the top."""
    above: list[ServicePoint] = []
    here = place.parent
    while here is not None:
        above.append(here)
        here = session.get(ServicePoint, here.parent_id) if here.parent_id is not None else None
    return above[::-1]


def find_places(session: Session, filters: PlaceFilters, *, page: int, per_page: int) -> Page[ServicePoint]:
    """List the places that fit; when none holds the words, those that people may mean by them.

    Args:
        page: from 1; one beyond the end gives the last.
    """
    conditions = _conditions(session, filters)
    total = session.scalar(select(func.count(ServicePoint.id)).where(*conditions)) or 0
    page = page_within(page, total, per_page)
    query = select(ServicePoint).where(*conditions).options(joinedload(ServicePoint.team))
    query = query.order_by(ServicePoint.full_name, ServicePoint.id)
    return Page(
        session.scalars(query.limit(per_page).offset((page - 1) * per_page)).all(), total, page, per_page
    )


def place_ids(session: Session, filters: PlaceFilters) -> list[int]:
    """Give the ids of all places that fit."""
    return list(session.scalars(select(ServicePoint.id).where(*_conditions(session, filters))))


def _conditions(session: Session, filters: PlaceFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [ServicePoint.active.is_(not filters.retired)]
    if filters.team_id is not None:
        conditions.append(ServicePoint.team_id == filters.team_id)
    if filters.kind is not None:
        conditions.append(ServicePoint.kind == filters.kind)
    if filters.lacking == "team":
        conditions.append(ServicePoint.team_id.is_(None))
    if filters.lacking == "in_charge":
        conditions.append(ServicePoint.in_charge == "")
    if filters.below_id is not None:
        top = session.get(ServicePoint, filters.below_id)
        conditions.append(ServicePoint.id.in_(places_below(top)) if top else false())
    if filters.words:
        conditions.append(_named(session, filters.words, conditions))
    return conditions


def _named(session: Session, words: str, others: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    said = [
        or_(
            ServicePoint.full_name.icontains(word, autoescape=True),
            ServicePoint.label_number.icontains(word, autoescape=True),
            ServicePoint.in_charge.icontains(word, autoescape=True),
        )
        for word in words.split()
    ]
    if session.scalar(select(ServicePoint.id).where(*others, *said).limit(1)) is not None or not spoken(
        words
    ):
        return and_(*said)
    # 第二食堂 is called 二食堂 by everybody but the sign above its door.
    return ServicePoint.id.in_([place.id for place in search(session, words, _NEAR)])


def history(session: Session, place: ServicePoint, *, limit: int) -> Sequence[AuditEntry]:
    """List what was done to a place, the newest first."""
    query = select(AuditEntry).where(AuditEntry.subject_kind == SUBJECT, AuditEntry.subject == str(place.id))
    return session.scalars(query.order_by(AuditEntry.position.desc()).limit(limit)).all()
