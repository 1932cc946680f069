"""The tree of service points (服务点): its names, and finding the place a person means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, func, select, tuple_, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import set_committed_value

from domain.place_names import is_named, spoken, without_vague_end
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, ServicePointKind
from models.person import Person
from models.service_point import ServicePoint

LATELY = timedelta(days=30)
_RECENT_PLACES = 3
_WELL_KNOWN = (ServicePointKind.CANTEEN, ServicePointKind.BUILDING, ServicePointKind.FACILITY)
# A room is said with its building: 3号楼302, not 3号楼3层302.
_LEFT_OUT_BEFORE = {ServicePointKind.ROOM: ServicePointKind.FLOOR}


def by_code(session: Session, code: str) -> ServicePoint | None:
    """Give the place whose QR code holds this scene; None when there is none, or it is no longer in use."""
    return session.scalar(select(ServicePoint).where(ServicePoint.code == code, ServicePoint.active))


def full_name_of(parent: ServicePoint | None, *, kind: ServicePointKind, name: str) -> str:
    """Put a place's name behind those above it, as people say it: 东校区二食堂3号窗口."""
    return name if parent is None else joined_name(parent.full_name, parent.name, parent.kind, kind, name)


def joined_name(
    above: str, parent_name: str, parent_kind: ServicePointKind, kind: ServicePointKind, name: str
) -> str:
    """Put a name behind the full name of the place above; see `full_name_of`."""
    if parent_kind is _LEFT_OUT_BEFORE.get(kind):
        return above.removesuffix(parent_name) + name
    return above + name


def children(session: Session, parent: ServicePoint | None) -> Sequence[ServicePoint]:
    """List the places right below one, or those at the top, in their order."""
    above = ServicePoint.parent_id.is_(None) if parent is None else ServicePoint.parent_id == parent.id
    query = select(ServicePoint).where(above, ServicePoint.active)
    return session.scalars(query.order_by(ServicePoint.position, ServicePoint.id)).all()


def children_after(
    session: Session, parent: ServicePoint | None, *, after: tuple[int, int] | None, limit: int
) -> Sequence[ServicePoint]:
    """List some of the places right below one, in their order.

    Args:
        after: position and id of the last one that was listed before; None to begin.
    """
    above = ServicePoint.parent_id.is_(None) if parent is None else ServicePoint.parent_id == parent.id
    query = select(ServicePoint).where(above, ServicePoint.active)
    if after is not None:
        query = query.where(tuple_(ServicePoint.position, ServicePoint.id) > tuple_(*after))
    return session.scalars(query.order_by(ServicePoint.position, ServicePoint.id).limit(limit)).all()


def places_below(top: ServicePoint) -> Select[int]:
    """Give the query for the ids of a place and of all below it."""
    below = select(ServicePoint.id).where(ServicePoint.id == top.id).cte("below", recursive=True)
    inner = aliased(ServicePoint)
    # A union, unlike a union of all, ends even if the tree held a circle.
    below = below.union(select(inner.id).join(below, inner.parent_id == below.c.id))
    return select(below.c.id)


def tree_ids(session: Session, top: ServicePoint) -> list[int]:
    """Give the ids of a place and of all below it."""
    return list(session.scalars(places_below(top)))


def refresh_full_names(session: Session, top: ServicePoint) -> None:
    """Write the full names of a place and of all below it anew, after it was renamed or moved."""
    session.flush()
    columns = (ServicePoint.id, ServicePoint.parent_id, ServicePoint.kind, ServicePoint.name)
    below: dict[int | None, list[Row[int, int | None, ServicePointKind, str]]] = {}
    for row in session.execute(select(*columns).where(ServicePoint.id.in_(places_below(top)))):
        below.setdefault(row.parent_id, []).append(row)
    above = session.get(ServicePoint, top.parent_id) if top.parent_id is not None else None
    named = {top.id: full_name_of(above, kind=top.kind, name=top.name)}
    waiting: list[tuple[int, ServicePointKind, str]] = [(top.id, top.kind, top.name)]
    for parent_id, kind, name in waiting:  # grows as it goes: level after level
        for row in below.get(parent_id, ()):
            named[row.id] = joined_name(named[parent_id], name, kind, row.kind, row.name)
            waiting.append((row.id, row.kind, row.name))
    # A campus has thousands of places, and while they are written nobody else can write.
    session.execute(update(ServicePoint), [{"id": key, "full_name": name} for key, name in named.items()])
    for place in session.identity_map.values():
        if isinstance(place, ServicePoint) and place.id in named:
            set_committed_value(place, "full_name", named[place.id])


