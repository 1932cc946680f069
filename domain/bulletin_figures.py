"""The figures of a bulletin: counted once, kept with it, and compared with an earlier period.

They follow the rules of 「统计」 (`domain.figure_rules`): what was filed in the period, with all its rounds,
by the team that has it now. Of a group with few cases no rate is shown.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from domain import daily_figures, figure_groups, matter_queries
from domain.figure_periods import Period, Step
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
    total,
)
from domain.figure_times import Lasting, Times, minutes_words
from domain.figures import By
from domain.filters import Filters
from domain.working_time import local_time
from models.category import Category
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from models.team import Team

F = Figure
# Of fewer complaints at one place, readers could tell whose they are.
FEWEST_AT_PLACE = 3
MOST_PLACES = 5
MOST_AREAS = 8
RATES = (
    ("按时答复率", RESPONSE, "在时限内由工作人员首次答复的 ÷ 应答复的"),
    ("办结解决率", RESOLUTION, "诉求人评价「已解决」的 ÷ 已评价的"),
    ("满意率", SATISFACTION, "诉求人评四、五星的 ÷ 已评价的"),
    ("评价覆盖率", COVERAGE, "已评价的 ÷ 已办结的；没有评价的不算满意"),
)
_NUMBERS = (F.FILED, F.RESOLVED, F.OPEN, F.REOPENED, F.DONE_LATE, F.DEFERRED, F.UNRATED, F.LEFT_OUT)
# Of these, fewer is better; of the others a change says nothing by itself.
_BAD = frozenset({F.REOPENED, F.DONE_LATE})


@dataclass(frozen=True)
class Change:
    """How something changed.

    Attributes:
        way: "up", "down" or "same"; empty where nothing can be compared.
        words: the same in words.
        is_better: None where neither way is better.
    """

    way: str = ""
    words: str = ""
    is_better: bool | None = None


@dataclass(frozen=True)
class Number:
    """How many complaints, now and in the period it is compared with."""

    figure: Figure
    now: int
    before: int

    @property
    def name(self) -> str:
        """What is counted."""
        return self.figure.label

    @property
    def change(self) -> Change:
        """How it changed."""
        if self.now == self.before:
            return Change("same", "持平")
        way = "up" if self.now > self.before else "down"
        words = f"{'多' if way == 'up' else '少'} {abs(self.now - self.before)} 件"
        return Change(way, words, way == "down" if self.figure in _BAD else None)


@dataclass(frozen=True)
class RateLine:
    """A rate, now and in the period it is compared with; each holds what it divides."""

    name: str
    meaning: str
    rate: Rate
    before: Rate

    @property
    def change(self) -> Change:
        """How it changed, in percentage points; nothing where either has too few."""
        if not (self.rate.enough and self.before.enough):
            return Change()
        points = 100 * self.rate.good / self.rate.of - 100 * self.before.good / self.before.of
        if abs(points) < 0.05:
            return Change("same", "持平")
        way = "up" if points > 0 else "down"
        return Change(way, f"{'高' if way == 'up' else '低'} {abs(points):.1f} 个百分点", way == "up")


@dataclass(frozen=True)
class TeamLine:
    """A team: how much was filed, its rates in the order of RATES, and how long it took."""

    name: str
    filed: int
    rates: tuple[Rate, ...]
    done: Lasting

    @property
    def enough(self) -> bool:
        """Whether any of its rates may be shown."""
        return any(rate.enough for rate in self.rates)


@dataclass(frozen=True)
class AreaLine:
    """A category with all below it."""

    name: str
    now: int
    before: int


@dataclass(frozen=True)
class PlaceLine:
    """A place; of a room, what it lies in."""

    name: str
    filed: int


@dataclass(frozen=True)
class MatterLine:
    """A public matter that was closed in the period."""

    number: str
    title: str
    goal: str
    team: str
    closed_on: date


@dataclass(frozen=True)
class BulletinFigures:
    """All that a bulletin shows of numbers.

    Attributes:
        compared_name: what the other period is called: 上期 or 去年同期.
        answer, done: how long until the first answer and the result; each with the time before.
        trend: how much was filed in each step of the period.
    """

    period: Period
    compared: Period
    compared_name: str
    taken_at: datetime
    numbers: list[Number]
    rates: list[RateLine]
    answer: tuple[Lasting, Lasting]
    done: tuple[Lasting, Lasting]
    teams: list[TeamLine]
    areas: list[AreaLine]
    places: list[PlaceLine]
    step: Step
    trend: list[tuple[str, int]]
    matters: list[MatterLine]

    @property
    def filed(self) -> int:
        """How much was filed in the period."""
        return self.number(F.FILED).now

    def number(self, figure: Figure) -> Number:
        """Give one of the numbers."""
        return next(one for one in self.numbers if one.figure is figure)

    def compared_words(self, change: Change) -> str:
        """Say how something changed: 比上期多 3 件, 和上期持平; empty where nothing can be compared."""
        if not change.way:
            return ""
        if change.way == "same":
            return f"和{self.compared_name}持平"
        return f"比{self.compared_name}{change.words}"

    @property
    def lasted(self) -> list[tuple[str, str, str]]:
        """How long answers and results took in the middle, now and before; left out of too few."""
        told = ("首次答复", self.answer), ("办结", self.done)
        lines = [(name, _middle(now), _middle(before)) for name, (now, before) in told]
        return [line for line in lines if line[1]]

    @property
    def teams_shown(self) -> list[TeamLine]:
        """The teams with enough to be compared."""
        return [team for team in self.teams if team.enough]

    @property
    def teams_left_out(self) -> list[str]:
        """The names of the others."""
        return [team.name for team in self.teams if not team.enough]

    @property
    def smallest(self) -> int:
        """Of fewer, no rate is shown."""
        return SMALLEST_GROUP


def _middle(times: Lasting) -> str:
    return minutes_words(times.median) if times.enough and times.median is not None else ""


_SHAPE = TypeAdapter(BulletinFigures)


def to_json(figures: BulletinFigures) -> dict[str, Any]:
    """Give figures as they are kept."""
    kept: dict[str, Any] = _SHAPE.dump_python(figures, mode="json")
    return kept


def from_json(kept: Mapping[str, Any]) -> BulletinFigures:
    """Read what `to_json` wrote."""
    return _SHAPE.validate_python(kept)


def take(session: Session, period: Period, *, compared: Period, now: datetime) -> BulletinFigures:
    """Count a period, and the one it is compared with, as they stand now."""
    filters, earlier = _filters(period), _filters(compared)
    ways = [By.DAY, By.TEAM, By.CATEGORY, By.PLACE]
    found = daily_figures.count_ways(session, filters, ways, now=now)
    earlier_found = daily_figures.count_ways(session, earlier, [By.ALL, By.CATEGORY], now=now)
    counts = total(list(found[By.DAY].values()))
    before = total(list(earlier_found[By.ALL].values()))
    lasted = daily_figures.times_ways(session, filters, [By.ALL, By.TEAM], now=now)
    times = lasted[By.ALL].get(1, Times())
    times_before = daily_figures.times_by(session, earlier, By.ALL, now=now).get(1, Times())
    return BulletinFigures(
        period=period,
        compared=compared,
        compared_name="上期" if compared == period.before() else "去年同期",
        taken_at=now,
        numbers=[Number(one, counts[one].complaints, before[one].complaints) for one in _NUMBERS],
        rates=[
            RateLine(name, meaning, rate_of(counts, pair), rate_of(before, pair))
            for name, pair, meaning in RATES
        ],
        answer=(times.answer, times_before.answer),
        done=(times.done, times_before.done),
        teams=_teams(session, found[By.TEAM], lasted[By.TEAM]),
        areas=_areas(session, found[By.CATEGORY], earlier_found[By.CATEGORY]),
        places=_places(session, found[By.PLACE]),
        step=period.usual_step,
        trend=_trend(found[By.DAY], period),
        matters=[
            MatterLine(
                number=one.number,
                title=one.title,
                goal=one.goal,
                team=one.team.name if one.team else "",
                closed_on=local_time(one.closed_at or now).date(),
            )
            for one in matter_queries.closed_between(session, period.start, period.end)
        ],
    )


def _filters(period: Period) -> Filters:
    return Filters(filed_from=period.start, filed_to=period.end)


def _teams(
    session: Session, counts: Mapping[int | None, Counts], times: Mapping[int | None, Times]
) -> list[TeamLine]:
    named = session.execute(select(Team.id, Team.name).order_by(Team.id)).all()
    return [
        TeamLine(
            name,
            counts[team_id][F.FILED].complaints,
            tuple(rate_of(counts[team_id], pair) for _, pair, _ in RATES),
            times.get(team_id, Times()).done,
        )
        for team_id, name in named
        if team_id in counts
    ]


def _areas(session: Session, counts: Mapping[int, Counts], earlier: Mapping[int, Counts]) -> list[AreaLine]:
    """Give the categories of the first level by how much was filed."""
    now_by, before_by = (
        {
            branch.name: branch.counts[F.FILED].complaints
            for branch in figure_groups.branches(session, Category, one)
            if not branch.depth
        }
        for one in (counts, earlier)
    )
    lines = [AreaLine(name, count, before_by.get(name, 0)) for name, count in now_by.items()]
    return sorted(lines, key=lambda line: -line.now)[:MOST_AREAS]


def _places(session: Session, counts: Mapping[int | None, Counts]) -> list[PlaceLine]:
    """Give the places most was filed about; rooms count for what they lie in."""
    known = [place_id for place_id in counts if place_id is not None]
    query = select(ServicePoint).where(ServicePoint.id.in_(known)).options(joinedload(ServicePoint.parent))
    here = session.scalars(query)
    filed: Counter[str] = Counter()
    for place in here:
        shown = place.parent if place.kind is ServicePointKind.ROOM else place
        if shown is not None:
            filed[shown.full_name] += counts[place.id][F.FILED].complaints
    return [PlaceLine(name, n) for name, n in filed.most_common(MOST_PLACES) if n >= FEWEST_AT_PLACE]


def _trend(by_day: Mapping[str, Counts], period: Period) -> list[tuple[str, int]]:
    step = period.usual_step
    names = {Step.DAY: "{0.month}-{0.day}", Step.WEEK: "{0.month}-{0.day}", Step.MONTH: "{0.month}月"}
    return [
        (names[step].format(part.first), counts[F.FILED].complaints)
        for part, counts in figure_groups.trend(by_day, period, step)
    ]
