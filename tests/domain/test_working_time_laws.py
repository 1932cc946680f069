"""Working time: laws that hold for any office, moment and amount."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.working_time import LOCAL, Span, WorkingTime

MINUTE = timedelta(minutes=1)
EDGES = [
    datetime(2026, month, day, hour, minute, tzinfo=LOCAL).astimezone(UTC)
    for month, day in ((9, 30), (10, 8), (12, 31))
    for hour, minute in ((8, 0), (12, 0), (17, 30))
]
lawful = settings(deadline=None, max_examples=200)
moments = st.one_of(
    st.sampled_from(EDGES),
    st.datetimes(datetime(2024, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
amounts = st.one_of(
    st.integers(0, 20 * 450).map(lambda minutes: minutes * MINUTE),
    st.timedeltas(timedelta(), timedelta(days=30)),
)
edits = st.dictionaries(st.dates(date(2025, 12, 1), date(2027, 2, 1)), st.booleans(), max_size=10)
marks = st.lists(st.integers(0, 96), min_size=2, max_size=8, unique=True).map(sorted)


@st.composite
def offices(draw: st.DrawFn) -> WorkingTime:
    """Any office with spans on the quarter hour, some reaching midnight, and some edited days."""
    quarters = draw(marks)
    clock = [time(quarter // 4 % 24, quarter % 4 * 15) for quarter in quarters]
    spans = [Span(start, end) for start, end in list(pairwise(clock))[::2]]
    return WorkingTime(spans, overrides=draw(edits))


@lawful
@given(offices(), moments, amounts)
def test_time_between_undoes_adding(hours: WorkingTime, start: datetime, amount: timedelta) -> None:
    assert hours.between(start, hours.add(start, amount)) == amount


@lawful
@given(offices(), moments, moments)
def test_adding_undoes_time_between(hours: WorkingTime, start: datetime, end: datetime) -> None:
    end = hours.next_working_moment(end)
    assume(hours.between(start, end) > timedelta())
    assert hours.next_working_moment(hours.add(start, hours.between(start, end))) == end


@lawful
@given(offices(), moments, amounts)
def test_added_time_ends_as_early_as_it_can(hours: WorkingTime, start: datetime, amount: timedelta) -> None:
    assume(amount > timedelta())
    assert hours.between(start, hours.add(start, amount) - timedelta.resolution) < amount


@lawful
@given(offices(), moments, moments, amounts)
def test_a_later_start_never_ends_earlier(
    hours: WorkingTime, start: datetime, other: datetime, amount: timedelta
) -> None:
    earlier, later = sorted([start, other])
    assert earlier <= hours.add(earlier, amount) <= hours.add(later, amount)


@lawful
@given(offices(), moments, amounts, amounts)
def test_more_time_never_ends_earlier(
    hours: WorkingTime, start: datetime, amount: timedelta, other: timedelta
) -> None:
    less, more = sorted([max(amount, MINUTE), max(other, MINUTE)])
    assert hours.add(start, less) <= hours.add(start, more)


@lawful
@given(offices(), moments, amounts, amounts)
def test_time_may_be_added_in_two_goes(
    hours: WorkingTime, start: datetime, first: timedelta, second: timedelta
) -> None:
    assume(second > timedelta())
    assert hours.add(hours.add(start, first), second) == hours.add(start, first + second)


@lawful
@given(offices(), st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_time_between_adds_up_over_a_split(hours: WorkingTime, points: list[datetime]) -> None:
    start, middle, end = points
    assert hours.between(start, end) == hours.between(start, middle) + hours.between(middle, end)


@lawful
@given(offices(), moments)
def test_next_working_moment_is_open_and_nothing_was_missed(hours: WorkingTime, moment: datetime) -> None:
    opening = hours.next_working_moment(moment)
    assert hours.is_working(opening)
    assert hours.between(moment, opening) == timedelta()
    assert (opening == moment) == hours.is_working(moment)
    assert opening == moment or not hours.is_working(opening - timedelta.resolution)


@settings(deadline=None, max_examples=30)
@given(offices(), moments, st.integers(0, 3 * 1440))
def test_time_between_agrees_with_asking_minute_by_minute(
    hours: WorkingTime, start: datetime, length: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    asked = [hours.is_working(start + count * MINUTE) for count in range(length)]
    assert hours.between(start, start + length * MINUTE) == sum(asked) * MINUTE
