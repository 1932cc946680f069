"""Choosing the places whose codes are printed (打印二维码)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from domain.errors import Invalid
from domain.service_points import tree_ids
from models.enums import ServicePointKind
from models.service_point import ServicePoint

# More than any campus has; a file of more pages would break the program that prints it.
MOST_CODES = 5000


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


def count(session: Session, wanted: Wanted) -> int:
    """Count the places."""
    query = select(func.count(ServicePoint.id)).where(*conditions(session, wanted))
    return session.scalar(query) or 0


def places(
    session: Session, wanted: Wanted, *, limit: int | None = None, offset: int = 0
) -> Sequence[ServicePoint]:
    """List the places, neighbours side by side: in the order in which somebody walks to put the codes up."""
    query = select(ServicePoint).where(*conditions(session, wanted))
    query = query.order_by(ServicePoint.full_name, ServicePoint.id).limit(limit).offset(offset)
    return session.scalars(query).all()


def chosen_ids(session: Session, ids: Iterable[int]) -> list[int]:
    """Give those of the ids that are places in use, in the order of the list.

    Raises:
        Invalid: none, or too many.
    """
    wanted = {number for number in ids if 0 < number < 2**31}
    if not wanted:
        raise Invalid("请先勾选要打印的服务点。", "places")
    query = select(ServicePoint.id).where(ServicePoint.active)
    query = query.order_by(ServicePoint.full_name, ServicePoint.id)
    found = [place_id for place_id in session.scalars(query) if place_id in wanted]
    if not found:
        raise Invalid("勾选的服务点已停用，请重新选择。", "places")
    if len(found) > MOST_CODES:
        raise Invalid(
            f"一次最多打印 {MOST_CODES} 个，现在选了 {len(found)} 个，请按校区或楼宇分几次。", "places"
        )
    return found
