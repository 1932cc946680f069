"""Looking at and clearing the daily counters.

https://developers.weixin.qq.com/doc/subscription/api/apimanage/api_getapiquota.html
https://developers.weixin.qq.com/doc/subscription/api/apimanage/api_clearquota.html
"""

import hmac

from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok


def _known_path(call: Call) -> str:
    from simulator.endpoints import ENDPOINTS as KNOWN

    path = call.text("cgi_path")
    if path.startswith("/sns/"):
        raise ApiError(76022)
    if path not in KNOWN:
        raise ApiError(76021)
    return path


def get_quota(call: Call) -> Answer:
    """The counters of one path."""
    path = _known_path(call)
    quotas = call.simulator.quotas
    limit, used = quotas.day_limit(path), quotas.used_today(path)
    per_minute = quotas.minute_limit(path)
    return ok(
        quota={"daily_limit": limit, "used": used, "remain": max(limit - used, 0)},
        rate_limit={"call_count": per_minute, "refresh_second": 60},
        component_rate_limit={"call_count": 0, "refresh_second": 0},
    )


def clear_quota(call: Call) -> Answer:
    """Set all of the day's counters to zero."""
    if call.json.get("appid") != call.simulator.settings.app_id:
        raise ApiError(40013)
    call.simulator.quotas.clear()
    return ok()


def clear_path_quota(call: Call) -> Answer:
    """Set the day's counter of one path to zero."""
    call.simulator.quotas.clear_path(_known_path(call))
    return ok()


def clear_quota_by_secret(call: Call) -> Answer:
    """The same without a token, for an account whose token quota is gone."""
    secret = str(call.json.get("appsecret", ""))
    if not hmac.compare_digest(secret, call.simulator.settings.app_secret):
        raise ApiError(40125)
    return clear_quota(call)


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/openapi/quota/get", get_quota, body="json"),
    Endpoint("POST", "/cgi-bin/openapi/quota/clear", clear_path_quota, body="json", counted=False),
    Endpoint("POST", "/cgi-bin/clear_quota", clear_quota, body="json", counted=False),
    Endpoint(
        "POST",
        "/cgi-bin/clear_quota/v2",
        clear_quota_by_secret,
        needs_token=False,
        body="json",
        counted=False,
    ),
)
