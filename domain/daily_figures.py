"""Figures of long periods: added up from days counted ahead of time, and counted where a day is not fresh.

Each step on a complaint leaves a mark on the day it was filed (`FigureChange`), in its own transaction; the
worker counts marked days again. A day with a mark, or on which something fell due since, is counted anew by
whoever asks. So an answer is never older than the moment it is given, whether or not the worker runs.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain import figures
from domain.figure_periods import Period
from domain.figure_rules import LEFT_OUT, Count, Counts, Figure, on_complaints, on_rounds, total
from domain.figure_times import Times, histograms, lasting
from domain.figures import By
from domain.filters import Filters, conditions_of
from domain.working_time import local_time
from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.daily_figure import DailyFigure, FigureChange, FigureDay
from models.enums import Channel, ComplaintKind
from models.office_setting import OfficeSetting

_KEPT = (By.ALL, By.TEAM, By.CATEGORY, By.PLACE, By.KIND, By.CHANNEL, By.HOUR)
_OF_TEAM = frozenset({By.ALL, By.DAY, By.TEAM})
_WITH_MINUTES = frozenset({By.ALL, By.TEAM})
# Reading one kept row takes as long as counting so many complaints: docs/decisions/0010.
_ROW_COSTS = 8
_DAY = timedelta(days=1)
_MINUTES = {"answer": ComplaintRound.answer_minutes, "done": ComplaintRound.done_minutes}
_RULES = "figures_counted_by"
Row = dict[str, Any]


@dataclass(frozen=True)
class CountedDay:
    """A day as it was counted, to be kept.

    Attributes:
        marks: ids of the changes that this count has seen.
    """

    day: str
    counted_at: datetime
    good_until: datetime | None
    marks: Sequence[int]
    rows: Sequence[Row]


def count_by(session: Session, filters: Filters, by: By, *, now: datetime) -> dict[Any, Counts]:
    """Give what `figures.count_by` gives, sooner for long periods."""
    period = _whole_days(session, filters, by)
    if period is None:
        return figures.count_by(session, filters, by, now=now)
    fresh = _fresh_days(session, period, now=now)
    collected: dict[Any, list[Counts]] = defaultdict(list)
    for key, counts in _added_up(session, period, fresh, by, filters.team_id).items():
        collected[key].append(counts)
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
    period = _whole_days(session, filters, by)
    fresh = _fresh_days(session, period, now=now) if period else frozenset()
    merged: dict[str, dict[Any, Counter[int]]] = {name: defaultdict(Counter) for name in _MINUTES}
    if period is not None:
        rows = _rows(session, DailyFigure.minutes, period, by, filters.team_id)
        for row in (one for one in rows if one.day in fresh):
            for name, histogram in row.minutes.items():
                _add(merged[name][_key(by, row.day, row.key)], histogram)
    conditions = conditions_of(session, filters, now=now)
    if period is not None:
        rest = _stretches(period, fresh)
        conditions = [_filed_in(rest), *_of_team(filters)] if rest else []
    if conditions or period is None:
        for name, column in _MINUTES.items():
            for key, histogram in histograms(session, conditions, by, column).items():
                merged[name][key].update(histogram)
    keys = {key for histograms_of in merged.values() for key, found in histograms_of.items() if found}
    return {key: Times(*(lasting(merged[name].get(key, {})) for name in _MINUTES)) for key in keys}


def _add(histogram: Counter[int], more: Row) -> None:
    for length, times in more.items():
        histogram[int(length)] += times


def _whole_days(session: Session, filters: Filters, by: By) -> Period | None:
    """Give the days that are asked for, if days counted ahead can answer it, and sooner."""
    start, end = filters.filed_from, filters.filed_to
    if start is None or end is None or (filters.team_id is not None and by not in _OF_TEAM):
        return None
    period = Period(local_time(start).date(), local_time(end).date() - _DAY)
    plain = Filters(filed_from=period.start, filed_to=period.end, team_id=filters.team_id)
    answers = filters == plain and period.days > 0 and _pays(session, period, by)
    return period if answers else None


def _pays(session: Session, period: Period, by: By) -> bool:
    """Tell whether adding up is sooner done than counting: with many groups a day, only if much is filed."""
    span = DailyFigure.day.between(period.first.isoformat(), period.last.isoformat())
    kept = by if by in _KEPT else By.ALL
    rows = session.scalar(select(func.count()).where(span, DailyFigure.by == kept.value)) or 0
    days = _rows(session, DailyFigure.counts, period, By.ALL, None)
    filed: int = sum(row.counts[Figure.FILED.value][0] for row in days)
    return rows * _ROW_COSTS <= filed


def _fresh_days(session: Session, period: Period, *, now: datetime) -> frozenset[str]:
    """Give the days counted ahead to which nothing has happened since."""
    if not _counted_by_these_rules(session):
        return frozenset()
    span = (period.first.isoformat(), period.last.isoformat())
    # The marks first: what is counted again in between is then counted twice, but never missed.
    changed = set(session.scalars(select(FigureChange.day).where(FigureChange.day.between(*span)).distinct()))
    still_good = or_(FigureDay.good_until.is_(None), FigureDay.good_until >= now)
    counted = session.scalars(select(FigureDay.day).where(FigureDay.day.between(*span), still_good))
    return frozenset(counted) - changed


def _added_up(
    session: Session, period: Period, fresh: Collection[str], by: By, team_id: int | None
) -> dict[Any, Counts]:
    sums: dict[Any, dict[str, list[int]]] = {}
    for row in _rows(session, DailyFigure.counts, period, by, team_id):
        if row.day in fresh:
            group = sums.setdefault(_key(by, row.day, row.key), {})
            for figure, (rounds, complaints) in row.counts.items():
                numbers = group.setdefault(figure, [0, 0])
                numbers[0] += rounds
                numbers[1] += complaints
    return {
        key: {figure: Count(*group.get(figure.value, (0, 0))) for figure in Figure}
        for key, group in sums.items()
    }


def _rows(
    session: Session, column: InstrumentedAttribute[Row], period: Period, by: By, team_id: int | None
) -> Iterable[Any]:
    kept = by if by in _KEPT else By.ALL
    query = select(DailyFigure.day, DailyFigure.key, column).where(
        DailyFigure.day.between(period.first.isoformat(), period.last.isoformat()),
        DailyFigure.by == (kept if team_id is None else By.TEAM).value,
    )
    if team_id is not None:
        query = query.where(DailyFigure.key == str(team_id))
    return session.execute(query)


def _key(by: By, day: str, key: str) -> Any:  # noqa: ANN401 (ids, words and texts)
    if by is By.ALL:
        return 1
    if by is By.DAY:
        return day
    if not key:
        return None
    kinds: dict[By, Any] = {By.KIND: ComplaintKind, By.CHANNEL: Channel, By.HOUR: str}
    return kinds.get(by, int)(key)


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


def next_day(session: Session, *, now: datetime) -> str | None:
    """Give the day to count next: the newest to which something happened, else one never counted.

    What is filed today changes too often to be counted.
    """
    today = local_time(now).date()
    there: set[str] = set()
    if _counted_by_these_rules(session):
        past = FigureChange.day < today.isoformat()
        day = session.scalar(select(func.max(FigureChange.day)).where(past))
        day = day or session.scalar(select(func.max(FigureDay.day)).where(FigureDay.good_until < now))
        if day is not None:
            return day
        there = set(session.scalars(select(FigureDay.day)))
    oldest = session.scalar(select(func.min(Complaint.filed_at)))
    if oldest is None:
        return None
    days = (today - timedelta(days=at) for at in range(1, (today - local_time(oldest).date()).days + 1))
    return next((day.isoformat() for day in days if day.isoformat() not in there), None)


def count_day(session: Session, day: str, *, now: datetime) -> CountedDay:
    """Count a day; this only reads, so that nobody who writes waits for it."""
    # The marks first: what happens while it is counted leaves one that is not among these.
    marks = session.scalars(select(FigureChange.id).where(FigureChange.day == day)).all()
    only = date.fromisoformat(day)
    filters = Filters(filed_from=Period(only, only).start, filed_to=Period(only, only).end)
    good_until = _next_due(session, filters, now=now)
    rows: list[Row] = []
    for by in _KEPT:
        rows += _counted(session, day, filters, by, now=now)
        if not rows:
            break
    return CountedDay(day, now, good_until, marks, rows)


def keep(session: Session, counted: CountedDay) -> None:
    """Keep the count of a day, and take away the marks of what it has seen."""
    if not _counted_by_these_rules(session):
        session.execute(delete(DailyFigure))
        session.execute(delete(FigureDay))
        session.merge(OfficeSetting(name=_RULES, value=_rules(), changed_at=counted.counted_at))
    session.execute(delete(DailyFigure).where(DailyFigure.day == counted.day))
    session.execute(delete(FigureDay).where(FigureDay.day == counted.day))
    of_day = {"day": counted.day, "counted_at": counted.counted_at, "good_until": counted.good_until}
    session.execute(insert(FigureDay).values(of_day))
    if counted.rows:
        session.execute(insert(DailyFigure), counted.rows)
    session.execute(delete(FigureChange).where(FigureChange.id.in_(counted.marks)))
    session.flush()


def _counted_by_these_rules(session: Session) -> bool:
    kept: str | None = session.scalar(select(OfficeSetting.value).where(OfficeSetting.name == _RULES))
    return kept == _rules()


@lru_cache(maxsize=1)
def _rules() -> str:
    """Give a digest of what the figures count: after an update that changes it, all days are counted anew."""
    then = datetime(2000, 1, 1, tzinfo=UTC)
    said = [by.value for by in _KEPT]
    for figure, condition in [*on_complaints().items(), *on_rounds(now=then).items()]:
        compiled = condition.compile()
        # A list of words comes from a set, in another order each time the program starts.
        values = [
            sorted(map(str, value)) if isinstance(value, list | tuple | set | frozenset) else str(value)
            for _, value in sorted(compiled.params.items())
        ]
        said.append(f"{figure.value}: {compiled} {values}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _counted(session: Session, day: str, filters: Filters, by: By, *, now: datetime) -> list[Row]:
    minutes = {}
    if by in _WITH_MINUTES:
        conditions = conditions_of(session, filters, now=now)
        minutes = {name: histograms(session, conditions, by, column) for name, column in _MINUTES.items()}
    return [
        {
            "day": day,
            "by": by.value,
            "key": "" if key is None else str(key),
            "counts": {
                figure.value: [count.rounds, count.complaints]
                for figure, count in counts.items()
                if count.rounds
            },
            "minutes": {
                name: {str(length): times for length, times in found.get(key, {}).items()}
                for name, found in minutes.items()
            },
        }
        for key, counts in figures.count_by(session, filters, by, now=now).items()
    ]


def _next_due(session: Session, filters: Filters, *, now: datetime) -> datetime | None:
    """Tell when the next answer is due; what is due already counts already."""
    query = (
        select(func.min(ComplaintRound.answer_due_at))
        .join(Complaint, Complaint.id == ComplaintRound.complaint_id)
        .where(
            *conditions_of(session, filters, now=now),
            Complaint.status.not_in(LEFT_OUT),
            ComplaintRound.first_answered_at.is_(None),
            ComplaintRound.answer_due_at >= now,
        )
    )
    return session.scalar(query)
