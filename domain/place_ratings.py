"""Ratings of places (评价一下): one tap on the stars by whoever stands there, once a day.

They are about the place, not about a complaint, so they stand beside the three rates and are part of none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain.acts import cleaned
from domain.errors import Invalid
from domain.figure_rules import SMALLEST_GROUP
from domain.limits import check_not_blocked
from domain.paging import page_within
from domain.queries import Page
from domain.service_points import tree_ids
from domain.working_time import LOCAL
from models.person import Person
from models.place_rating import PlaceRating
from models.service_point import ServicePoint
from models.upsert import insert_into

COUNTED_FOR = timedelta(days=180)
MOST_WORDS = 300
STARS: Mapping[int, str] = {1: "很不满意", 2: "不满意", 3: "一般", 4: "满意", 5: "很满意"}
# What most people would write, to be tapped instead.
GOOD_TAGS = ("态度好", "干净整洁", "又快又好", "设施好用")
TAGS = (*GOOD_TAGS, "态度差", "不够干净", "等得太久", "设施坏了")


@dataclass(frozen=True)
class Standing:
    """What people think of a place: how many judged it, and the mean of their newest stars.

    Attributes:
        mean: 1.0 to 5.0; None where too few judged to say anything.
    """

    people: int
    mean: float | None

    @property
    def words(self) -> str:
        """The mean with one decimal; empty where there is none."""
        return "" if self.mean is None else f"{self.mean:.1f}"


def rate(
    session: Session,
    place: ServicePoint,
    *,
    person: Person,
    stars: int,
    tags: Sequence[str] = (),
    words: str = "",
    now: datetime,
) -> bool:
    """Judge a place.

    Returns:
        Whether it counts; False when this person has judged this place today already, which then holds.

    Raises:
        Invalid: the stars are not 1 to 5, or there are too many words.
    """
    if stars not in STARS:
        raise Invalid("请点一下星星，选 1 到 5 星。", "stars")
    words = cleaned(words)
    if len(words) > MOST_WORDS:
        raise Invalid(f"写了 {len(words)} 字，最多 {MOST_WORDS} 字。要说的多，请用「我要反映」。", "words")
    check_not_blocked(session, person, now=now)
    row = insert_into(session, PlaceRating).values(
        service_point_id=place.id,
        person_id=person.id,
        day=_day(now),
        stars=stars,
        tags=[tag for tag in TAGS if tag in tags],
        words=words,
        rated_at=now,
    )
    return session.scalar(row.on_conflict_do_nothing().returning(PlaceRating.id)) is not None


def of_today(session: Session, place: ServicePoint, *, person: Person, now: datetime) -> PlaceRating | None:
    """Give how this person judged the place today, if they did."""
    query = select(PlaceRating).where(
        PlaceRating.service_point_id == place.id,
        PlaceRating.person_id == person.id,
        PlaceRating.day == _day(now),
    )
    return session.scalar(query)


def standing_of(session: Session, place: ServicePoint, *, now: datetime) -> Standing:
    """Add up the last half year, for a place and all below it; of each person only the newest counts.

    So somebody who comes by every day to leave one star weighs no more than somebody who came once. Of whom
    nobody is left to tell, each counts as somebody.
    """
    whose = func.coalesce(PlaceRating.person_id, -PlaceRating.id)
    newest = func.row_number().over(
        partition_by=whose, order_by=(PlaceRating.rated_at.desc(), PlaceRating.id.desc())
    )
    recent = PlaceRating.rated_at > now - COUNTED_FOR
    ranked = select(PlaceRating.stars, newest.label("age")).where(_here(session, place), recent).subquery()
    query = select(func.count(), func.sum(ranked.c.stars)).where(ranked.c.age == 1)
    people, stars = session.execute(query).one()
    return Standing(people, int(stars) / people if people >= SMALLEST_GROUP else None)


def given_at(
    session: Session, place: ServicePoint, *, page: int, per_page: int
) -> Page[tuple[PlaceRating, str]]:
    """List the ratings of a place and all below it, the newest first, each with the place's full name.

    Who gave them is not for any page; show the stars, tags, words and the day.
    """
    here = _here(session, place)
    total = session.scalar(select(func.count(PlaceRating.id)).where(here)) or 0
    page = page_within(page, total, per_page)
    query = select(PlaceRating, ServicePoint.full_name).join(
        ServicePoint, ServicePoint.id == PlaceRating.service_point_id
    )
    query = query.where(here).order_by(PlaceRating.rated_at.desc(), PlaceRating.id.desc())
    rows = session.execute(query.limit(per_page).offset((page - 1) * per_page))
    return Page([(rating, name) for rating, name in rows], total, page, per_page)


def _here(session: Session, place: ServicePoint) -> ColumnElement[bool]:
    return PlaceRating.service_point_id.in_(tree_ids(session, place))


def _day(now: datetime) -> str:
    return now.astimezone(LOCAL).strftime("%Y-%m-%d")
