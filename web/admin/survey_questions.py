"""The questions of a survey that is being written: added, changed, moved, copied, taken out."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import flash, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import survey_builder as builder
from domain import surveys
from domain.errors import Invalid
from domain.survey_builder import QuestionEntry, SectionEntry
from models.enums import QuestionKind
from models.survey import Survey
from web.admin.settings.entering import by, direction, typed, typed_id
from web.admin.survey_frame import survey_blueprint, to_survey
from web.admin.surveys import Refused, show
from web.auth import current_staff
from web.database_session import current_session

blueprint = survey_blueprint("admin_survey_questions", __name__)


def _do(
    survey_id: int,
    act: Callable[[Session, Survey], str],
    *,
    at: str = "",
    entered: dict[str, Any] | None = None,
) -> Response | Refused:
    """Do something to a survey; a refusal shows the page with what was entered.

    Args:
        act: gives where on the page to go on.
    """
    session = current_session()
    survey = surveys.hold(session, survey_id, staff=current_staff())
    try:
        anchor = act(session, survey)
    except Invalid as refusal:
        session.rollback()
        shown = show(surveys.find(session, survey_id), refusal, at=at, entered=entered)
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    return to_survey(survey_id, anchor)


@blueprint.post("/<int:survey_id>/sections")
def add_section(survey_id: int) -> Response | Refused:
    """Add a section: an empty one, or a ready one."""
    key, entered = typed("template"), _section_entered()

    def act(session: Session, survey: Survey) -> str:
        if key:
            section = builder.add_template(session, survey, key, **by())
        else:
            section = builder.add_section(session, survey, _section_entry(), **by())
        session.flush()
        return f"section-{section.id}"

    return _do(survey_id, act, at="new-section", entered=entered)


@blueprint.post("/<int:survey_id>/sections/<int:section_id>")
def change_section(survey_id: int, section_id: int) -> Response | Refused:
    """Change name, area, team and whether a section may be passed over."""

    def act(session: Session, survey: Survey) -> str:
        section = builder.section_of(survey, section_id)
        builder.change_section(session, survey, section, _section_entry(), **by())
        return f"section-{section_id}"

    return _do(survey_id, act, at=f"section-{section_id}", entered=_section_entered())


@blueprint.post("/<int:survey_id>/sections/<int:section_id>/move")
def move_section(survey_id: int, section_id: int) -> Response | Refused:
    """Move a section up or down."""

    def act(session: Session, survey: Survey) -> str:
        section = builder.section_of(survey, section_id)
        builder.move_section(session, survey, section, by=direction())
        return f"section-{section_id}"

    return _do(survey_id, act)


@blueprint.post("/<int:survey_id>/sections/<int:section_id>/remove")
def remove_section(survey_id: int, section_id: int) -> Response | Refused:
    """Take a section out with its questions."""

    def act(session: Session, survey: Survey) -> str:
        section = builder.section_of(survey, section_id)
        builder.remove_section(session, survey, section, **by())
        flash(f"已去掉「{section.title}」部分。")
        return ""

    return _do(survey_id, act)


@blueprint.post("/<int:survey_id>/sections/<int:section_id>/questions")
def add_question(survey_id: int, section_id: int) -> Response | Refused:
    """Add a question to a section."""

    def act(session: Session, survey: Survey) -> str:
        section = builder.section_of(survey, section_id)
        question = builder.add_question(session, survey, section, _question_entry(), **by())
        session.flush()
        return f"q{question.id}"

    return _do(survey_id, act, at=f"new-{section_id}", entered=_question_entered())


@blueprint.post("/<int:survey_id>/questions/<int:question_id>")
def change_question(survey_id: int, question_id: int) -> Response | Refused:
    """Change a question."""

    def act(session: Session, survey: Survey) -> str:
        question = builder.question_of(survey, question_id)
        builder.change_question(session, survey, question, _question_entry(), **by())
        return f"q{question_id}"

    return _do(survey_id, act, at=f"q{question_id}", entered=_question_entered())


@blueprint.post("/<int:survey_id>/questions/<int:question_id>/move")
def move_question(survey_id: int, question_id: int) -> Response | Refused:
    """Move a question up or down, at the edge into the neighbouring section."""

    def act(session: Session, survey: Survey) -> str:
        question = builder.question_of(survey, question_id)
        builder.move_question(session, survey, question, by=direction())
        return f"q{question_id}"

    return _do(survey_id, act)


@blueprint.post("/<int:survey_id>/questions/<int:question_id>/copy")
def copy_question(survey_id: int, question_id: int) -> Response | Refused:
    """Put a copy of a question right below it."""

    def act(session: Session, survey: Survey) -> str:
        question = builder.question_of(survey, question_id)
        made = builder.copy_question(session, survey, question, **by())
        session.flush()
        return f"q{made.id}"

    return _do(survey_id, act)


@blueprint.post("/<int:survey_id>/questions/<int:question_id>/remove")
def remove_question(survey_id: int, question_id: int) -> Response | Refused:
    """Take a question out."""

    def act(session: Session, survey: Survey) -> str:
        question = builder.question_of(survey, question_id)
        section_id = question.section_id
        builder.remove_question(session, survey, question, **by())
        return f"section-{section_id}"

    return _do(survey_id, act)


def _section_entered() -> dict[str, Any]:
    return {
        "title": typed("title"),
        "category_id": typed_id("category"),
        "team_id": typed_id("team"),
        "skippable": request.form.get("skippable") == "yes",
    }


def _section_entry() -> SectionEntry:
    return SectionEntry(**_section_entered())


def _question_entered() -> dict[str, Any]:
    return {
        "kind": typed("kind"),
        "title": typed("title"),
        "required": request.form.get("required") == "yes",
        "options": typed("options", longest=2000),
    }


def _question_entry() -> QuestionEntry:
    entered = _question_entered()
    kind = next((one for one in QuestionKind if one.value == entered["kind"]), None)
    if kind is None:
        raise Invalid("请选择题型。", "kind")
    return QuestionEntry(
        kind=kind,
        title=entered["title"],
        required=entered["required"],
        options=tuple(entered["options"].splitlines()),
    )
