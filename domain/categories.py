"""Categories (类别): their tree, their words, and finding the one that fits what somebody says."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from config.catalogue import catalogue
from domain.errors import NotFound
from models.category import Category
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES
from models.upsert import insert_into
from models.wording import CategoryKeyword

OTHER = "other"


@dataclass(frozen=True)
class CategoryNode:
    """A category in the tree.

    Attributes:
        depth: 0 at the top, 1 below.
        keywords: how many words speak for it.
        is_first, is_last: among its neighbours, past which it can be moved.
    """

    category: Category
    depth: int
    open_complaints: int
    keywords: int
    is_first: bool
    is_last: bool


def find(session: Session, category_id: int, *, for_change: bool = False) -> Category:
    """Give a category by its id, or raise NotFound.

    Args:
        for_change: hold the row until the transaction ends.
    """
    category = session.get(Category, category_id, with_for_update=True if for_change else None)
    if category is None:
        raise NotFound("没有找到这个类别，请刷新页面。")
    return category


def neighbours(session: Session, parent_id: int | None) -> Sequence[Category]:
    """Give the categories in use below a parent, or at the top, in their order."""
    query = select(Category).where(Category.active)
    query = query.where(
        Category.parent_id.is_(None) if parent_id is None else Category.parent_id == parent_id
    )
    return session.scalars(query.order_by(Category.position, Category.id)).all()


def choosable(session: Session) -> list[Category]:
    """Give the categories in use for a list to choose from, each followed by its sub-categories."""
    in_order = select(Category).where(Category.active).order_by(Category.position, Category.id)
    rows = session.scalars(in_order).all()
    tops = [row for row in rows if row.parent_id is None]
    return [each for top in tops for each in (top, *(row for row in rows if row.parent_id == top.id))]


def tree(session: Session) -> list[CategoryNode]:
    """Give all categories, each followed by its sub-categories; those out of use stand last."""
    in_order = select(Category).options(joinedload(Category.team))
    below: dict[int | None, list[Category]] = defaultdict(list)
    for row in session.scalars(in_order.order_by(Category.active.desc(), Category.position, Category.id)):
        below[row.parent_id].append(row)
    return list(_nodes(below, _open_counts(session), _keyword_counts(session)))


def _nodes(
    below: Mapping[int | None, list[Category]],
    open_complaints: Mapping[int, int],
    keywords: Mapping[int, int],
    parent_id: int | None = None,
    depth: int = 0,
) -> Iterator[CategoryNode]:
    rows = below.get(parent_id, [])
    in_use = [row for row in rows if row.active]
    for row in rows:
        yield CategoryNode(
            row,
            depth,
            open_complaints.get(row.id, 0),
            keywords.get(row.id, 0),
            is_first=not row.active or row is in_use[0],
            is_last=not row.active or row is in_use[-1],
        )
        yield from _nodes(below, open_complaints, keywords, row.id, depth + 1)


def _open_counts(session: Session) -> Mapping[int, int]:
    query = select(Complaint.category_id, func.count()).where(Complaint.status.in_(ACTIVE_STATUSES))
    return {row[0]: row[1] for row in session.execute(query.group_by(Complaint.category_id))}


def _keyword_counts(session: Session) -> Mapping[int, int]:
    query = select(CategoryKeyword.category_id, func.count()).group_by(CategoryKeyword.category_id)
    return {row[0]: row[1] for row in session.execute(query)}


def keywords_of(session: Session, category: Category) -> Sequence[str]:
    """Give the words that speak for a category, in the order in which they were entered."""
    query = select(CategoryKeyword.word).where(CategoryKeyword.category_id == category.id)
    return session.scalars(query.order_by(CategoryKeyword.id)).all()


def seed_keywords(session: Session, *, new: Collection[int | None] = ()) -> None:
    """Copy the catalogue's words into an office without any, and those of new categories into any office."""
    has_words = session.scalar(select(CategoryKeyword.id).limit(1)) is not None
    rows = session.execute(select(Category.code, Category.id))
    ids = {row.code: row.id for row in rows if row.id in new or not has_words}
    for seed in catalogue().categories:
        for word in seed.words if seed.code in ids else ():
            row = insert_into(session, CategoryKeyword).values(category_id=ids[seed.code], word=word)
            session.execute(row.on_conflict_do_nothing(index_elements=["category_id", "word"]))


def guess(session: Session, text: str) -> Category:
    """Give the category whose words stand most often in a text; 其他 where none does.

    A sub-category with a word in the text stands before its parent, whose words count for it too.

    Raises:
        NotFound: there is no category in use.
    """
    in_order = select(Category).where(Category.active).order_by(Category.position, Category.id)
    candidates = session.scalars(in_order).all()
    if not candidates:
        raise NotFound("还没有设置任何诉求类别，请系统管理员先初始化类别。")
    words = _words_by_category(session, candidates)
    own = {row.id: sum(text.count(word) for word in words.get(row.id, ())) for row in candidates}
    scores = {row.id: own[row.id] and own[row.id] + own.get(row.parent_id or 0, 0) for row in candidates}
    best = max(candidates, key=lambda row: scores[row.id])
    if scores[best.id]:
        return best
    # Where even 其他 is gone, the last of the list will do.
    return next((row for row in candidates if row.code == OTHER), candidates[-1])


def _words_by_category(session: Session, candidates: Sequence[Category]) -> Mapping[int, Sequence[str]]:
    words: dict[int, list[str]] = defaultdict(list)
    for row in session.execute(select(CategoryKeyword.category_id, CategoryKeyword.word)):
        words[row.category_id].append(row.word)
    if words:
        return words
    seeds = {seed.code: seed.words for seed in catalogue().categories}
    return {row.id: seeds.get(row.code, ()) for row in candidates}
