"""When people of the demo do things."""

from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest

from demo.hours import some_time_between, when_awake, working_time_before
from domain.working_time import LOCAL, Span, WorkingTime

OFFICE = WorkingTime([Span(time(8), time(12)), Span(time(14), time(17, 30))])


@pytest.mark.parametrize("minutes", [1, 90, 449, 451, 2300])
@pytest.mark.parametrize(
    "moment", ["2026-11-21T08:10", "2026-11-23T00:01", "2026-11-24T03:30", "2026-10-09T01:00"]
)
def test_working_time_before_is_as_long_ago_as_asked(minutes: int, moment: str) -> None:
    now = datetime.fromisoformat(moment + "+00:00")
    since = working_time_before(OFFICE, now, minutes)
    passed = OFFICE.between(since, now)
    assert timedelta(minutes=minutes) <= passed <= timedelta(minutes=minutes + 1)


def test_nobody_acts_at_night() -> None:
    chance = Random(3)
    start = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    for _ in range(200):
        moment = when_awake(chance, start, (0, 48))
        assert time(7, 40) <= moment.astimezone(LOCAL).time() <= time(22, 50)
        assert moment >= start


def test_people_write_after_meals_and_seldom_at_night() -> None:
    chance = Random(3)
    first, last = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    hours = [some_time_between(chance, first, last).astimezone(LOCAL).hour for _ in range(600)]
    assert hours.count(12) > hours.count(10) > hours.count(1)


def test_a_span_of_minutes_is_kept_to() -> None:
    chance = Random(3)
    first = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
    last = first + timedelta(minutes=5)
    assert all(first <= some_time_between(chance, first, last) <= last for _ in range(50))
