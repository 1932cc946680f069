"""The mini program's login.

https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session.html
"""

import base64
import secrets

from simulator.endpoints.codes_exchange import spend_code
from simulator.endpoints.tokens import check_credentials
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint


def code_to_session(call: Call) -> Answer:
    """A wx.login code for the openid in the mini program and a session key."""
    check_credentials(call, call.query)
    if call.query.get("grant_type") != "authorization_code":
        raise ApiError(40002)
    user, _ = spend_code(call.simulator, call.query.get("js_code", ""), kind="mini")
    if user.high_risk:
        raise ApiError(40226)
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    return {"openid": user.mini_openid, "session_key": session_key, "unionid": user.unionid}


ENDPOINTS = (Endpoint("GET", "/sns/jscode2session", code_to_session, needs_token=False),)
