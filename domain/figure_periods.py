"""Periods that figures are given for, and those they are compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.working_time import LOCAL
from models.enums import Word

_DAY = timedelta(days=1)
# Beyond so many days a chart by day says less than one by week, and then by month.
_MOST_DAYS, _MOST_WEEKS_IN_DAYS = 45, 250
LONGEST = timedelta(days=5 * 366)
FIRST_YEAR = 2000


class Span(Word):
    """The periods on offer."""

    WEEK = "week", "本周"
    MONTH = "month", "本月"
    TERM = "term", "本学期"
    YEAR = "year", "本年"
    LAST_30 = "last30", "近30天"
    CUSTOM = "custom", "自选"


class Step(Word):
    """What a trend is cut into."""

    DAY = "day", "按日"
    WEEK = "week", "按周"
    MONTH = "month", "按月"


@dataclass(frozen=True)
class Period:
    """Some days, the last one with them."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first moment."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + _DAY)

    @property
    def words(self) -> str:
        """The days as people write them: 2026年11月1日至11月21日."""
        begin = _day(self.first)
        if self.first == self.last:
            return begin
        same = self.first.year == self.last.year
        return f"{begin}至{_day(self.last, year=not same)}"

    @property
    def usual_step(self) -> Step:
        """What to cut its trend into, so that there is neither one point nor a thousand."""
        if self.days <= _MOST_DAYS:
            return Step.DAY
        return Step.WEEK if self.days <= _MOST_WEEKS_IN_DAYS else Step.MONTH

    def before(self) -> "Period":
        """The period of equal length that ends the day before (上期); whole months stay whole months."""
        if self.first.day == 1 and (self.last + _DAY).day == 1:
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
            index = self.first.year * 12 + self.first.month - 1 - months
            return Period(date(index // 12, index % 12 + 1, 1), self.first - _DAY)
        return Period(self.first - timedelta(days=self.days), self.first - _DAY)

    def last_year(self) -> "Period":
        """The same days a year ago (去年同期); the 29th of February becomes the 28th."""
        return Period(_year_before(self.first), _year_before(self.last))

    def steps(self, step: Step) -> Iterator["Period"]:
        """Cut it into days, weeks from Monday, or months; the first and the last may be short."""
        start = self.first
        while start <= self.last:
            end = min(_last_of(start, step), self.last)
            yield Period(start, end)
            start = end + _DAY


def period_of(span: Span, *, today: date) -> Period:
    """Give one of the periods on offer, up to and with today; a custom one begins as the month."""
    starts = {
        Span.WEEK: today - timedelta(days=today.weekday()),
        Span.TERM: _start_of_term(today),
        Span.YEAR: today.replace(month=1, day=1),
        Span.LAST_30: today - timedelta(days=29),
    }
    return Period(starts.get(span, today.replace(day=1)), today)


def _start_of_term(today: date) -> date:
    """Terms begin on the 1st of February and of August, so that no day lies outside of one."""
    if today.month == 1:
        return date(today.year - 1, 8, 1)
    return date(today.year, 8 if today.month >= 8 else 2, 1)


def _last_of(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day + timedelta(days=6 - day.weekday())
    if step is Step.MONTH:
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - _DAY
    return day


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL)


def _day(day: date, *, year: bool = True) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"
