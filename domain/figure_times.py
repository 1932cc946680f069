"""How long things take: middle and ninetieth percentile, in working minutes, of answers and results."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Label, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.figure_rules import LEFT_OUT, SMALLEST_GROUP
from domain.figures import By, key_of
from domain.filters import Filters, conditions_of
from models.complaint import Complaint
from models.complaint_round import ComplaintRound

Histogram = Mapping[int, int]
_HOUR = 60


@dataclass(frozen=True)
class Lasting:
    """How long something took.

    Attributes:
        median, ninetieth: working minutes; None where nothing ended.
        of: how many rounds.
    """

    median: int | None = None
    ninetieth: int | None = None
    of: int = 0

    @property
    def enough(self) -> bool:
        """Whether so many are counted that a group's times may be shown."""
        return self.of >= SMALLEST_GROUP


@dataclass(frozen=True)
class Times:
    """How long until the first answer by a human, and until the result, of one group."""

    answer: Lasting = Lasting()
    done: Lasting = Lasting()


def times_by(session: Session, filters: Filters, by: By, *, now: datetime) -> dict[Any, Times]:
    """Give the times of each group; each round counts by itself."""
    conditions = conditions_of(session, filters, now=now)
    answers = histograms(session, conditions, by, ComplaintRound.answer_minutes)
    done = histograms(session, conditions, by, ComplaintRound.done_minutes)
    keys = answers.keys() | done.keys()
    return {key: Times(lasting(answers.get(key, {})), lasting(done.get(key, {}))) for key in keys}


def histograms(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    by: By,
    minutes: InstrumentedAttribute[int | None],
) -> dict[Any, dict[int, int]]:
    """Count in each group how often each number of minutes occurs.

    However many complaints there are, there are only so many minutes, and the percentiles are exact.
    """
    key: Label[Any] = key_of(by).label("key")
    query = (
        select(key, minutes, func.count())
        .select_from(Complaint)
        .join(ComplaintRound, ComplaintRound.complaint_id == Complaint.id)
        .where(*conditions, Complaint.status.not_in(LEFT_OUT), minutes.is_not(None))
        .group_by(key, minutes)
    )
    found: dict[Any, dict[int, int]] = defaultdict(dict)
    for group, length, count in session.execute(query):
        found[group][length] = count
    return found


def lasting(histogram: Histogram) -> Lasting:
    """Give the percentiles of minutes with how often each occurs, by nearest rank: numbers that occurred."""
    of = sum(histogram.values())
    return Lasting(percentile(histogram.items(), of, 50), percentile(histogram.items(), of, 90), of)


def percentile(counts: Iterable[tuple[int, int]], of: int, percent: int) -> int | None:
    """Give the smallest value that so many per cent of all do not exceed."""
    rank, seen = -(-of * percent // 100), 0
    for value, count in sorted(counts):
        seen += count
        if seen >= rank:
            return value
    return None


def minutes_words(minutes: int) -> str:
    """Say working minutes as people do: 45 分钟, 3.5 小时."""
    if minutes < _HOUR:
        return f"{minutes} 分钟"
    hours = f"{minutes / _HOUR:.1f}".removesuffix(".0")
    return f"{hours} 小时"
