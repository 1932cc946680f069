"""Surveys (满意度测评): those that concern somebody, what one asks, a sheet handed in once, what came out.

Who answered what is joined nowhere: no Idempotency-Key is taken here, as it would be kept with a fingerprint
of the sheet beside its person, and nothing counts requests for longer than a minute.
"""

from flask import Blueprint
from sqlalchemy.orm import Session

from domain import survey_audience, survey_results, survey_sheets, surveys
from domain.figure_rules import SMALLEST_GROUP
from domain.survey_builder import minutes_for
from domain.survey_results import STAR_WORDS, QuestionResult, Results, Stars
from domain.survey_sheets import LONGEST_TEXT, Filled, Incomplete
from models.enums import QuestionKind, SurveyAudience
from models.person import Person
from models.survey import Survey, SurveyQuestion
from web.api.operations import api_blueprint, operation
from web.api.survey_shapes import (
    BarOut,
    QuestionOut,
    QuestionResultOut,
    ResultsOut,
    SectionResultOut,
    SheetIn,
    SheetTaken,
    SurveyOut,
    SurveyRow,
    Surveys,
    SurveySectionOut,
)
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.parts import parts
from web.problems import ApiProblem, FieldError

TAG = "测评"

blueprint: Blueprint = api_blueprint("api_surveys", __name__)


@operation(blueprint, "GET", "/surveys", tag=TAG, summary="请我评的测评，和公开的结果")
def list_surveys() -> Surveys:
    """List what runs and is meant for this person, and what is over and may be read."""
    database, person = current_session(), current_person()
    return Surveys(
        open=[_row(database, each, person) for each in survey_audience.running_for(database, person)],
        over=[_row(database, each, person) for each in survey_audience.published(database)],
    )


@operation(
    blueprint,
    "GET",
    "/surveys/<survey>",
    tag=TAG,
    summary="一份测评的题目",
    description="有代码的人都能读、能答。已结束的也能读，结果另外读。",
)
def read_survey(survey: str) -> SurveyOut:
    """Show what one asks."""
    database, person = current_session(), current_person()
    found = surveys.by_code(database, survey)
    return SurveyOut(
        **_row(database, found, person).model_dump(),
        longest_text=LONGEST_TEXT,
        star_labels=list(STAR_WORDS.values()),
        sections=[
            SurveySectionOut(
                id=section.id,
                title=section.title,
                skippable=section.skippable,
                questions=[_question(each) for each in section.questions],
            )
            for section in found.sections
        ],
    )


def _row(database: Session, survey: Survey, person: Person) -> SurveyRow:
    return SurveyRow(
        code=survey.code,
        title=survey.title,
        words=survey.words,
        state=survey.state,
        done=survey_sheets.has_taken_part(database, survey, person, box=parts().secret_box),
        minutes=minutes_for(survey),
        closes_at=survey.closes_at,
        closed_at=survey.closed_at,
        results_public=survey.results_public,
    )


def _question(question: SurveyQuestion) -> QuestionOut:
    return QuestionOut(
        id=question.id,
        kind=question.kind,
        title=question.title,
        required=question.required,
        options=list(question.options),
    )


@operation(
    blueprint,
    "POST",
    "/surveys/<survey>/sheet",
    tag=TAG,
    summary="交答卷",
    description=(
        "匿名：答卷和是谁分开保存，谁也对不上。一人一份，交上以后不能修改；没有收到回答时照原样重发，不会算两份，"
        "所以不用 Idempotency-Key。没有答好的题在 errors 里，field 是 answers.题目的 id。"
    ),
    problems=("too_late",),
)
def hand_in_sheet(survey: str, body: SheetIn) -> SheetTaken:
    """Take a sheet; the first one counts."""
    database = current_session()
    found, box = surveys.by_code(database, survey), parts().secret_box
    said = _filled(found, body)
    try:
        counted = survey_sheets.hand_in(database, found.id, current_person(), said, box=box, now=now())
    except Incomplete as refusal:
        errors = [FieldError(f"answers.{number}", words) for number, words in refusal.problems.items()]
        raise ApiProblem("invalid", refusal.message, errors=errors) from None
    return SheetTaken(counted=counted)


def _filled(survey: Survey, body: SheetIn) -> Filled:
    asked = {question.id for section in survey.sections for question in section.questions}
    unknown = [answer.question for answer in body.answers if answer.question not in asked]
    if unknown:
        errors = [FieldError(f"answers.{number}", "没有这道题。") for number in unknown]
        raise ApiProblem("invalid", "答卷里有这份测评没有的题，请重新读取题目。", errors=errors)
    return Filled(
        choices={answer.question: tuple(answer.choices) for answer in body.answers if answer.choices},
        texts={answer.question: answer.words for answer in body.answers if answer.words},
        skipped=frozenset(body.skipped),
    )


@operation(
    blueprint,
    "GET",
    "/surveys/<survey>/results",
    tag=TAG,
    summary="一份测评的结果",
    description="结束以后、结果公开的才能读（not_allowed 时 detail 写明原因）。",
    problems=("not_allowed",),
)
def read_survey_results(survey: str) -> ResultsOut:
    """Show what came out of one that is over."""
    database = current_session()
    found = surveys.by_code(database, survey)
    results = survey_results.for_everybody(database, found)
    told = found.audience is SurveyAudience.FOLLOWERS and results.enough and bool(found.invited)
    return ResultsOut(
        code=found.code,
        title=found.title,
        opened_at=found.opened_at or found.created_at,
        closed_at=found.closed_at or found.created_at,
        counted=results.counted,
        enough=results.enough,
        smallest=SMALLEST_GROUP,
        invited=found.invited if told else None,
        took_part=found.took_part if told else None,
        sections=_sections(results) if results.enough else [],
    )


def _sections(results: Results) -> list[SectionResultOut]:
    return [
        SectionResultOut(
            title=part.section.title,
            mean=_mean(part.stars),
            questions=[_result(each) for each in part.questions],
        )
        for part in results.sections
    ]


def _result(result: QuestionResult) -> QuestionResultOut:
    """Show one question; what too few answered keeps silent about how many they were."""
    stars = result.stars if result.enough else None
    is_counted = result.enough and result.question.kind is not QuestionKind.TEXT
    return QuestionResultOut(
        title=result.question.title,
        kind=result.question.kind,
        people=result.n if is_counted else None,
        mean=_mean(stars),
        percent_good=stars.percent_good if stars is not None else None,
        bars=[BarOut(label=bar.label, count=bar.count, percent=bar.percent) for bar in result.bars],
        texts=list(result.texts) if result.question.kind is QuestionKind.TEXT else [],
    )


def _mean(stars: Stars | None) -> float | None:
    return round(stars.mean, 1) if stars is not None and stars.enough else None
