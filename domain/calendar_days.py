"""The office's working days (工作日历): a year at a glance, its edited days, and the hours."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import deadlines, office_changes, office_settings, recomputing
from domain.acts import cleaned
from domain.errors import Invalid
from domain.office_settings import WORKING_HOURS
from domain.working_days import WorkingDays
from domain.working_time import Span, WorkingTime
from models.calendar_day import CalendarDay
from models.staff import Staff

LONGEST_NOTE = 60
MOST_SPANS = 4
FIRST_YEAR, LAST_YEAR = 2020, 2100


@dataclass(frozen=True)
class DayEdit:
    """What a day is to be.

    Attributes:
        working: whether the office works; None: as the public calendar has it.
    """

    day: date
    working: bool | None
    note: str = ""


@dataclass(frozen=True)
class DayShown:
    """A day of the year's view.

    Attributes:
        edited: whether the office set it by hand.
        differs: whether it is other than the public calendar, or the weekday, says.
    """

    day: date
    working: bool
    edited: bool
    differs: bool
    note: str


@dataclass(frozen=True)
class MonthShown:
    """A month of the year's view: weeks from Monday to Sunday, None where another month lies."""

    month: int
    weeks: Sequence[Sequence[DayShown | None]]
    working_days: int


def year_shown(session: Session, year: int) -> list[MonthShown]:
    """Give the twelve months of a year."""
    edited = _edited(session, year)
    office = WorkingDays({row.day: row.working for row in edited.values()})
    public = WorkingDays()
    return [_month(year, month, office, public, edited) for month in range(1, 13)]


def _month(
    year: int, month: int, office: WorkingDays, public: WorkingDays, edited: dict[date, CalendarDay]
) -> MonthShown:
    def shown(day: date) -> DayShown:
        row = edited.get(day)
        note = row.note if row is not None else ""
        return DayShown(day, day in office, row is not None, (day in office) != (day in public), note)

    weeks = [
        [shown(day) if day.month == month else None for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]
    count = sum(day.working for week in weeks for day in week if day is not None)
    return MonthShown(month, weeks, count)


def day_shown(session: Session, day: date) -> DayShown:
    """Give one day."""
    months = year_shown(session, day.year)
    days = (each for week in months[day.month - 1].weeks for each in week)
    return next(each for each in days if each is not None and each.day == day)


def _edited(session: Session, year: int) -> dict[date, CalendarDay]:
    within = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return {row.day: row for row in session.scalars(select(CalendarDay).where(within))}


def edited_days(session: Session, year: int) -> Sequence[CalendarDay]:
    """Give the days of a year that the office edited, in order."""
    return sorted(_edited(session, year).values(), key=lambda row: row.day)


def set_days(session: Session, edits: Sequence[DayEdit], *, staff: Staff, now: datetime) -> int:
    """Edit days; later ones of the same date win.

    Returns:
        How many open complaints will have their due times worked out anew; 0 if nothing changed.

    Raises:
        Invalid: a note is too long, or a date out of reach.
    """
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for edit in {edit.day: edit for edit in edits}.values():
        _check(edit)
        row = session.get(CalendarDay, edit.day)
        old = _said(row.working, row.note) if row is not None else "默认"
        new = _said(edit.working, cleaned(edit.note)) if edit.working is not None else "默认"
        if old == new:
            continue
        before[edit.day.isoformat()], after[edit.day.isoformat()] = old, new
        _put(session, row, edit)
    if not after:
        return 0
    session.flush()
    deadlines.forget_calendar(session)
    days = list(after)
    named = days[0] if len(days) == 1 else f"{min(days)} 至 {max(days)} 间的 {len(days)} 天"
    office_changes.note(
        session,
        staff,
        action="calendar.change",
        subject=days[0],
        words=f"修改工作日历：{named}" + (f"改为{after[days[0]]}" if len(days) == 1 else ""),
        before=before,
        after=after,
        now=now,
    )
    return recomputing.ask(session, staff=staff, now=now)


def _put(session: Session, row: CalendarDay | None, edit: DayEdit) -> None:
    if edit.working is None:
        session.delete(row)
    elif row is None:
        session.add(CalendarDay(day=edit.day, working=edit.working, note=cleaned(edit.note)))
    else:
        row.working, row.note = edit.working, cleaned(edit.note)


def _check(edit: DayEdit) -> None:
    if len(cleaned(edit.note)) > LONGEST_NOTE:
        raise Invalid(f"说明最多 {LONGEST_NOTE} 字。", "note")
    if not FIRST_YEAR <= edit.day.year <= LAST_YEAR:
        raise Invalid(f"只能修改 {FIRST_YEAR} 年到 {LAST_YEAR} 年的日子。", "day")


def _said(working: bool, note: str) -> str:
    return f"{'上班' if working else '休息'}{f'（{note}）' if note else ''}"


def spans_from(typed: Sequence[tuple[str, str]]) -> tuple[Span, ...]:
    """Read working hours as typed: pairs of times such as 08:00; pairs left empty are left out.

    Raises:
        Invalid: a time cannot be read, or the spans make no day.
    """
    spans = []
    for start, end in typed:
        if not start.strip() and not end.strip():
            continue
        try:
            opening, closing = (datetime.strptime(each.strip(), "%H:%M").time() for each in (start, end))  # noqa: DTZ007
        except ValueError:
            raise Invalid("时间要写成 08:00 这样，开始和结束都要填。", "spans") from None
        try:
            spans.append(Span(opening, closing))
        except ValueError as error:
            raise Invalid(f"{error}。", "spans") from None
    try:
        return tuple(WorkingTime(spans).spans)
    except ValueError as error:
        raise Invalid(f"{error}。", "spans") from None


def set_working_hours(session: Session, spans: tuple[Span, ...], *, staff: Staff, now: datetime) -> int:
    """Set the hours of every working day.

    Returns:
        How many open complaints will have their due times worked out anew; 0 if nothing changed.
    """
    before = office_settings.read(session, WORKING_HOURS)
    if before == spans:
        return 0
    office_settings.write(session, WORKING_HOURS, spans, staff=staff, now=now)
    deadlines.forget_calendar(session)
    office_changes.note(
        session,
        staff,
        action="working_hours.change",
        subject=WORKING_HOURS.name,
        words=f"工作时间改为 {spans_text(spans)}",
        before={"spans": spans_text(before)},
        after={"spans": spans_text(spans)},
        now=now,
    )
    return recomputing.ask(session, staff=staff, now=now)


def spans_text(spans: Sequence[Span]) -> str:
    """Write working hours as people read them: 08:00–12:00、14:00–17:30."""
    return "、".join(f"{span.start:%H:%M}–{span.end:%H:%M}" for span in spans)
