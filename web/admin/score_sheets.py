"""评分表: what one team reached in a term, each figure with what it is made of; what leaders enter there."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import appraisal_entries, appraisals, peer_review, score_sheets, teams
from domain.errors import Invalid, NotAllowed
from domain.permissions import (
    figures_of_team,
    may_inspect,
    may_manage_appraisal,
    may_read_surveys,
    may_remark,
    may_see_scoreboard,
    may_see_sheet,
)
from domain.scoreboard import FEWER_IS_BETTER, SHARES, points
from models.appraisal import AppraisalTerm
from models.appraisal_words import AppraisalPart, TermState
from web.admin.appraisal_frame import appraisal_blueprint
from web.admin.settings.entering import by, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session

blueprint = appraisal_blueprint("admin_appraisal_sheets", __name__, "/appraisals")

Refused = tuple[str, int]


@blueprint.get("/<int:term_id>/teams/<int:team_id>")
def sheet(term_id: int, team_id: int) -> str:
    """Show the sheet."""
    staff = current_staff()
    if not may_see_sheet(staff, team_id):
        raise NotAllowed("只能看本单位的评分表。")
    return show(current_session(), appraisals.find(current_session(), term_id), team_id)


def show(
    session: Session,
    term: AppraisalTerm,
    team_id: int,
    refusal: Invalid | None = None,
    *,
    at: str = "",
    entered: dict[str, str] | None = None,
) -> str:
    """Draw a sheet.

    Args:
        at: which form was refused, and `entered` what stood in it.
    """
    staff = current_staff()
    found = score_sheets.sheet_of(session, term, team_id, now=now())
    is_open = term.state is TermState.OPEN and appraisal_entries.judges(staff, team_id)
    annual = appraisal_entries.annual_of(session, term, team_id)
    shown: dict[str, Any] = {
        "term": term,
        "sheet": found,
        "P": AppraisalPart,
        "points": points,
        "lists": _lists(term, team_id),
        "fewer": FEWER_IS_BETTER,
        "inspections": appraisal_entries.inspections(session, term, team_id=team_id),
        "annual": annual,
        "remarks": appraisal_entries.remarks(session, term, team_id),
        "peers": peer_review.of_team(session, term, team_id),
        "fewest_marks": peer_review.FEWEST_MARKS,
        "signed": appraisal_entries.signed,
        "is_open": is_open,
        "is_own": staff.team_id == team_id,
        "judges_others": may_inspect(staff) or may_manage_appraisal(staff) or may_remark(staff),
        "reads_surveys": may_read_surveys(staff) and figures_of_team(staff) in {None, team_id},
        "sees_all": may_see_scoreboard(staff),
        "may_manage": is_open and may_manage_appraisal(staff),
        "may_inspect": is_open and may_inspect(staff),
        "may_remark": is_open and may_remark(staff),
        "own_id": staff.id,
        "own_team_id": staff.team_id,
        "refusal": refusal,
        "at": at,
        "entered": entered or {},
    }
    return render_template("admin/score_sheet.html", **shown)


def _lists(term: AppraisalTerm, team_id: int) -> dict[str, tuple[str, str]]:
    """Give by criterion the addresses of the complaints above and below the line."""
    days = {"from": term.first_day.isoformat(), "to": term.last_day.isoformat()}

    def of(figure: str) -> str:
        return url_for("admin_inbox.inbox", tab="all", team=team_id, figure=figure, **days)  # type: ignore[arg-type]

    return {one.value: (of(good.value), of(of_all.value)) for one, (good, of_all) in SHARES.items()}


@blueprint.post("/<int:term_id>/teams/<int:team_id>/annual")
def set_annual(term_id: int, team_id: int) -> Response | Refused:
    """Enter the yearly score."""
    session = current_session()
    appraisals.only_managers(current_staff())
    term, team = appraisals.hold(session, term_id), teams.find(session, team_id)
    entered = {
        "score": typed("score", longest=8),
        "reason": typed("reason", longest=appraisal_entries.LONGEST_WORDS),
    }
    try:
        tenths = appraisal_entries.read_tenths(entered["score"])
        appraisal_entries.set_annual(session, term, team, tenths=tenths, reason=entered["reason"], **by())
    except Invalid as refusal:
        return _refused(session, term_id, team_id, refusal, at="annual", entered=entered)
    flash("年度考核分已保存。", "success")
    return _back(term_id, team_id, "annual")


@blueprint.post("/<int:term_id>/teams/<int:team_id>/remarks")
def remark(term_id: int, team_id: int) -> Response | Refused:
    """Remark on the team's work."""
    session = current_session()
    if not may_remark(current_staff()):
        raise NotAllowed("点评由分管领导填写。")
    term, team = appraisals.hold(session, term_id), teams.find(session, team_id)
    entered = {"words": typed("words", longest=appraisal_entries.LONGEST_WORDS)}
    try:
        appraisal_entries.remark(session, term, team, **entered, **by())
    except Invalid as refusal:
        return _refused(session, term_id, team_id, refusal, at="remark", entered=entered)
    flash("点评已保存，这个单位的人都能看到。", "success")
    return _back(term_id, team_id, "remarks")


@blueprint.post("/<int:term_id>/teams/<int:team_id>/remarks/<int:remark_id>/remove")
def remove_remark(term_id: int, team_id: int, remark_id: int) -> Response:
    """Delete one's own remark."""
    session = current_session()
    if not may_remark(current_staff()):
        raise NotAllowed("点评由分管领导填写。")
    appraisal_entries.take_back(session, appraisals.hold(session, term_id), remark_id, **by())
    flash("点评已删除。")
    return _back(term_id, team_id, "remarks")


def _back(term_id: int, team_id: int, anchor: str) -> Response:
    address = url_for("admin_appraisal_sheets.sheet", term_id=term_id, team_id=team_id, _anchor=anchor)
    return redirect(address, 303)


def _refused(
    session: Session, term_id: int, team_id: int, refusal: Invalid, *, at: str, entered: dict[str, str]
) -> Refused:
    session.rollback()
    shown = show(session, appraisals.find(session, term_id), team_id, refusal, at=at, entered=entered)
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY
