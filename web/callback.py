"""Where the platform calls: request in, answer out; all else is in wechat/callback.py.

The official account and the mini program each have an address of their own. Beside them lie, for as long as
they are judged, the photos that the platform is to judge.
"""

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from domain import content_checks
from web.clock import now
from web.database_session import current_session
from web.file_answers import file_answer
from web.guards import open_to_all
from web.parts import parts
from wechat import callback
from wechat.sides import Side, mini_program_side, official_side

blueprint = Blueprint("callback", __name__, url_prefix="/wechat")
# The platform cannot sign in; its signature is what lets it through.
blueprint.before_request(open_to_all)

_NOT_SET_UP = callback.Answer(404, "没有设置小程序的消息推送（MINIPROGRAM_TOKEN、MINIPROGRAM_AES_KEY）。")
_LONGEST_KEY = 43


@blueprint.get("", strict_slashes=False)
def verify() -> Response:
    """Answer the platform's check of this address."""
    return _verified(official_side(parts().settings))


@blueprint.post("", strict_slashes=False)
def receive() -> Response:
    """Take in a message or an event."""
    return _received(official_side(parts().settings))


@blueprint.get("/mini", strict_slashes=False)
def verify_mini() -> Response:
    """Answer the platform's check of the mini program's address."""
    return _verified(_mini_side())


@blueprint.post("/mini", strict_slashes=False)
def receive_mini() -> Response:
    """Take in what is pushed for the mini program."""
    return _received(_mini_side())


@blueprint.get("/mini/photos/<key>")
def photo(key: str) -> Response:
    """Send a photo that the platform is to judge; whoever knows its name may have it until then."""
    answer = file_answer(content_checks.photo_for_platform(current_session(), key[:_LONGEST_KEY]))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _mini_side() -> Side | None:
    settings = parts().settings
    return mini_program_side(settings) if settings.takes_mini_program_pushes else None


def _verified(side: Side | None) -> Response:
    if side is None:
        return _response(_NOT_SET_UP)
    return _response(callback.verify(parts().settings, request.args, now=now(), side=side))


def _received(side: Side | None) -> Response:
    if side is None:
        return _response(_NOT_SET_UP)
    request.max_content_length = callback.MAX_BODY_BYTES
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _response(callback.TOO_LARGE)
    settings, database = parts().settings, parts().database
    return _response(callback.receive(settings, database, request.args, body, now=now(), side=side))


def _response(answer: callback.Answer) -> Response:
    return Response(answer.body, status=answer.status, content_type=answer.content_type)
