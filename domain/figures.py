"""Counting complaints for the figures (统计): in one pass over a period, whichever ways they are told apart.

A complaint belongs to the period in which it was filed, with all its rounds, and to the team that has it
now. So each number is the number of a list that the inbox can show.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import String

from domain.figure_rules import Count, Counts, Figure, joined_rating, on_complaints, on_rounds
from domain.filters import Filters, conditions_of
from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.enums import Channel, ComplaintKind, Word
from models.rating import Rating


class By(Word):
    """What complaints are told apart by."""

    ALL = "all", "合计"
    TEAM = "team", "责任单位"
    CATEGORY = "category", "类别"
    PLACE = "place", "地点"
    KIND = "kind", "类型"
    CHANNEL = "channel", "渠道"
    DAY = "day", "提出的日期"
    HOUR = "hour", "提出的钟点"


class local_day(GenericFunction[str]):  # noqa: N801 (named as it is in SQL)
    """The day in Shanghai that a stored moment lies in: 2026-11-23."""

    type = String()
    inherit_cache = True


class local_hour(GenericFunction[str]):  # noqa: N801 (named as it is in SQL)
    """The day of the week, from 1 for Sunday, and hour in Shanghai of a stored moment: 2 10."""

    type = String()
    inherit_cache = True


@compiles(local_day, "sqlite")
def _day_on_sqlite(element: local_day, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401
    return f"date({compiler.process(element.clauses, **words)}, '+8 hours')"


@compiles(local_day, "postgresql")
def _day_on_postgresql(element: local_day, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401
    return _in_shanghai(compiler.process(element.clauses, **words), "YYYY-MM-DD")


@compiles(local_hour, "sqlite")
def _hour_on_sqlite(element: local_hour, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401
    moment = compiler.process(element.clauses, **words)
    return f"(strftime('%w', {moment}, '+8 hours') + 1) || strftime(' %H', {moment}, '+8 hours')"


@compiles(local_hour, "postgresql")
def _hour_on_postgresql(element: local_hour, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401
    return _in_shanghai(compiler.process(element.clauses, **words), "D HH24")


def _in_shanghai(moment: str, form: str) -> str:
    return f"to_char({moment} AT TIME ZONE 'Asia/Shanghai', '{form}')"


# They count rounds of work; the complaints behind them are counted besides.
OF_ROUNDS = [figure for figure in Figure if figure not in on_complaints()]
_COLUMNS: dict[By, InstrumentedAttribute[Any]] = {
    By.TEAM: Complaint.team_id,
    By.CATEGORY: Complaint.category_id,
    By.PLACE: Complaint.service_point_id,
    By.KIND: Complaint.kind,
    By.CHANNEL: Complaint.channel,
}


def key_of(by: By) -> SQLColumnExpression[Any]:
    """Give the column, or what is worked out from one, that complaints are told apart by."""
    if by is By.ALL:
        return literal(1)
    if by is By.DAY:
        return local_day(Complaint.filed_at)
    if by is By.HOUR:
        return local_hour(Complaint.filed_at)
    return _COLUMNS[by]


def count_ways(
    session: Session, filters: Filters, ways: Collection[By], *, now: datetime
) -> dict[By, dict[Any, Counts]]:
    """Count everything at once, in each of several ways of telling complaints apart.

    Args:
        filters: the period (as filed), and what else narrows it.

    Returns:
        For each way the counts of each group there is: by id, word, day such as 2026-11-23, or by day of the
        week and hour such as "2 10" for Mondays at ten; None stands for no team or no place.
    """
    return count_meeting(session, conditions_of(session, filters, now=now), ways, now=now)


def count_by(session: Session, filters: Filters, by: By, *, now: datetime) -> dict[Any, Counts]:
    """Count everything at once in one way; see `count_ways`."""
    return count_ways(session, filters, [by], now=now)[by]


def count_where(session: Session, *conditions: ColumnElement[bool], now: datetime) -> Counts:
    """Count everything at once of complaints that meet the conditions."""
    return count_meeting(session, conditions, [By.ALL], now=now)[By.ALL].get(1) or {
        figure: Count() for figure in Figure
    }


def count_all(session: Session, filters: Filters, *, now: datetime) -> Counts:
    """Count everything at once, without telling groups apart."""
    return count_where(session, *conditions_of(session, filters, now=now), now=now)


def count_meeting(
    session: Session, conditions: Sequence[ColumnElement[bool]], ways: Collection[By], *, now: datetime
) -> dict[By, dict[Any, Counts]]:
    """Count everything at once of complaints that meet the conditions; see `count_ways`."""
    # First how often each complaint counts, then the sums: a complaint with two rounds is one in a list.
    each = (
        select(
            Complaint.id,
            *(cast(key_of(by), String).label(by.value) for by in ways),
            *(case((meets, 1), else_=0).label(name.value) for name, meets in on_complaints().items()),
            *(
                func.sum(case((meets, 1), else_=0)).label(name.value)
                for name, meets in on_rounds(now=now).items()
            ),
        )
        .outerjoin(ComplaintRound, ComplaintRound.complaint_id == Complaint.id)
        .outerjoin(Rating, joined_rating())
        .where(*conditions)
        # In the order in which a span of time is read; by the id alone, SQLite reads all that there are.
        .group_by(Complaint.filed_at, Complaint.id)
        .subquery()
    )
    # They are looked up once, however many ways there are; each then counts once in every way.
    way = union_all(*(select(literal(by.value).label("by")) for by in ways)).subquery()
    key = case(*((way.c.by == by.value, each.c[by.value]) for by in ways)).label("key")
    sums = [func.sum(each.c[figure.value]) for figure in Figure]
    behind = [func.sum(case((each.c[figure.value] > 0, 1), else_=0)) for figure in OF_ROUNDS]
    query = select(way.c.by, key, *sums, *behind).select_from(each.join(way, true())).group_by(way.c.by, key)
    found: dict[By, dict[Any, Counts]] = {by: {} for by in ways}
    for row in session.execute(query):
        by = By(row[0])
        found[by][read_key(by, row[1])] = counts_of(row[2:])
    return found


def read_key(by: By, said: str | None) -> Any:  # noqa: ANN401 (ids, words and texts)
    """Give the key of a group out of its text; None or empty for no team and no place."""
    if not said:
        return None
    kinds: dict[By, Any] = {By.KIND: ComplaintKind, By.CHANNEL: Channel, By.HOUR: str, By.DAY: str}
    return kinds.get(by, int)(said)


def counts_of(numbers: Sequence[Any]) -> Counts:
    """Put numbers together: one of each figure, then the complaints behind each of OF_ROUNDS."""
    sums = dict(zip(Figure, map(int, numbers[: len(Figure)]), strict=True))
    behind = dict(zip(OF_ROUNDS, map(int, numbers[len(Figure) :]), strict=True))
    return {figure: Count(sums[figure], behind.get(figure, sums[figure])) for figure in Figure}
