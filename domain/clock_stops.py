"""When and why the clock of a complaint stood still, in words: nights, rest days, waiting, deferral."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from domain.clock_texts import length_text
from domain.deadlines import calendar_for
from domain.rounds import Round, read_round
from domain.working_time import WorkingTime, describe_moment, local_time
from models.complaint import Complaint
from models.enums import ComplaintStatus, Word

# Single nights and noons are told apart up to so many; more are told as a rule.
NAMED_BREAKS = 2
NAMED_RESTS = 5
_FURTHEST = timedelta(days=400)
_SATURDAY = 5


class StopReason(Word):
    """Why the clock stood still."""

    CLOSED = "closed", "非工作时间"
    WEEKEND = "weekend", "周末"
    HOLIDAY = "holiday", "节假日"
    WAITING = "waiting", "等待诉求人补充"
    DEFERRED = "deferred", "挂账"


@dataclass(frozen=True)
class ClockStop:
    """One stop, or several of a kind.

    Attributes:
        start: of the first.
        text: when, and why, in one line.
    """

    start: datetime
    reason: StopReason
    text: str


_Gap = tuple[datetime, datetime]


def stops_of(session: Session, complaint: Complaint, *, now: datetime) -> list[ClockStop]:
    """List the stops of the present round from its start until it is due; none where nothing is timed."""
    due = complaint.done_due_at
    if due is None:
        return []
    calendar, current = calendar_for(session), read_round(complaint, complaint.events)
    end = min(
        max(due, now) if complaint.status is ComplaintStatus.WAITING else due, current.start + _FURTHEST
    )
    waits = [(pause.start, pause.end) for pause in current.pauses]
    stops = _waits(waits, calendar, complaint, now) + _deferrals(complaint, now)
    if not complaint.urgent:
        covered = [(start, finish or now) for start, finish in waits]
        gaps = [
            gap
            for gap in _closed(calendar, current, end)
            if not any(start <= gap[0] and gap[1] <= finish for start, finish in covered)
        ]
        stops += _rests(gaps, calendar, now) + _breaks(gaps, calendar, now)
    return sorted(stops, key=lambda stop: stop.start)


def _closed(calendar: WorkingTime, current: Round, end: datetime) -> Iterator[_Gap]:
    """Give each time in which the office was closed."""
    moment = current.start
    while moment < end:
        opening = calendar.next_working_moment(moment)
        if opening > moment:
            yield moment, opening
        moment = calendar.closes_at(opening)


def _waits(
    waits: list[tuple[datetime, datetime | None]], calendar: WorkingTime, complaint: Complaint, now: datetime
) -> list[ClockStop]:
    stops = []
    for start, finish in waits:
        end = finish or now
        span = end - start if complaint.urgent else calendar.between(start, end)
        length = length_text(span, calendar, whole_days=not complaint.urgent)
        unit = "" if complaint.urgent else "工作时间"
        period = _period(start, finish, now)
        stops.append(
            ClockStop(
                start, StopReason.WAITING, f"{period} 不计：{StopReason.WAITING.label}（{unit}{length}）"
            )
        )
    return stops


def _deferrals(complaint: Complaint, now: datetime) -> list[ClockStop]:
    events = [event for event in complaint.events if event.round == complaint.round]
    changes = [event for event in events if event.from_status is not event.to_status]
    return [
        ClockStop(
            one.at,
            StopReason.DEFERRED,
            f"{_period(one.at, following.at if following else None, now)} 挂账：按承诺的日期计",
        )
        for one, following in pairwise([*changes, None])
        if one is not None and one.to_status is ComplaintStatus.DEFERRED
    ]


def _days_off(gap: _Gap, calendar: WorkingTime) -> list[datetime]:
    first, last = local_time(gap[0]), local_time(gap[1])
    count = (last.date() - first.date()).days + 1
    days = [first + timedelta(days=number) for number in range(count)]
    return [day for day in days if not calendar.is_working_day(day.date())]


def _rests(gaps: list[_Gap], calendar: WorkingTime, now: datetime) -> list[ClockStop]:
    """Name the rest days one by one, and say how many more there are."""
    rests = []
    for gap in gaps:
        days = _days_off(gap, calendar)
        if days:
            weekend = all(day.weekday() >= _SATURDAY for day in days)
            reason = StopReason.WEEKEND if weekend else StopReason.HOLIDAY
            rests.append(ClockStop(gap[0], reason, f"{_period(*gap, now)} 不计：{reason.label}"))
    if len(rests) > NAMED_RESTS:
        more = len(rests) - NAMED_RESTS
        rests[NAMED_RESTS:] = [
            ClockStop(rests[NAMED_RESTS].start, StopReason.WEEKEND, f"之后另有 {more} 段休息日不计")
        ]
    return rests


def _breaks(gaps: list[_Gap], calendar: WorkingTime, now: datetime) -> list[ClockStop]:
    """Name nights and noons one by one where they are few, else as the rule they follow."""
    breaks = [gap for gap in gaps if not _days_off(gap, calendar)]
    if not breaks:
        return []
    if len(breaks) <= NAMED_BREAKS:
        return [
            ClockStop(gap[0], StopReason.CLOSED, f"{_period(*gap, now)} 不计：{StopReason.CLOSED.label}")
            for gap in breaks
        ]
    spans = list(calendar.spans)
    noons = [
        f"{one.end:%H:%M}–{other.start:%H:%M}" for one, other in pairwise(spans) if one.end != other.start
    ]
    night = f"{spans[-1].end:%H:%M}–次日 {spans[0].start:%H:%M}"
    rule = "、".join([*noons, night])
    text = f"每个工作日 {rule} 不计：{StopReason.CLOSED.label}（{len(breaks)} 次）"
    return [ClockStop(breaks[0][0], StopReason.CLOSED, text)]


def _period(start: datetime, end: datetime | None, now: datetime) -> str:
    first = describe_moment(start, now=now)
    if end is None:
        return f"{first} 至今"
    same_day = local_time(start).date() == local_time(end).date()
    return f"{first}–{local_time(end):%H:%M}" if same_day else f"{first}–{describe_moment(end, now=now)}"
