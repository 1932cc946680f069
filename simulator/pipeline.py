"""The way of every API call: the checks in one order, the endpoint's own work, and the answer.

WeChat has not published the order in which it checks; `CHECKS` is this platform's, in one place.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from flask import Response
from werkzeug.datastructures import FileStorage

from simulator.errors import ApiError

if TYPE_CHECKING:
    from simulator.simulator import Simulator

BodyKind = Literal["none", "json", "form"]
# Escapes above ASCII reach the phone as they are written: clients must send raw UTF-8.
_ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u(?!00[0-7])([0-9a-fA-F]{4})")


@dataclass
class Call:
    """One API call on its way through the checks."""

    simulator: "Simulator"
    path: str
    method: str
    query: Mapping[str, str]
    raw_body: bytes
    remote_addr: str
    files: Mapping[str, FileStorage] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    json: dict[str, Any] = field(default_factory=dict)
    token_app_id: str = ""
    # Work that must happen without the lock: before the answer leaves, or after a delay.
    before_answer: list[Callable[[], object]] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a JSON field as text; "" when it is missing or something else."""
        value = self.json.get(name, "")
        return value if isinstance(value, str) else ""

    def number(self, name: str, default: int | None = None) -> int:
        """Return a whole number, also from a text of digits, as the platform reads it.

        Raises:
            ApiError: 40097 for anything else.
        """
        value = self.json.get(name, default)
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ApiError(40097)
        return value


Answer = dict[str, Any] | Response


@dataclass(frozen=True)
class Endpoint:
    """One address of the platform."""

    method: Literal["GET", "POST", "ANY"]
    path: str
    handler: Callable[[Call], Answer]
    needs_token: bool = True
    body: BodyKind = "none"
    only_verified: bool = False
    counted: bool = True
    only_mini: bool = False


def check_method(endpoint: Endpoint, call: Call) -> None:
    """43001 or 43002."""
    if endpoint.method not in {"ANY", call.method}:
        raise ApiError(43001 if endpoint.method == "GET" else 43002)


def check_token(endpoint: Endpoint, call: Call) -> None:
    """41001, 40014, 40001 or 42001; a token used from a foreign address is 40164."""
    if not endpoint.needs_token:
        return
    value = call.query.get("access_token", "")
    if not value:
        raise ApiError(41001)
    call.token_app_id = call.simulator.tokens.check(value).app_id
    check_ip(call)


def check_ip(call: Call) -> None:
    """40164 with the address in the text, when a whitelist is set."""
    allowed = call.simulator.settings.ip_whitelist
    if allowed and call.remote_addr not in allowed:
        address = call.remote_addr
        raise ApiError(40164, f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist")


def check_permission(endpoint: Endpoint, call: Call) -> None:
    """50002 banned; 48001 not verified, not granted, or the token of an account for a mini program's call."""
    settings = call.simulator.settings
    if settings.banned:
        raise ApiError(50002)
    if not endpoint.needs_token:
        return
    if endpoint.only_verified and not settings.verified:
        raise ApiError(48001)
    if endpoint.only_mini and call.token_app_id != settings.mini_app_id:
        raise ApiError(48001)
    granted = any(prefix == "*" or endpoint.path.startswith(prefix) for prefix in settings.permissions)
    if not granted:
        raise ApiError(48001)


def check_quota(endpoint: Endpoint, call: Call) -> None:
    """45011 per minute, 45009 per day."""
    if endpoint.counted:
        call.simulator.quotas.count(endpoint.path)


def check_body(endpoint: Endpoint, call: Call) -> None:
    """44002 nothing there, 47001 not a JSON object."""
    if endpoint.body != "json":
        return
    if not call.raw_body.strip():
        raise ApiError(44002)
    try:
        value = json.loads(_ESCAPED.sub(rb"\1\\\\u\2", call.raw_body))
    except (ValueError, RecursionError):
        raise ApiError(47001) from None
    if not isinstance(value, dict):
        raise ApiError(47001)
    call.json = value


# Method, token, permission, quota, body; then the endpoint's own: arguments, the recipient's state, effect.
CHECKS: tuple[Callable[[Endpoint, Call], None], ...] = (
    check_method,
    check_token,
    check_permission,
    check_quota,
    check_body,
)


def perform(endpoint: Endpoint, call: Call) -> Answer:
    """Run the checks and the endpoint.

    Raises:
        ApiError: the first check that failed.
    """
    with call.simulator.state.lock:
        for check in CHECKS:
            check(endpoint, call)
        answer = endpoint.handler(call)
    for work in call.before_answer:
        work()
    return answer


def ok(**fields: object) -> dict[str, Any]:
    """Return the usual answer of success."""
    return {"errcode": 0, "errmsg": "ok"} | fields
