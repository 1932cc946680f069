"""Clocks that can be paused: when a limit ends, computed from intervals, never from a running total.

So a limit, the calendar or a pause may be changed afterwards: the due time of an open complaint is simply
worked out again, and can be explained line by line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from domain.working_time import WorkingTime, describe_moment, local_time

NEAR_SHARE = 0.75
ESCALATION_AFTER_ELAPSED = timedelta(hours=1)
REST_PERIODS_NAMED = 3

Stop = tuple[datetime, datetime]


@dataclass(frozen=True)
class Pause:
    """A time in which the clock stands still: ``[start, end)``, or open (``end`` None) while it lasts.

    ``reason`` is read by people: 等待补充.
    Raises ValueError if a time has no zone or the end is before the start.
    """

    start: datetime
    end: datetime | None
    reason: str

    def __post_init__(self) -> None:
        start = _utc(self.start)
        if self.end is not None and _utc(self.end) < start:
            raise ValueError(f"暂停的结束早于开始：{self.start}–{self.end}")


@dataclass(frozen=True)
class Deadline:
    """When a limit ends, in UTC, and why.

    ``near_at``: three quarters of the time are used up; ``escalate_at``: overdue enough to go up a level.
    ``steps`` explains the due time to the people concerned, in plain Chinese, line by line.
    """

    due_at: datetime
    near_at: datetime
    escalate_at: datetime
    steps: tuple[str, ...]


def working_deadline(
    calendar: WorkingTime,
    *,
    start: datetime,
    minutes: int,
    pauses: Sequence[Pause],
    now: datetime,
    limit_text: str,
) -> Deadline:
    """The deadline of a limit of so many working minutes; a working day later it goes up a level.

    An open pause counts up to ``now``, so the due time moves on while it lasts. Pauses that overlap count
    once; what lies before ``start`` counts for nothing. A pause that begins once the time is used up saves
    nobody: it moves neither the due time nor the escalation.
    Raises ValueError for a negative limit or a time without a zone.
    """
    start, now, limit = _utc(start), _utc(now), timedelta(minutes=minutes)
    stops = _stops(pauses, start=start, now=now)
    due_at = _used_up_at(calendar, limit, start=start, stops=stops)
    opening = calendar.next_working_moment(start)
    lines = [f"提交：{describe_moment(start, now=now)}"]
    if opening != start:
        lines.append(f"开始计时：{describe_moment(opening, now=now)}（提交时不在工作时间）")
    lines.append(f"时限：{limit_text}")
    lines.extend(_pause_lines(pauses, start=start, due_at=due_at, now=now))
    # A due time at midnight belongs to the day that ends then.
    last_day = local_time(due_at - timedelta.resolution).date()
    lines.extend(_rest_lines(calendar.days_off(local_time(opening).date(), last_day)))
    lines.append(f"到期：{describe_moment(due_at, now=now)}")
    return Deadline(
        due_at=due_at,
        near_at=_used_up_at(calendar, limit * NEAR_SHARE, start=start, stops=stops),
        escalate_at=calendar.add_days(due_at, 1),
        steps=tuple(lines),
    )


def elapsed_deadline(
    *,
    start: datetime,
    duration: timedelta,
    pauses: Sequence[Pause] = (),
    now: datetime,
    limit_text: str,
) -> Deadline:
    """The deadline of an urgent limit, at any hour of any day; an hour later it goes up a level.

    Pauses and errors are as with ``working_deadline``; an urgent clock usually has none.
    """
    start, now, clock = _utc(start), _utc(now), _EveryHour()
    stops = _stops(pauses, start=start, now=now)
    due_at = _used_up_at(clock, duration, start=start, stops=stops)
    return Deadline(
        due_at=due_at,
        near_at=_used_up_at(clock, duration * NEAR_SHARE, start=start, stops=stops),
        escalate_at=due_at + ESCALATION_AFTER_ELAPSED,
        steps=(
            f"提交：{describe_moment(start, now=now)}",
            f"时限：{limit_text}",
            *_pause_lines(pauses, start=start, due_at=due_at, now=now),
            f"到期：{describe_moment(due_at, now=now)}",
        ),
    )


def working_limit_text(calendar: WorkingTime, *, minutes: int) -> str:
    """A working-time limit in words: 3 个工作日（每个工作日 7.5 小时）, 2 小时（工作时间）."""
    if minutes and minutes * 2 % calendar.minutes_per_day == 0:
        days, hours = minutes / calendar.minutes_per_day, round(calendar.minutes_per_day / 60, 2)
        return f"{days:g} 个工作日（每个工作日 {hours:g} 小时）"
    return f"{_duration_text(minutes)}（工作时间）"


def elapsed_limit_text(duration: timedelta) -> str:
    """An urgent limit in words, to the minute: 24 小时（不分昼夜）, 30 分钟（不分昼夜）."""
    return f"{_duration_text(duration // timedelta(minutes=1))}（不分昼夜）"


class _Clock(Protocol):
    def add(self, start: datetime, amount: timedelta, /) -> datetime: ...

    def between(self, start: datetime, end: datetime, /) -> timedelta: ...


class _EveryHour:
    def add(self, start: datetime, amount: timedelta, /) -> datetime:
        if amount < timedelta():
            raise ValueError(f"时限不能为负：{amount}")
        return start + amount

    def between(self, start: datetime, end: datetime, /) -> timedelta:
        return end - start


def _used_up_at(clock: _Clock, limit: timedelta, *, start: datetime, stops: Sequence[Stop]) -> datetime:
    """When the clock, started at ``start`` and standing still during the stops, has run for ``limit``."""
    resumed, left = start, limit
    for stopped, resumes in stops:
        ran = clock.between(resumed, stopped)
        if ran >= left:
            break
        resumed, left = resumes, left - ran
    return clock.add(resumed, left)


def _stops(pauses: Sequence[Pause], *, start: datetime, now: datetime) -> list[Stop]:
    """The times after ``start`` in which the clock stands still, in order and apart from each other."""
    stops: list[Stop] = []
    for pause in sorted(pauses, key=lambda pause: _utc(pause.start)):
        stopped = max(_utc(pause.start), start)
        resumes = now if pause.end is None else _utc(pause.end)
        if resumes <= stopped:
            continue
        if stops and stopped <= stops[-1][1]:
            stopped, earlier_end = stops.pop()
            resumes = max(resumes, earlier_end)
        stops.append((stopped, resumes))
    return stops


def _pause_lines(pauses: Sequence[Pause], *, start: datetime, due_at: datetime, now: datetime) -> list[str]:
    """One line for each time the clock stood still, by reason, in the order in which they began."""
    lines: list[tuple[datetime, str]] = []
    for reason in dict.fromkeys(pause.reason for pause in pauses):
        same = [pause for pause in pauses if pause.reason == reason]
        lasts = any(pause.end is None for pause in same)
        for stopped, resumes in _stops(same, start=start, now=now):
            period = _period_text(stopped, resumes, now=now)
            if lasts and resumes == now:
                period = f"{describe_moment(stopped, now=now)} 至今"
            effect = "不计时" if stopped < due_at else "已在到期之后，不顺延"
            lines.append((stopped, f"{reason}：{period}，{effect}"))
    return [line for _, line in sorted(lines)]


def _period_text(start: datetime, end: datetime, *, now: datetime) -> str:
    same_day = local_time(start).date() == local_time(end).date()
    end_text = f"{local_time(end):%H:%M}" if same_day else describe_moment(end, now=now)
    return f"{describe_moment(start, now=now)}–{end_text}"


def _rest_lines(days: Sequence[date]) -> list[str]:
    """One line naming the rest days between filing and the due time; none if there are none."""
    periods: list[list[date]] = []
    for day in days:
        if periods and (day - periods[-1][-1]).days == 1:
            periods[-1].append(day)
        else:
            periods.append([day])
    if not periods:
        return []
    named = "、".join(_days_text(period[0], period[-1]) for period in periods[:REST_PERIODS_NAMED])
    total = f"等共 {len(days)} 天" if len(periods) > REST_PERIODS_NAMED else ""
    return [f"休息日：{named}{total}，不计时"]


def _days_text(first: date, last: date) -> str:
    if first == last:
        return f"{first.month}月{first.day}日"
    last_text = f"{last.day}日" if first.month == last.month else f"{last.month}月{last.day}日"
    return f"{first.month}月{first.day}日–{last_text}"


def _duration_text(minutes: int) -> str:
    if minutes >= 60 and minutes % 30 == 0:
        return f"{minutes / 60:g} 小时"
    return f"{minutes} 分钟"


def _utc(moment: datetime) -> datetime:
    # Two times of one zone subtract as wall clocks do, wrong by an hour where daylight saving changes.
    return local_time(moment).astimezone(UTC)
