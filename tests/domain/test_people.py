"""People, and how long they may be written to freely."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from domain.people import WindowKind, follow, open_window, person_by_openid, unfollow
from models.database import Database
from models.person import Person, ServiceWindow


def test_person_met_for_the_first_time_is_kept(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person = person_by_openid(session, "o1", now=now)
        assert (person.openid, person.following, person.created_at) == ("o1", True, now)
    with database.reading() as session:
        assert session.scalar(select(func.count(Person.id))) == 1


def test_person_met_again_is_the_same(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        first = person_by_openid(session, "o1", now=now)
        assert person_by_openid(session, "o1", now=now + timedelta(days=1)).id == first.id


def test_following_and_leaving_are_noted(now: datetime) -> None:
    person = Person(openid="o1", following=False)
    follow(person, now=now)
    assert (person.following, person.followed_at) == (True, now)
    unfollow(person, now=now + timedelta(days=1))
    assert (person.following, person.unfollowed_at) == (False, now + timedelta(days=1))


def test_windows_are_as_long_as_the_platform_says() -> None:
    assert [(kind.seconds, kind.messages) for kind in WindowKind] == [(172_800, 5), (60, 3)]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (None, (60, 3)),
        ((-1, 5), (60, 3)),
        ((0, 5), (60, 3)),
        ((3600, 0), (60, 3)),
        ((3600, 1), (3600, 1)),
        ((30, 3), (60, 3)),
        ((60, 1), (60, 3)),
    ],
)
def test_better_of_two_windows_stays(
    database: Database, now: datetime, before: tuple[int, int] | None, expected: tuple[int, int]
) -> None:
    with database.transaction() as session:
        person = person_by_openid(session, "o1", now=now)
        if before is not None:
            closes_at = now + timedelta(seconds=before[0])
            session.add(ServiceWindow(person_id=person.id, closes_at=closes_at, remaining=before[1]))
            session.flush()
        open_window(session, person, seconds=60, messages=3, now=now)
    with database.reading() as session:
        window = session.scalars(select(ServiceWindow)).one()
        assert ((window.closes_at - now).total_seconds(), window.remaining) == expected
