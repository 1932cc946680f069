"""What anybody may read: the public board (公示) of released complaints, and what is told of the others.

Of what was not released the board tells that it was refused or deferred, by number, kind of thing, team,
reason from the list and promised date: no words, no place, and nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain import daily_figures
from domain.disclosure import is_released, photo_released, place_for_follower, released
from domain.errors import NotFound
from domain.figure_periods import Period
from domain.figure_rules import COVERAGE, RESOLUTION, RESPONSE, SATISFACTION, Counts, Rate, rate_of, total
from domain.figures import By
from domain.filters import Filters, conditions_of
from domain.paging import page_within
from domain.queries import Page
from domain.search_index import each_with, may_be_released
from domain.search_words import SearchWord, search_words
from domain.working_time import local_time
from models.attachment import Attachment
from models.board import PublicPhoto
from models.category import Category
from models.complaint import Complaint, ComplaintFollower
from models.complaint_search import ComplaintSearch
from models.enums import ACTIVE_STATUSES, ComplaintStatus, Outcome, ServicePointKind, Word
from models.service_point import ServicePoint
from models.team import Team

S = ComplaintStatus
# By what they are not: asked for by their status, SQLite reads all that were ever done.
_IS_DONE = Complaint.status.not_in([status for status in S if status not in {S.RESOLVED, S.CLOSED}])
RATED_DAYS = 180
# Refused and deferred ones are told of so long.
REFUSED_DAYS = 90
MOST_PLACES = 200
# The board is counted and leafed through so far; who wants more narrows it.
COUNTED = 1_000


class Show(Word):
    """What of the board is shown."""

    ALL = "all", "全部"
    OPEN = "open", "正在办"
    DEFERRED = "deferred", "挂账"
    DONE = "done", "已办结"
    WEEK = "week", "本周办结"
    REFUSED = "refused", "不予受理"


@dataclass(frozen=True)
class Narrowed:
    """What narrows the board; empty values narrow nothing."""

    show: Show = Show.ALL
    place_id: int | None = None
    category_id: int | None = None
    words: str = ""


@dataclass(frozen=True)
class Item:
    """One complaint as everybody may read it.

    Attributes:
        text, answer: what was released; empty when nothing was.
        met, followers: how many met the same, and how many want to know.
        photo_ids: of released photos that are not hidden.
    """

    complaint: Complaint
    text: str
    answer: str
    met: int = 0
    followers: int = 0
    photo_ids: Sequence[int] = ()

    @property
    def released(self) -> bool:
        """Whether its words were released."""
        return bool(self.text)

    @property
    def where(self) -> str:
        """The place, of a room only what it lies in; never what a person wrote of it."""
        return place_for_follower(self.complaint) if self.released else ""

    @property
    def may_join(self) -> bool:
        """Whether somebody may still join or follow it."""
        return self.released and self.complaint.status in ACTIVE_STATUSES | {S.RESOLVED}


@dataclass(frozen=True)
class Week:
    """What was fixed this week: all of it, and how much of it can be read here."""

    fixed: int
    released: int


@dataclass(frozen=True)
class TeamRates:
    """The three rates (三率) of a team, or of all; each holds numerator and denominator."""

    name: str
    response: Rate
    resolution: Rate
    satisfaction: Rate
    coverage: Rate

    @property
    def enough(self) -> bool:
        """Whether any of them counts enough to be shown."""
        return self.response.enough or self.resolution.enough or self.coverage.enough


def start_of_week(now: datetime) -> datetime:
    """Give the beginning of the Monday of this week."""
    today = local_time(now).date()
    return Period(today - timedelta(days=today.weekday()), today).start


def items(session: Session, narrowed: Narrowed, *, page: int, per_page: int, now: datetime) -> Page[Item]:
    """List what the board shows: lately released first; of what is deferred, promised soonest first."""
    conditions = _conditions(session, narrowed, now=now)
    ids = _found_by_words(session, search_words(narrowed.words), conditions)
    if ids is not None and len(ids) <= COUNTED:
        conditions = [Complaint.id.in_(ids)]
    if ids is None:
        some = select(Complaint.id).where(*conditions).limit(COUNTED + 1).subquery()
        found = session.scalar(select(func.count()).select_from(some)) or 0
    else:
        found = len(ids)
    more, found = found > COUNTED, min(found, COUNTED)
    page = page_within(page, found, per_page)
    orders: dict[Show, ColumnElement[Any]] = {
        Show.DEFERRED: Complaint.deferred_until.asc(),
        Show.REFUSED: Complaint.closed_at.desc(),
        Show.WEEK: Complaint.resolved_at.desc(),
        Show.DONE: Complaint.resolved_at.desc(),
    }
    order = orders.get(narrowed.show, Complaint.published_at.desc())
    query = select(Complaint).where(*conditions).options(*_LOADED_WITH).order_by(order, Complaint.id.desc())
    complaints = session.scalars(query.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(_as_items(session, complaints), found, page, per_page, more)


def _found_by_words(
    session: Session, words: Sequence[SearchWord], conditions: Sequence[ColumnElement[bool]]
) -> Sequence[int] | None:
    """Find ids by the index of words, one beyond COUNTED at most; None where it does not help.

    Where they are more, walking down the board soon comes by a page of them.
    """
    in_index = may_be_released(session, words) if words else None
    if in_index is None:
        return None
    query = each_with(session, ComplaintSearch, conditions).where(in_index)
    return session.scalars(query.limit(COUNTED + 1)).all()


_LOADED_WITH = (
    joinedload(Complaint.category, innerjoin=True),
    joinedload(Complaint.service_point).joinedload(ServicePoint.parent),
    joinedload(Complaint.team),
)


def item(session: Session, number: str) -> Item:
    """Give one complaint of the board by its number, released, refused or deferred.

    Raises:
        NotFound: there is none with this number, or the board does not show it.
    """
    query = select(Complaint).where(Complaint.number == number[:20]).options(*_LOADED_WITH)
    complaint = session.scalar(query)
    if complaint is not None and complaint.status is S.MERGED and complaint.merged_into is not None:
        complaint = complaint.merged_into if _was_shown(complaint) else None
    if complaint is None or not _is_shown(complaint):
        raise NotFound("公示栏里没有这件诉求，可能已经撤下。")
    return _as_items(session, [complaint])[0]


def _was_shown(merged: Complaint) -> bool:
    """Whether a complaint stood on the board before it was merged into another."""
    return merged.published_at is not None and not merged.held


def _is_shown(complaint: Complaint) -> bool:
    if complaint.status in (S.REJECTED, S.DEFERRED):
        return True
    return is_released(complaint)


def as_released(session: Session, complaint: Complaint) -> Item | None:
    """Give a complaint as everybody reads it; None where its words are not released."""
    return _as_items(session, [complaint])[0] if is_released(complaint) else None


def released_item(session: Session, number: str) -> Item:
    """Give one whose words can be read; see `item`."""
    found = item(session, number)
    if not found.released:
        raise NotFound("公示栏里没有这件诉求的内容。")
    return found


def public_photo(session: Session, photo_id: int) -> Attachment:
    """Give a photo that everybody may see now.

    Raises:
        NotFound: it was not released, was hidden, or its complaint was taken off the board.
    """
    query = (
        select(Attachment)
        .join(PublicPhoto, PublicPhoto.attachment_id == Attachment.id)
        .join(Complaint, Complaint.id == PublicPhoto.complaint_id)
        .where(Attachment.id == photo_id, released(), photo_released())
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("没有找到这张照片，它可能已经撤下。")
    return found


def week(session: Session, *, now: datetime) -> Week:
    """Count what was fixed since Monday."""
    fixed = and_(*_fixed_since(start_of_week(now)))
    readable = func.coalesce(func.sum(case((released(), 1), else_=0)), 0)
    row = session.execute(select(func.count(Complaint.id), readable).where(fixed)).one()
    return Week(row[0], int(row[1]))


def _fixed_since(start: datetime) -> list[ColumnElement[bool]]:
    return [_IS_DONE, Complaint.outcome == Outcome.SOLVED, Complaint.resolved_at >= start]


def _conditions(session: Session, narrowed: Narrowed, *, now: datetime) -> list[ColumnElement[bool]]:
    ways: dict[Show, list[ColumnElement[bool]]] = {
        Show.OPEN: [released(), Complaint.status.in_(ACTIVE_STATUSES)],
        Show.DEFERRED: [Complaint.status == S.DEFERRED],
        # None is done without having been resolved; the index holds those that are not at its beginning.
        Show.DONE: [released(), _IS_DONE, Complaint.resolved_at.is_not(None)],
        Show.WEEK: [released(), *_fixed_since(start_of_week(now))],
        Show.REFUSED: [
            Complaint.status == S.REJECTED,
            Complaint.closed_at > now - timedelta(days=REFUSED_DAYS),
        ],
    }
    conditions = ways.get(narrowed.show, [released()])
    at = Filters(
        service_point_id=narrowed.place_id,
        category_ids=[narrowed.category_id] if narrowed.category_id is not None else (),
    )
    conditions += conditions_of(session, at, now=now)
    if narrowed.place_id is not None:
        # Where it was tells more than what; so of what was not released nobody learns the place this way.
        conditions.append(released())
    for word in narrowed.words.split():
        columns = (Complaint.public_text, Complaint.public_answer)
        said = [column.icontains(word, autoescape=True) for column in columns]
        conditions.append(
            or_(and_(released(), or_(*said)), Complaint.number.startswith(word, autoescape=True))
        )
    return conditions


def _as_items(session: Session, complaints: Sequence[Complaint]) -> list[Item]:
    ids = [complaint.id for complaint in complaints]
    met = func.coalesce(func.sum(case((ComplaintFollower.met, 1), else_=0)), 0)
    followers = {
        row[0]: (int(row[1]), row[2] - int(row[1]))
        for row in session.execute(
            select(ComplaintFollower.complaint_id, met, func.count())
            .where(ComplaintFollower.complaint_id.in_(ids))
            .group_by(ComplaintFollower.complaint_id)
        )
    }
    photos: dict[int, list[int]] = {}
    for row in session.execute(_photos_of(ids)):
        photos.setdefault(row[0], []).append(row[1])
    listed = []
    for one in complaints:
        public = is_released(one)
        listed.append(
            Item(
                one,
                one.public_text if public else "",
                one.public_answer if public else "",
                *followers.get(one.id, (0, 0)),
                photo_ids=photos.get(one.id, ()) if public else (),
            )
        )
    return listed


def _photos_of(ids: Sequence[int]) -> Select[int, int]:
    return (
        select(PublicPhoto.complaint_id, PublicPhoto.attachment_id)
        .join(Attachment, Attachment.id == PublicPhoto.attachment_id)
        .where(PublicPhoto.complaint_id.in_(ids), photo_released())
        .order_by(PublicPhoto.attachment_id)
    )


def places(session: Session) -> list[ServicePoint]:
    """List the places that something on the board is about, and those above them, by name; no rooms."""
    # Looked up place by place in an index: much more is released than there are places.
    here = exists().where(Complaint.service_point_id == ServicePoint.id, released())
    up = select(ServicePoint.id, ServicePoint.parent_id).where(here)
    tree = up.cte("up", recursive=True)
    above = select(ServicePoint.id, ServicePoint.parent_id)
    tree = tree.union(above.join(tree, ServicePoint.id == tree.c.parent_id))
    query = select(ServicePoint).where(
        ServicePoint.id.in_(select(tree.c.id)), ServicePoint.kind != ServicePointKind.ROOM
    )
    return list(session.scalars(query.order_by(ServicePoint.full_name).limit(MOST_PLACES)))


def categories(session: Session) -> list[Category]:
    """List the categories that something on the board is about, and those above them."""
    here = exists().where(Complaint.category_id == Category.id, released())
    above = select(Category.parent_id).where(here, Category.parent_id.is_not(None))
    query = select(Category).where(or_(here, Category.id.in_(above)))
    return list(session.scalars(query.order_by(Category.position, Category.id)))


def rates(session: Session, *, now: datetime) -> tuple[Period, list[TeamRates], TeamRates]:
    """Give the rates of each team over the last half year, best known first, and those of all together.

    They are those of 「统计」: of what was filed in the period, by the team that has it now.
    """
    today = local_time(now).date()
    period = Period(today - timedelta(days=RATED_DAYS - 1), today)
    filters = Filters(filed_from=period.start, filed_to=period.end)
    counts = daily_figures.count_by(session, filters, By.TEAM, now=now)
    named = session.execute(select(Team.id, Team.name).where(Team.active).order_by(Team.name)).all()
    teams = [_rates_of(row[1], counts[row[0]]) for row in named if row[0] in counts]
    return period, teams, _rates_of("全部", total(list(counts.values())))


def _rates_of(name: str, counts: Counts) -> TeamRates:
    return TeamRates(
        name,
        *(rate_of(counts, pair) for pair in (RESPONSE, RESOLUTION, SATISFACTION, COVERAGE)),
    )
