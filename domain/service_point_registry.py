"""Changing the registry of service points: adding, changing, moving and ordering places.

Every verb checks who may, keeps the tree sound and is on record. An import has checked names and numbers
against the whole registry before it begins, and says so with `checked`: asking again for each of ten thousand
rows would take time by the square.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from domain.errors import Invalid, NotAllowed
from domain.permissions import may_describe_place, may_manage_places
from domain.service_point_checks import (
    check_wanted,
    hold_tree,
    ids_up_from,
    new_code,
    not_since,
    only_managers,
    record_deed,
    record_deed_of,
    right_below,
)
from domain.service_point_fields import FIELD_NAMES, LABELS, OF_THE_TEAM, PlaceFields, fields_of
from domain.service_points import full_name_of, refresh_full_names
from models.service_point import ServicePoint
from models.staff import Staff

_VALUES = attrgetter(*FIELD_NAMES)
PARENT_RETIRED = "上级已停用，请先恢复上级。"


def add(
    session: Session,
    wanted: PlaceFields,
    *,
    parent: ServicePoint | None,
    staff: Staff,
    now: datetime,
) -> ServicePoint:
    """Add a place below another, or at the top; it stands last among its neighbours.

    Raises:
        NotAllowed: not this person's to do.
        Invalid: a field cannot be used, or the name or number is taken.
    """
    only_managers(staff)
    hold_tree(session)
    if parent is not None and not parent.active:
        raise Invalid(PARENT_RETIRED, "parent")
    check_wanted(session, wanted, parent=parent, place=None)
    place = ServicePoint(
        parent_id=parent.id if parent else None,
        code=new_code(),
        full_name=full_name_of(parent, kind=wanted.kind, name=wanted.name),
        position=_last_position(session, parent) + 1,
        **{name: getattr(wanted, name) for name in FIELD_NAMES},
    )
    session.add(place)
    session.flush()
    words = f"新增服务点「{place.full_name}」"
    record_deed(session, place, staff, verb="add", words=words, now=now)
    return place


def add_many(
    session: Session,
    wanted: Sequence[tuple[PlaceFields, int | None]],
    *,
    staff: Staff,
    now: datetime,
    way: str,
) -> Sequence[int]:
    """Add places of an import, which has checked them; each stands last among its neighbours, as by `add`.

    A few statements do for all of them, where each by itself takes four.

    Args:
        wanted: what is written about each, and the id of the place above it, which is in use.

    Returns:
        Their ids, in the same order.

    Raises:
        NotAllowed: not this person's to do.
    """
    only_managers(staff)
    hold_tree(session)
    above_ids = {above for _, above in wanted if above is not None}
    query = select(ServicePoint).where(ServicePoint.id.in_(above_ids))
    parents = {place.id: place for place in session.scalars(query)}
    last = dict(_last_positions(session, above_ids))
    rows = []
    for fields, above in wanted:
        last[above] = last.get(above, 0) + 1
        parent = parents[above] if above is not None else None
        rows.append(
            {
                **dict(zip(FIELD_NAMES, _VALUES(fields), strict=True)),
                "parent_id": above,
                "code": new_code(),
                "full_name": full_name_of(parent, kind=fields.kind, name=fields.name),
                "position": last[above],
            }
        )
    # By the connection, as nobody holds the places yet: the session would weigh each row by itself.
    session.connection().execute(insert(ServicePoint), rows)
    # Asked for by their codes, as SQLite tells the ids of many rows only one by one.
    codes = [row["code"] for row in rows]
    made = select(ServicePoint.code, ServicePoint.id).where(ServicePoint.code.in_(codes))
    by_code = {row.code: row.id for row in session.execute(made)}
    ids = [by_code[str(row["code"])] for row in rows]
    for place_id, row in zip(ids, rows, strict=True):
        words = f"{way}新增服务点「{row['full_name']}」"
        record_deed_of(session, place_id, staff, verb="add", words=words, now=now)
    return ids


def change(
    session: Session,
    place: ServicePoint,
    wanted: PlaceFields,
    *,
    staff: Staff,
    now: datetime,
    seen: str | None = None,
    way: str = "",
    checked: bool = False,
) -> Sequence[str]:
    """Change what is written about a place.

    Args:
        seen: `revision_of` the place as the page showed it.

    Returns:
        The names of the fields that changed.

    Raises:
        NotAllowed: not this person's to do; leads change the words about their own team's places only.
        Invalid: a field cannot be used, or the name or number is taken.
        TooLate: somebody has changed the place since the page was drawn.
    """
    before = fields_of(place)
    changed = [name for name in FIELD_NAMES if getattr(before, name) != getattr(wanted, name)]
    theirs = may_describe_place(place, staff) and OF_THE_TEAM.issuperset(changed)
    if not (theirs or may_manage_places(staff)):
        raise NotAllowed(
            "单位负责人可以改本单位服务点的负责人、服务标准、服务承诺和照片；其他由受理员或管理员改。"
        )
    hold_tree(session)
    not_since(place, seen)
    if not changed:
        return []
    if not checked:
        check_wanted(session, wanted, parent=place.parent, place=place)
    for name in changed:
        setattr(place, name, getattr(wanted, name))
    session.flush()
    if {"name", "kind"} & set(changed):
        refresh_full_names(session, place)
    details = {
        "before": {name: getattr(before, name) for name in changed},
        "after": {name: getattr(wanted, name) for name in changed},
    }
    said = "、".join(LABELS[name] for name in LABELS if name in changed)
    words = f"{way}修改服务点「{place.full_name}」的{said}"
    record_deed(session, place, staff, verb="change", words=words, now=now, details=details)
    return changed


def move(
    session: Session,
    place: ServicePoint,
    *,
    parent: ServicePoint | None,
    staff: Staff,
    now: datetime,
    way: str = "",
    checked: bool = False,
) -> None:
    """Put a place, with all below it, below another one or at the top; it stands last there.

    Raises:
        NotAllowed: not this person's to do.
        Invalid: the other one is below this one or is not in use, or the name is taken there.
    """
    only_managers(staff)
    hold_tree(session)
    if place.parent_id == (parent.id if parent else None):
        return
    if parent is not None and not parent.active:
        raise Invalid("这个上级已停用，请选一个在用的。", "parent")
    if place.id in ids_up_from(session, parent):
        raise Invalid(f"「{place.name}」不能移到自己或自己的下级里面。", "parent")
    if not checked:
        check_wanted(session, fields_of(place), parent=parent, place=place)
    before = place.full_name
    place.position = _last_position(session, parent) + 1
    place.parent_id = parent.id if parent else None
    session.flush()
    session.expire(place, ["parent"])
    refresh_full_names(session, place)
    to = f"「{parent.full_name}」之下" if parent else "最上级"
    details = {"before": {"full_name": before}, "after": {"full_name": place.full_name}}
    words = f"{way}把服务点「{before}」移到{to}"
    record_deed(session, place, staff, verb="move", words=words, now=now, details=details)


def reorder(session: Session, place: ServicePoint, *, to: str, staff: Staff, now: datetime) -> None:
    """Move a place among its neighbours.

    Args:
        to: first, up, down or last.

    Raises:
        NotAllowed: not this person's to do.
        Invalid: none of these, or the place is not in use.
    """
    only_managers(staff)
    hold_tree(session)
    query = select(ServicePoint).where(right_below(place.parent), ServicePoint.active)
    row = list(session.scalars(query.order_by(ServicePoint.position, ServicePoint.id)))
    if not place.active:
        raise Invalid("停用的服务点不参加排序。")
    at = row.index(place)
    steps = {"first": 0, "up": max(0, at - 1), "down": min(len(row) - 1, at + 1), "last": len(row) - 1}
    if to not in steps:
        raise Invalid("不能这样排序。")
    if steps[to] == at:
        return
    row.insert(steps[to], row.pop(at))
    for position, one in enumerate(row, start=1):
        one.position = position
    words = f"把服务点「{place.full_name}」排到同级的第 {steps[to] + 1} 位"
    record_deed(session, place, staff, verb="reorder", words=words, now=now)


def _last_position(session: Session, parent: ServicePoint | None) -> int:
    return session.scalar(select(func.max(ServicePoint.position)).where(right_below(parent))) or 0


def _last_positions(session: Session, above_ids: Collection[int]) -> Mapping[int | None, int]:
    """Give the last position below each of these places, and at the top."""
    place = ServicePoint
    query = select(place.parent_id, func.max(place.position)).group_by(place.parent_id)
    found = session.execute(query.where(place.parent_id.in_(above_ids) | place.parent_id.is_(None)))
    return {row[0]: row[1] for row in found}
