"""Reporting what stands on the public board (举报): by anybody, signed in or not."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.limits import ABUSE_REPORTS, ABUSE_REPORTS_OF_ADDRESS
from domain import abuse, board
from domain.board import Item
from domain.errors import DomainError, Invalid, NotFound
from domain.hiding import Target
from models.board_words import AbuseReason, BoardPart
from web.clock import now
from web.database_session import current_session
from web.guards import open_to_all
from web.h5.refusals import Answer, answer_refusals, status_of
from web.rate_limits import by_person, limiter

_WHOLE = str(Target(BoardPart.TEXT))

blueprint = Blueprint("h5_board_abuse", __name__, url_prefix="/h5/board")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)


@blueprint.get("/<number>/abuse")
def form(number: str) -> str:
    """Ask what is wrong."""
    item = board.released_item(current_session(), number)
    return _page(item, part_on_board(item, request.args.get("about", _WHOLE)))


@blueprint.post("/<number>/abuse")
@limiter.limit(ABUSE_REPORTS, key_func=by_person)
@limiter.limit(ABUSE_REPORTS_OF_ADDRESS)
def report(number: str) -> Answer | Response:
    """Take the report."""
    database = current_session()
    item = board.released_item(database, number)
    target = part_on_board(item, request.form.get("about", _WHOLE))
    words = request.form.get("words", "").replace("\r\n", "\n")
    chosen = next((one for one in AbuseReason if one.value == request.form.get("reason")), None)
    try:
        if chosen is None:
            raise Invalid("请选一个原因。", "reason")
        abuse.report(database, item.complaint, target, reason=chosen, words=words, now=now())
    except DomainError as refusal:
        return _page(item, target, refusal=refusal, words=words, chosen=chosen), status_of(refusal)
    return redirect(url_for("h5_board_abuse.thanks", number=item.complaint.number), HTTPStatus.SEE_OTHER)


@blueprint.get("/<number>/abuse/thanks")
def thanks(number: str) -> str:
    """Say what happens now."""
    item = board.released_item(current_session(), number)
    return render_template("h5/board_abuse_done.html", number=item.complaint.number)


def part_on_board(item: Item, said: str) -> Target:
    """Give what somebody wants to report, or raise NotFound where the board does not show it."""
    target = Target.read(said)
    there = {
        BoardPart.TEXT: bool(item.text),
        BoardPart.ANSWER: bool(item.answer),
        BoardPart.PHOTO: target.id in item.photo_ids,
    }
    if not there.get(target.part, False):
        raise NotFound("这条内容已经不在公示栏里了。")
    return target


def _page(
    item: Item,
    target: Target,
    *,
    refusal: DomainError | None = None,
    words: str = "",
    chosen: AbuseReason | None = None,
) -> str:
    return render_template(
        "h5/board_abuse.html",
        item=item,
        target=target,
        reasons=tuple(AbuseReason),
        most_words=abuse.MAX_WORDS,
        refusal=refusal,
        words=words,
        chosen=chosen,
    )
