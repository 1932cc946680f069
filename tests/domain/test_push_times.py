"""The times of pushes: ends of months, leap days, holidays, make-up days, whatever zone the server has."""

import itertools
import time as server_time
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.push_times import LAST_DAY, When, next_times, times_between
from domain.working_time import LOCAL, Span, WorkingTime
from models.push_words import DaysOff, WhenKind

W = WhenKind
NINE = time(9)
OFFICE = WorkingTime((Span(time(8), time(17, 30)),))


def at(day: str, clock: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=LOCAL)


def local(when: When, after: datetime, count: int) -> list[str]:
    return [f"{one.astimezone(LOCAL):%m-%d %a %H:%M}" for one in next_times(when, after, OFFICE, count=count)]


def test_times_are_said_as_people_say_them() -> None:
    said = [
        When(W.WEEKLY, NINE, (1,)),
        When(W.WEEKLY, time(16, 5), (1, 5), days_off=DaysOff.NEXT),
        When(W.WEEKLY, NINE, tuple(range(1, 8))),
        When(W.MONTHLY, NINE, (LAST_DAY, 15), days_off=DaysOff.SKIP),
        When(W.WORKING_DAYS, time(17)),
        When(W.ONCE, time(8, 30), day=date(2026, 12, 1)),
    ]

    assert [one.words for one in said] == [
        "每周一 9:00",
        "每周一、周五 16:05（遇休息日顺延）",
        "每天 9:00",
        "每月15 日、最后一天 9:00（休息日不发）",
        "每个工作日 17:00",
        "2026年12月1日 8:30",
    ]


@pytest.mark.parametrize(
    ("kind", "days", "field"),
    [(W.WEEKLY, (), "days"), (W.WEEKLY, (8,), "days"), (W.MONTHLY, (32,), "month_days"), (W.ONCE, (), "day")],
)
def test_times_that_make_no_sense_are_refused(kind: WhenKind, days: tuple[int, ...], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        When(kind, NINE, days)

    assert refusal.value.field == field


def test_a_time_itself_is_over_and_the_next_comes() -> None:
    monday = When(W.WEEKLY, NINE, (1,))

    assert local(monday, at("2026-11-23", "08:59"), 2) == ["11-23 Mon 09:00", "11-30 Mon 09:00"]
    assert local(monday, at("2026-11-23"), 1) == ["11-30 Mon 09:00"]


def test_a_month_without_the_day_is_served_on_its_last_once() -> None:
    """29 to 31 February are one day, and a leap year has a 29th."""
    late = When(W.MONTHLY, NINE, (29, 31, LAST_DAY))

    assert local(late, at("2027-01-30", "10:00"), 4) == [
        "01-31 Sun 09:00",
        "02-28 Sun 09:00",
        "03-29 Mon 09:00",
        "03-31 Wed 09:00",
    ]
    assert local(When(W.MONTHLY, NINE, (29,)), at("2028-02-01"), 2) == ["02-29 Tue 09:00", "03-29 Wed 09:00"]
    assert local(When(W.ONCE, NINE, day=date(2028, 2, 29)), at("2028-02-01"), 2) == ["02-29 Tue 09:00"]
    assert local(When(W.MONTHLY, NINE, (31,)), at("2026-12-01"), 2) == ["12-31 Thu 09:00", "01-31 Sun 09:00"]


def test_working_days_leave_out_holidays_and_take_make_up_days() -> None:
    """2026: 1–7 October is National Day; Sunday 20 September and Saturday 10 October are worked."""
    daily = When(W.WORKING_DAYS, time(17))

    assert local(daily, at("2026-09-19"), 2) == ["09-20 Sun 17:00", "09-21 Mon 17:00"]
    assert local(daily, at("2026-09-30", "18:00"), 4) == [
        "10-08 Thu 17:00",
        "10-09 Fri 17:00",
        "10-10 Sat 17:00",
        "10-12 Mon 17:00",
    ]


def test_a_time_on_a_day_off_is_kept_moved_or_left_out() -> None:
    def found(rule: DaysOff) -> list[str]:
        when = When(W.WEEKLY, NINE, (4, 5), days_off=rule)  # Thursday 1 and Friday 2 October are off
        return local(when, at("2026-09-30"), 3)

    assert found(DaysOff.KEEP) == ["10-01 Thu 09:00", "10-02 Fri 09:00", "10-08 Thu 09:00"]
    # Both fall on the first morning after, on which it is Thursday anyway: once.
    assert found(DaysOff.NEXT) == ["10-08 Thu 09:00", "10-09 Fri 09:00", "10-15 Thu 09:00"]
    assert found(DaysOff.SKIP) == ["10-08 Thu 09:00", "10-09 Fri 09:00", "10-15 Thu 09:00"]
    # What was moved before the moment one looks from still comes.
    monday = When(W.WEEKLY, NINE, (5,), days_off=DaysOff.NEXT)
    assert local(monday, at("2026-10-05"), 1) == ["10-08 Thu 09:00"]


def test_nothing_comes_after_the_only_time_or_later_than_a_year() -> None:
    once = When(W.ONCE, NINE, day=date(2026, 12, 1))

    assert next_times(once, at("2026-12-01"), OFFICE) == []
    assert next_times(once, at("2025-01-01"), OFFICE) == []


@pytest.fixture(params=["America/New_York", "Europe/London", "Asia/Shanghai", "UTC"])
def _server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    server_time.tzset()
    yield
    monkeypatch.undo()
    server_time.tzset()


@pytest.mark.usefixtures("_server_zone")
def test_a_server_that_changes_to_summer_time_changes_nothing() -> None:
    """New York's clocks go forward on 8 March and back on 1 November 2026, London's on other Sundays."""
    daily = When(W.WEEKLY, time(2, 30), tuple(range(1, 8)))
    for around in ("2026-03-07", "2026-03-28", "2026-10-24", "2026-10-31"):
        found = next_times(daily, at(around), OFFICE, count=4)

        assert [later - earlier for earlier, later in itertools.pairwise(found)] == [timedelta(days=1)] * 3
        assert {f"{one.astimezone(UTC):%H:%M}" for one in found} == {"18:30"}


_WHENS = st.one_of(
    st.builds(
        When,
        st.just(W.WEEKLY),
        st.times(),
        st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
        days_off=st.sampled_from(DaysOff),
    ),
    st.builds(
        When,
        st.just(W.MONTHLY),
        st.times(),
        st.sets(st.integers(0, 31), min_size=1).map(lambda days: tuple(sorted(days))),
        days_off=st.sampled_from(DaysOff),
    ),
    st.builds(When, st.just(W.WORKING_DAYS), st.times()),
)


@given(
    when=_WHENS,
    start=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    hours=st.integers(1, 60 * 24),
    cut=st.floats(0, 1),
)
def test_looking_twice_finds_what_looking_once_does(
    when: When, start: datetime, hours: int, cut: float
) -> None:
    """However the time is cut into looks, each time is found once, in order."""
    end = start + timedelta(hours=hours)
    middle = start + (end - start) * cut
    whole = times_between(when, start, end, OFFICE)

    assert whole == times_between(when, start, middle, OFFICE) + times_between(when, middle, end, OFFICE)
    assert whole == sorted(set(whole))
    assert all(start < one <= end for one in whole)


def test_a_time_that_comes_once_is_found_until_it_has_come() -> None:
    once = When(WhenKind.ONCE, time(9), day=date(2026, 11, 24))
    due = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert times_between(once, due - timedelta(days=1), due + timedelta(days=1), OFFICE) == [due]
    assert times_between(once, due, due + timedelta(days=1), OFFICE) == []
