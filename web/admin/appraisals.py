"""考核周期: the list of terms, one with all teams in their order, its settings, its close, its workbook."""

from http import HTTPStatus
from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import appraisals, audit, score_sheets, scoreboard
from domain.appraisals import PART_NAMES, TermEntry
from domain.errors import Invalid, NotAllowed
from domain.permissions import (
    figures_of_team,
    may_inspect,
    may_manage_appraisal,
    may_see_scoreboard,
    may_see_sheet,
)
from domain.scoreboard import points
from models.appraisal import AppraisalTerm
from models.appraisal_words import AppraisalPart, TermState
from models.staff import Staff
from web.admin import score_sheet_book
from web.admin.appraisal_frame import appraisal_blueprint, typed_day
from web.admin.settings.entering import by, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.parts import parts

blueprint = appraisal_blueprint("admin_appraisals", __name__, "/appraisals")

Refused = tuple[str, int]
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List all terms."""
    session, staff = current_session(), current_staff()
    return render_template(
        "admin/appraisals.html",
        terms=appraisals.listed(session),
        parts=list(AppraisalPart),
        may_manage=may_manage_appraisal(staff),
    )


@blueprint.get("/new")
def new() -> str:
    """Show the form of a new term."""
    appraisals.only_managers(current_staff())
    return _form(None, _as_entered(appraisals.suggested(current_session(), now=now())))


@blueprint.post("/new")
def create() -> Response | Refused:
    """Begin a term."""
    session = current_session()
    appraisals.only_managers(current_staff())
    try:
        term = appraisals.begin(session, _entry(), **by())
    except Invalid as refusal:
        session.rollback()
        return _form(None, _entered(), refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"「{term.name}」已建好。", "success")
    return redirect(url_for("admin_appraisals.one", term_id=term.id), 303)


@blueprint.get("/<int:term_id>")
def one(term_id: int) -> str | Response:
    """Show all teams of a term in their order; who sees one team only is led to its sheet."""
    session, staff = current_session(), current_staff()
    term = appraisals.find(session, term_id)
    if not may_see_scoreboard(staff):
        address = url_for("admin_appraisal_sheets.sheet", term_id=term.id, team_id=staff.team_id)
        return redirect(address, 303)
    return render_template(
        "admin/appraisal.html",
        term=term,
        sheets=score_sheets.sheets(session, term, now=now()),
        parts=list(AppraisalPart),
        points=points,
        may_see_sheet=lambda team_id: may_see_sheet(staff, team_id),
        may_manage=may_manage_appraisal(staff),
        may_inspect=may_inspect(staff),
        may_close=appraisals.may_close(term, staff),
        own_team=figures_of_team(staff),
        is_open=term.state is TermState.OPEN,
    )


@blueprint.get("/<int:term_id>/settings")
def settings(term_id: int) -> str:
    """Show name, days and weights of a term, to be changed while it is open."""
    appraisals.only_managers(current_staff())
    term = appraisals.find(current_session(), term_id)
    entry = TermEntry(name=term.name, first_day=term.first_day, last_day=term.last_day, weights=term.weights)
    return _form(term, _as_entered(entry))


@blueprint.post("/<int:term_id>/settings")
def change(term_id: int) -> Response | Refused:
    """Change them."""
    session = current_session()
    appraisals.only_managers(current_staff())
    term = appraisals.hold(session, term_id)
    try:
        appraisals.change(session, term, _entry(), **by())
    except Invalid as refusal:
        session.rollback()
        shown = _form(appraisals.find(session, term_id), _entered(), refusal)
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    flash("考核周期已保存。", "success")
    return redirect(url_for("admin_appraisals.one", term_id=term_id), 303)


@blueprint.post("/<int:term_id>/close")
def close(term_id: int) -> Response:
    """Ask a colleague to freeze all sheets of a term; confirm what a colleague asked, or let it go on."""
    session, step = current_session(), typed("step", longest=10)
    appraisals.only_managers(current_staff())
    term = appraisals.hold(session, term_id)
    if step == "confirm":
        score_sheets.close(session, term, **by())
        flash(f"「{term.name}」已归档，评分表不再变动。", "success")
    elif step == "keep":
        appraisals.keep_open(session, term, **by())
        flash(f"「{term.name}」暂不归档。")
    else:
        appraisals.ask_to_close(session, term, **by())
        flash("已申请归档，请另一位分管领导或系统管理员确认。", "success")
    return redirect(url_for("admin_appraisals.one", term_id=term_id), 303)


@blueprint.post("/<int:term_id>/remove")
def remove(term_id: int) -> Response:
    """Delete a term that was begun by mistake."""
    session = current_session()
    appraisals.only_managers(current_staff())
    term = appraisals.hold(session, term_id)
    try:
        appraisals.remove(session, term, **by())
    except Invalid as refusal:
        flash(refusal.message, "warning")
        return redirect(url_for("admin_appraisals.settings", term_id=term_id), 303)
    flash(f"「{term.name}」已删除。")
    return redirect(url_for("admin_appraisals.page"), 303)


@blueprint.get("/<int:term_id>/workbook")
def workbook(term_id: int) -> Response:
    """Give the sheets of all teams as a workbook, and write down who took it."""
    if figures_of_team(current_user.staff) is not None:
        raise NotAllowed("全部单位的评分表由受理员、分管领导、督导组和系统管理员导出。")
    if request.method == "HEAD":
        return Response(headers={"Accept-Ranges": "none"})
    # A GET reads only; that it happened is written in a transaction of its own.
    with parts().database.transaction() as session:
        staff = session.get_one(Staff, current_staff().id)
        term = appraisals.find(session, term_id)
        content = score_sheet_book.workbook(session, term, score_sheets.sheets(session, term, now=now()))
        name = f"考核评分 {term.name}.xlsx"
        audit.record(
            session,
            staff,
            action="appraisal.export",
            subject_kind="appraisal",
            subject=term.name,
            words=f"导出考核评分：{term.name}",
            now=now(),
        )
    return send_file(BytesIO(content), mimetype=_WORKBOOK, as_attachment=True, download_name=name, etag=False)


def _as_entered(entry: TermEntry) -> dict[str, str]:
    return {
        "name": entry.name,
        "first_day": entry.first_day.isoformat(),
        "last_day": entry.last_day.isoformat(),
        **{name: str(entry.weights.get(name, 0)) for name in PART_NAMES},
    }


def _entered() -> dict[str, str]:
    names = ("first_day", "last_day", *PART_NAMES)
    return {"name": typed("name"), **{name: typed(name, longest=12) for name in names}}


def _entry() -> TermEntry:
    entered = _entered()
    return TermEntry(
        name=entered["name"],
        first_day=typed_day("first_day", "开始日期"),
        last_day=typed_day("last_day", "结束日期"),
        weights=scoreboard.checked_weights(entered, PART_NAMES),
    )


def _form(term: AppraisalTerm | None, entered: dict[str, str], refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/appraisal_form.html",
        term=term,
        entered=entered,
        refusal=refusal,
        part_names=list(PART_NAMES.items()),
    )
