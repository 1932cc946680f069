"""Changing categories (类别): names, order, who answers, time limits and words."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain import categories, office_changes, recomputing
from domain.acts import cleaned
from domain.errors import Invalid
from models.category import Category
from models.staff import Staff
from models.team import Team
from models.wording import CategoryKeyword

LONGEST_NAME = 40
LONGEST_KEYWORD = 20
MOST_KEYWORDS = 200
_BETWEEN_WORDS = re.compile(r"[\s,，、;；]+")
_MOST_MINUTES = 100 * 24 * 60
_MOST_DAYS = 365


@dataclass(frozen=True)
class Limits:
    """The five time limits: two in working minutes, three in working days."""

    dispatch_minutes: int
    answer_minutes: int
    ordinary_days: int
    complex_days: int
    very_complex_days: int

    def __post_init__(self) -> None:
        for each in fields(self):
            most = _MOST_MINUTES if each.name.endswith("minutes") else _MOST_DAYS
            if not 1 <= getattr(self, each.name) <= most:
                raise Invalid(f"时限要写 1 到 {most} 之间的整数。", each.name)
        if not self.ordinary_days <= self.complex_days <= self.very_complex_days:
            raise Invalid("办结时限要逐级不减：一般 ≤ 复杂 ≤ 特别复杂。", "complex_days")


@dataclass(frozen=True, kw_only=True)
class CategoryWish:
    """How a category is to be.

    Attributes:
        parent_id: None at the top.
        team_id: who answers where the place names nobody; None: the desk assigns.
        keywords: as typed, with blanks, commas or line ends between them.
    """

    name: str
    parent_id: int | None
    team_id: int | None
    limits: Limits
    keywords: str = ""


def limits_of(category: Category) -> Limits:
    """Give a category's time limits."""
    return Limits(**{each.name: getattr(category, each.name) for each in fields(Limits)})


def words_in(typed: str) -> list[str]:
    """Split typed keywords, each once.

    Raises:
        Invalid: one is too long, or there are too many.
    """
    words = list(dict.fromkeys(filter(None, _BETWEEN_WORDS.split(cleaned(typed)))))
    long = next((word for word in words if len(word) > LONGEST_KEYWORD), None)
    if long is not None:
        raise Invalid(
            f"「{long[:30]}」太长，关键词最多 {LONGEST_KEYWORD} 个字，用空格或换行隔开。", "keywords"
        )
    if len(words) > MOST_KEYWORDS:
        raise Invalid(f"关键词最多 {MOST_KEYWORDS} 个。", "keywords")
    return words


def check(
    session: Session, category: Category | None, wish: CategoryWish
) -> tuple[list[str], dict[str, Any]]:
    """Tell whether a wish can be fulfilled.

    Args:
        category: the one to be changed; None for a new one.

    Returns:
        The keywords, and the values to be stored.

    Raises:
        Invalid: something cannot be used.
    """
    return words_in(wish.keywords), _checked(session, category, wish)


def add(session: Session, wish: CategoryWish, *, staff: Staff, now: datetime) -> Category:
    """Add a category at the end of its neighbours.

    Raises:
        Invalid: something cannot be used.
    """
    words, values = check(session, None, wish)
    last = max((row.position for row in categories.neighbours(session, wish.parent_id)), default=0)
    category = Category(code=f"own-{secrets.token_hex(4)}", position=last + 1, active=True, **values)
    session.add(category)
    session.flush()
    _set_keywords(session, category, words)
    office_changes.note(
        session,
        staff,
        action="category.add",
        subject=category.id,
        words=f"新增类别「{category.name}」",
        after={**values, "keywords": words},
        now=now,
    )
    return category


def change(session: Session, category: Category, wish: CategoryWish, *, staff: Staff, now: datetime) -> int:
    """Change a category; new limits hold for open complaints too.

    Returns:
        How many open complaints will have their due times worked out anew.

    Raises:
        Invalid: something cannot be used.
    """
    words, values = check(session, category, wish)
    before = {**_values_of(category), "keywords": list(categories.keywords_of(session, category))}
    moved = limits_of(category) != wish.limits
    for name, value in values.items():
        setattr(category, name, value)
    session.flush()
    _set_keywords(session, category, words)
    after = {**values, "keywords": words}
    if before != after:
        office_changes.note(
            session,
            staff,
            action="category.change",
            subject=category.id,
            words=f"修改类别「{category.name}」" + ("的时限" if moved else ""),
            before=before,
            after=after,
            now=now,
        )
    return recomputing.ask(session, category_id=category.id, staff=staff, now=now) if moved else 0