def open_lately(session: Session, place: ServicePoint, *, now: datetime) -> int:
    """Count what was raised about this very place in the last thirty days and is still open."""
    query = select(func.count(Complaint.id)).where(
        Complaint.service_point_id == place.id,
        Complaint.filed_at > now - LATELY,
        Complaint.status.in_(ACTIVE_STATUSES),
    )
    return session.scalar(query) or 0


PlaceRow = Row[int, str, str]
_NAMED = select(ServicePoint.id, ServicePoint.name, ServicePoint.full_name).order_by(ServicePoint.id)


def search(session: Session, words: str, limit: int) -> list[ServicePoint]:
    """Find the places that somebody typed a name of, the best first.

    One alone is given when the words are the name of one place only.
    """
    rows = session.execute(_NAMED.where(ServicePoint.active)).all()
    wanted = spoken(words)
    for name in dict.fromkeys((wanted, without_vague_end(wanted))):
        ids = _holding(rows, name)
        if ids:
            return _places(session, ids[:limit])
    best = [match.row.id for match in _best_matches(session, wanted)]
    return _places(session, best[:limit])


def _holding(rows: Sequence[PlaceRow], name: str) -> list[int]:
    """Give the places whose full name holds this one; a single one that is called so stands for all."""
    exact = [row.id for row in rows if name in {spoken(row.full_name), spoken(row.name)}]
    if len(exact) == 1:
        return exact
    holding = [row for row in rows if is_named(name, spoken(row.full_name))]
    holding.sort(key=lambda row: (row.id not in exact, len(row.full_name), row.id))
    return [row.id for row in holding]


def suggest_places(session: Session, person: Person, text: str, limit: int) -> list[ServicePoint]:
    """List the places to offer: named in the text, lately used by this person, then well-known ones."""
    best = _best_matches(session, spoken(text))
    if len(best) > limit:  # 302 alone may be any of thirty rooms; to name four of them helps nobody
        best = []
    named = [place_id for match in best for place_id in (match.row.id, *match.above)]
    order = [*named, *_recent(session, person), *_well_known(session, limit)]
    return _places(session, list(dict.fromkeys(order))[:limit])


@dataclass(frozen=True)
class _Match:
    """A place that a text names, and those above it that it names too."""

    row: PlaceRow
    above: tuple[int, ...]


def _best_matches(session: Session, text: str) -> list[_Match]:
    """Find the places whose own name is in the text, and of whose full name most is in it."""
    # Hundreds of rooms share a few names, so the names are asked for first.
    names = session.scalars(select(ServicePoint.name).where(ServicePoint.active).distinct())
    in_text = {name: spoken(name) for name in names if is_named(spoken(name), text)}
    if not in_text:
        return []
    rows = session.execute(_NAMED.where(ServicePoint.active, ServicePoint.name.in_(in_text))).all()
    lengths = {
        row.id: sum(len(said) for said in set(in_text.values()) if is_named(said, spoken(row.full_name)))
        for row in rows
    }
    longest = max(lengths.values(), default=0)
    return [_Match(row, _above(row, rows)) for row in rows if lengths[row.id] == longest]


def _above(row: PlaceRow, rows: Sequence[PlaceRow]) -> tuple[int, ...]:
    return tuple(r.id for r in rows if r.id != row.id and row.full_name.startswith(r.full_name))


def _recent(session: Session, person: Person) -> list[int]:
    query = (
        select(Complaint.service_point_id)
        .join(ServicePoint, ServicePoint.id == Complaint.service_point_id)
        .where(Complaint.reporter_id == person.id, ServicePoint.active)
        .group_by(Complaint.service_point_id)
        .order_by(func.max(Complaint.filed_at).desc())
        .limit(_RECENT_PLACES)
    )
    return [place_id for place_id in session.scalars(query) if place_id is not None]


def _well_known(session: Session, limit: int) -> list[int]:
    """Give the canteens, buildings and facilities with the most complaints."""
    query = (
        select(ServicePoint.id)
        .outerjoin(Complaint, Complaint.service_point_id == ServicePoint.id)
        .where(ServicePoint.active, ServicePoint.kind.in_(_WELL_KNOWN))
        .group_by(ServicePoint.id)
        .order_by(func.count(Complaint.id).desc(), ServicePoint.position, ServicePoint.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def _places(session: Session, ids: Sequence[int]) -> list[ServicePoint]:
    if not ids:
        return []
    found = {
        place.id: place for place in session.scalars(select(ServicePoint).where(ServicePoint.id.in_(ids)))
    }
    return [found[place_id] for place_id in ids if place_id in found]
