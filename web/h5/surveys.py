"""满意度测评 on the phone: what may be answered, the sheet, thanks, and what came out of it."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import survey_audience, survey_sheets, surveys
from domain.errors import DomainError, Invalid, NotAllowed
from domain.figure_rules import SMALLEST_GROUP
from domain.survey_builder import minutes_for
from domain.survey_results import STAR_WORDS, for_everybody
from domain.survey_sheets import LONGEST_TEXT, Filled, Incomplete
from models.enums import QuestionKind, SurveyState
from models.person import Person
from models.survey import Survey
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.frame import phone_blueprint
from web.h5.refusals import Answer, refusal_page, status_of
from web.parts import parts
from web.rate_limits import OPEN_PAGE
from web.row_numbers import row_number, row_numbers

blueprint: Blueprint = phone_blueprint("h5_surveys", __name__)


@dataclass(frozen=True)
class Row:
    """One survey in the list; `done` when this person has handed in a sheet."""

    survey: Survey
    done: bool
    minutes: int


@blueprint.get("/surveys")
def page() -> str:
    """List what runs and is meant for this person, and what is over and may be read."""
    session, person = current_session(), current_person()
    rows = [
        Row(survey, _is_done(session, survey, person), minutes_for(survey))
        for survey in survey_audience.running_for(session, person)
    ]
    return render_template("h5/surveys.html", rows=rows, over=survey_audience.published(session))


@blueprint.get("/surveys/<code>")
def form(code: str) -> str | Response:
    """Show the sheet; who has handed in one, or comes too late, is led on."""
    session, person = current_session(), current_person()
    survey = surveys.by_code(session, code)
    if survey.state is SurveyState.CLOSED:
        return redirect(url_for("h5_surveys.results", code=code))
    if _is_done(session, survey, person):
        return redirect(url_for("h5_surveys.thanks", code=code))
    return _sheet(survey, Filled(), None)


@blueprint.post("/surveys/<code>")
@OPEN_PAGE
def hand_in(code: str) -> Answer | Response:
    """Take the sheet; sent twice, it leads to the same thanks."""
    session = current_session()
    person, survey = current_person(), surveys.by_code(session, code)
    said = _filled(survey)
    try:
        survey_sheets.hand_in(session, survey.id, person, said, box=parts().secret_box, now=now())
    except Invalid as refusal:
        session.rollback()
        return _sheet(surveys.by_code(session, code), said, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    except DomainError as refusal:
        session.rollback()
        return refusal_page(status_of(refusal), "没有交上", refusal.message)
    return redirect(url_for("h5_surveys.thanks", code=code), HTTPStatus.SEE_OTHER)


@blueprint.get("/surveys/<code>/thanks")
def thanks(code: str) -> str | Response:
    """Thank who has handed in a sheet."""
    session, person = current_session(), current_person()
    survey = surveys.by_code(session, code)
    if not _is_done(session, survey, person):  # also at the end, when nobody can tell any more
        return redirect(url_for("h5_surveys.form", code=code))
    return render_template("h5/survey_thanks.html", survey=survey)


@blueprint.get("/surveys/<code>/results")
def results(code: str) -> str | Answer:
    """Show what came out, once the survey is over, if it is for everybody."""
    session = current_session()
    survey = surveys.by_code(session, code)
    try:
        found = for_everybody(session, survey)
    except NotAllowed as refusal:
        title = "结果还没有出来" if survey.state is SurveyState.OPEN else "结果没有公开"
        return refusal_page(HTTPStatus.FORBIDDEN, title, refusal.message)
    return render_template("h5/survey_results.html", survey=survey, results=found, smallest=SMALLEST_GROUP)


def _is_done(session: Session, survey: Survey, person: Person) -> bool:
    return survey_sheets.has_taken_part(session, survey, person, box=parts().secret_box)


def _filled(survey: Survey) -> Filled:
    """Read the sheet; what is no number counts as a choice that does not exist."""
    choices: dict[int, tuple[int, ...]] = {}
    texts: dict[int, str] = {}
    for section in survey.sections:
        for question in section.questions:
            given = request.form.getlist(f"q{question.id}")[:20]
            if question.kind is QuestionKind.TEXT:
                # Line ends come as two characters each, and were counted as one.
                texts[question.id] = "\n".join(given).replace("\r\n", "\n")[: LONGEST_TEXT * 4]
            elif given:
                choices[question.id] = tuple(row_number(one) or 0 for one in given)
    return Filled(choices, texts, frozenset(row_numbers(request.form.getlist("skip"))))


def _sheet(survey: Survey, said: Filled, refusal: Invalid | None) -> str:
    return render_template(
        "h5/survey.html",
        survey=survey,
        said=said,
        refusal=refusal,
        problems=refusal.problems if isinstance(refusal, Incomplete) else {},
        star_words=STAR_WORDS,
        longest=LONGEST_TEXT,
        minutes=minutes_for(survey),
    )
