"""满意度测评: the list, one survey as it is written, and its life: opened, closed, copied."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.survey_templates import survey_templates
from domain import categories, survey_audience, survey_builder, surveys
from domain.errors import Invalid, NotAllowed
from domain.permissions import may_build_surveys, surveys_of_team
from domain.survey_builder import MOST_OPTIONS, count_of, minutes_for
from domain.survey_results import STAR_WORDS
from domain.survey_sheets import LONGEST_TEXT, Filled
from domain.surveys import SurveyEntry
from models.enums import QuestionKind, SurveyAudience, SurveyState
from models.service_point import ServicePoint
from models.survey import Survey
from models.team import Team
from web.admin.places import place_named
from web.admin.settings.entering import by, typed
from web.admin.survey_frame import survey_blueprint, to_survey, typed_moment
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.parts import parts

blueprint = survey_blueprint("admin_surveys", __name__, readers=True)

Refused = tuple[str, int]


@blueprint.before_request
def _who_may() -> None:
    if request.endpoint != "admin_surveys.page" and not may_build_surveys(current_user.staff):
        raise NotAllowed("满意度测评由受理员和系统管理员编写。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the surveys: all, or those that were opened and concern the reader's team."""
    session, staff = current_session(), current_staff()
    team_id, builds = surveys_of_team(staff), may_build_surveys(staff)
    rows = [
        (survey, survey_audience.coverage(session, survey, box=parts().secret_box, now=now()))
        for survey in surveys.listed(session)
        if builds or is_open_to(survey, team_id)
    ]
    return render_template("admin/surveys.html", rows=rows, builds=builds, count_of=count_of)


def is_open_to(survey: Survey, team_id: int | None) -> bool:
    """Tell whether results of a survey may be read by who is kept to this team; None stands for all."""
    concerns = team_id is None or any(section.team_id == team_id for section in survey.sections)
    return survey.state is not SurveyState.DRAFT and concerns


@blueprint.get("/new")
def new() -> str:
    """Show the form of a new survey."""
    return _new({"results_public": "yes", "audience": SurveyAudience.FOLLOWERS.value})


