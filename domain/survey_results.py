"""What came out of a survey: by question, section and team; nothing of so few sheets that one shows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.errors import NotAllowed
from domain.figure_rules import SMALLEST_GROUP
from domain.survey_sheets import STARS
from models.enums import QuestionKind, SurveyState, TextState
from models.survey import Survey, SurveyAnswer, SurveyQuestion, SurveySection, SurveySheet

GOOD_FROM_STARS = 4
STAR_WORDS = {1: "很不满意", 2: "不满意", 3: "一般", 4: "满意", 5: "很满意"}


@dataclass(frozen=True)
class Bar:
    """How often one answer was given; `percent` is of those who answered the question."""

    label: str
    count: int
    percent: int


@dataclass(frozen=True)
class Stars:
    """Judgements in stars, added up.

    Attributes:
        n: how many sheets gave any.
        given: how many were given.
    """

    n: int
    given: int
    total: int
    good: int

    @property
    def enough(self) -> bool:
        """Whether so many gave them that they may be shown."""
        return self.n >= SMALLEST_GROUP

    @property
    def mean(self) -> float:
        """The mean, to be shown with one decimal."""
        return self.total / self.given if self.given else 0.0

    @property
    def percent_good(self) -> int:
        """The share of 4 and 5 stars."""
        return round(100 * self.good / self.given) if self.given else 0


@dataclass(frozen=True)
class QuestionResult:
    """What came out of one question.

    Attributes:
        n: how many sheets answered it.
        bars: how often each answer was given; empty for a text, and where too few answered.
        stars: of a question in stars.
        texts: the words that were released.
    """

    question: SurveyQuestion
    n: int
    bars: Sequence[Bar] = ()
    stars: Stars | None = None
    texts: Sequence[str] = ()

    @property
    def enough(self) -> bool:
        """Whether so many answered that it may be shown."""
        return self.n >= SMALLEST_GROUP


@dataclass(frozen=True)
class SectionResult:
    """What came out of one section; `stars` are those of all its questions."""

    section: SurveySection
    stars: Stars
    questions: Sequence[QuestionResult]


@dataclass(frozen=True)
class TeamResult:
    """What came out of all sections about one team's work."""

    name: str
    stars: Stars


@dataclass(frozen=True)
class Results:
    """What came out of a survey; `counted` sheets are in it."""

    counted: int
    sections: Sequence[SectionResult]
    teams: Sequence[TeamResult]

    @property
    def enough(self) -> bool:
        """Whether so many sheets are in it that anything may be shown."""
        return self.counted >= SMALLEST_GROUP


def for_everybody(session: Session, survey: Survey) -> Results:
    """Give what came out of a survey to whoever asks.

    Raises:
        NotAllowed: it still runs, or what came out is for staff only.
    """
    if survey.state is SurveyState.OPEN:
        raise NotAllowed("测评结束以后才能看结果。")
    if not survey.results_public:
        raise NotAllowed("这份测评已经结束，结果由后勤内部用来改进工作。谢谢您的参与。")
    return results_of(session, survey)


def results_of(session: Session, survey: Survey, *, team_id: int | None = None) -> Results:
    """Add up what was answered.

    Args:
        team_id: only the sections about this team's work; None: all.
    """
    counted = session.scalar(select(func.count()).where(SurveySheet.survey_id == survey.id)) or 0
    shown = [section for section in survey.sections if team_id in (None, section.team_id)]
    choices, sheets = _choices(session, shown), _sheets(session, shown)
    texts = _texts(session, shown)
    sections = [_section(session, section, choices, sheets, texts) for section in shown]
    return Results(counted, sections, _teams(session, shown, choices))


def _ids(sections: Iterable[SurveySection]) -> list[int]:
    return [question.id for section in sections for question in section.questions]


def _choices(session: Session, sections: Sequence[SurveySection]) -> Mapping[int, Counter[int]]:
    query = select(SurveyAnswer.question_id, SurveyAnswer.choice, func.count())
    query = query.where(SurveyAnswer.question_id.in_(_ids(sections)), SurveyAnswer.choice > 0)
    found: dict[int, Counter[int]] = {question_id: Counter() for question_id in _ids(sections)}
    for question_id, choice, count in session.execute(
        query.group_by(SurveyAnswer.question_id, SurveyAnswer.choice)
    ):
        found[question_id][choice] = count
    return found