def move(session: Session, category: Category, *, by: int, staff: Staff, now: datetime) -> None:
    """Move a category past its neighbour: -1 up, 1 down; nothing happens at the ends."""
    rows = list(categories.neighbours(session, category.parent_id))
    at = next((index for index, row in enumerate(rows) if row.id == category.id), None)
    if at is None or not 0 <= at + by < len(rows):
        return
    rows[at], rows[at + by] = rows[at + by], rows[at]
    for position, row in enumerate(rows, start=1):
        row.position = position
    session.flush()
    office_changes.note(
        session,
        staff,
        action="category.move",
        subject=category.id,
        words=f"把类别「{category.name}」{'上' if by < 0 else '下'}移一位",
        now=now,
    )


def disable(session: Session, category: Category, *, staff: Staff, now: datetime) -> None:
    """Take a category out of use: nothing new is filed under it, open complaints stay in it.

    Raises:
        Invalid: it has sub-categories in use, or is the last one, or the one for all that fits nowhere.
    """
    if not category.active:
        return
    if categories.neighbours(session, category.id):
        raise Invalid(f"「{category.name}」下面还有在用的子类别，请先停用它们。")
    if category.code == categories.OTHER:
        raise Invalid(f"「{category.name}」收的是归不到别处的诉求，不能停用，可以改名。")
    if session.scalar(select(func.count()).where(Category.active)) == 1:
        raise Invalid("至少要留一个在用的类别。")
    category.active = False
    _note_state(session, category, "category.disable", f"停用类别「{category.name}」", staff, now)


def enable(session: Session, category: Category, *, staff: Staff, now: datetime) -> None:
    """Take a category into use again.

    Raises:
        Invalid: the category above it is out of use, or another has taken its name.
    """
    if category.active:
        return
    parent = session.get(Category, category.parent_id) if category.parent_id is not None else None
    if parent is not None and not parent.active:
        raise Invalid(f"上级类别「{parent.name}」已停用，请先启用它。")
    _check_name(session, category, category.name, category.parent_id)
    category.active = True
    _note_state(session, category, "category.enable", f"启用类别「{category.name}」", staff, now)


def _note_state(
    session: Session, category: Category, action: str, words: str, staff: Staff, now: datetime
) -> None:
    session.flush()
    office_changes.note(session, staff, action=action, subject=category.id, words=words, now=now)


def _values_of(category: Category) -> dict[str, Any]:
    return {
        "name": category.name,
        "parent_id": category.parent_id,
        "team_id": category.team_id,
        **asdict(limits_of(category)),
    }


def _checked(session: Session, category: Category | None, wish: CategoryWish) -> dict[str, Any]:
    name = "".join(cleaned(wish.name).split())
    if not name:
        raise Invalid("请填写类别名称。", "name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"类别名称最多 {LONGEST_NAME} 字。", "name")
    _check_parent(session, category, wish.parent_id)
    _check_name(session, category, name, wish.parent_id)
    team = session.get(Team, wish.team_id) if wish.team_id is not None else None
    is_new_team = category is None or category.team_id != wish.team_id
    if wish.team_id is not None and is_new_team and (team is None or not team.active):
        raise Invalid("选的责任单位已停用，请另选一个。", "team_id")
    return {"name": name, "parent_id": wish.parent_id, "team_id": wish.team_id, **asdict(wish.limits)}


def _check_parent(session: Session, category: Category | None, parent_id: int | None) -> None:
    if parent_id is None:
        return
    parent = session.get(Category, parent_id)
    if parent is None or not parent.active:
        raise Invalid("选的上级类别已停用，请另选一个。", "parent_id")
    if parent.parent_id is not None or (category is not None and category.id == parent.id):
        raise Invalid("类别最多两层，上级只能选第一层的类别。", "parent_id")
    if category is not None and categories.neighbours(session, category.id):
        raise Invalid("这个类别下面有子类别，自己不能再放到别的类别下面。", "parent_id")


def _check_name(session: Session, category: Category | None, name: str, parent_id: int | None) -> None:
    for row in categories.neighbours(session, parent_id):
        if row.name == name and (category is None or row.id != category.id):
            raise Invalid(f"同一层里已经有「{name}」了。", "name")


def _set_keywords(session: Session, category: Category, words: Sequence[str]) -> None:
    # An office that still works with the catalogue's words gets them all before it changes any.
    categories.seed_keywords(session)
    if list(categories.keywords_of(session, category)) == list(words):
        return
    session.execute(delete(CategoryKeyword).where(CategoryKeyword.category_id == category.id))
    session.add_all(CategoryKeyword(category_id=category.id, word=word) for word in words)
    session.flush()
