"""Working time: the hours in which an office is open, counted across lunch breaks, weekends and holidays.

Everything here is arithmetic on aware datetimes: no clock of its own, no database, and no dependence on the
server's time zone. Moments come in with any time zone and go out in UTC; days and spans are local time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.working_days import WorkingDays, is_calendar_published

LOCAL = ZoneInfo("Asia/Shanghai")
MIDNIGHT = time(0)
WHOLE_DAY = timedelta(days=1)
WEEKDAYS = "一二三四五六日"
NEIGHBOURING_DAYS = {-1: "昨天", 0: "今天", 1: "明天"}


@dataclass(frozen=True)
class Span:
    """One opening of a working day, half-open ``[start, end)``, in local wall time to the minute.

    An ``end`` of 00:00 is the midnight that ends the day, so a whole day is ``Span(time(0), time(0))``.
    Raises ValueError if a time has a zone or seconds, or if the end is not after the start.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment.tzinfo is not None or moment.second or moment.microsecond:
                raise ValueError(f"工作时段须是本地时间，精确到分钟：{moment}")
        if self.opening >= self.closing:
            raise ValueError(f"工作时段的结束须晚于开始：{self.start:%H:%M}–{self.end:%H:%M}")

    @property
    def opening(self) -> timedelta:
        """The start, counted from the day's first midnight."""
        return _time_of_day(self.start)

    @property
    def closing(self) -> timedelta:
        """The end, counted from the day's first midnight; 24 hours for an end of 00:00."""
        return WHOLE_DAY if self.end == MIDNIGHT else _time_of_day(self.end)


