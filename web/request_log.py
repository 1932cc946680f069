"""The number of each request, one line about it, and figures; no text, no name and no secret of anybody.

The number stands in every line that is logged while the request lasts, in the answer's header X-Request-Id,
on error pages, and beside what the audit log keeps of it.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from time import monotonic

import structlog
from flask import Flask, Response, g, request

from config import metrics
from domain import audit

log = structlog.get_logger(__name__)

# As nginx makes them ($request_id), and others.
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,40}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Arguments that everybody may know; what else stands in an address may be a key that opens something.
_KNOWN = frozenset({"number", "matter", "step", "kind", "channel"})
_PLAIN = re.compile(r"[0-9A-Za-z_-]{1,24}")
_ARGUMENT = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_HIDDEN, _NOWHERE = "…", "-"
# Asked for every few seconds by machines.
_DULL = frozenset({"static", "health.process_up", "health.ready", "metrics.page"})
# Where staff sign in; what is refused there may be somebody guessing.
_SIGN_IN = {"admin_login.enter": "password", "admin_sign_in_code.enter": "code"}


@dataclass(frozen=True)
class Answered:
    """What is noted of one request.

    Attributes:
        route: the rule that its address fits.
        area: the part of the site, so that slow pages of one do not hide among quick ones of another.
        path: the address with its numbers, and without anything that might be a key.
        seconds: how long the answer took.
    """

    method: str
    route: str
    area: str
    path: str
    status: int
    seconds: float


def number_request(given: str, address: str, subjects: Mapping[str, object] | None = None) -> str:
    """Give a request its number, by which its lines in the log are found.

    Args:
        given: the number it has already, from a proxy we trust; empty without one.
        address: where it came from.
        subjects: what else its lines tell.
    """
    request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(6)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**(subjects or {}), request_id=request_id)
    audit.ORIGIN.set(audit.Origin(address, request_id))
    return request_id


def forget_request() -> None:
    """Let go of the number: what this thread logs between two requests belongs to none."""
    structlog.contextvars.clear_contextvars()


def note_answer(answered: Answered, *, is_told: bool) -> None:
    """Count an answer, and write its line.

    Args:
        is_told: whether the line is written also where only what matters is.
    """
    metrics.HTTP_REQUESTS.labels(answered.method, answered.route, str(answered.status)).inc()
    metrics.HTTP_SECONDS.labels(answered.area).observe(answered.seconds)
    if answered.area == "callback" and answered.method == "POST":
        side = "mini_program" if answered.route.endswith("/mini") else "official"
        metrics.CALLBACK_SECONDS.labels(side).observe(answered.seconds)
    tell = log.info if is_told else log.debug
    ms = round(answered.seconds * 1000, 1)
    tell("request", method=answered.method, path=answered.path, status=answered.status, ms=ms)


def _begin(*, behind_proxy: bool) -> None:
    g.began = monotonic()
    numbered = request.headers.get("X-Request-Id", "") if behind_proxy else ""
    subjects = {name: value for name, value in (request.view_args or {}).items() if _is_plain(name, value)}
    g.request_id = number_request(numbered, request.remote_addr or "", subjects)


def _end(_error: BaseException | None) -> None:
    forget_request()


def _is_plain(name: str, value: object) -> bool:
    return isinstance(value, int) or (name in _KNOWN and _PLAIN.fullmatch(str(value)) is not None)


def _path() -> str:
    """Give the address as it may stand in a log."""
    if request.url_rule is None:
        return _NOWHERE
    given = request.view_args or {}

    def shown(found: re.Match[str]) -> str:
        value = given.get(found[1])
        return str(value) if _is_plain(found[1], value) else _HIDDEN

    return _ARGUMENT.sub(shown, request.url_rule.rule)


def _area() -> str:
    """Name the part of the site."""
    if request.endpoint == "static":
        return "static"
    name = (request.blueprint or "").partition("_")[0]
    return name if name in {"admin", "h5", "api", "open311", "callback"} else "other"


def _note(response: Response, *, for_machines: bool) -> Response:
    method = request.method if request.method in _METHODS else "OTHER"
    route = request.url_rule.rule if request.url_rule is not None else _NOWHERE
    seconds = monotonic() - g.began
    if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and request.endpoint in _SIGN_IN:
        metrics.SIGN_IN_FAILURES.labels(_SIGN_IN[request.endpoint]).inc()
    note_answer(
        Answered(method, route, _area(), _path(), response.status_code, seconds),
        is_told=for_machines and request.endpoint not in _DULL,
    )
    return response


def init_app(app: Flask, *, for_machines: bool, behind_proxy: bool) -> None:
    """Note every request of the application; called before all others, so that it sees the last answer.

    Args:
        app: the application.
        for_machines: whether machines read the log (LOG_FORMAT=json); people would drown in these lines.
        behind_proxy: whether a proxy we trust numbers the requests (X-Request-Id).
    """
    app.before_request(partial(_begin, behind_proxy=behind_proxy))
    app.after_request(partial(_note, for_machines=for_machines))
    app.teardown_request(_end)
