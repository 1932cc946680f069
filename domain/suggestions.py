"""Which team and category a new complaint most likely belongs to, and why: the dispatcher accepts or not.

First come the rules that anybody can name: the place's team, words that speak for a category. Then what was
done before: the most similar complaints that were dispatched in the last 180 days each have a vote.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from domain.likeness import Likeness, ids_sharing_words, text_of
from domain.submissions import category_of_place, team_by_rule
from models.category import Category
from models.complaint import Complaint
from models.enums import ComplaintStatus
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from models.wording import CategoryKeyword

MEMORY = timedelta(days=180)
_VOTERS = 8
_ALIKE_ENOUGH = 0.16
_MOST_SHOWN = 3
_RETRACTED = frozenset({ComplaintStatus.REJECTED, ComplaintStatus.WITHDRAWN, ComplaintStatus.MERGED})


@dataclass(frozen=True)
class TeamSuggestion:
    """A team, and in one line why it is named."""

    team: Team
    why: str


@dataclass(frozen=True)
class CategorySuggestion:
    """A category, and in one line why it is named."""

    category: Category
    why: str


@dataclass(frozen=True)
class Suggestions:
    """What is suggested for one complaint, the likeliest first."""

    teams: Sequence[TeamSuggestion]
    categories: Sequence[CategorySuggestion]


@dataclass(frozen=True)
class _Vote:
    """A complaint that was dispatched before, and how alike it is."""

    complaint: Complaint
    likeness: float


def suggest(session: Session, complaint: Complaint, *, staff: Staff, now: datetime) -> Suggestions:
    """Name the likeliest teams and categories; as many queries for a large memory as for a small one.

    Args:
        staff: who asks; only complaints they may see are named as reasons.
    """
    votes = _votes(session, complaint, staff=staff, now=now)
    categories = _categories(session, complaint, votes)
    return Suggestions(_teams(session, complaint, categories, votes), categories)


def _votes(session: Session, complaint: Complaint, *, staff: Staff, now: datetime) -> list[_Vote]:
    counts = [
        Complaint.id != complaint.id,
        Complaint.team_id.is_not(None),
        Complaint.filed_at >= now - MEMORY,
        Complaint.status.not_in(_RETRACTED),
    ]
    text = text_of(complaint)
    ids = ids_sharing_words(session, text, staff=staff, conditions=counts)
    rows = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(ids))
        .options(joinedload(Complaint.team), joinedload(Complaint.category))
        .order_by(Complaint.id.desc())
    ).all()
    likeness = Likeness(text, {row.id: text_of(row) for row in rows})
    votes = [_Vote(row, likeness.with_(row.id)) for row in rows]
    alike = sorted(votes, key=lambda vote: vote.likeness, reverse=True)
    return [vote for vote in alike[:_VOTERS] if vote.likeness >= _ALIKE_ENOUGH]


def _teams(
    session: Session,
    complaint: Complaint,
    categories: Sequence[CategorySuggestion],
    votes: Sequence[_Vote],
) -> list[TeamSuggestion]:
    found: dict[int, TeamSuggestion] = {}

    def add(team: Team | None, why: str) -> None:
        if team is not None and team.active:
            found.setdefault(team.id, TeamSuggestion(team, why))

    place = _answering_place(session, complaint.service_point)
    if place is not None and place.team is not None:
        add(place.team, f"服务点「{place.full_name}」由{place.team.name}负责")
    for group in _by_weight(votes, lambda before: before.team_id):
        team = group[0].complaint.team
        add(team, _as_before(group, len(votes), f"派给了{team.name}" if team else ""))
    for each in categories:
        add(each.category.team, f"「{each.category.name}」一般由{_name(each.category.team)}办理；{each.why}")
    own = complaint.category
    add(own.team, f"现在的类别「{own.name}」一般由{_name(own.team)}办理")
    return list(found.values())[:_MOST_SHOWN]


def _name(team: Team | None) -> str:
    return team.name if team else ""


def _answering_place(session: Session, place: ServicePoint | None) -> ServicePoint | None:
    """Give the place, or the nearest above it, that names a team."""
    if team_by_rule(session, place) is None:
        return None
    while place is not None and place.team is None:
        place = session.get(ServicePoint, place.parent_id) if place.parent_id is not None else None
    return place


def _categories(session: Session, complaint: Complaint, votes: Sequence[_Vote]) -> list[CategorySuggestion]:
    found: dict[int, CategorySuggestion] = {}

    def add(category: Category | None, why: str) -> None:
        if category is not None and category.active:
            found.setdefault(category.id, CategorySuggestion(category, why))

    for category, words in _named(session, complaint.text):
        said = "".join(f"「{word}」" for word in words[:3])
        add(category, f"提到了{said}")
    by_place = category_of_place(session, complaint.service_point)
    if by_place is not None and complaint.service_point is not None:
        add(by_place, f"服务点「{complaint.service_point.full_name}」属于「{by_place.name}」")
    for group in _by_weight(votes, lambda before: before.category_id):
        category = group[0].complaint.category
        add(category, _as_before(group, len(votes), f"归在「{category.name}」"))
    return list(found.values())[:_MOST_SHOWN]


def _named(session: Session, text: str) -> list[tuple[Category, list[str]]]:
    """Give the categories whose words stand in the text, those with the most first, sub-categories before."""
    rows = session.execute(
        select(CategoryKeyword.word, Category)
        .join(Category, Category.id == CategoryKeyword.category_id)
        .where(Category.active)
        .order_by(Category.position, Category.id, CategoryKeyword.id)
    )
    words: dict[Category, list[str]] = defaultdict(list)
    for word, category in rows:
        if word in text:
            words[category].append(word)
    return sorted(words.items(), key=lambda item: (item[0].parent_id is None, -len(item[1])))


def _by_weight(votes: Sequence[_Vote], key: Callable[[Complaint], int | None]) -> list[list[_Vote]]:
    groups: dict[int | None, list[_Vote]] = defaultdict(list)
    for vote in votes:
        groups[key(vote.complaint)].append(vote)
    return sorted(groups.values(), key=lambda group: -sum(vote.likeness for vote in group))


def _as_before(group: Sequence[_Vote], voters: int, what: str) -> str:
    """Say in one line what was done with complaints like this one."""
    first = group[0].complaint.number
    if voters == 1:
        return f"与 {first} 相近，当时{what}"
    if len(group) == voters:
        return f"与 {first} 等 {voters} 件相近，都{what}"
    return f"相近的 {voters} 件里有 {len(group)} 件{what}，如 {first}"
