"""The scoreboard (三比): teams side by side, and one score made of what is measured and its weights.

All arithmetic is in tenths of a point, so that everybody can work it out again with what the page shows.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import daily_figures
from domain.errors import Invalid
from domain.figure_groups import NOTHING
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
from domain.figure_times import Times
from domain.figures import By
from domain.filters import Filters
from domain.office_settings import Setting
from models.enums import QuestionKind, Word
from models.survey import Survey, SurveyAnswer, SurveyQuestion, SurveySection
from models.team import Team

F = Figure
FULL = 1000
# With less of the weight counted, a score is shown and given no place.
RANKED_FROM_WEIGHT = 60
_MOST_STARS = 5


class Criterion(Word):
    """What teams are compared by."""

    RESPONSE = "response", "按时答复率"
    RESOLUTION = "resolution", "办结解决率"
    SATISFACTION = "satisfaction", "满意率"
    COVERAGE = "coverage", "评价覆盖率"
    LATE = "late", "超期办结"
    REDONE = "redone", "重办"
    DEFERRED = "deferred", "延期挂账"
    BOUNCED = "bounced", "多次转办"
    SURVEY = "survey", "满意度测评"


C = Criterion
Weights = Mapping[Criterion, int]
# What each divides by what; the survey is counted apart.
SHARES: Mapping[Criterion, tuple[Figure, Figure]] = {
    C.RESPONSE: RESPONSE,
    C.RESOLUTION: RESOLUTION,
    C.SATISFACTION: SATISFACTION,
    C.COVERAGE: COVERAGE,
    C.LATE: (F.DONE_LATE, F.RESOLVED),
    C.REDONE: (F.REOPENED, F.RESOLVED),
    C.DEFERRED: (F.DEFERRED, F.COUNTED),
    C.BOUNCED: (F.BOUNCED, F.COUNTED),
}
# Of these less is better: what is scored is what is left of 100.
FEWER_IS_BETTER = frozenset({C.LATE, C.REDONE, C.DEFERRED, C.BOUNCED})
USUAL_WEIGHTS: Weights = {
    C.RESPONSE: 20,
    C.RESOLUTION: 20,
    C.SATISFACTION: 20,
    C.COVERAGE: 5,
    C.LATE: 5,
    C.REDONE: 10,
    C.DEFERRED: 5,
    C.BOUNCED: 5,
    C.SURVEY: 10,
}
WEIGHTS: Setting[Weights] = Setting(
    "scoreboard_weights",
    default=lambda: USUAL_WEIGHTS,
    load=lambda value: {one: int(value.get(one.value, 0)) for one in Criterion},
    dump=lambda weights: {one.value: weight for one, weight in weights.items()},
)


@dataclass(frozen=True)
class Measured:
    """What one team reached in one criterion.

    Attributes:
        rate: the share; of the survey, stars given out of all that could have been.
        n: how many it rests on: complaints or rounds, or sheets of the survey.
    """

    criterion: Criterion
    rate: Rate
    n: int

    @property
    def enough(self) -> bool:
        """Whether it rests on so many that it may be shown, and counts."""
        return self.n >= SMALLEST_GROUP

    @property
    def tenths(self) -> int:
        """What it is worth, 0 to 1000; a share is rounded down first, as it is shown."""
        share = min(FULL, FULL * self.rate.good // self.rate.of)
        return FULL - share if self.criterion in FEWER_IS_BETTER else share


@dataclass(frozen=True)
class Score:
    """One number made of several, and how.

    Attributes:
        tenths: 0 to 1000; None where there is nothing to count.
        words: the calculation, as one would write it down.
        left_out: names of what has a weight and could not be counted.
        weight: how much of the weight is counted, in per cent of all.
    """

    tenths: int | None
    words: str
    left_out: Sequence[str] = ()
    weight: int = 0

    @property
    def text(self) -> str:
        """The score with one decimal; a dash where there is none."""
        return points(self.tenths)

    @property
    def is_ranked(self) -> bool:
        """Whether it rests on so much of the weight that it may be set against others."""
        return self.weight >= RANKED_FROM_WEIGHT


@dataclass(frozen=True)
class SurveyStars:
    """Stars that surveys of a period gave a team's work; those of too few sheets are not in it.

    Attributes:
        surveys: id and title of those that counted.
    """

    n: int = 0
    total: int = 0
    given: int = 0
    surveys: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class Line:
    """One team on the scoreboard."""

    team: Team
    counts: Counts
    times: Times
    stars: SurveyStars
    measured: Mapping[Criterion, Measured]
    score: Score
    rank: int | None = field(default=None)


def points(tenths: int | None) -> str:
    """Write a score with one decimal: 87.5; a dash for none."""
    return "—" if tenths is None else f"{tenths // 10}.{tenths % 10}"


def weighted(parts: Sequence[tuple[str, int | None, int]]) -> Score:
    """Make one score of several.

    Args:
        parts: what each is called, its tenths (None: it cannot be counted), and its weight in per cent.

    Returns:
        The mean by weight of those that can be counted, rounded to a tenth; with the calculation in words.
    """
    counted = [(name, tenths, weight) for name, tenths, weight in parts if tenths is not None and weight]
    left_out = [name for name, tenths, weight in parts if tenths is None and weight]
    of = sum(weight for _, _, weight in counted)
    if not of:
        return Score(None, "没有可以计算的项目。", left_out)
    total = sum(tenths * weight for _, tenths, weight in counted)
    tenths = (2 * total + of) // (2 * of)
    terms = " + ".join(f"{name} {points(worth)} × {weight}" for name, worth, weight in counted)
    words = f"（{terms}）÷ {of} = {points(tenths)}"
    if left_out:
        words += f"。{'、'.join(left_out)}没有计入，按其余 {of}% 的权重折算"
    return Score(tenths, f"{words}。", left_out, of)


def lines(session: Session, period: Period, weights: Weights, *, now: datetime) -> list[Line]:
    """Give all teams that are in use or have something in the period, the best score first.

    Equal scores share a place; see `ranks_of`.
    """
    filters = Filters(filed_from=period.start, filed_to=period.end)
    counts = daily_figures.count_by(session, filters, By.TEAM, now=now)
    times = daily_figures.times_by(session, filters, By.TEAM, now=now)
    stars = survey_stars(session, period)
    found = [
        _line(team, counts.get(team.id, NOTHING), times.get(team.id, Times()), stars.get(team.id), weights)
        for team in session.scalars(select(Team).order_by(Team.id))
        if team.active or team.id in counts or team.id in stars
    ]
    return _ranked(found)


def _line(team: Team, counts: Counts, times: Times, stars: SurveyStars | None, weights: Weights) -> Line:
    stars = stars or SurveyStars()
    measured = {
        one: Measured(one, rate_of(counts, pair), counts[pair[1]].rounds) for one, pair in SHARES.items()
    }
    measured[C.SURVEY] = Measured(C.SURVEY, Rate(stars.total, _MOST_STARS * stars.given), stars.n)
    return Line(team, counts, times, stars, measured, score_of(measured, weights))


def score_of(measured: Mapping[Criterion, Measured], weights: Weights) -> Score:
    """Make one score of what was measured."""
    parts = []
    for one in Criterion:
        label = f"少{one.label}" if one in FEWER_IS_BETTER else one.label
        tenths = measured[one].tenths if measured[one].enough else None
        parts.append((label, tenths, weights.get(one, 0)))
    return weighted(parts)


def _ranked(found: Sequence[Line]) -> list[Line]:
    ranks = ranks_of([line.score for line in found])
    ranked = [
        Line(line.team, line.counts, line.times, line.stars, line.measured, line.score, rank)
        for line, rank in zip(found, ranks, strict=True)
    ]
    return sorted(ranked, key=lambda line: (line.rank is None, line.rank or 0, line.team.id))


def ranks_of(scores: Sequence[Score]) -> list[int | None]:
    """Give each its place: 1, 2, 2, 4; none to what rests on too little of the weight."""
    ranked = [score.tenths for score in scores if score.tenths is not None and score.is_ranked]
    return [
        1 + sum(other > score.tenths for other in ranked)
        if score.tenths is not None and score.is_ranked
        else None
        for score in scores
    ]


def survey_stars(session: Session, period: Period) -> dict[int, SurveyStars]:
    """Add up by team the stars of all surveys that were opened in a period.

    What rests on too few sheets in one survey is left out of the sum as well: it could be worked out.
    """
    of_team = (
        select(SurveyAnswer)
        .join(SurveyQuestion, SurveyQuestion.id == SurveyAnswer.question_id)
        .join(SurveySection, SurveySection.id == SurveyQuestion.section_id)
        .join(Survey, Survey.id == SurveySection.survey_id)
        .where(
            SurveyQuestion.kind == QuestionKind.STARS,
            SurveyAnswer.choice > 0,
            Survey.opened_at >= period.start,
            Survey.opened_at < period.end,
        )
    )
    sums = of_team.with_only_columns(
        SurveySection.team_id,
        Survey.id,
        Survey.title,
        func.count(SurveyAnswer.sheet.distinct()),
        func.sum(SurveyAnswer.choice),
        func.count(),
    ).group_by(SurveySection.team_id, Survey.id, Survey.title)
    added: dict[int, Counter[str]] = defaultdict(Counter)
    surveys: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for team_id, survey_id, title, n, total, given in session.execute(sums.order_by(Survey.id)):
        if team_id is not None and n >= SMALLEST_GROUP:
            added[team_id].update(n=n, total=int(total), given=given)
            surveys[team_id].append((survey_id, title))
    return {team_id: SurveyStars(**added[team_id], surveys=surveys[team_id]) for team_id in added}


def checked_weights(given: Mapping[str, str], names: Mapping[str, str]) -> dict[str, int]:
    """Read weights as they were typed.

    Args:
        given: by name; a missing one is 0.
        names: the names there are, each with what it is called.

    Raises:
        Invalid: one is no whole number from 0 to 100, or together they are not 100.
    """
    found = {}
    for name, label in names.items():
        typed = given.get(name, "").strip() or "0"
        if not (typed.isascii() and typed.isdecimal() and len(typed) <= 3 and int(typed) <= 100):
            raise Invalid(f"「{label}」的权重须是 0 到 100 的整数。", name)
        found[name] = int(typed)
    if (total := sum(found.values())) != 100:
        raise Invalid(f"各项权重加起来要等于 100，现在是 {total}。", next(iter(names)))
    return found
