"""Working time: examples for every special point of the calendar and the day."""

import time as process_time
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, time, timedelta
from time import thread_time
from zoneinfo import ZoneInfo

import pytest

from domain import working_days
from domain.working_time import LOCAL, Span, WorkingTime, describe_moment

OFFICE = WorkingTime([Span(time(8), time(12)), Span(time(14), time(17, 30))])
CLINIC = WorkingTime([Span(time(0), time(0))])  # open all day and night, on working days
CANTEEN = WorkingTime([Span(time(0), time(1)), Span(time(6), time(20)), Span(time(22), time(0))])

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """A local moment written as 2026-11-23 10:00."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def shown(moment: datetime) -> str:
    """The other way round; the result must be in UTC."""
    assert moment.tzinfo is UTC
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


# What an office is


def test_working_day_is_as_long_as_its_spans() -> None:
    assert [hours.minutes_per_day for hours in (OFFICE, CLINIC, CANTEEN)] == [450, 1440, 1020]


def test_spans_are_kept_in_order_and_may_touch() -> None:
    morning, afternoon = Span(time(8), time(12)), Span(time(12), time(16))
    hours = WorkingTime([afternoon, morning])
    assert hours.spans == (morning, afternoon)
    assert hours == WorkingTime((morning, afternoon))
    assert shown(hours.add(at("2026-11-23 11:30"), 60)) == "2026-11-23 12:30"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (time(12), time(8)),
        (time(8), time(8)),
        (time(8, 0, 1), time(12)),
        (time(8), time(12, 0, 0, 1)),
        (time(8, tzinfo=UTC), time(12)),
    ],
)
def test_span_refuses_times_that_make_no_opening(start: time, end: time) -> None:
    with pytest.raises(ValueError, match="工作时段"):
        Span(start, end)


def test_overlapping_spans_are_refused() -> None:
    with pytest.raises(ValueError, match="工作时段重叠：12:00 与 11:00"):
        WorkingTime([Span(time(11), time(14)), Span(time(8), time(12))])


def test_office_without_any_span_is_refused() -> None:
    with pytest.raises(ValueError, match="至少要有一个时段"):
        WorkingTime([])


def test_working_time_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        OFFICE.spans = ()  # type: ignore[misc]
    assert hash(OFFICE) == hash(WorkingTime(OFFICE.spans))


# Open or not


@pytest.mark.parametrize(
    ("moment", "works"),
    [
        ("2026-11-23 07:59", False),
        ("2026-11-23 08:00", True),
        ("2026-11-23 11:59", True),
        ("2026-11-23 12:00", False),
        ("2026-11-23 14:00", True),
        ("2026-11-23 17:30", False),
        ("2026-11-22 10:00", False),  # Sunday
        ("2026-10-01 10:00", False),  # National Day
        ("2026-10-10 10:00", True),  # a Saturday worked instead
    ],
)
def test_office_is_open_in_half_open_spans_of_working_days(moment: str, *, works: bool) -> None:
    assert OFFICE.is_working(at(moment)) == works


def test_moment_of_any_zone_is_read_on_the_local_clock() -> None:
    assert OFFICE.is_working(datetime(2026, 11, 23, 0, 0, tzinfo=UTC))  # 08:00 on Monday in Shanghai
    assert not OFFICE.is_working(datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London")))  # 18:00


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23 10:17", "2026-11-23 10:17"),
        ("2026-11-23 06:00", "2026-11-23 08:00"),
        ("2026-11-23 12:00", "2026-11-23 14:00"),
        ("2026-11-23 17:30", "2026-11-24 08:00"),
        ("2026-11-27 20:00", "2026-11-30 08:00"),
        ("2026-09-30 18:00", "2026-10-08 08:00"),
        ("2026-10-03 10:00", "2026-10-08 08:00"),
        ("2026-10-09 18:00", "2026-10-10 08:00"),
    ],
)
def test_next_working_moment_is_itself_or_the_next_opening(moment: str, opening: str) -> None:
    assert shown(OFFICE.next_working_moment(at(moment))) == opening


def test_office_tells_whether_a_year_is_published() -> None:
    assert [OFFICE.is_calendar_published(year) for year in (2026, 2090)] == [True, False]


def test_days_off_names_the_rest_days_of_a_period() -> None:
    assert OFFICE.days_off(date(2026, 10, 6), date(2026, 10, 11)) == [
        date(2026, 10, 6),
        date(2026, 10, 7),
        date(2026, 10, 11),
    ]
    assert OFFICE.days_off(date(2026, 10, 2), date(2026, 10, 1)) == []


# Adding


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-23 10:00", 30, "2026-11-23 10:30"),
        ("2026-11-23 11:30", 30, "2026-11-23 12:00"),  # up to lunch, not past it
        ("2026-11-23 11:30", 31, "2026-11-23 14:01"),
        ("2026-11-23 12:30", 10, "2026-11-23 14:10"),
        ("2026-11-23 17:00", 30, "2026-11-23 17:30"),  # the evening, not the next morning
        ("2026-11-23 17:30", 1, "2026-11-24 08:01"),
        ("2026-11-23 22:00", 30, "2026-11-24 08:30"),
        ("2026-11-23 05:00", 450, "2026-11-23 17:30"),
        ("2026-11-23 10:00", 450, "2026-11-24 10:00"),
        ("2026-11-23 10:00", 3 * 450, "2026-11-26 10:00"),
        ("2026-11-27 17:00", 60, "2026-11-30 08:30"),  # over a weekend
        ("2026-11-28 10:00", 450, "2026-11-30 17:30"),
        ("2026-09-30 17:00", 60, "2026-10-08 08:30"),  # over National Day
        ("2026-10-09 17:00", 60, "2026-10-10 08:30"),  # onto a worked Saturday
        ("2026-09-18 17:00", 60, "2026-09-20 08:30"),  # onto a worked Sunday
        ("2025-12-31 17:00", 60, "2026-01-04 08:30"),  # over New Year, onto a worked Sunday
        ("2024-02-28 09:00", 450, "2024-02-29 09:00"),
        ("2028-02-29 09:00", 450, "2028-03-01 09:00"),
        ("2090-12-29 17:00", 60, "2091-01-01 08:30"),  # years whose holidays nobody knows yet
    ],
)
def test_added_time_runs_only_while_the_office_is_open(start: str, minutes: int, end: str) -> None:
    assert shown(OFFICE.add(at(start), minutes)) == end
    assert shown(OFFICE.add(at(start), timedelta(minutes=minutes))) == end


@pytest.mark.parametrize(
    ("start", "opening"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("2026-11-23 12:00", "2026-11-23 14:00"),
        ("2026-11-23 17:30", "2026-11-24 08:00"),
    ],
)
def test_adding_nothing_gives_the_start_or_the_next_opening(start: str, opening: str) -> None:
    assert shown(OFFICE.add(at(start), 0)) == opening


def test_edited_days_win_over_holidays() -> None:
    hours = WorkingTime(OFFICE.spans, overrides={date(2026, 10, 1): True, date(2026, 10, 8): False})
    assert shown(hours.add(at("2026-09-30 17:00"), 60)) == "2026-10-01 08:30"
    assert shown(hours.add(at("2026-10-01 17:00"), 60)) == "2026-10-09 08:30"
    assert [hours.is_working_day(date(2026, 10, day)) for day in (1, 2, 8, 9)] == [True, False, False, True]
    assert hours.overrides == {date(2026, 10, 1): True, date(2026, 10, 8): False}


def test_seconds_are_kept() -> None:
    start = at("2026-11-23 11:59:30.000001")
    assert OFFICE.add(start, 1) == at("2026-11-23 14:00:30.000001")
    assert OFFICE.between(start, at("2026-11-23 15:00")) == timedelta(
        hours=1, seconds=29, microseconds=999_999
    )


@pytest.mark.parametrize(
    ("days", "end"),
    [
        (1, "2026-11-24 10:00"),
        (0.5, "2026-11-23 15:45"),
        (15, "2026-12-14 10:00"),
        (0, "2026-11-23 10:00"),
    ],
)
def test_days_are_added_as_working_time(days: float, end: str) -> None:
    assert shown(OFFICE.add_days(at("2026-11-23 10:00"), days)) == end


def test_less_than_nothing_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="工作时间不能为负"):
        OFFICE.add(at("2026-11-23 10:00"), -1)
    with pytest.raises(ValueError, match="工作时间不能为负"):
        OFFICE.add_days(at("2026-11-23 10:00"), -0.5)


# Spans that touch midnight


@pytest.mark.parametrize(
    ("hours", "start", "minutes", "end"),
    [
        (CLINIC, "2026-11-23 00:00", 1440, "2026-11-24 00:00"),  # no minute is lost at night
        (CLINIC, "2026-11-23 23:30", 60, "2026-11-24 00:30"),
        (CLINIC, "2026-11-27 23:30", 30, "2026-11-28 00:00"),
        (CLINIC, "2026-11-27 23:30", 31, "2026-11-30 00:01"),
        (CANTEEN, "2026-11-23 23:30", 30, "2026-11-24 00:00"),
        (CANTEEN, "2026-11-23 23:30", 91, "2026-11-24 06:01"),
        (CANTEEN, "2026-11-24 00:30", 1020, "2026-11-25 00:30"),
    ],
)
def test_spans_touching_midnight_lose_no_time(hours: WorkingTime, start: str, minutes: int, end: str) -> None:
    assert shown(hours.add(at(start), minutes)) == end
    assert hours.between(at(start), at(end)) == minutes * MINUTE


# Between, and the end of a day


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-23 10:00", "2026-11-23 15:00", 180),
        ("2026-11-23 12:00", "2026-11-23 14:00", 0),
        ("2026-11-23 17:30", "2026-11-24 08:00", 0),
        ("2026-11-28 00:00", "2026-11-30 00:00", 0),
        ("2026-11-23 00:00", "2026-11-30 00:00", 5 * 450),
        ("2026-10-01 00:00", "2026-10-12 00:00", 3 * 450),
        ("2025-12-31 17:00", "2026-01-04 09:00", 90),
        ("2026-11-23 15:00", "2026-11-23 10:00", 0),
        ("2026-11-23 10:00", "2026-11-23 10:00", 0),
    ],
)
def test_time_between_counts_only_while_the_office_is_open(start: str, end: str, minutes: int) -> None:
    assert OFFICE.between(at(start), at(end)) == minutes * MINUTE


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 11, 23), "2026-11-23 17:30"),
        (date(2026, 11, 28), "2026-11-30 17:30"),
        (date(2026, 10, 1), "2026-10-08 17:30"),
        (date(2026, 10, 10), "2026-10-10 17:30"),
    ],
)
def test_day_ends_at_its_last_closing_or_that_of_the_next_working_day(day: date, end: str) -> None:
    assert shown(OFFICE.end_of_day(day)) == end


def test_day_open_until_midnight_ends_then() -> None:
    assert shown(CLINIC.end_of_day(date(2026, 11, 23))) == "2026-11-24 00:00"


def test_ten_years_are_counted_in_five_milliseconds_even_at_first_use() -> None:
    seconds = []
    for _ in range(20):
        working_days._public_year.cache_clear()
        began = thread_time()
        OFFICE.between(at("2016-01-01 00:00"), at("2026-01-01 00:00"))
        seconds.append(thread_time() - began)
    assert min(seconds) < 0.005


# Words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-26 17:30", "今天 17:30"),
        ("2026-11-27 10:00", "明天 10:00"),
        ("2026-11-25 09:05", "昨天 09:05"),
        ("2026-11-23 10:00", "周一 10:00"),
        ("2026-11-29 23:59", "周日 23:59"),
        ("2026-11-30 10:00", "下周一 10:00"),
        ("2026-12-02 00:00", "下周三 00:00"),
        ("2026-12-03 10:00", "12月3日 10:00"),
        ("2026-11-22 10:00", "11月22日 10:00"),
        ("2027-01-04 10:00", "2027年1月4日 10:00"),
        ("2025-12-31 10:00", "2025年12月31日 10:00"),
    ],
)
def test_moment_is_described_as_people_say_it(moment: str, words: str) -> None:
    thursday = at("2026-11-26 09:00")
    assert OFFICE.describe(at(moment), now=thursday) == words
    assert describe_moment(at(moment).astimezone(UTC), now=thursday.astimezone(UTC)) == words


def test_near_days_of_another_year_need_no_year() -> None:
    new_years_eve = at("2026-12-31 22:00")
    assert describe_moment(at("2027-01-01 08:00"), now=new_years_eve) == "明天 08:00"
    assert describe_moment(at("2027-01-03 08:00"), now=new_years_eve) == "周日 08:00"


def test_today_begins_at_local_midnight() -> None:
    late_in_utc = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)  # 00:30 on the 26th in Shanghai
    assert describe_moment(at("2026-11-26 08:00"), now=late_in_utc) == "今天 08:00"


# Zones


NAIVE = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001
AWARE = at("2026-11-23 10:00")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: OFFICE.is_working(NAIVE),
        lambda: OFFICE.next_working_moment(NAIVE),
        lambda: OFFICE.add(NAIVE, 0),
        lambda: OFFICE.add(NAIVE, 10),
        lambda: OFFICE.add_days(NAIVE, 1),
        lambda: OFFICE.between(NAIVE, AWARE),
        lambda: OFFICE.between(AWARE, NAIVE),
        lambda: OFFICE.describe(NAIVE, now=AWARE),
        lambda: OFFICE.describe(AWARE, now=NAIVE),
    ],
)
def test_time_without_a_zone_is_refused(ask: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="时间缺少时区"):
        ask()


@pytest.fixture(params=["America/New_York", "Europe/London", "Asia/Shanghai", "Pacific/Apia"])
def server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server's own zone, as the TZ environment variable sets it."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        process_time.tzset()
        yield request.param
    process_time.tzset()


@pytest.mark.usefixtures("server_zone")
def test_results_do_not_depend_on_the_zone_of_the_server() -> None:
    spring, autumn = (
        at("2026-03-06 17:00"),
        at("2026-10-30 17:00"),
    )  # New York changes its clocks that weekend
    assert OFFICE.add(spring, 60) == datetime(2026, 3, 9, 0, 30, tzinfo=UTC)
    assert OFFICE.add(autumn, 60) == datetime(2026, 11, 2, 0, 30, tzinfo=UTC)
    assert OFFICE.between(spring, at("2026-03-10 00:00")) == 480 * MINUTE
    assert OFFICE.describe(autumn, now=autumn) == "今天 17:00"


def test_moments_given_in_a_zone_with_daylight_saving_count_alike() -> None:
    new_york = ZoneInfo("America/New_York")
    start, end = datetime(2026, 10, 31, 23, 0, tzinfo=new_york), datetime(2026, 11, 1, 22, 0, tzinfo=new_york)
    assert OFFICE.between(start, end) == OFFICE.between(start.astimezone(UTC), end.astimezone(UTC))
    assert OFFICE.add(start, 30) == OFFICE.add(start.astimezone(UTC), 30)
