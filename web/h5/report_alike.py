"""What others have raised already, beside the words being typed, and joining it (我也遇到)."""

from http import HTTPStatus

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import met_too, place_records
from domain.errors import NotFound
from domain.service_points import by_code
from models.service_point import ServicePoint
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.acts import LIMIT
from web.h5.frame import phone_blueprint
from web.rate_limits import OPEN_PAGE

_LONGEST = 600
_JOINED = "已记下您也遇到了，有进展会通知您。"

blueprint: Blueprint = phone_blueprint("h5_report_alike", __name__)


@blueprint.get("/alike")
@OPEN_PAGE
def alike() -> str:
    """Give the list for these words and this place, as part of a page; empty when nothing is like it."""
    database, person = current_session(), current_person()
    code, words = request.args.get("place", ""), request.args.get("words", "")[:_LONGEST]
    found = met_too.raised_already(
        database,
        person=person,
        place=by_code(database, code) if code else None,
        words=words,
        now=now(),
    )
    return render_template("h5/report_alike.html", found=found, words=words)


@blueprint.post("/join/<number>")
@LIMIT
def join_here(number: str) -> Response:
    """Join from the list; the script stays on the form, without it the complaint is shown."""
    complaint = met_too.join(current_session(), number, person=current_person(), now=now())
    page = url_for("h5_complaint.complaint", number=complaint.number)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(said=_JOINED, to=page)
    flash(_JOINED)
    return redirect(page, HTTPStatus.SEE_OTHER)


@blueprint.get("/p/<code>/join/<number>")
def join_form(code: str, number: str) -> str | Response:
    """Show what was released of a complaint, and what joining it means."""
    database, person = current_session(), current_person()
    place = _place(code)
    complaint = place_records.joinable_at(database, place, number)
    if place_records.concerned(database, person, [complaint]):
        return redirect(url_for("h5_complaint.complaint", number=number))
    return render_template("h5/join.html", place=place, complaint=complaint)


@blueprint.post("/p/<code>/join/<number>")
@LIMIT
def join(code: str, number: str) -> Response:
    """Join it; who joined before, or raised it, is simply led to it."""
    database, person = current_session(), current_person()
    if place_records.join_at(database, _place(code), number, person=person, now=now()):
        flash(_JOINED)
    return redirect(url_for("h5_complaint.complaint", number=number), HTTPStatus.SEE_OTHER)


def _place(code: str) -> ServicePoint:
    place = by_code(current_session(), code)
    if place is None:
        raise NotFound("这个二维码已停用，认不出是哪里。请回到公众号，直接发文字、照片或语音，写清地点。")
    return place
