"""Where the platform calls: request in, answer out; all else is in wechat/callback.py."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from web.clock import now
from web.guards import open_to_all
from web.parts import parts
from wechat import callback

blueprint = Blueprint("callback", __name__, url_prefix="/wechat")
# The platform cannot sign in; its signature is what lets it through.
blueprint.before_request(open_to_all)


@blueprint.get("", strict_slashes=False)
def verify() -> Response:
    """Answer the platform's check of this address."""
    return _response(callback.verify(parts().settings, request.args, now=now()))


@blueprint.post("", strict_slashes=False)
def receive() -> Response:
    """Take in a message or an event."""
    request.max_content_length = callback.MAX_BODY_BYTES
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _response(callback.TOO_LARGE)
    return _response(callback.receive(parts().settings, parts().database, request.args, body, now=now()))


def _response(answer: callback.Answer) -> Response:
    return Response(answer.body, status=answer.status, content_type=answer.content_type)
