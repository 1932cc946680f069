"""One-time codes of web OAuth and of wx.login."""

import secrets

from simulator.errors import ApiError
from simulator.simulator import Simulator
from simulator.state import OAuthCode, User

LIFETIME = 300


def make_code(simulator: Simulator, user: User, *, kind: str, scope: str = "") -> str:
    """Return a fresh code; `kind` is page (web OAuth) or mini (wx.login)."""
    value = "0" + secrets.token_urlsafe(24)
    row = OAuthCode(value, kind, user.openid, scope, simulator.clock.now())
    with simulator.state.lock:
        simulator.state.oauth_codes.put(value, row)
    return value


def spend_code(simulator: Simulator, value: str, *, kind: str) -> tuple[User, OAuthCode]:
    """Return whose code it is, and use it up.

    Raises:
        ApiError: 41008 none given, 40029 unknown, 40163 used before, 42003 older than five minutes.
    """
    if not value:
        raise ApiError(41008)
    code = simulator.state.oauth_codes.get(value)
    user = simulator.state.users.get(code.openid) if code else None
    if code is None or user is None or code.kind != kind:
        raise ApiError(40029)
    if code.used:
        raise ApiError(40163)
    if simulator.clock.now() - code.created_at > LIFETIME:
        raise ApiError(42003)
    code.used = True
    simulator.state.oauth_codes.put(value, code)
    return user, code
