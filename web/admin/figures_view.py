"""What the page 「统计」 shows: numbers with the lists behind them, rates, tables, and data of charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.figure_periods import Period
from domain.figure_rules import (
    COVERAGE,
    RESOLUTION,
    RESPONSE,
    SATISFACTION,
    SMALLEST_GROUP,
    Counts,
    Figure,
    Rate,
    rate_of,
)
from domain.figure_times import Lasting, Times, minutes_words
from web.admin.figures_query import FiguresQuery

F = Figure


@dataclass(frozen=True)
class Number:
    """A number with the address of the list behind it; `behind` is how long that list is, if it differs."""

    value: int
    address: str
    behind: int | None = None


@dataclass(frozen=True)
class RateCard:
    """One rate, with what it divides, what it means, and how it was before."""

    name: str
    rate: Rate
    good: Number
    of: Number
    meaning: str
    before: Rate
    last_year: Rate

    @property
    def change(self) -> str:
        """How it changed, in percentage points; empty where either has too few to compare."""
        if not (self.rate.enough and self.before.enough):
            return ""
        points = 100 * self.rate.good / self.rate.of - 100 * self.before.good / self.before.of
        return f"{points:+.1f}".replace("-", "−") if abs(points) >= 0.05 else "持平"


@dataclass(frozen=True)
class Flag:
    """A number that makes one look twice, with what it is a share of."""

    name: str
    number: Number
    of: int
    meaning: str

    @property
    def share(self) -> str:
        """The share it has; a dash of too few."""
        rate = Rate(self.number.value, self.of)
        return rate.words if rate.enough else "—"


@dataclass(frozen=True)
class Group:
    """One row of a table: a team, a category, a place, a step of a trend."""

    name: str
    numbers: Mapping[Figure, Number]
    rates: Sequence[Rate]
    times: Times | None = None
    depth: int = 0
    address: str = ""
    note: str = ""


RATES = (
    (
        "按时答复率",
        RESPONSE,
        "在时限内由工作人员首次答复的，占应当答复的。自动回复不算；到期没答复的算未按时。",
    ),
    ("办结解决率", RESOLUTION, "诉求人评价为“已解决”的，占已评价的。每次重办另算一轮。"),
    ("满意率", SATISFACTION, "诉求人评四星、五星的，占已评价的。没有评价的不算满意。"),
    ("评价覆盖率", COVERAGE, "已评价的，占已办结的。"),
)
FLAGS = (
    (F.REOPENED, F.RESOLVED, "评价未解决或两星以下，退回重新办理的诉求。"),
    (F.RELAPSED, F.RESOLVED, "销号以后又重新打开，或同一件事又提出来。"),
    (F.DEFERRED, F.COUNTED, "延期办理、向诉求人承诺过日期的。"),
    (F.DONE_LATE, F.RESOLVED, "办结时已经过了时限或承诺的日期。"),
    (F.BOUNCED, F.COUNTED, "在单位之间转了两次以上。"),
    (F.WORDLESS, F.RESOLVED, "办结时给诉求人的话不到十个字。"),
    (F.RUSHED, F.RESOLVED, "到期前一小时内办结，后来又退回重办。"),
)


def number(
    query: FiguresQuery, counts: Counts, figure: Figure, within: Mapping[str, object] | None = None
) -> Number:
    """Give a number with its list; `within` narrows the list to a group."""
    count = counts[figure]
    behind = count.complaints if count.complaints != count.rounds else None
    return Number(count.rounds, query.list_of(figure, within), behind)


def rate_cards(query: FiguresQuery, now: Counts, before: Counts, last_year: Counts) -> list[RateCard]:
    """Give the three rates and the coverage."""
    return [
        RateCard(
            name,
            rate_of(now, pair),
            number(query, now, pair[0]),
            number(query, now, pair[1]),
            meaning,
            rate_of(before, pair),
            rate_of(last_year, pair),
        )
        for name, pair, meaning in RATES
    ]


def flags(query: FiguresQuery, counts: Counts) -> list[Flag]:
    """Give what makes one look twice."""
    return [
        Flag(figure.label, number(query, counts, figure), counts[of].rounds, meaning)
        for figure, of, meaning in FLAGS
    ]


def group(
    query: FiguresQuery,
    name: str,
    counts: Counts,
    *,
    times: Times | None = None,
    depth: int = 0,
    address: str = "",
    note: str = "",
    linked: bool = True,
    within: Mapping[str, object] | None = None,
) -> Group:
    """Give one row of a table.

    Args:
        address: of the same page, narrowed to this group.
        linked: whether the inbox can list just this group.
        within: the parameters that narrow the list to this group.
    """
    shown = (F.FILED, F.COUNTED, F.RESOLVED, F.RATED, F.UNRATED, F.OPEN, F.REOPENED)
    numbers = {figure: number(query, counts, figure, within) for figure in shown}
    if not linked:
        numbers = {figure: Number(one.value, "") for figure, one in numbers.items()}
    rates = [rate_of(counts, pair) for _, pair, _ in RATES]
    return Group(name, numbers, rates, times, depth, address, note)


def step_name(period: Period) -> str:
    """Name a step of a trend shortly: 11-21, or 11-16～11-22."""
    first = f"{period.first:%m-%d}"
    return first if period.days == 1 else f"{first}～{period.last:%m-%d}"


def lasting_words(lasting: Lasting | None, percent: int) -> str:
    """Say working minutes as people do: 45 分钟, 3.5 小时; a dash where there is none."""
    minutes = None if lasting is None else (lasting.median if percent == 50 else lasting.ninetieth)
    return "—" if minutes is None else minutes_words(minutes)


def shown_percent(rate: Rate) -> float | None:
    """Give a rate for a chart; None where too few are counted."""
    return int(1000 * rate.good / rate.of) / 10 if rate.enough else None


def trend_chart(groups: Sequence[Group]) -> dict[str, Any]:
    """Give the data of the trend: bars of what was filed, lines of the rates."""
    return {
        "kind": "trend",
        "names": [one.name for one in groups],
        "bars": {"name": "提出", "values": [one.numbers[F.FILED].value for one in groups]},
        "lines": [
            {"name": name, "values": [shown_percent(one.rates[at]) for one in groups]}
            for at, (name, _, _) in enumerate(RATES[:3])
        ],
    }


def bar_chart(groups: Sequence[Group], most: int = 15) -> dict[str, Any]:
    """Give the data of bars, the fullest first."""
    fullest = sorted(groups, key=lambda one: -one.numbers[F.FILED].value)[:most]
    return {
        "kind": "bars",
        "names": [one.name for one in fullest],
        "values": [one.numbers[F.FILED].value for one in fullest],
    }


SMALLEST = SMALLEST_GROUP
