"""Figures of long periods: added up from days counted ahead of time, and counted where a day is not fresh.

Each step on a complaint leaves a mark on the day it was filed (`FigureChange`), in its own transaction; the
worker counts marked days again. A day with a mark, or on which something fell due since, is counted anew by
whoever asks. So an answer is never older than the moment it is given, whether or not the worker runs.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from domain import figures
from domain.figure_periods import Period
from domain.figure_rules import LEFT_OUT, Count, Counts, Figure, total
from domain.figure_times import Times, histograms, lasting
from domain.figures import By
from domain.filters import Filters, conditions_of
from domain.working_time import local_time
from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.daily_figure import DailyFigure, FigureChange, FigureDay
from models.enums import Channel, ComplaintKind

_KEPT = (By.TEAM, By.CATEGORY, By.PLACE, By.KIND, By.CHANNEL, By.HOUR)
_OF_TEAM = frozenset({By.ALL, By.DAY, By.TEAM})
_DAY = timedelta(days=1)
_MINUTES = {"answer": ComplaintRound.answer_minutes, "done": ComplaintRound.done_minutes}


def count_by(session: Session, filters: Filters, by: By, *, now: datetime) -> dict[Any, Counts]:
    """Give what `figures.count_by` gives, sooner for long periods."""
    period = _whole_days(filters, by)
    if period is None:
        return figures.count_by(session, filters, by, now=now)
    fresh = _fresh_days(session, period, now=now)
    collected: dict[Any, list[Counts]] = defaultdict(list)
    for row in _rows(session, period, fresh, by, filters.team_id):
        collected[_key(by, row)].append(_read(row.counts))
    rest = _stretches(period, fresh)
    if rest:
        conditions = [_filed_in(rest), *_of_team(filters)]
        for key, counts in figures.count_meeting(session, conditions, by, now=now).items():
            collected[key].append(counts)
    return {key: total(many) for key, many in collected.items()}


def count_all(session: Session, filters: Filters, *, now: datetime) -> Counts:
    """Give what `figures.count_all` gives, sooner for long periods."""
    return total(list(count_by(session, filters, By.ALL, now=now).values()))


def times_by(session: Session, filters: Filters, by: By, *, now: datetime) -> dict[Any, Times]:
    """Give the times of all, or of each team."""
    period = _whole_days(filters, by)
    fresh = _fresh_days(session, period, now=now) if period else frozenset()
    merged: dict[str, dict[Any, Counter[int]]] = {name: defaultdict(Counter) for name in _MINUTES}
    for row in _rows(session, period, fresh, by, filters.team_id) if period else ():
        for name, histogram in row.minutes.items():
            if histogram:
                counted = {int(length): times for length, times in histogram.items()}
                merged[name][_key(by, row)].update(counted)
    conditions = conditions_of(filters, now=now)
    if period is not None:
        rest = _stretches(period, fresh)
        conditions = [_filed_in(rest), *_of_team(filters)] if rest else []
    if conditions or period is None:
        for name, column in _MINUTES.items():
            for key, histogram in histograms(session, conditions, by, column).items():
                merged[name][key].update(histogram)
    keys = merged["answer"].keys() | merged["done"].keys()
    return {key: Times(*(lasting(merged[name].get(key, {})) for name in _MINUTES)) for key in keys}


def _whole_days(filters: Filters, by: By) -> Period | None:
    """Give the days that are asked for, if days counted ahead can answer it."""
    start, end = filters.filed_from, filters.filed_to
    if start is None or end is None or (filters.team_id is not None and by not in _OF_TEAM):
        return None
    period = Period(local_time(start).date(), local_time(end).date() - _DAY)
    plain = Filters(filed_from=period.start, filed_to=period.end, team_id=filters.team_id)
    return period if filters == plain and period.days > 0 else None


def _fresh_days(session: Session, period: Period, *, now: datetime) -> frozenset[str]:
    """Give the days counted ahead to which nothing has happened since."""
    span = (period.first.isoformat(), period.last.isoformat())
    # The marks first: what is counted again in between is then counted twice, but never missed.
    changed = set(session.scalars(select(FigureChange.day).where(FigureChange.day.between(*span)).distinct()))
    still_good = or_(FigureDay.good_until.is_(None), FigureDay.good_until >= now)
    counted = session.scalars(select(FigureDay.day).where(FigureDay.day.between(*span), still_good))
    return frozenset(counted) - changed


def _rows(
    session: Session, period: Period, fresh: Collection[str], by: By, team_id: int | None
) -> Sequence[DailyFigure]:
    kept = by if by in _KEPT else By.TEAM
    query = select(DailyFigure).where(
        DailyFigure.day.between(period.first.isoformat(), period.last.isoformat()),
        DailyFigure.by == kept.value,
    )
    if team_id is not None:
        query = query.where(DailyFigure.key == str(team_id))
    return [row for row in session.scalars(query) if row.day in fresh]


def _key(by: By, row: DailyFigure) -> Any:  # noqa: ANN401 (ids, words and texts)
    if by is By.ALL:
        return 1
    if by is By.DAY:
        return row.day
    if not row.key:
        return None
    kinds: dict[By, Any] = {By.KIND: ComplaintKind, By.CHANNEL: Channel, By.HOUR: str}
    return kinds.get(by, int)(row.key)


def _read(kept: dict[str, Any]) -> Counts:
    return {figure: Count(*kept.get(figure.value, (0, 0))) for figure in Figure}


def _stretches(period: Period, fresh: Collection[str]) -> list[Period]:
    """Give the days that are not fresh, those in a row together."""
    found: list[Period] = []
    for at in range(period.days):
        day = period.first + timedelta(days=at)
        if day.isoformat() in fresh:
            continue
        if found and found[-1].last == day - _DAY:
            found[-1] = Period(found[-1].first, day)
        else:
            found.append(Period(day, day))
    return found


def _filed_in(stretches: Sequence[Period]) -> ColumnElement[bool]:
    return or_(*(and_(Complaint.filed_at >= one.start, Complaint.filed_at < one.end) for one in stretches))


def _of_team(filters: Filters) -> list[ColumnElement[bool]]:
    return [] if filters.team_id is None else [Complaint.team_id == filters.team_id]


def count_next(session: Session, *, now: datetime) -> bool:
    """Count one day: one to which something happened, else one never counted; tell whether there was one."""
    day = next_day(session, now=now)
    if day is not None:
        _count_day(session, day, now=now)
    return day is not None


def next_day(session: Session, *, now: datetime) -> str | None:
    """Give the day to count next, the newest first; what is filed today changes too often to be counted."""
    today = local_time(now).date()
    past = FigureChange.day < today.isoformat()
    day = session.scalar(select(func.max(FigureChange.day)).where(past))
    day = day or session.scalar(select(func.max(FigureDay.day)).where(FigureDay.good_until < now))
    oldest = session.scalar(select(func.min(Complaint.filed_at)))
    if day is not None or oldest is None:
        return day
    there = set(session.scalars(select(FigureDay.day)))
    days = (today - timedelta(days=at) for at in range(1, (today - local_time(oldest).date()).days + 1))
    return next((day.isoformat() for day in days if day.isoformat() not in there), None)


def _count_day(session: Session, day: str, *, now: datetime) -> None:
    """Count a day, and take away the marks that were there before."""
    marks = list(session.scalars(select(FigureChange.id).where(FigureChange.day == day)))
    only = date.fromisoformat(day)
    filters = Filters(filed_from=Period(only, only).start, filed_to=Period(only, only).end)
    session.merge(FigureDay(day=day, counted_at=now, good_until=_next_due(session, filters, now=now)))
    session.flush()
    session.execute(delete(DailyFigure).where(DailyFigure.day == day))
    for by in _KEPT:
        session.add_all(_counted(session, day, filters, by, now=now))
    session.execute(delete(FigureChange).where(FigureChange.id.in_(marks)))
    session.flush()


def _counted(session: Session, day: str, filters: Filters, by: By, *, now: datetime) -> list[DailyFigure]:
    minutes = {}
    if by is By.TEAM:
        conditions = conditions_of(filters, now=now)
        minutes = {name: histograms(session, conditions, by, column) for name, column in _MINUTES.items()}
    return [
        DailyFigure(
            day=day,
            by=by.value,
            key="" if key is None else str(key),
            counts={
                figure.value: [count.rounds, count.complaints]
                for figure, count in counts.items()
                if count.rounds
            },
            minutes={
                name: {str(length): times for length, times in found.get(key, {}).items()}
                for name, found in minutes.items()
            },
        )
        for key, counts in figures.count_by(session, filters, by, now=now).items()
    ]


def _next_due(session: Session, filters: Filters, *, now: datetime) -> datetime | None:
    """Tell when the next answer is due; what is due already counts already."""
    query = (
        select(func.min(ComplaintRound.answer_due_at))
        .join(Complaint, Complaint.id == ComplaintRound.complaint_id)
        .where(
            *conditions_of(filters, now=now),
            Complaint.status.not_in(LEFT_OUT),
            ComplaintRound.first_answered_at.is_(None),
            ComplaintRound.answer_due_at >= now,
        )
    )
    return session.scalar(query)
