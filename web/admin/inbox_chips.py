"""What narrows the list, in words, each with the address of the list without it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain.figure_rules import Figure
from models.category import Category
from models.enums import Channel, ComplaintKind, ComplaintStatus, Role, Word
from models.staff import Staff, StaffRole
from models.team import Team
from web.admin.inbox_query import YES_ONLY, InboxQuery

YES_LABELS = dict(
    zip(YES_ONLY, ("只看紧急", "只看超期", "重办过的", "督办的", "有照片的", "到期未评价"), strict=True)
)
RANGE_LABELS = {
    "from": "提交不早于",
    "to": "提交不晚于",
    "closed_from": "销号不早于",
    "closed_to": "销号不晚于",
    "deferred_from": "挂账到期不早于",
    "deferred_to": "挂账到期不晚于",
}
_WORDS: Mapping[str, type[Word]] = {
    "status": ComplaintStatus,
    "kind": ComplaintKind,
    "channel": Channel,
    "figure": Figure,
}


@dataclass(frozen=True)
class Chip:
    """One condition: `address` leads to the list without it."""

    label: str
    address: str
    bad: bool = False


@dataclass(frozen=True)
class Choices:
    """What may be chosen in the filters.

    Attributes:
        categories: with how deep each lies in the tree.
        handlers: id, name and team's id of each.
    """

    categories: Sequence[tuple[Category, int]]
    teams: Sequence[Team]
    handlers: Sequence[Row[int, str, int | None]]
    reasons: Sequence[str]


def choices(session: Session) -> Choices:
    """Look up what may be chosen; a handful of queries however long the lists are."""
    categories = session.scalars(
        select(Category).where(Category.active).order_by(Category.position, Category.id)
    ).all()
    teams = session.scalars(select(Team).where(Team.active).order_by(Team.id)).all()
    handling = select(StaffRole.staff_id).where(StaffRole.role == Role.HANDLER)
    handlers = select(Staff.id, Staff.name, Staff.team_id).where(Staff.active, Staff.id.in_(handling))
    handlers = handlers.order_by(Staff.team_id, Staff.id)
    return Choices(
        _as_tree(categories), teams, session.execute(handlers).all(), catalogue().rejection.reasons
    )


def _as_tree(categories: Sequence[Category]) -> list[tuple[Category, int]]:
    there = {category.id for category in categories}
    laid: list[tuple[Category, int]] = []

    def lay(parent_id: int | None, depth: int) -> None:
        for category in categories:
            above = category.parent_id if category.parent_id in there else None
            if above == parent_id:
                laid.append((category, depth))
                lay(category.id, depth + 1)

    lay(None, 0)
    return laid


def chips(wanted: InboxQuery, offered: Choices) -> list[Chip]:
    """Say each condition of the list in words."""
    names: dict[str, Callable[[str], str | None]] = {
        "category": {str(row.id): row.name for row, _ in offered.categories}.get,
        "team": {str(row.id): row.name for row in offered.teams}.get,
        "handler": {str(row.id): row.name for row in offered.handlers}.get,
        "stars": lambda value: f"{value} 星",
        "reason": lambda value: f"不予受理：{value}",
        **{name: _label_in(words) for name, words in _WORDS.items()},
        **{name: _always(label) for name, label in YES_LABELS.items()},
        **{name: _dated(label) for name, label in RANGE_LABELS.items()},
        "q": lambda value: f"搜索“{value}”",
    }
    said = []
    for name, values in wanted.given.items():
        if name == "place":
            said.append(_place_chip(wanted))
            continue
        for value in values:
            label = names[name](value)
            said.append(Chip(label or f"{value[:20]}（没有这一项）", wanted.without(name, value), not label))
    return said


def _label_in(words: type[Word]) -> Callable[[str], str | None]:
    return lambda value: words(value).label if value in set(words) else None


def _always(label: str) -> Callable[[str], str | None]:
    return lambda _value: label


def _dated(label: str) -> Callable[[str], str | None]:
    return lambda value: f"{label} {value}"


def _place_chip(wanted: InboxQuery) -> Chip:
    if wanted.place is None:
        return Chip(f"没有叫“{wanted.one('place')}”的地点", wanted.without("place"), bad=True)
    return Chip(f"地点：{wanted.place.full_name}", wanted.without("place"))
