"""Browsers in which an account was opened before: whoever guesses elsewhere cannot lock it there.

A signed cookie names the accounts. It opens nothing and stands for neither password nor code; it only says
that wrong passwords of strangers do not count here. It falls out of use with all sessions of the account.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from models.staff import Staff

KEPT = timedelta(days=180)
# Colleagues share the computers of duty rooms.
_MOST_ACCOUNTS = 8


def remember(staff: Staff) -> None:
    """Have this browser known for an account, from the answer to this request on."""
    kept = _kept()
    others = {name: version for name, version in kept["accounts"].items() if name != str(staff.id)}
    newest = [*others.items(), (str(staff.id), staff.session_version)][-_MOST_ACCOUNTS:]
    value = _serializer().dumps({"browser": kept["browser"], "accounts": dict(newest)})

    def keep(response: Response) -> Response:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(_name(), value, max_age=KEPT, httponly=True, secure=secure, samesite="Lax")
        return response

    after_this_request(keep)


def knows(staff: Staff) -> bool:
    """Tell whether this account was opened in this browser before, and its sessions not ended since."""
    return bool(_kept()["accounts"].get(str(staff.id)) == staff.session_version)


def is_any() -> bool:
    """Tell whether some account was opened in this browser before."""
    return bool(_kept()["accounts"])


def key() -> str:
    """Name whose counter a rate limit uses: what holds where the lock of an account does not."""
    return f"browser:{_kept()['browser']}"


def _kept() -> dict[str, Any]:
    try:
        kept = _serializer().loads(request.cookies.get(_name(), ""), max_age=int(KEPT.total_seconds()))
    except BadSignature:
        return {"browser": secrets.token_urlsafe(12), "accounts": {}}
    return dict(kept)


def _name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known browser")
