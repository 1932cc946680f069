"""Signing in with a code of wx.login, and the devices on which somebody is signed in."""

from http import HTTPStatus

from flask import Blueprint, g

from domain import api_sessions, former_people, mini_people
from models.api_session import ApiSession
from web.api.operations import api_blueprint, operation
from web.api.session_shapes import EndSessions, NewSession, SessionOut, Sessions, SignedIn
from web.api.wechat_answers import ask, mini_program
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.parts import parts
from web.problems import ApiProblem

TAG = "登录"

opening: Blueprint = api_blueprint("api_sign_in", __name__, is_open=True)
blueprint: Blueprint = api_blueprint("api_sessions", __name__)

_PROBLEMS = (
    "login_code_invalid",
    "login_code_used",
    "person_left",
    "wechat_user_blocked",
    "wechat_unreachable",
    "wechat_refused",
    "mini_program_not_set_up",
)


@operation(
    opening,
    "POST",
    "/sessions",
    tag=TAG,
    summary="登录",
    description=(
        "用 wx.login 的 code 换登录凭证。同一个人可以同时登录多台设备（最多 10 台，再多则最早的自动退出）。"
        "没有收到回答时不要用原来的 code 重试，重新 wx.login。"
    ),
    status=HTTPStatus.CREATED,
    problems=_PROBLEMS,
    limit="600 per minute",  # a whole campus may share an address
)
def create_session(body: NewSession) -> SignedIn:
    """Exchange a code, and begin a session of whoever it is."""
    calls = mini_program()
    user = ask(lambda: calls.user_of(body.code), used="login_code_used", invalid="login_code_invalid")
    mark = former_people.mark_of(user.openid, box=parts().secret_box)
    with parts().database.transaction() as writing:
        is_known = mini_people.is_known(writing, user.openid)
        if not is_known and former_people.left_at(writing, mark) is not None and not body.begin_anew:
            raise ApiProblem("person_left")
        former_people.welcome_back(writing, mark)
        person = mini_people.person_of_mini(writing, openid=user.openid, unionid=user.unionid, now=now())
        opened, token = api_sessions.begin(writing, person, device=body.device, now=now())
        return SignedIn(
            token=token,
            expires_in=int(api_sessions.LIFETIME.total_seconds()),
            linked=person.openid is not None,
            session=_shown(opened, current=opened),
        )


@operation(blueprint, "GET", "/sessions", tag=TAG, summary="登录中的设备")
def list_sessions() -> Sessions:
    """List the devices."""
    found = api_sessions.sessions_of(current_session(), current_person(), now=now())
    return Sessions(items=[_shown(each, current=g.api_session) for each in found])


@operation(
    blueprint,
    "DELETE",
    "/sessions",
    tag=TAG,
    summary="退出全部设备",
    description="手机丢了，或在别处登录过，用这个。退出以后，那些设备上的凭证马上失效。",
    status=HTTPStatus.NO_CONTENT,
)
def end_all_sessions(query: EndSessions) -> None:
    """End all sessions, or all but this one."""
    but = g.api_session if query.keep_current else None
    api_sessions.end_all(current_session(), current_person(), but=but, now=now())


@operation(
    blueprint,
    "DELETE",
    "/sessions/current",
    tag=TAG,
    summary="退出这台设备",
    status=HTTPStatus.NO_CONTENT,
)
def end_current_session() -> None:
    """End the session of this very request."""
    api_sessions.end(current_session(), current_person(), key=g.api_session.key, now=now())


@operation(
    blueprint,
    "DELETE",
    "/sessions/<session_id>",
    tag=TAG,
    summary="退出一台设备",
    status=HTTPStatus.NO_CONTENT,
)
def end_session(session_id: str) -> None:
    """End one session of one's own."""
    api_sessions.end(current_session(), current_person(), key=session_id, now=now())


def _shown(opened: ApiSession, *, current: ApiSession) -> SessionOut:
    return SessionOut(
        id=opened.key,
        device=opened.device,
        created_at=opened.created_at,
        last_seen_at=opened.last_seen_at,
        expires_at=opened.expires_at,
        is_current=opened.id == current.id,
    )
