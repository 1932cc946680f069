"""Which days are worked: holidays, make-up days, years not yet published, and the office's own edits."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.working_days import WorkingDays, is_calendar_published

EVERY_DAY_FROM_2004_TO_2026 = [date(2004, 1, 1) + timedelta(days=count) for count in range(8401)]
UNPUBLISHED = 2090

days = st.dates(date(2023, 1, 1), date(2030, 12, 31))
overrides = st.dictionaries(days, st.booleans(), max_size=8)


def test_published_years_agree_with_the_public_calendar_on_every_day() -> None:
    office = WorkingDays()
    assert EVERY_DAY_FROM_2004_TO_2026[-1] == date(2026, 12, 31)
    assert [day for day in EVERY_DAY_FROM_2004_TO_2026 if day in office] == [
        day for day in EVERY_DAY_FROM_2004_TO_2026 if chinese_calendar.is_workday(day)
    ]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 20), True),  # a Sunday worked for National Day
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday worked for National Day
        (date(2026, 10, 11), False),
        (date(2026, 1, 1), False),
        (date(2026, 1, 4), True),  # a Sunday worked for New Year
        (date(2024, 2, 29), True),
        (date(2028, 2, 29), True),
    ],
)
def test_holidays_and_make_up_days_are_known(day: date, *, works: bool) -> None:
    assert (day in WorkingDays()) == works


def test_unpublished_year_works_from_monday_to_friday() -> None:
    office, first = WorkingDays(), date(UNPUBLISHED, 1, 1)
    year = [first + timedelta(days=count) for count in range(365)]
    assert [day in office for day in year] == [day.weekday() < 5 for day in year]


def test_calendar_is_published_for_known_years_only() -> None:
    assert [is_calendar_published(year) for year in (2003, 2004, 2026, UNPUBLISHED)] == [
        False,
        True,
        True,
        False,
    ]


def test_edited_days_win_over_holidays_weekends_and_working_days() -> None:
    holiday, saturday, monday = date(2026, 10, 1), date(2026, 11, 28), date(2026, 11, 23)
    office = WorkingDays({holiday: True, saturday: True, monday: False})
    assert [day in office for day in (holiday, saturday, monday)] == [True, True, False]
    assert date(2026, 11, 24) in office


def test_edited_days_win_in_an_unpublished_year() -> None:
    new_year = date(UNPUBLISHED, 1, 2)
    assert new_year in WorkingDays()
    assert new_year not in WorkingDays({new_year: False})


def test_year_in_which_every_day_was_taken_off_has_no_working_day() -> None:
    year = [date(2026, 1, 1) + timedelta(days=count) for count in range(365)]
    office = WorkingDays(dict.fromkeys(year, False))
    assert office.count(date(2026, 1, 1), date(2027, 1, 1)) == 0
    assert office.after(date(2026, 1, 1), 0).year == 2027


def test_edits_made_to_the_given_table_afterwards_change_nothing() -> None:
    table = {date(2026, 10, 1): True}
    office = WorkingDays(table)
    table[date(2026, 10, 2)] = True
    assert date(2026, 10, 2) not in office
    assert dict(office.overrides) == {date(2026, 10, 1): True}


def test_no_working_day_is_found_past_the_last_year() -> None:
    with pytest.raises(ValueError, match="10000"):
        WorkingDays().after(date(9999, 12, 31), 1)


@settings(deadline=None)
@given(days, st.integers(0, 900), overrides)
def test_count_agrees_with_asking_day_by_day(first: date, length: int, edits: dict[date, bool]) -> None:
    office = WorkingDays(edits)
    asked = [first + timedelta(days=count) for count in range(length)]
    assert office.count(first, first + timedelta(days=length)) == sum(day in office for day in asked)


@settings(deadline=None)
@given(days, st.integers(0, 700), overrides)
def test_day_after_a_count_has_exactly_that_many_before_it(
    first: date, count: int, edits: dict[date, bool]
) -> None:
    office = WorkingDays(edits)
    found = office.after(first, count)
    assert found in office
    assert office.count(first, found) == count
