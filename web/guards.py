"""Who may come in: every blueprint names one of these as its `before_request`.

    blueprint.before_request(staff_only)

A test holds every blueprint to it, so that a page cannot be left open by forgetting.
"""

import hmac
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import abort, g, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import api_sessions, connected_systems
from domain.connected_systems import UnknownKey
from models.connected_system import ConnectedSystem
from models.person import Person
from web.auth import SIGNED_IN_BY, Owed
from web.clock import now
from web.database_session import current_session
from web.parts import parts
from web.wechat_browser import may_ask_wechat

PERSON_KEY = "person_id"
_PERSON_SINCE = "person_since"
# From the day they came in: however often the cookie is written anew, then WeChat is asked once more.
PERSON_SIGNED_IN_FOR = timedelta(days=30)


def open_to_all() -> None:
    """Let everybody in; said aloud, so that it is a decision and not an oversight."""


def staff_only() -> Response | None:
    """Let in members of staff who are signed in; send others to the sign-in page."""
    if current_user.is_authenticated:
        return _owing() if current_user.owed else None
    if request.headers.get("HX-Request"):
        return _signed_out_inside_a_page()
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("admin_login.sign_in", next=wanted))


def _signed_out_inside_a_page() -> Response:
    answer = Response(status=401)
    if request.method == "GET":
        # A fragment of the sign-in page inside another page would help nobody.
        answer.headers["HX-Redirect"] = url_for("admin_login.sign_in")
    else:
        # Whatever was typed must stay where it is; the page says that one has to sign in elsewhere first.
        answer.headers["HX-Reswap"] = "none"
        answer.headers["HX-Trigger"] = "signed-out"
    return answer


# Where somebody may go who owes something: what they owe it on, and out.
_ACCOUNT = frozenset({"admin_account.password", "admin_account.change_password", "admin_account.sign_out"})
_OPEN_TO_OWING = {Owed.PASSWORD: _ACCOUNT, Owed.SECOND_FACTOR: _ACCOUNT | {"admin_security"}}
_WHERE_OWED = {Owed.PASSWORD: "admin_account.password", Owed.SECOND_FACTOR: "admin_security.page"}


def _owing() -> Response | None:
    """Lead somebody to what they have to do first; the page there says why."""
    owed = current_user.owed
    if _OPEN_TO_OWING[owed] & {request.endpoint, request.blueprint}:
        return None
    page = url_for(_WHERE_OWED[owed])
    if request.headers.get("HX-Request"):
        # That page itself asks for news now and then; it must not be loaded anew while somebody types there.
        is_there = urlsplit(request.headers.get("HX-Current-URL", "")).path.startswith(page)
        return Response(status=204, headers={} if is_there else {"HX-Redirect": page})
    return redirect(page, 303)


def person_only() -> Response | None:
    """Let in a person this phone is signed in for (see `sign_in_person`); views ask `current_person()`.

    Others are sent to WeChat, which says who they are, if the account has the right.

    Raises:
        Unauthorized: with a page that says how to come in.
    """
    is_old = now().timestamp() - session.get(_PERSON_SINCE, 0) > PERSON_SIGNED_IN_FOR.total_seconds()
    person_id = 0 if is_old else session.get(PERSON_KEY, 0)
    if request.method in {"GET", "HEAD"}:
        person = current_session().get(Person, person_id)
    else:
        # A writing transaction would keep others out while this request still reads and cleans its photos.
        with parts().database.reading() as session_before:
            person = session_before.get(Person, person_id)
    if person is None or person.openid is None:
        if not may_ask_wechat():
            abort(401)
        session.pop(PERSON_KEY, None)  # of somebody deleted, or unlinked
        return redirect(url_for("h5_oauth.begin", next=request.full_path.rstrip("?")))
    g.known_person = person
    return None


def current_person() -> Person:
    """Give the person behind this request, in its session; only behind `person_only` or `token_only`.

    For anything but GET this begins the writing transaction: read and check the input first.
    """
    return current_session().get_one(Person, g.known_person.id)


def sign_in_person(person: Person) -> None:
    """Begin a fresh session for a person, so that one planted beforehand is worth nothing.

    A member of staff who is signed in on the same phone stays so.
    """
    kept = {key: session[key] for key in SIGNED_IN_BY if key in session}
    session.clear()
    session.update(kept)
    session[PERSON_KEY], session[_PERSON_SINCE] = person.id, now().timestamp()
    session.permanent = True


def token_only() -> None:
    """Let in a program with the token of a person; views ask `current_person()`. Cookies play no part.

    Raises:
        Unauthorized: no token was sent.
        SessionOver: the token opens nothing (any more).
    """
    token = bearer_token()
    if not token:
        abort(401)
    # A writing transaction would keep others out while this request still reads and cleans its photos.
    with parts().database.reading() as session_before:
        opened = api_sessions.find(session_before, token, now=now())
    if api_sessions.is_due(opened, now=now()):
        with parts().database.transaction() as writing:
            api_sessions.touch(writing, opened, now=now())
    g.api_session = opened
    g.known_person = opened.person


def bearer_token() -> str:
    """Give the token that came with this request; empty when none did."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def system_only() -> None:
    """Let in a connected system with its key; views ask `known_system()`. Cookies play no part.

    Raises:
        UnknownKey: no key was sent, or none that is in use.
    """
    system_or_nobody()
    if g.connected_system is None:
        raise UnknownKey("缺少 api_key。请向后勤处的系统管理员申请。")


def system_or_nobody() -> None:
    """Let everybody in, and a connected system as itself; views ask `known_system()`.

    Raises:
        UnknownKey: a key was sent, but none that is in use.
    """
    g.connected_system = None
    key = request.values.get("api_key", "") or bearer_token()
    if not key:
        return
    with parts().database.reading() as session_before:
        system = connected_systems.by_key(session_before, key)
    if connected_systems.is_due(system, now=now()):
        with parts().database.transaction() as writing:
            connected_systems.touch(writing, system, now=now())
    g.connected_system = system


def known_system() -> ConnectedSystem | None:
    """Give the connected system behind this request, in its session; only behind the guards above."""
    known: ConnectedSystem | None = g.connected_system
    return current_session().get_one(ConnectedSystem, known.id) if known is not None else None


def monitor_only() -> None:
    """Let in who watches over the program: with the METRICS_TOKEN, or from this very machine if none is set.

    Raises:
        Forbidden: it is somebody else.
    """
    token = parts().settings.metrics_token.get_secret_value()
    if token:
        if not hmac.compare_digest(bearer_token().encode(), token.encode()):
            abort(403)
        return
    # A proxy of this machine asks for others, and need not be known to us as one.
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"))
    if forwarded or not _is_this_machine(request.remote_addr):
        abort(403)


def _is_this_machine(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


GUARDS = frozenset(
    {open_to_all, staff_only, person_only, token_only, system_only, system_or_nobody, monitor_only}
)
