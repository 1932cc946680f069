"""When a push comes back: read from what was entered, said in words, and worked out in Shanghai's time.

    When(WhenKind.WEEKLY, time(9), days=(1,))        每周一 9:00

Everything is local time whatever the server's zone is. A month without the day that was named (29–31) is
served on its last one.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from domain.errors import Invalid
from domain.working_time import LOCAL, WEEKDAYS, WorkingTime, local_time
from models.push import PushSchedule
from models.push_words import DaysOff, WhenKind

# No schedule rests longer than this between two of its times; who looks further looks in vain.
_LONGEST_REST = timedelta(days=400)
# How far a day off can be from the next working day: universities rest for weeks in winter.
_LONGEST_HOLIDAY = 60
LAST_DAY = 0


@dataclass(frozen=True)
class When:
    """The times of a push.

    Attributes:
        days: of the week (Monday is 1), or of the month (0 is the last), in order; for those kinds only.
        day: for `WhenKind.ONCE` only.
        days_off: what becomes of a time on a day off; working days have none.
    """

    kind: WhenKind
    at: time
    days: tuple[int, ...] = ()
    day: date | None = None
    days_off: DaysOff = DaysOff.KEEP

    def __post_init__(self) -> None:
        if self.kind is WhenKind.WEEKLY and not (self.days and set(self.days) <= set(range(1, 8))):
            raise Invalid("请选择星期几。", "days")
        if self.kind is WhenKind.MONTHLY and not (self.days and set(self.days) <= set(range(32))):
            raise Invalid("请选择每月几号。", "month_days")
        if self.kind is WhenKind.ONCE and self.day is None:
            raise Invalid("请填写哪一天。", "day")

    @property
    def words(self) -> str:
        """The times as people say them: 每周一、周四 9:00."""
        clock = f"{self.at.hour}:{self.at:%M}"
        if self.kind is WhenKind.ONCE and self.day is not None:
            return f"{self.day.year}年{self.day.month}月{self.day.day}日 {clock}"
        if self.kind is WhenKind.WORKING_DAYS:
            return f"每个工作日 {clock}"
        if self.kind is WhenKind.WEEKLY:
            named = (
                "每天" if len(self.days) == 7 else "每" + "、".join(f"周{WEEKDAYS[n - 1]}" for n in self.days)
            )
        else:
            named = "每月" + "、".join("最后一天" if n == LAST_DAY else f"{n} 日" for n in self._month_days())
        rest = {DaysOff.KEEP: "", DaysOff.NEXT: "（遇休息日顺延）", DaysOff.SKIP: "（休息日不发）"}
        return f"{named} {clock}{rest[self.days_off]}"

    def _month_days(self) -> list[int]:
        return sorted(self.days, key=lambda number: number or 32)


def when_of(schedule: PushSchedule) -> When:
    """Give the times of a schedule."""
    return When(
        kind=schedule.when_kind,
        at=schedule.at,
        days=tuple(schedule.days),
        day=schedule.day,
        days_off=schedule.days_off,
    )


def times_after(when: When, moment: datetime, calendar_: WorkingTime) -> Iterator[datetime]:
    """Give the times (UTC) later than a moment, in order; it ends where none comes for more than a year."""
    # What falls on a holiday before the moment may have moved behind it.
    day = local_time(moment).date() - timedelta(days=_LONGEST_HOLIDAY)
    last, seen = day + _LONGEST_REST, moment
    while day <= last:
        due = _due_on(when, day, calendar_)
        # Two times that a holiday moves to the same morning are one.
        if due is not None and due > seen:
            yield due
            seen, last = due, day + _LONGEST_REST
        day += timedelta(days=1)


def next_times(when: When, moment: datetime, calendar_: WorkingTime, *, count: int = 1) -> list[datetime]:
    """Give the next times (UTC) after a moment; fewer where there are no more."""
    return list(islice(times_after(when, moment, calendar_), count))


def times_between(when: When, after: datetime, until: datetime, calendar_: WorkingTime) -> list[datetime]:
    """Give the times (UTC) later than one moment and not later than another."""
    found = []
    for due in times_after(when, after, calendar_):
        if due > until:
            break
        found.append(due)
    return found


def _due_on(when: When, day: date, calendar_: WorkingTime) -> datetime | None:
    """Give the time that belongs to a day, or is moved away from it."""
    if not _is_named(when, day, calendar_):
        return None
    if when.days_off is not DaysOff.KEEP and when.kind in {WhenKind.WEEKLY, WhenKind.MONTHLY}:
        if when.days_off is DaysOff.SKIP and not calendar_.is_working_day(day):
            return None
        while not calendar_.is_working_day(day):
            day += timedelta(days=1)
    return datetime.combine(day, when.at, LOCAL).astimezone(UTC)


def _is_named(when: When, day: date, calendar_: WorkingTime) -> bool:
    if when.kind is WhenKind.ONCE:
        return day == when.day
    if when.kind is WhenKind.WORKING_DAYS:
        return calendar_.is_working_day(day)
    if when.kind is WhenKind.WEEKLY:
        return day.isoweekday() in when.days
    length = calendar.monthrange(day.year, day.month)[1]
    return day.day in {length if number == LAST_DAY else min(number, length) for number in when.days}
