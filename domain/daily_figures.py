"""Figures of long periods: added up from days counted ahead of time, and counted where a day is not fresh.

Each step on a complaint leaves a mark on the day it was filed (`FigureChange`), in its own transaction; the
worker counts marked days again. A day with a mark, or on which something fell due since, is counted anew by
whoever asks. So an answer is never older than the moment it is given, whether or not the worker runs.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select
from sqlalchemy.orm import Session

from domain import figures
from domain.figure_periods import Period
from domain.figure_rules import LEFT_OUT, Counts, Figure, on_complaints, on_rounds, total
from domain.figure_times import Times, histograms, lasting
from domain.figures import OF_ROUNDS, By
from domain.filters import Filters, conditions_of
from domain.working_time import local_time
from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.daily_figure import BEHIND, DailyFigure, FigureChange, FigureDay
from models.office_setting import OfficeSetting
from models.upsert import insert_into

_KEPT = (By.TEAM, By.CATEGORY, By.PLACE, By.KIND, By.CHANNEL, By.HOUR)
_OF_TEAM = frozenset({By.ALL, By.DAY, By.TEAM})
_DAY = timedelta(days=1)
_MINUTES = {"answer": ComplaintRound.answer_minutes, "done": ComplaintRound.done_minutes}
_RULES = "figures_counted_by"
# As `figures.counts_of` takes them.
_COLUMNS = [figure.value for figure in Figure] + [BEHIND.format(figure.value) for figure in OF_ROUNDS]
Row = dict[str, Any]
# For answer and result: how often which length occurs, in each group.
_Minutes = dict[str, dict[Any, Counter[int]]]


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


def count_ways(
    session: Session, filters: Filters, ways: Collection[By], *, now: datetime
) -> Mapping[By, Mapping[Any, Counts]]:
    """Give what `figures.count_ways` gives, sooner for long periods."""
    period = _whole_days(filters, ways)
    if period is None:
        return figures.count_ways(session, filters, ways, now=now)
    rest = _not_fresh(session, period, now=now)
    collected: dict[By, dict[Any, list[Counts]]] = {by: defaultdict(list) for by in ways}
    for by, key, counts in _added_up(session, period, rest, ways, filters.team_id):
        collected[by][key].append(counts)
    if rest:
        conditions = [_filed_in(_stretches(rest)), *_of_team(filters)]
        for by, groups in figures.count_meeting(session, conditions, ways, now=now).items():
            for key, counts in groups.items():
                collected[by][key].append(counts)
    return {by: {key: total(many) for key, many in groups.items()} for by, groups in collected.items()}


def count_by(session: Session, filters: Filters, by: By, *, now: datetime) -> Mapping[Any, Counts]:
    """Give what `figures.count_by` gives, sooner for long periods."""
    return count_ways(session, filters, [by], now=now)[by]


def count_all(session: Session, filters: Filters, *, now: datetime) -> Counts:
    """Give what `figures.count_all` gives, sooner for long periods."""
    return total(list(count_by(session, filters, By.ALL, now=now).values()))


def times_ways(
    session: Session, filters: Filters, ways: Collection[By], *, now: datetime
) -> Mapping[By, Mapping[Any, Times]]:
    """Give what `figure_times.times_by` gives, of all and by team, for one reading of both.

    Args:
        ways: By.ALL, By.TEAM or both.
    """
    found: dict[By, _Minutes] = {by: {name: defaultdict(Counter) for name in _MINUTES} for by in ways}

    def add(team_id: int | None, name: str, lengths: Iterable[int] | Mapping[int, int]) -> None:
        for by, minutes in found.items():
            minutes[name][team_id if by is By.TEAM else 1].update(lengths)

    conditions = conditions_of(session, filters, now=now)
    period = _whole_days(filters, ways)
    if period is not None:
        rest = _not_fresh(session, period, now=now)
        query = select(DailyFigure.key, DailyFigure.minutes)
        for key, kept in session.execute(query.where(*_kept(period, rest, [By.TEAM], filters.team_id))):
            for name, lengths in kept.items():
                add(figures.read_key(By.TEAM, key), name, lengths)
        conditions = [_filed_in(_stretches(rest)), *_of_team(filters)] if rest else []
    if conditions or period is None:
        for name, column in _MINUTES.items():
            for team_id, histogram in histograms(session, conditions, By.TEAM, column).items():
                add(team_id, name, histogram)
    return {by: _times(minutes) for by, minutes in found.items()}


def times_by(session: Session, filters: Filters, by: By, *, now: datetime) -> Mapping[Any, Times]:
    """Give the times in one way; see `times_ways`."""
    return times_ways(session, filters, [by], now=now)[by]


def _times(minutes: _Minutes) -> Mapping[Any, Times]:
    keys = {key for groups in minutes.values() for key, histogram in groups.items() if histogram}
    return {key: Times(*(lasting(minutes[name].get(key, {})) for name in _MINUTES)) for key in keys}


def _whole_days(filters: Filters, ways: Collection[By]) -> Period | None:
    """Give the days that are asked for, if days counted ahead can answer it."""
    start, end = filters.filed_from, filters.filed_to
    if start is None or end is None or (filters.team_id is not None and not _OF_TEAM.issuperset(ways)):
        return None
    period = Period(local_time(start).date(), local_time(end).date() - _DAY)
    plain = Filters(filed_from=period.start, filed_to=period.end, team_id=filters.team_id)
    return period if filters == plain and period.days > 0 else None


def _not_fresh(session: Session, period: Period, *, now: datetime) -> Sequence[date]:
    """Give the days that were not counted ahead, or to which something has happened since.

    It is one statement: what is counted again in between cannot be missed.
    """
    rules = select(OfficeSetting.value).where(OfficeSetting.name == _RULES).scalar_subquery()
    query = select(FigureDay.day, rules).where(
        FigureDay.day.between(period.first.isoformat(), period.last.isoformat()),
        or_(FigureDay.good_until.is_(None), FigureDay.good_until >= now),
        ~exists().where(FigureChange.day == FigureDay.day),
    )
    fresh = {row[0] for row in session.execute(query) if row[1] == _rules()}
    days = (period.first + timedelta(days=at) for at in range(period.days))
    return [day for day in days if day.isoformat() not in fresh]


def _added_up(
    session: Session, period: Period, rest: Sequence[date], ways: Collection[By], team_id: int | None
) -> Iterator[tuple[By, Any, Counts]]:
    """Have the database add up what was counted ahead."""
    sums = [func.sum(getattr(DailyFigure, name)) for name in _COLUMNS]
    as_kept = [by for by in ways if by in _KEPT]
    if as_kept:
        query = select(DailyFigure.by, DailyFigure.key, *sums).group_by(DailyFigure.by, DailyFigure.key)
        for row in session.execute(query.where(*_kept(period, rest, as_kept, team_id))):
            by = By(row[0])
            yield by, figures.read_key(by, row[1]), figures.counts_of(row[2:])
    if By.DAY in ways:
        query = select(DailyFigure.day, *sums).group_by(DailyFigure.day)
        for row in session.execute(query.where(*_kept(period, rest, [By.TEAM], team_id))):
            yield By.DAY, row[0], figures.counts_of(row[1:])
    if By.ALL in ways:
        row = session.execute(select(*sums).where(*_kept(period, rest, [By.TEAM], team_id))).one()
        if row[0] is not None:
            yield By.ALL, 1, figures.counts_of(row)


def _kept(
    period: Period, rest: Sequence[date], ways: Collection[By], team_id: int | None
) -> list[ColumnElement[bool]]:
    """Give the conditions on DailyFigure of all days but these, told apart in these ways."""
    conditions: list[ColumnElement[bool]] = [
        DailyFigure.by.in_([by.value for by in ways]),
        DailyFigure.day.between(period.first.isoformat(), period.last.isoformat()),
        DailyFigure.day.not_in([day.isoformat() for day in rest]),
    ]
    return conditions if team_id is None else [*conditions, DailyFigure.key == str(team_id)]


def _stretches(days: Sequence[date]) -> list[Period]:
    """Put days that follow each other together."""
    found: list[Period] = []
    for day in days:
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
    counts = figures.count_ways(session, filters, _KEPT, now=now)
    conditions = conditions_of(session, filters, now=now)
    minutes = {
        name: histograms(session, conditions, By.TEAM, column) if counts[By.TEAM] else {}
        for name, column in _MINUTES.items()
    }
    rows = [
        {
            "day": day,
            "by": by.value,
            "key": "" if key is None else str(key),
            "minutes": {
                name: sorted(Counter(found.get(key, {})).elements()) if by is By.TEAM else []
                for name, found in minutes.items()
            },
            **_in_columns(found),
        }
        for by, groups in counts.items()
        for key, found in groups.items()
    ]
    return CountedDay(day, now, good_until, marks, rows)


def _in_columns(counts: Counts) -> dict[str, int]:
    behind = {BEHIND.format(figure.value): counts[figure].complaints for figure in OF_ROUNDS}
    return {figure.value: count.rounds for figure, count in counts.items()} | behind


def keep(session: Session, counted: CountedDay) -> None:
    """Keep the count of a day, and take away the marks of what it has seen."""
    if not _counted_by_these_rules(session):
        session.execute(delete(DailyFigure))
        session.execute(delete(FigureDay))
        session.merge(OfficeSetting(name=_RULES, value=_rules(), changed_at=counted.counted_at))
    session.execute(delete(DailyFigure).where(DailyFigure.day == counted.day))
    of_day = {"counted_at": counted.counted_at, "good_until": counted.good_until}
    day = insert_into(session, FigureDay).values(day=counted.day, **of_day)
    session.execute(day.on_conflict_do_update(index_elements=["day"], set_=of_day))
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
