"""Access tokens.

https://developers.weixin.qq.com/doc/subscription/api/base/api_getaccesstoken.html
https://developers.weixin.qq.com/doc/subscription/api/base/api_getstableaccesstoken.html
"""

import hmac
from collections.abc import Mapping

from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, check_ip
from simulator.state import AccessToken


def check_credentials(call: Call, given: Mapping[str, object]) -> str:
    """Return the app id, of the account or of its mini program.

    Raises:
        ApiError: 41002, 40013, 41004 or 40125.
    """
    settings = call.simulator.settings
    secrets = {settings.app_id: settings.app_secret, settings.mini_app_id: settings.mini_app_secret}
    app_id, secret = given.get("appid"), given.get("secret")
    if not app_id:
        raise ApiError(41002)
    if not isinstance(app_id, str) or app_id not in secrets:
        raise ApiError(40013)
    if not secret:
        raise ApiError(41004)
    if not hmac.compare_digest(str(secret), secrets[app_id]):
        raise ApiError(40125)
    return app_id


def _check_grant(call: Call, given: Mapping[str, object]) -> str:
    if given.get("grant_type") != "client_credential":
        raise ApiError(40002)
    app_id = check_credentials(call, given)
    check_ip(call)
    return app_id


def _answer(call: Call, token: AccessToken) -> Answer:
    left = round(token.expires_at - call.simulator.clock.now())
    return {"access_token": token.value, "expires_in": left}


def get_token(call: Call) -> Answer:
    """A new normal token at every call."""
    return _answer(call, call.simulator.tokens.issue_normal(_check_grant(call, call.query)))


def get_stable_token(call: Call) -> Answer:
    """The same stable token until its last five minutes, or until a forced refresh."""
    app_id = _check_grant(call, call.json)
    force = call.json.get("force_refresh", False)
    if not isinstance(force, bool):
        raise ApiError(47001)
    return _answer(call, call.simulator.tokens.issue_stable(app_id, force_refresh=force))


ENDPOINTS = (
    Endpoint("GET", "/cgi-bin/token", get_token, needs_token=False),
    Endpoint("POST", "/cgi-bin/stable_token", get_stable_token, needs_token=False, body="json"),
)
