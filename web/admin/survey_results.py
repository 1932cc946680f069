"""What came out of a survey, for those who may read it: figures, a workbook, and the texts one by one."""

from io import BytesIO

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from domain import audit, survey_audience, survey_texts, surveys
from domain.errors import NotAllowed, NotFound
from domain.figure_rules import SMALLEST_GROUP
from domain.permissions import may_build_surveys, surveys_of_team
from domain.survey_results import results_of, rows_of_sheets
from domain.survey_texts import AT_ONCE
from models.enums import SurveyState, TextState
from models.staff import Staff
from models.survey import Survey
from web.admin.settings.entering import by
from web.admin.survey_book import workbook_of
from web.admin.survey_frame import survey_blueprint
from web.admin.surveys import is_open_to
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.parts import parts

blueprint = survey_blueprint("admin_survey_results", __name__, readers=True)

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _readable(survey_id: int) -> Survey:
    """Give a survey whose results the reader may see, or raise NotFound."""
    survey = surveys.find(current_session(), survey_id)
    if not is_open_to(survey, surveys_of_team(current_user.staff)):
        raise NotFound("没有找到这份测评的结果：它还没有开放，或者和您的单位无关。")
    return survey


@blueprint.get("/<int:survey_id>/results")
def results(survey_id: int) -> str:
    """Show the results so far, or those of the end."""
    session, survey = current_session(), _readable(survey_id)
    team_id = surveys_of_team(current_user.staff)
    return render_template(
        "admin/survey_results.html",
        survey=survey,
        results=results_of(session, survey, team_id=team_id),
        covered=survey_audience.coverage(session, survey, box=parts().secret_box, now=now()),
        own_only=team_id is not None,
        builds=may_build_surveys(current_user.staff),
        waiting=survey_texts.counts(session, survey)[TextState.WAITING],
        smallest=SMALLEST_GROUP,
    )


@blueprint.get("/<int:survey_id>/workbook")
def workbook(survey_id: int) -> Response:
    """Give the results as a workbook, and write down who took it; sheets are in it once it is over."""
    survey = _readable(survey_id)
    if request.method == "HEAD":
        return Response(headers={"Accept-Ranges": "none"})
    # A GET reads only; that it happened is written in a transaction of its own.
    with parts().database.transaction() as session:
        staff = session.get_one(Staff, current_staff().id)
        team_id = surveys_of_team(staff)
        survey = surveys.find(session, survey_id)
        found = results_of(session, survey, team_id=team_id)
        all_of_it = team_id is None and survey.state is SurveyState.CLOSED and found.enough
        sheets = rows_of_sheets(session, survey) if all_of_it else []
        covered = survey_audience.coverage(session, survey, box=parts().secret_box, now=now())
        content = workbook_of(survey, found, covered, sheets)
        audit.record(
            session,
            staff,
            action="survey.export",
            subject_kind="survey",
            subject=str(survey.id),
            words=f"导出测评结果：「{survey.title}」" + ("，含逐份答卷" if sheets else ""),
            details={"sheets": len(sheets)},
            now=now(),
        )
    name = f"满意度测评 {survey.title}.xlsx"
    return send_file(BytesIO(content), mimetype=_WORKBOOK, as_attachment=True, download_name=name, etag=False)


@blueprint.get("/<int:survey_id>/texts")
def texts(survey_id: int) -> str:
    """Show the texts of one kind of decision, in an order that tells nothing."""
    _need_builder()
    session, survey = current_session(), _readable(survey_id)
    state = _state(request.args.get("state", "")) or TextState.WAITING
    page = max(1, request.args.get("page", 1, type=int))
    counts = survey_texts.counts(session, survey)
    return render_template(
        "admin/survey_texts.html",
        survey=survey,
        state=state,
        states=list(TextState),
        counts=counts,
        texts=survey_texts.texts_of(session, survey, state, page=min(page, 10_000)),
        page=page,
        pages=max(1, -(-counts[state] // AT_ONCE)),
    )


@blueprint.post("/<int:survey_id>/texts/<sheet>")
def decide(survey_id: int, sheet: str) -> AnyResponse:
    """Release a text, withhold it, or put it back."""
    _need_builder()
    state, seen = _state(request.form.get("state", "")), _state(request.form.get("seen", ""))
    if state is None:
        raise NotFound("没有这个选择，请刷新页面。")
    session, survey = current_session(), _readable(survey_id)
    survey_texts.decide(session, survey, sheet, state, **by())
    flash({TextState.RELEASED: "已公开。", TextState.WITHHELD: "不公开。"}.get(state, "已放回待审核。"))
    shown = (seen or TextState.WAITING).value
    return redirect(url_for("admin_survey_results.texts", survey_id=survey_id, state=shown), 303)


def _need_builder() -> None:
    if not may_build_surveys(current_user.staff):
        raise NotAllowed("文字意见由受理员和系统管理员审核，公开的在结果里看。")


def _state(given: str) -> TextState | None:
    return next((state for state in TextState if state.value == given), None)