@blueprint.post("/new")
def create() -> Response | Refused:
    """Begin a survey, with the ready sections that were ticked."""
    session = current_session()
    try:
        survey = surveys.create(session, _entry(session), **by())
        for key in request.form.getlist("template")[:20]:
            survey_builder.add_template(session, survey, key, **by())
    except Invalid as refusal:
        session.rollback()
        return _new(_entered(), refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash("测评已建好，检查题目后就可以开放。", "success")
    return to_survey(survey.id)


def _new(entered: dict[str, str], refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/survey_new.html",
        entered=entered,
        refusal=refusal,
        audiences=list(SurveyAudience),
        templates=survey_templates(),
    )


@blueprint.get("/<int:survey_id>")
def one(survey_id: int) -> str:
    """Show a survey with its questions; they can be changed while it is being written."""
    return show(surveys.find(current_session(), survey_id))


def show(
    survey: Survey, refusal: Invalid | None = None, *, at: str = "", entered: dict[str, Any] | None = None
) -> str:
    """Draw the page of a survey.

    Args:
        at: which form was refused, and `entered` what stood in it.
    """
    session = current_session()
    return render_template(
        "admin/survey.html",
        survey=survey,
        editable=survey.state is SurveyState.DRAFT and survey.opens_at is None,
        lacks=surveys.lacks(survey),
        refusal=refusal,
        at=at,
        entered=entered or {},
        head=(entered or {}) if at == "head" else _head_of(session, survey),
        audiences=list(SurveyAudience),
        kinds=list(QuestionKind),
        templates=survey_templates(),
        categories=categories.choosable(session),
        teams=session.scalars(select(Team).where(Team.active).order_by(Team.id)).all(),
        count=count_of(survey),
        minutes=minutes_for(survey),
        link=f"{parts().settings.base_url}h5/surveys/{survey.code}",
        most_options=MOST_OPTIONS,
        covered=survey_audience.coverage(session, survey, box=parts().secret_box, now=now()),
    )


def _head_of(session: Session, survey: Survey) -> dict[str, str]:
    names = session.scalars(
        select(ServicePoint.full_name).where(ServicePoint.id.in_(survey.place_ids)).order_by(ServicePoint.id)
    )
    return {
        "title": survey.title,
        "words": survey.words,
        "audience": survey.audience.value,
        "places": "\n".join(names),
        "results_public": "yes" if survey.results_public else "",
    }


@blueprint.post("/<int:survey_id>")
def change(survey_id: int) -> Response | Refused:
    """Change what stands around the questions."""
    session = current_session()
    survey = surveys.hold(session, survey_id, staff=current_staff())
    try:
        surveys.change(session, survey, _entry(session), **by())
    except Invalid as refusal:
        session.rollback()
        shown = show(surveys.find(session, survey_id), refusal, at="head", entered=_entered())
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    flash("已保存。", "success")
    return to_survey(survey_id)


def _entered() -> dict[str, str]:
    return {
        "title": typed("title"),
        "words": typed("words", longest=1000),
        "audience": typed("audience"),
        "places": typed("places", longest=5000),
        "results_public": typed("results_public"),
    }


def _entry(session: Session) -> SurveyEntry:
    entered = _entered()
    audience = next((one for one in SurveyAudience if one.value == entered["audience"]), None)
    if audience is None:
        raise Invalid("请选择测评对象。", "audience")
    places: tuple[int, ...] = ()
    if audience is SurveyAudience.PLACES:
        names = [line.strip() for line in entered["places"].splitlines() if line.strip()]
        try:
            places = tuple(place_named(session, name).id for name in names)
        except Invalid as refusal:
            raise Invalid(refusal.message, "places") from None
    return SurveyEntry(
        title=entered["title"],
        words=entered["words"],
        audience=audience,
        place_ids=places,
        results_public=entered["results_public"] == "yes",
    )


@blueprint.get("/<int:survey_id>/preview")
def preview(survey_id: int) -> str:
    """Show the sheet as it looks on a phone; it cannot be handed in."""
    survey = surveys.find(current_session(), survey_id)
    return render_template(
        "admin/survey_preview.html",
        survey=survey,
        said=Filled(),
        star_words=STAR_WORDS,
        longest=LONGEST_TEXT,
        minutes=minutes_for(survey),
    )


@blueprint.post("/<int:survey_id>/open")
def plan(survey_id: int) -> Response | Refused:
    """Open a survey now, or at a time."""
    session = current_session()
    survey = surveys.hold(session, survey_id, staff=current_staff())
    try:
        opens_at = _opens_at()
        surveys.plan(session, survey, opens_at=opens_at, closes_at=typed_moment("closes_at"), **by())
    except Invalid as refusal:
        return _refused_plan(survey_id, refusal)
    flash("已定时，到时间自动开放。" if opens_at else "测评已开放。", "success")
    return to_survey(survey_id)


def _opens_at() -> datetime | None:
    if request.form.get("when") != "later":
        return None
    opens_at = typed_moment("opens_at")
    if opens_at is None:
        raise Invalid("请填写什么时候开放。", "opens_at")
    return opens_at


@blueprint.post("/<int:survey_id>/end")
def set_end(survey_id: int) -> Response | Refused:
    """Say when a survey that runs is over."""
    session = current_session()
    survey = surveys.hold(session, survey_id, staff=current_staff())
    try:
        surveys.set_end(session, survey, closes_at=typed_moment("closes_at"), **by())
    except Invalid as refusal:
        return _refused_plan(survey_id, refusal)
    flash("结束时间已保存。", "success")
    return to_survey(survey_id)


def _refused_plan(survey_id: int, refusal: Invalid) -> Refused:
    session = current_session()
    session.rollback()
    entered = {name: typed(name) for name in ("when", "opens_at", "closes_at")}
    shown = show(surveys.find(session, survey_id), refusal, at="plan", entered=entered)
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/<int:survey_id>/cancel")
def cancel_plan(survey_id: int) -> Response:
    """Take back that the clock opens a survey."""
    session = current_session()
    surveys.cancel_plan(session, surveys.hold(session, survey_id, staff=current_staff()), **by())
    flash("已取消定时，题目可以再改。")
    return to_survey(survey_id)


@blueprint.post("/<int:survey_id>/close")
def close(survey_id: int) -> Response:
    """End a survey now."""
    session = current_session()
    survey = surveys.hold(session, survey_id, staff=current_staff())
    surveys.close(session, survey, box=parts().secret_box, **by())
    flash("测评已结束。", "success")
    return redirect(url_for("admin_survey_results.results", survey_id=survey_id), 303)


@blueprint.post("/<int:survey_id>/copy")
def copy(survey_id: int) -> Response:
    """Write the same survey again, for the next term."""
    session = current_session()
    made = surveys.copy(session, surveys.find(session, survey_id), **by())
    flash("已复制一份，可以改了再开放。", "success")
    return to_survey(made.id)


@blueprint.post("/<int:survey_id>/remove")
def remove(survey_id: int) -> Response:
    """Delete a survey that was never opened."""
    session = current_session()
    survey = surveys.hold(session, survey_id, staff=current_staff())
    surveys.remove(session, survey, **by())
    flash(f"「{survey.title}」已删除。")
    return redirect(url_for("admin_surveys.page"), 303)
