"""一线督查: what inspectors found on the spot, entered with points, words and a photo."""

from http import HTTPStatus
from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import appraisal_entries, appraisals, teams
from domain.appraisal_entries import LEAST_POINTS, LONGEST_WORDS, MOST_POINTS
from domain.errors import Invalid, NotAllowed, NotFound
from domain.permissions import figures_of_team, may_inspect, may_manage_appraisal, may_see_sheet
from domain.submissions import team_by_rule
from domain.working_time import local_time
from models.appraisal import AppraisalTerm
from models.appraisal_words import TermState
from models.service_point import ServicePoint
from models.team import Team
from web.admin.appraisal_frame import appraisal_blueprint, asked_page, typed_day
from web.admin.places import place_named
from web.admin.settings.entering import by, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.parts import parts
from web.rate_limits import limiter
from web.uploads import read_photo

blueprint = appraisal_blueprint("admin_appraisal_inspections", __name__, "/appraisals")

Refused = tuple[str, int]


@blueprint.get("/<int:term_id>/inspections")
def page(term_id: int) -> str:
    """List the inspections of a term: all, or those of the reader's team."""
    session, staff = current_session(), current_staff()
    term = appraisals.find(session, term_id)
    own_team = figures_of_team(staff)
    return render_template(
        "admin/inspections.html",
        term=term,
        found=appraisal_entries.inspections(session, term, team_id=own_team, page=asked_page()),
        own_team=own_team,
        signed=appraisal_entries.signed,
        own_id=staff.id,
        own_team_id=staff.team_id,
        is_open=term.state is TermState.OPEN,
        may_inspect=may_inspect(staff) and term.state is TermState.OPEN,
        may_manage=may_manage_appraisal(staff) and term.state is TermState.OPEN,
    )


@blueprint.get("/<int:term_id>/inspections/new")
def new(term_id: int) -> str:
    """Show the form."""
    appraisal_entries.check_inspector(current_staff())
    term = appraisals.find(current_session(), term_id)
    entered = {
        "day": local_time(now()).date().isoformat(),
        "team": request.args.get("team", "")[:10],
        "points": "",
        "place": "",
        "words": "",
    }
    return _form(term, entered)


@blueprint.post("/<int:term_id>/inspections/new")
@limiter.limit("60 per minute")
def create(term_id: int) -> Response | Refused:
    """Enter an inspection."""
    appraisal_entries.check_inspector(current_user.staff)
    entered = {
        "day": typed("day", longest=10),
        "team": typed("team", longest=10),
        "points": typed("points", longest=4),
        "place": typed("place", longest=100),
        "words": typed("words", longest=LONGEST_WORDS),
    }
    try:
        chosen = read_photo("photo")  # slow, so before the database is written to
    except Invalid as refusal:
        return _refused(term_id, entered, refusal)
    session = current_session()
    term = appraisals.hold(session, term_id)
    try:
        place = place_named(session, entered["place"]) if entered["place"] else None
        team = _team_of(session, entered["team"], place)
        day, points = typed_day("day", "督查日期"), _read_points(entered["points"])
        key = parts().file_store.save(chosen.data, "jpg") if chosen is not None else ""
        found = appraisal_entries.inspect(
            session,
            term,
            team,
            day=day,
            points=points,
            words=entered["words"],
            place=place,
            photo_file_key=key,
            **by(),
        )
    except Invalid as refusal:
        session.rollback()
        return _refused(term_id, entered, refusal)
    flash(f"已录入对「{found.team.name}」的督查。", "success")
    return redirect(url_for("admin_appraisal_inspections.page", term_id=term_id), 303)


def _team_of(session: Session, chosen: str, place: ServicePoint | None) -> Team:
    """Give the team that was chosen, or the one that answers for the place."""
    if chosen.isascii() and chosen.isdecimal():
        return teams.find(session, int(chosen))
    team = team_by_rule(session, place)
    if team is None:
        raise Invalid("请选择责任单位。", "team")
    return team


def _read_points(text: str) -> int:
    text = text.replace("−", "-").replace("＋", "+")
    digits = text.removeprefix("+").removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        raise Invalid(f"加减分须是 {LEAST_POINTS} 到 {MOST_POINTS} 的整数。".replace("-", "−"), "points")
    return int(text)


@blueprint.post("/<int:term_id>/inspections/<int:inspection_id>/void")
def void(term_id: int, inspection_id: int) -> Response:
    """Let an inspection count no longer."""
    session, staff = current_session(), current_staff()
    if not (may_inspect(staff) or may_manage_appraisal(staff)):
        raise NotAllowed("督查记录由录入的人、分管领导或系统管理员作废。")
    term = appraisals.hold(session, term_id)
    found = appraisal_entries.find_inspection(session, inspection_id)
    if found.term_id != term.id:
        raise NotFound("没有找到这条督查记录。")
    try:
        reason = typed("reason", longest=appraisal_entries.LONGEST_REASON)
        appraisal_entries.void(session, term, found, reason=reason, **by())
    except Invalid as refusal:
        flash(refusal.message, "warning")
    else:
        flash("已作废，不再计分，记录还在。")
    return redirect(url_for("admin_appraisal_inspections.page", term_id=term_id), 303)


@blueprint.get("/inspections/<int:inspection_id>/photo")
def photo(inspection_id: int) -> Response:
    """Send the photo of an inspection to who may see the sheet of its team."""
    found = appraisal_entries.find_inspection(current_session(), inspection_id)
    if not may_see_sheet(current_staff(), found.team_id) or not found.photo_file_key:
        raise NotFound("没有找到这张照片。")
    answer = send_file(BytesIO(parts().file_store.read(found.photo_file_key)), mimetype="image/jpeg")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


def _refused(term_id: int, entered: dict[str, str], refusal: Invalid) -> Refused:
    return _form(
        appraisals.find(current_session(), term_id), entered, refusal
    ), HTTPStatus.UNPROCESSABLE_ENTITY


def _form(term: AppraisalTerm, entered: dict[str, str], refusal: Invalid | None = None) -> str:
    session, own = current_session(), current_staff().team_id
    return render_template(
        "admin/inspection_form.html",
        term=term,
        entered=entered,
        refusal=refusal,
        teams=session.scalars(select(Team).where(Team.active, Team.id != (own or 0)).order_by(Team.id)).all(),
        least=LEAST_POINTS,
        most=MOST_POINTS,
        today=local_time(now()).date().isoformat(),
    )
