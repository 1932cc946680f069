"""Joining a complaint of the public board (我也遇到), or following it (关注), as a person WeChat knows."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import board, place_records
from domain.board import Item
from domain.errors import NotFound
from domain.reporting import follow
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.acts import LIMIT
from web.h5.board_view import card_of
from web.h5.frame import phone_blueprint

blueprint: Blueprint = phone_blueprint("h5_board_join", __name__)


@blueprint.get("/board/<number>/join")
def form(number: str) -> str | Response:
    """Say what joining means, and ask."""
    database, person = current_session(), current_person()
    found = _joinable(database, number)
    if place_records.concerned(database, person, [found.complaint]):
        return redirect(url_for("h5_complaint.complaint", number=found.complaint.number))
    return render_template("h5/board_join.html", card=card_of(found), met=_met(request.args.get("how", "")))


@blueprint.post("/board/<number>/join")
@LIMIT
def join(number: str) -> Response:
    """Join it; who joined before, or raised it, is simply led to it."""
    database, person = current_session(), current_person()
    met = _met(request.form.get("how", ""))
    found = _joinable(database, number).complaint
    if follow(database, found, person=person, now=now(), met=met):
        flash("已记下您也遇到了，有进展会通知您。" if met else "已关注，有进展会通知您。")
    return redirect(url_for("h5_complaint.complaint", number=found.number), HTTPStatus.SEE_OTHER)


def _met(how: str) -> bool:
    return how != "follow"


def _joinable(database: Session, number: str) -> Item:
    found = board.released_item(database, number)
    if not found.may_join:
        raise NotFound("这件诉求已经结束。如果您也遇到，请直接反映。")
    return found
