"""Answers that programs keep, and ask for again only when they have changed."""

import hashlib
import json

from flask import request
from pydantic import BaseModel
from werkzeug.wrappers import Response


def tagged(model: BaseModel, *, seconds: int = 0, is_public: bool = True) -> Response:
    """Answer with an ETag of the content, or with 304 when the program has it already.

    Args:
        seconds: for how long it need not ask.
        is_public: whether it is the same for everybody.
    """
    return _tagged(model.model_dump_json(), seconds=seconds, is_public=is_public)


def tagged_json(content: object) -> Response:
    """Answer with what is plain JSON already, the same for everybody; see `tagged`."""
    return _tagged(json.dumps(content, ensure_ascii=False), seconds=300, is_public=True)


def _tagged(text: str, *, seconds: int, is_public: bool) -> Response:
    body = text.encode()
    answer = Response(body, content_type="application/json")
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.headers["Cache-Control"] = f"{'public' if is_public else 'private'}, max-age={seconds}"
    answer.make_conditional(request)
    return answer
