"""Pausable clocks: laws that hold for any limit and any pauses."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.clocks import Deadline, Pause, elapsed_deadline, working_deadline
from domain.working_time import LOCAL, Span, WorkingTime

MINUTE = timedelta(minutes=1)

lawful = settings(deadline=None, max_examples=200)
FIRST = datetime(2026, 9, 14, tzinfo=LOCAL)  # National Day and its worked weekends lie ahead
NOW = datetime(2026, 11, 30, 12, tzinfo=LOCAL)
OFFICE = WorkingTime([Span(time(8), time(12)), Span(time(14), time(17, 30))])
EVERY_DAY = [FIRST.date() + timedelta(days=count) for count in range(200)]
NEVER_CLOSED = WorkingTime([Span(time(0), time(0))], overrides=dict.fromkeys(EVERY_DAY, True))

moments = st.integers(0, 60 * 1440).map(lambda minutes: FIRST + minutes * MINUTE)
limits = st.integers(1, 15 * 450)


def times(deadline: Deadline) -> tuple[datetime, datetime, datetime]:
    """When the reminder, the due time and the escalation come."""
    return deadline.near_at, deadline.due_at, deadline.escalate_at


@st.composite
def some_pauses(draw: st.DrawFn) -> list[Pause]:
    """Up to five pauses in any order, overlapping or not, perhaps one still open."""
    pauses = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(moments)
        end = draw(st.one_of(st.none(), st.integers(0, 6000).map(lambda minutes: minutes * MINUTE)))
        pauses.append(Pause(start, None if end is None else start + end, draw(st.sampled_from("甲乙"))))
    return pauses


def deadline_of(start: datetime, minutes: int, pauses: Sequence[Pause], *, now: datetime = NOW) -> Deadline:
    """A deadline at the office."""
    return working_deadline(OFFICE, start=start, minutes=minutes, pauses=pauses, now=now, limit_text="")


def running_time(start: datetime, end: datetime, pauses: Sequence[Pause]) -> timedelta:
    """The working time in [start, end) outside every pause, found by asking minute by minute."""
    closed = [(pause.start, pause.end or NOW) for pause in pauses]
    count = 0
    for offset in range((end - start) // MINUTE):
        moment = start + offset * MINUTE
        paused = any(first <= moment < last for first, last in closed)
        count += not paused and OFFICE.is_working(moment)
    return count * MINUTE


@settings(deadline=None, max_examples=20)
@given(moments, st.integers(1, 450), some_pauses())
def test_exactly_the_limit_runs_before_the_due_time(
    start: datetime, minutes: int, pauses: list[Pause]
) -> None:
    due_at = deadline_of(start, minutes, pauses).due_at
    assert running_time(start, due_at, pauses) == minutes * MINUTE
    assert running_time(start, due_at - MINUTE, pauses) == (minutes - 1) * MINUTE


@lawful
@given(moments, st.integers(0, 15 * 450), some_pauses())
def test_reminder_comes_before_due_time_and_due_time_before_escalation(
    start: datetime, minutes: int, pauses: list[Pause]
) -> None:
    deadline = deadline_of(start, minutes, pauses)
    assert start <= deadline.near_at <= deadline.due_at < deadline.escalate_at
    assert OFFICE.between(deadline.due_at, deadline.escalate_at) == 450 * MINUTE


@lawful
@given(moments, moments, limits, limits, some_pauses())
def test_later_filing_or_longer_limit_is_never_due_earlier(
    start: datetime, other_start: datetime, minutes: int, other_minutes: int, pauses: list[Pause]
) -> None:
    earlier, later = sorted([start, other_start])
    less, more = sorted([minutes, other_minutes])
    assert deadline_of(earlier, less, pauses).due_at <= deadline_of(later, less, pauses).due_at
    assert deadline_of(earlier, less, pauses).due_at <= deadline_of(earlier, more, pauses).due_at


@lawful
@given(moments, limits, some_pauses(), some_pauses())
def test_another_pause_never_makes_it_due_earlier(
    start: datetime, minutes: int, pauses: list[Pause], more: list[Pause]
) -> None:
    assert deadline_of(start, minutes, pauses).due_at <= deadline_of(start, minutes, pauses + more).due_at


@lawful
@given(moments, limits, st.floats(0, 1, exclude_max=True), st.integers(0, 6000))
def test_pause_moves_the_due_time_by_exactly_its_working_minutes(
    start: datetime, minutes: int, share: float, length: int
) -> None:
    plain = deadline_of(start, minutes, []).due_at
    paused = start + (plain - start) // MINUTE * share // 1 * MINUTE
    resumed = paused + length * MINUTE
    moved = deadline_of(start, minutes, [Pause(paused, resumed, "等待补充")]).due_at
    assert OFFICE.between(plain, moved) == OFFICE.between(paused, resumed)


@lawful
@given(moments, limits, some_pauses(), st.integers(0, 40), st.sampled_from([(12, 14), (0, 8), (18, 23)]))
def test_pause_outside_working_time_changes_nothing(
    start: datetime, minutes: int, pauses: list[Pause], day: int, hours: tuple[int, int]
) -> None:
    midnight = FIRST + timedelta(days=day)
    idle = Pause(midnight + timedelta(hours=hours[0]), midnight + timedelta(hours=hours[1]), "等待补充")
    assert times(deadline_of(start, minutes, [*pauses, idle])) == times(deadline_of(start, minutes, pauses))


@lawful
@given(moments, limits, some_pauses(), moments, st.integers(0, 6000), st.integers(0, 6000))
def test_pause_split_in_two_adjacent_ones_changes_nothing(
    start: datetime, minutes: int, pauses: list[Pause], first: datetime, length: int, rest: int
) -> None:
    middle, last = first + length * MINUTE, first + (length + rest) * MINUTE
    whole = deadline_of(start, minutes, [*pauses, Pause(first, last, "甲")])
    halves = deadline_of(start, minutes, [*pauses, Pause(middle, last, "甲"), Pause(first, middle, "甲")])
    assert halves == whole


@lawful
@given(moments, limits, some_pauses(), st.randoms(use_true_random=False))
def test_order_of_the_pauses_does_not_matter(
    start: datetime, minutes: int, pauses: list[Pause], random: Random
) -> None:
    shuffled = list(pauses)
    random.shuffle(shuffled)
    assert deadline_of(start, minutes, shuffled) == deadline_of(start, minutes, pauses)


@lawful
@given(moments, limits, moments, moments, moments)
def test_open_pause_counts_like_one_that_ends_now(
    start: datetime, minutes: int, paused: datetime, now: datetime, later: datetime
) -> None:
    assume(paused <= now <= later)
    as_open = deadline_of(start, minutes, [Pause(paused, None, "等待补充")], now=now)
    as_ended = deadline_of(start, minutes, [Pause(paused, now, "等待补充")], now=now)
    assert times(as_open) == times(as_ended)
    assert as_open.due_at <= deadline_of(start, minutes, [Pause(paused, None, "等待补充")], now=later).due_at


@lawful
@given(moments, st.integers(0, 3000), some_pauses())
def test_urgent_clock_agrees_with_an_office_that_never_closes(
    start: datetime, minutes: int, pauses: list[Pause]
) -> None:
    urgent_one = elapsed_deadline(
        start=start, duration=minutes * MINUTE, pauses=pauses, now=NOW, limit_text=""
    )
    at_office = working_deadline(
        NEVER_CLOSED, start=start, minutes=minutes, pauses=pauses, now=NOW, limit_text=""
    )
    assert (urgent_one.near_at, urgent_one.due_at) == (at_office.near_at, at_office.due_at)
    assert urgent_one.steps == at_office.steps
    assert urgent_one.escalate_at == urgent_one.due_at + timedelta(hours=1)
