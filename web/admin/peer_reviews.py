"""党员互评: rounds, the sheet of who is asked, and the averages once a round is over."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import appraisals, peer_review
from domain.errors import Invalid, NotAllowed
from domain.peer_review import FEWEST_MARKS
from domain.permissions import may_manage_appraisal
from domain.scoreboard import points
from models.appraisal import PeerRound
from models.appraisal_words import PeerGrade, PeerState, PeerSubject
from models.staff import Staff
from web.admin.settings.entering import by, no_such_number, typed
from web.auth import current_staff
from web.database_session import current_session
from web.guards import staff_only

# Anybody may be asked, whether or not the rest of the appraisal is for them.
blueprint = Blueprint("admin_appraisal_peers", __name__, url_prefix="/admin/peer-reviews")
blueprint.before_request(staff_only)
blueprint.before_request(no_such_number)

Refused = tuple[str, int]


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the rounds: all, or those in which the reader is asked."""
    session, staff = current_session(), current_staff()
    manages = may_manage_appraisal(staff)
    rounds = peer_review.listed(session, rater=None if manages else staff)
    rows = [(one, peer_review.rater_in(session, one, staff)) for one in rounds]
    return render_template(
        "admin/peer_reviews.html", rows=rows, manages=manages, term=appraisals.running(session)
    )


@blueprint.get("/new")
def new() -> str:
    """Show the form of a new round; Party members are ticked."""
    appraisals.only_managers(current_staff())
    session = current_session()
    term = appraisals.running(session)
    title = f"{term.name}党员互评" if term is not None else ""
    ticked = set(session.scalars(select(Staff.id).where(Staff.party_member, Staff.active)))
    return _form(session, title=title, subject=PeerSubject.TEAMS.value, ticked=ticked)


@blueprint.post("/new")
def create() -> Response | Refused:
    """Begin a round."""
    session = current_session()
    appraisals.only_managers(current_staff())
    title, subject = typed("title"), typed("subject", longest=20)
    ticked = {int(one) for one in request.form.getlist("raters") if one.isdecimal() and len(one) < 10}
    try:
        made = peer_review.begin(
            session,
            appraisals.hold_running(session),
            title=title,
            subject=next((one for one in PeerSubject if one.value == subject), PeerSubject.TEAMS),
            raters=ticked,
            **by(),
        )
    except Invalid as refusal:
        session.rollback()
        shown = _form(session, title=title, subject=subject, ticked=ticked, refusal=refusal)
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    flash("互评已发起，已通知参加的人。", "success")
    return redirect(url_for("admin_appraisal_peers.one", round_id=made.id), 303)


@blueprint.get("/<int:round_id>")
def one(round_id: int) -> str:
    """Show a round: the sheet to who is asked, what came out to who manages and to who was asked."""
    session = current_session()
    return _show(session, peer_review.find(session, round_id))


def _show(session: Session, found: PeerRound, refusal: Invalid | None = None) -> str:
    staff = current_staff()
    row, manages = peer_review.rater_in(session, found, staff), may_manage_appraisal(staff)
    if row is None and not manages:
        raise NotAllowed("这次互评没有请您参加。")
    asked = found.state is PeerState.OPEN and row is not None and not row.done
    # Of colleagues everybody reads their own average only.
    outcomes = [
        each
        for each in peer_review.outcomes(session, found)
        if manages or found.subject is PeerSubject.TEAMS or each.id == staff.id
    ]
    return render_template(
        "admin/peer_review.html",
        found=found,
        row=row,
        manages=manages,
        subjects=peer_review.subjects_for(session, found, staff) if asked else [],
        outcomes=outcomes,
        grades=list(PeerGrade),
        grade_points=peer_review.POINTS,
        given=request.form,
        refusal=refusal,
        points=points,
        fewest=FEWEST_MARKS,
        is_open=found.state is PeerState.OPEN,
        done=sum(each.done for each in found.raters),
    )


@blueprint.post("/<int:round_id>")
def hand_in(round_id: int) -> Response | Refused:
    """Judge, once and for good."""
    session = current_session()
    found = peer_review.hold(session, round_id)
    words = {grade.value: grade for grade in PeerGrade}
    grades = {
        int(name.removeprefix("grade-")): words[value]
        for name, value in request.form.items()
        if name.startswith("grade-") and name[6:].isdecimal() and len(name) < 16 and value in words
    }
    try:
        peer_review.hand_in(session, found, grades, **by())
    except Invalid as refusal:
        session.rollback()
        return _show(session, peer_review.find(session, round_id), refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash("已交。谢谢您参加互评。", "success")
    return redirect(url_for("admin_appraisal_peers.one", round_id=round_id), 303)


@blueprint.post("/<int:round_id>/close")
def close(round_id: int) -> Response:
    """End a round."""
    session = current_session()
    appraisals.only_managers(current_staff())
    peer_review.close(session, peer_review.hold(session, round_id), **by())
    flash("互评已结束，平均分可以看了。", "success")
    return redirect(url_for("admin_appraisal_peers.one", round_id=round_id), 303)


def _form(
    session: Session, *, title: str, subject: str, ticked: set[int], refusal: Invalid | None = None
) -> str:
    order = (Staff.party_member.desc(), Staff.team_id, Staff.id)
    return render_template(
        "admin/peer_review_form.html",
        term=appraisals.running(session),
        colleagues=session.scalars(select(Staff).where(Staff.active).order_by(*order)).all(),
        subjects=list(PeerSubject),
        title=title,
        subject=subject,
        ticked=ticked,
        refusal=refusal,
        fewest=FEWEST_MARKS + 1,
    )
