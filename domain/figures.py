"""Counting complaints for the figures (统计): in one pass over a period, by one dimension.

A complaint belongs to the period in which it was filed, with all its rounds, and to the team that has it
now. So each number is the number of a list that the inbox can show.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, case, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import String

from domain.figure_rules import Count, Counts, Figure, joined_rating, on_complaints, on_rounds
from domain.filters import Filters, conditions_of
from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.enums import Word
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


def count_by(session: Session, filters: Filters, by: By, *, now: datetime) -> dict[Any, Counts]:
    """Count everything at once.

    Args:
        filters: the period (as filed), and what else narrows it.

    Returns:
        The counts of each group there is: by id, word, day such as 2026-11-23, or by day of the week and
        hour such as "2 10" for Mondays at ten; None stands for no team or no place.
    """
    return count_meeting(session, conditions_of(session, filters, now=now), by, now=now)


def count_where(session: Session, *conditions: ColumnElement[bool], now: datetime) -> Counts:
    """Count everything at once of complaints that meet the conditions."""
    return count_meeting(session, conditions, By.ALL, now=now).get(1) or {
        figure: Count() for figure in Figure
    }


def count_all(session: Session, filters: Filters, *, now: datetime) -> Counts:
    """Count everything at once, without telling groups apart."""
    return count_where(session, *conditions_of(session, filters, now=now), now=now)


def count_meeting(
    session: Session, conditions: Sequence[ColumnElement[bool]], by: By, *, now: datetime
) -> dict[Any, Counts]:
    """Count everything at once, by group, of complaints that meet the conditions; see `count_by`."""
    of_complaint, of_round = on_complaints(), on_rounds(now=now)
    # First how often each complaint counts, then the sums: a complaint with two rounds is one in a list.
    each = (
        select(
            Complaint.id,
            key_of(by).label("key"),
            *(case((condition, 1), else_=0).label(name.value) for name, condition in of_complaint.items()),
            *(
                func.sum(case((condition, 1), else_=0)).label(name.value)
                for name, condition in of_round.items()
            ),
        )
        .outerjoin(ComplaintRound, ComplaintRound.complaint_id == Complaint.id)
        .outerjoin(Rating, joined_rating())
        .where(*conditions)
        .group_by(Complaint.id)
        .subquery()
    )
    sums = [func.sum(each.c[figure.value]) for figure in Figure]
    behind = [func.sum(case((each.c[figure.value] > 0, 1), else_=0)) for figure in of_round]
    rows = session.execute(select(each.c.key, *sums, *behind).group_by(each.c.key))
    return {row[0]: _counts(row[1:], list(of_round)) for row in rows}


def _counts(numbers: Sequence[Any], of_round: Sequence[Figure]) -> Counts:
    sums = dict(zip(Figure, map(int, numbers[: len(Figure)]), strict=True))
    behind = dict(zip(of_round, map(int, numbers[len(Figure) :]), strict=True))
    return {figure: Count(sums[figure], behind.get(figure, sums[figure])) for figure in Figure}
