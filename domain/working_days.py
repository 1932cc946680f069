"""Working days: which days an office works, by its own edits, China's public calendar, or the weekday.

Days are kept as sorted ordinals, a year at a time, so that spans of many years are counted without a walk.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import chinese_calendar


@dataclass(frozen=True)
class WorkingDays:
    """The working days of an office; ``overrides`` are those it edited itself (True: works, False: rests)."""

    overrides: Mapping[date, bool] = field(default_factory=dict, hash=False)
    _edited_years: Mapping[int, Sequence[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        overrides = dict(self.overrides)
        years = {day.year: _edited_year(day.year, overrides) for day in overrides}
        object.__setattr__(self, "overrides", MappingProxyType(overrides))
        object.__setattr__(self, "_edited_years", years)

    def __contains__(self, day: date) -> bool:
        days, ordinal = self._days_of(day.year), day.toordinal()
        index = bisect_left(days, ordinal)
        return index < len(days) and days[index] == ordinal

    def count(self, first: date, until: date) -> int:
        """How many working days there are in ``[first, until)``."""
        total = 0
        for year in range(first.year, until.year + 1):
            days = self._days_of(year)
            total += bisect_left(days, until.toordinal()) - bisect_left(days, first.toordinal())
        return total

    def after(self, first: date, count: int) -> date:
        """The working day before which ``count`` others have passed, ``first`` itself being the earliest.

        Raises ValueError if there is none before the year 10000.
        """
        year, days = first.year, self._days_of(first.year)
        index = bisect_left(days, first.toordinal()) + count
        while index >= len(days):
            index -= len(days)
            year += 1
            days = self._days_of(year)
        return date.fromordinal(days[index])

    def _days_of(self, year: int) -> Sequence[int]:
        edited = self._edited_years.get(year)
        return _public_year(year) if edited is None else edited


def is_calendar_published(year: int) -> bool:
    """Whether the State Council's holidays and make-up days (调休) of this year are known."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=128)
def _public_year(year: int) -> Sequence[int]:
    """The year's working days by the public calendar; Monday to Friday while it is not published."""
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    working = {ordinal for ordinal in range(first, last + 1) if date.fromordinal(ordinal).weekday() < 5}
    if is_calendar_published(year):
        # The package's tables, since asking it day by day takes 6 ms a year.
        working -= {day.toordinal() for day in chinese_calendar.holidays if day.year == year}
        working |= {day.toordinal() for day in chinese_calendar.workdays if day.year == year}
    return tuple(sorted(working))


def _edited_year(year: int, overrides: Mapping[date, bool]) -> Sequence[int]:
    edited = {day.toordinal(): works for day, works in overrides.items() if day.year == year}
    untouched = [ordinal for ordinal in _public_year(year) if ordinal not in edited]
    return tuple(sorted(untouched + [ordinal for ordinal, works in edited.items() if works]))