def _sheets(session: Session, sections: Sequence[SurveySection]) -> Mapping[int, int]:
    query = select(SurveyAnswer.question_id, func.count(SurveyAnswer.sheet.distinct()))
    query = query.where(SurveyAnswer.question_id.in_(_ids(sections))).group_by(SurveyAnswer.question_id)
    return {row[0]: row[1] for row in session.execute(query)}


def _texts(session: Session, sections: Sequence[SurveySection]) -> Mapping[int, list[str]]:
    query = select(SurveyAnswer.question_id, SurveyAnswer.words).where(
        SurveyAnswer.question_id.in_(_ids(sections)), SurveyAnswer.text_state == TextState.RELEASED
    )
    found: dict[int, list[str]] = {}
    for question_id, words in session.execute(query.order_by(SurveyAnswer.sheet)):
        found.setdefault(question_id, []).append(words)
    return found


def _section(
    session: Session,
    section: SurveySection,
    choices: Mapping[int, Counter[int]],
    sheets: Mapping[int, int],
    texts: Mapping[int, list[str]],
) -> SectionResult:
    questions = [
        _question(question, sheets.get(question.id, 0), choices[question.id], texts.get(question.id, []))
        for question in section.questions
    ]
    return SectionResult(section, _stars(session, [section], choices), questions)


def _question(question: SurveyQuestion, n: int, counts: Counter[int], texts: list[str]) -> QuestionResult:
    if n < SMALLEST_GROUP:
        # A released text was read by somebody who decided that it gives nobody away.
        return QuestionResult(question, n, texts=texts)
    if question.kind is QuestionKind.TEXT:
        return QuestionResult(question, n, texts=texts)
    labels = [f"{star} 星 {STAR_WORDS[star]}" for star in STARS]
    if question.kind is not QuestionKind.STARS:
        labels = question.options
    bars = [
        Bar(label, counts[number], round(100 * counts[number] / n)) for number, label in enumerate(labels, 1)
    ]
    if question.kind is not QuestionKind.STARS:
        return QuestionResult(question, n, bars)
    return QuestionResult(question, n, bars[::-1], _sum(n, [counts]))


def _stars(session: Session, sections: Sequence[SurveySection], choices: Mapping[int, Counter[int]]) -> Stars:
    ids = [
        question.id
        for section in sections
        for question in section.questions
        if question.kind is QuestionKind.STARS
    ]
    sheets = select(func.count(SurveyAnswer.sheet.distinct())).where(SurveyAnswer.question_id.in_(ids))
    return _sum(session.scalar(sheets) or 0, [choices[question_id] for question_id in ids])


def _sum(n: int, counters: Iterable[Counter[int]]) -> Stars:
    together: Counter[int] = sum(counters, Counter())
    total = sum(star * count for star, count in together.items())
    good = sum(count for star, count in together.items() if star >= GOOD_FROM_STARS)
    return Stars(n, together.total(), total, good)


def _teams(
    session: Session, sections: Sequence[SurveySection], choices: Mapping[int, Counter[int]]
) -> list[TeamResult]:
    by_team: dict[str, list[SurveySection]] = {}
    for section in sections:
        if section.team is not None:
            by_team.setdefault(section.team.name, []).append(section)
    return [TeamResult(name, _stars(session, own, choices)) for name, own in by_team.items()]


def rows_of_sheets(session: Session, survey: Survey) -> list[dict[int, list[int]]]:
    """Give what each sheet says, choices by question; in random order, and without the texts.

    The order is that of random keys, so it is the same each time and tells nothing.
    """
    ids = _ids(survey.sections)
    query = select(SurveyAnswer.sheet, SurveyAnswer.question_id, SurveyAnswer.choice)
    query = query.where(SurveyAnswer.question_id.in_(ids), SurveyAnswer.choice > 0)
    rows: dict[str, dict[int, list[int]]] = {}
    for sheet, question_id, choice in session.execute(
        query.order_by(SurveyAnswer.sheet, SurveyAnswer.question_id, SurveyAnswer.choice)
    ):
        rows.setdefault(sheet, {}).setdefault(question_id, []).append(choice)
    return list(rows.values())