@dataclass(frozen=True)
class WorkingTime:
    """The working hours of an office: the same spans on every working day.

    ``spans`` may come in any order and are kept sorted; they may touch but not overlap.
    ``overrides`` are the days the office edited itself (True: works, False: rests); they win over everything.
    ``minutes_per_day`` is the length of one working day: 450 with 08:00–12:00 and 14:00–17:30.
    Raises ValueError if there is no span or two overlap.
    """

    spans: Sequence[Span]
    overrides: Mapping[date, bool] = field(default_factory=dict, kw_only=True, hash=False)
    minutes_per_day: int = field(init=False, compare=False)
    _days: WorkingDays = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spans = tuple(sorted(self.spans, key=lambda span: span.start))
        if not spans:
            raise ValueError("工作时间至少要有一个时段")
        for earlier, later in pairwise(spans):
            if earlier.closing > later.opening:
                raise ValueError(f"工作时段重叠：{earlier.end:%H:%M} 与 {later.start:%H:%M}")
        length = sum((span.closing - span.opening for span in spans), timedelta())
        days = WorkingDays(self.overrides)
        object.__setattr__(self, "spans", spans)
        object.__setattr__(self, "overrides", days.overrides)
        object.__setattr__(self, "minutes_per_day", length // timedelta(minutes=1))
        object.__setattr__(self, "_days", days)

    def is_calendar_published(self, year: int) -> bool:
        """Whether the State Council's holidays and make-up days of this year are known."""
        return is_calendar_published(year)

    def is_working_day(self, day: date) -> bool:
        """The office's own edit if there is one, else the public calendar, else Monday to Friday."""
        return day in self._days

    def days_off(self, first: date, last: date) -> list[date]:
        """The days from ``first`` to ``last``, both included, on which the office rests."""
        days = (first + timedelta(days=count) for count in range((last - first).days + 1))
        return [day for day in days if not self.is_working_day(day)]

    def is_working(self, moment: datetime) -> bool:
        """Whether the office is open at this moment; a closing time itself is no longer open."""
        local = local_time(moment)
        offset = _time_of_day(local.time())
        is_open = any(span.opening <= offset < span.closing for span in self.spans)
        return is_open and self.is_working_day(local.date())

    def next_working_moment(self, moment: datetime) -> datetime:
        """The moment itself if the office is open then, else the next opening."""
        if self.is_working(moment):
            return moment.astimezone(UTC)
        local = local_time(moment)
        if self.is_working_day(local.date()):
            offset = _time_of_day(local.time())
            for span in self.spans:
                if span.opening > offset:
                    return _at(local.date(), span.opening)
        return _at(self._days.after(local.date() + WHOLE_DAY, 0), self.spans[0].opening)

    def closes_at(self, moment: datetime) -> datetime:
        """The end of the opening in which this moment lies. Raises ValueError if the office is closed."""
        local = local_time(moment)
        offset = _time_of_day(local.time())
        if self.is_working_day(local.date()):
            for span in self.spans:
                if span.opening <= offset < span.closing:
                    return _at(local.date(), span.closing)
        raise ValueError(f"此时不在工作时间：{moment}")

    def add(self, start: datetime, minutes: int | timedelta) -> datetime:
        """The moment at which this much working time (minutes, or a timedelta) has passed since ``start``.

        It is the earliest such moment: time used up at a closing ends there (17:30), not the next morning.
        Nothing to add gives ``start`` if the office is open then, else the next opening.
        Raises ValueError if ``minutes`` is negative.
        """
        amount = minutes if isinstance(minutes, timedelta) else timedelta(minutes=minutes)
        if amount < timedelta():
            raise ValueError(f"工作时间不能为负：{amount}")
        if not amount:
            return self.next_working_moment(start)
        local = local_time(start)
        days, rest = divmod(self._worked(local) + amount, self._day_length)
        if not rest:
            days, rest = days - 1, self._day_length
        return _at(self._days.after(local.date(), days), self._offset_after(rest))

    def add_days(self, start: datetime, days: float) -> datetime:
        """Like ``add``, in working days of ``minutes_per_day`` minutes; 0.5 is half a day."""
        return self.add(start, self._day_length * days)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time in ``[start, end)``; nothing if the end is not after the start."""
        first, last = local_time(start), local_time(end)
        if last <= first:
            return timedelta()
        days = self._days.count(first.date(), last.date())
        return self._day_length * days + self._worked(last) - self._worked(first)

    def end_of_day(self, day: date) -> datetime:
        """The last closing of this day, or of the next working day if the office rests on it."""
        return _at(self._days.after(day, 0), self.spans[-1].closing)

    def describe(self, moment: datetime, *, now: datetime) -> str:
        """The moment in plain Chinese; see ``describe_moment``."""
        return describe_moment(moment, now=now)

    @property
    def _day_length(self) -> timedelta:
        return timedelta(minutes=self.minutes_per_day)

    def _worked(self, local: datetime) -> timedelta:
        """The working time that has passed since the midnight before this local moment."""
        if not self.is_working_day(local.date()):
            return timedelta()
        offset = _time_of_day(local.time())
        spent = (min(offset, span.closing) - span.opening for span in self.spans if span.opening < offset)
        return sum(spent, timedelta())

    def _offset_after(self, worked: timedelta) -> timedelta:
        """The earliest time of a working day by which this much of it, at most all, has been worked."""
        offset = self.spans[0].opening + worked
        for earlier, later in pairwise(self.spans):
            if offset > earlier.closing:
                offset += later.opening - earlier.closing
        return offset


def local_time(moment: datetime) -> datetime:
    """The moment on the office's wall clock. Raises ValueError if it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"时间缺少时区：{moment}")
    return moment.astimezone(LOCAL)


def describe_moment(moment: datetime, *, now: datetime) -> str:
    """The moment as people say it: 今天 17:30, 周二 10:00, 下周二 10:00, 12月3日 10:00, 2027年1月4日 10:00.

    A bare weekday is one of this week, Monday to Sunday; 下周 is said of the coming six days only.
    """
    local = local_time(moment)
    return f"{_describe_day(local.date(), today=local_time(now).date())} {local:%H:%M}"


def _describe_day(day: date, *, today: date) -> str:
    distance = (day - today).days
    if distance in NEIGHBOURING_DAYS:
        return NEIGHBOURING_DAYS[distance]
    days_since_monday = distance + today.weekday()
    if 0 <= days_since_monday < 7:
        return f"周{WEEKDAYS[day.weekday()]}"
    # Without 下 a reader on Friday could take next Monday for the one just gone.
    if 0 < distance < 7:
        return f"下周{WEEKDAYS[day.weekday()]}"
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _time_of_day(clock: time) -> timedelta:
    return timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )


def _at(day: date, offset: timedelta) -> datetime:
    return (datetime.combine(day, MIDNIGHT, LOCAL) + offset).astimezone(UTC)
