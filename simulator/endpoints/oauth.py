"""Web OAuth: exchanging a code for the visitor's openid.

https://developers.weixin.qq.com/doc/service/guide/h5/auth.html
"""

import secrets

from simulator.endpoints.codes_exchange import spend_code
from simulator.endpoints.tokens import check_credentials
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import Document, User

LIFETIME = 7200
REFRESH_LIFETIME = 30 * 86_400


def exchange_code(call: Call) -> Answer:
    """A code for a token of this user; unrelated to the account's access token."""
    check_credentials(call, call.query)
    if call.query.get("grant_type") != "authorization_code":
        raise ApiError(40002)
    user, code = spend_code(call.simulator, call.query.get("code", ""), kind="page")
    return _tokens(call, user, code.scope)


def refresh_user_token(call: Call) -> Answer:
    """A new token; the refresh token changes too."""
    if call.query.get("appid") != call.simulator.settings.app_id:
        raise ApiError(40013)
    key = f"oauth-refresh:{call.query.get('refresh_token', '')}"
    document = call.simulator.state.documents.get(key)
    if document is None:
        raise ApiError(40030)
    call.simulator.state.documents.remove(key)
    if document.value["expires_at"] <= call.simulator.clock.now():
        raise ApiError(42002)
    return _tokens(call, _user(call, document.value["openid"]), document.value["scope"])


def check_user_token(call: Call) -> Answer:
    """Whether a user-level token still holds."""
    _need_user_token(call)
    return ok()


def get_user_profile(call: Call) -> Answer:
    """Nickname and picture, for the scope that shows a question to the user."""
    grant = _need_user_token(call)
    if grant["scope"] != "snsapi_userinfo":
        raise ApiError(48001)
    user = _user(call, grant["openid"])
    return {
        "openid": user.openid,
        "nickname": user.nickname,
        "sex": 0,
        "province": "",
        "city": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
        "unionid": user.unionid,
    }


def _tokens(call: Call, user: User, scope: str) -> Answer:
    now, documents = call.simulator.clock.now(), call.simulator.state.documents
    access, refresh = f"3_{secrets.token_urlsafe(60)}", f"4_{secrets.token_urlsafe(60)}"
    grant = {"openid": user.openid, "scope": scope}
    documents.put(f"oauth-access:{access}", Document(grant | {"expires_at": now + LIFETIME}))
    documents.put(f"oauth-refresh:{refresh}", Document(grant | {"expires_at": now + REFRESH_LIFETIME}))
    answer: dict[str, object] = {
        "access_token": access,
        "expires_in": LIFETIME,
        "refresh_token": refresh,
        "openid": user.openid,
        "scope": scope,
    }
    if user.snapshot:
        answer["is_snapshotuser"] = 1
    return answer | {"unionid": user.unionid}


def _need_user_token(call: Call) -> dict[str, str]:
    document = call.simulator.state.documents.get(f"oauth-access:{call.query.get('access_token', '')}")
    if document is None:
        raise ApiError(40001)
    if document.value["expires_at"] <= call.simulator.clock.now():
        raise ApiError(42001)
    if document.value["openid"] != call.query.get("openid"):
        raise ApiError(40003)
    grant: dict[str, str] = document.value
    return grant


def _user(call: Call, openid: str) -> User:
    user = call.simulator.state.users.get(openid)
    if user is None:
        raise ApiError(40003)
    return user


ENDPOINTS = (
    Endpoint("GET", "/sns/oauth2/access_token", exchange_code, needs_token=False),
    Endpoint("GET", "/sns/oauth2/refresh_token", refresh_user_token, needs_token=False),
    Endpoint("GET", "/sns/auth", check_user_token, needs_token=False),
    Endpoint("GET", "/sns/userinfo", get_user_profile, needs_token=False),
)
