"""Choosing the places whose codes are printed (打印二维码)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from domain.errors import Invalid
from domain.service_points import tree_ids
from models.enums import ServicePointKind
from models.service_point import ServicePoint

# More than any campus has; a file of more pages would break the program that prints it.
MOST_CODES = 5000
_PARTS = re.compile(r"([0-9]{1,18})|([^0-9]+)")
_AFTER_NUMBERS = 10**18


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which places: those below one, of a kind, of a team, whose name or number holds some words."""

    under: ServicePoint | None = None
    kind: ServicePointKind | None = None
    team_id: int | None = None
    words: str = ""


def conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Give the conditions on ServicePoint; places no longer in use have no codes to print."""
    found: list[ColumnElement[bool]] = [ServicePoint.active.is_(True)]
    if wanted.under is not None:
        found.append(ServicePoint.id.in_(tree_ids(session, wanted.under)))
    if wanted.kind is not None:
        found.append(ServicePoint.kind == wanted.kind)
    if wanted.team_id is not None:
        found.append(ServicePoint.team_id == wanted.team_id)
    if wanted.words:
        found.append(
            or_(
                ServicePoint.full_name.contains(wanted.words, autoescape=True),
                ServicePoint.label_number.contains(wanted.words, autoescape=True),
            )
        )
    return found


def ids_of(session: Session, wanted: Wanted) -> list[int]:
    """Give the ids of the places in the order in which somebody puts the codes up: 2号 before 10号."""
    return _in_order(session, *conditions(session, wanted))


def by_ids(session: Session, ids: Sequence[int]) -> list[ServicePoint]:
    """Give some places in the order of their ids."""
    found = session.scalars(select(ServicePoint).where(ServicePoint.id.in_(ids)))
    by_id = {place.id: place for place in found}
    return [by_id[place_id] for place_id in ids if place_id in by_id]


def chosen_ids(session: Session, ids: Iterable[int], *, team_id: int | None = None) -> list[int]:
    """Give those of the ids that are places in use (of a team), in the order of the list.

    Raises:
        Invalid: none, or too many.
    """
    wanted = {number for number in ids if 0 < number < 2**31}
    if not wanted:
        raise Invalid("请先勾选要打印的服务点。", "places")
    in_use = conditions(session, Wanted(team_id=team_id))
    found = [place_id for place_id in _in_order(session, *in_use) if place_id in wanted]
    if not found:
        raise Invalid("勾选的服务点已停用，请重新选择。", "places")
    if len(found) > MOST_CODES:
        raise Invalid(
            f"一次最多打印 {MOST_CODES} 个，现在选了 {len(found)} 个，请按校区或楼宇分几次。", "places"
        )
    return found


def _in_order(session: Session, *wanted: ColumnElement[bool]) -> list[int]:
    rows = session.execute(select(ServicePoint.id, ServicePoint.full_name).where(*wanted)).all()
    return [row.id for row in sorted(rows, key=lambda row: (_spoken_order(row.full_name), row.id))]


def _spoken_order(name: str) -> list[tuple[int, str]]:
    """Give what to sort a name by: its numbers count as numbers, and come before words."""
    return [
        (int(number), "") if number else (_AFTER_NUMBERS, words) for number, words in _PARTS.findall(name)
    ]
