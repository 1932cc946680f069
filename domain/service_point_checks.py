"""What every change of the registry asks: who may, whether the tree stays sound, and that it is on record."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from domain import audit
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.permissions import may_manage_places
from domain.service_point_fields import (
    DEEPEST,
    LONGEST_FULL_NAME,
    PlaceFields,
    check,
    name_key,
    number_key,
    revision_of,
)
from domain.service_points import full_name_of
from models.category import Category
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

SUBJECT = "service_point"


def find_place(session: Session, place_id: int) -> ServicePoint:
    """Give a place by its id, in use or not.

    Raises:
        NotFound: there is none.
    """
    place = session.get(ServicePoint, place_id) if place_id < 2**31 else None
    if place is None:
        raise NotFound("没有找到这个服务点。")
    return place


def new_code() -> str:
    """Make an opaque scene for a QR code; nobody can guess the next one."""
    return "p" + secrets.token_hex(6)


def right_below(parent: ServicePoint | None) -> ColumnElement[bool]:
    """Give the condition on places that stand right below one, or at the top."""
    return ServicePoint.parent_id.is_(None) if parent is None else ServicePoint.parent_id == parent.id


def hold_tree(session: Session) -> None:
    """Keep others from changing the tree until this transaction ends, so that two moves make no circle.

    SQLite lets one writer in at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE service_point IN SHARE ROW EXCLUSIVE MODE"))


def only_managers(staff: Staff) -> None:
    """Refuse who may not manage places.

    Raises:
        NotAllowed: always for them.
    """
    if not may_manage_places(staff):
        raise NotAllowed("服务点由受理员或系统管理员管理。")


def not_since(place: ServicePoint, seen: str | None) -> None:
    """Refuse to overwrite what somebody else has written since the page was drawn.

    Raises:
        TooLate: somebody has.
    """
    if seen is not None and seen != revision_of(place):
        raise TooLate("这个服务点刚刚被别人改过。请看过最新内容再改。")


def check_wanted(
    session: Session, wanted: PlaceFields, *, parent: ServicePoint | None, place: ServicePoint | None
) -> None:
    """Refuse a place that cannot stand below this parent.

    Args:
        place: the one that is to become so; None for a new one.

    Raises:
        Invalid: with the name of the field at fault.
    """
    check(wanted)
    own_id = place.id if place else 0
    if len(ids_up_from(session, parent)) >= DEEPEST:
        raise Invalid(f"上下级最多 {DEEPEST} 层。", "parent")
    if len(full_name_of(parent, kind=wanted.kind, name=wanted.name)) > LONGEST_FULL_NAME:
        raise Invalid(f"连同上级的全称最多 {LONGEST_FULL_NAME} 个字，请把名称写短些。", "name")
    _check_name(session, wanted.name, parent=parent, own_id=own_id)
    if wanted.label_number:
        _check_number(session, wanted.label_number, own_id=own_id)
    if wanted.team_id is not None and session.get(Team, wanted.team_id) is None:
        raise Invalid("没有这个责任单位。", "team_id")
    if wanted.category_id is not None and session.get(Category, wanted.category_id) is None:
        raise Invalid("没有这个类别。", "category_id")


def _check_name(session: Session, name: str, *, parent: ServicePoint | None, own_id: int) -> None:
    query = select(ServicePoint.name, ServicePoint.active).where(
        right_below(parent), ServicePoint.id != own_id
    )
    for other, active in session.execute(query):
        if name_key(other) == name_key(name):
            state = "" if active else "（已停用，可以恢复它）"
            raise Invalid(f"同一个上级下面已经有「{other}」{state}。", "name")


def _check_number(session: Session, number: str, *, own_id: int) -> None:
    query = select(ServicePoint.label_number, ServicePoint.full_name).where(
        func.lower(ServicePoint.label_number) == number_key(number), ServicePoint.id != own_id
    )
    taken = session.execute(query).first()
    if taken is not None:
        raise Invalid(f"编号「{taken.label_number}」已经用在「{taken.full_name}」。", "label_number")


def ids_up_from(session: Session, place: ServicePoint | None) -> list[int]:
    """Give the ids of a place and of all above it, from below."""
    ids: list[int] = []
    while place is not None:
        ids.append(place.id)
        place = session.get(ServicePoint, place.parent_id) if place.parent_id is not None else None
    return ids


def record_deed(
    session: Session,
    place: ServicePoint,
    staff: Staff,
    *,
    verb: str,
    words: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down in the audit log what was done to a place."""
    record_deed_of(session, place.id, staff, verb=verb, words=words, now=now, details=details)


def record_deed_of(
    session: Session,
    place_id: int,
    staff: Staff,
    *,
    verb: str,
    words: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down what was done to a place that is known by its id alone."""
    audit.record(
        session,
        staff,
        action=f"{SUBJECT}.{verb}",
        subject_kind=SUBJECT,
        subject=str(place_id),
        words=words,
        details=details,
        now=now,
    )
