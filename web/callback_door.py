"""The platform's messages for the official account, taken before the pages' own machinery.

They are most of what comes, and need none of it: no session, no form, no cookie, no header for a browser.
They are numbered, counted and logged like every request (`web/request_log.py`), and acted on by the same
`wechat.callback.receive`; whatever else comes to that address, such as a body of unknown length, takes the
ordinary way to `web/callback.py`.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import structlog

from config.settings import Settings
from domain import limits
from models.database import Database
from web import limit_notes, request_log
from web.clock import now
from wechat import callback
from wechat.sides import official_side

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

PATH = "/wechat"
_LENGTH = re.compile("[0-9]{1,7}")
_FAILED = callback.Answer(HTTPStatus.INTERNAL_SERVER_ERROR, "系统出错了，问题已记录。")


class CallbackDoor:
    """WSGI application: answers messages to `PATH`, and hands everything else on.

    Args:
        pages: what it is handed to.
    """

    def __init__(self, pages: "WSGIApplication", settings: Settings, database: Database) -> None:
        self._pages = pages
        self._settings, self._database = settings, database
        self._side = official_side(settings)
        self._for_machines = settings.log_format == "json"
        self._behind_proxy = settings.trusted_proxies > 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != PATH:
            return self._pages(environ, start_response)
        length = _LENGTH.fullmatch(environ.get("CONTENT_LENGTH") or "")
        if length is None or int(length[0]) > callback.MAX_BODY_BYTES or "HTTP_TRANSFER_ENCODING" in environ:
            return self._pages(environ, start_response)
        return self._take(environ, start_response, int(length[0]))

    def _take(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", length: int
    ) -> Iterable[bytes]:
        began = monotonic()
        given = environ.get("HTTP_X_REQUEST_ID", "") if self._behind_proxy else ""
        request_id = request_log.number_request(given, environ.get("REMOTE_ADDR") or "")
        try:
            met = limits.begin_noting()
            answer = self._answer(environ, environ["wsgi.input"].read(length))
            limit_notes.write(self._database, met)
            request_log.note_answer(
                request_log.Answered("POST", PATH, "callback", PATH, answer.status, monotonic() - began),
                is_told=self._for_machines,
            )
        finally:
            request_log.forget_request()
        body = answer.body.encode()
        start_response(_status(answer.status), _headers(answer, len(body), request_id))
        return [body]

    def _answer(self, environ: "WSGIEnvironment", body: bytes) -> callback.Answer:
        query = _query(environ.get("QUERY_STRING", ""))
        try:
            return callback.receive(self._settings, self._database, query, body, now=now(), side=self._side)
        except Exception as error:
            log.exception("request_failed", path=PATH, method="POST", error=type(error).__name__)
            return _FAILED


def _query(text: str) -> dict[str, str]:
    """Read the parameters; of one that is there twice, the first counts, as everywhere else."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=50)
    except ValueError:  # nothing that the platform sends has so many
        return {}
    return dict(reversed(pairs))


def _status(code: int) -> str:
    return f"{int(code)} {HTTPStatus(code).phrase}"


def _headers(answer: callback.Answer, length: int, request_id: str) -> list[tuple[str, str]]:
    return [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(length)),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-Id", request_id),
    ]
