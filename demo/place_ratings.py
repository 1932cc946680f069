"""What people of the invented university thought of its places, by their stars; most of them content."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.hours import some_time_between
from domain import place_ratings
from models.enums import ServicePointKind
from models.person import Person
from models.service_point import ServicePoint

_PEOPLE = "oDmo"  # those of the university who are nobody's phone in the demo
_DAYS = 75
# How many people judged a place of a kind, at least and at most; rooms are judged by nobody.
_CROWD = {
    ServicePointKind.WINDOW: (6, 24),
    ServicePointKind.TABLE: (4, 12),
    ServicePointKind.FACILITY: (4, 16),
    ServicePointKind.BUILDING: (2, 8),
    ServicePointKind.CANTEEN: (3, 9),
}
_WORDS = {
    5: ("阿姨每次都给得足", "比去年好多了", "一直很干净", ""),
    4: ("总体不错", "人多的时候要等一会儿", "", ""),
    3: ("中午排队有点久", "一般般", ""),
    2: ("地面有点油，差点滑倒", "等了二十多分钟", ""),
    1: ("来了三次都没人", ""),
}
_GOOD, _BAD = place_ratings.GOOD_TAGS, place_ratings.TAGS[len(place_ratings.GOOD_TAGS) :]


def seed_place_ratings(session: Session, *, now: datetime, seed: int = 1) -> None:
    """Let people scan and judge, over the last weeks.

    Args:
        session: of the university that `seed_demo` filled.
    """
    chance = Random(seed)  # noqa: S311 (nothing secret)
    people = session.scalars(
        select(Person).where(Person.openid.startswith(_PEOPLE)).order_by(Person.id)
    ).all()
    kinds = select(ServicePoint).where(ServicePoint.kind.in_(_CROWD), ServicePoint.active)
    for place in session.scalars(kinds.order_by(ServicePoint.id)).all():
        liked = chance.gauss(4.2, 0.35)
        for person in chance.sample(people, chance.randint(*_CROWD[place.kind])):
            _judge(session, place, person, liked, chance, now=now)


def _judge(
    session: Session, place: ServicePoint, person: Person, liked: float, chance: Random, *, now: datetime
) -> None:
    stars = min(5, max(1, round(chance.gauss(liked, 0.8))))
    tags = [tag for tag in (_GOOD if stars > 3 else _BAD) if chance.random() < 0.3]
    place_ratings.rate(
        session,
        place,
        person=person,
        stars=stars,
        tags=tags,
        words=chance.choice(_WORDS[stars]) if chance.random() < 0.3 else "",
        now=some_time_between(chance, now - timedelta(days=_DAYS), now),
    )
