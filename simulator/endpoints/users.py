"""Followers.

https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo.html
https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans.html
"""

from typing import Any

from simulator.endpoints.recipients import need_user
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import User

MAX_BATCH = 100
MAX_REMARK_BYTES = 30


def describe_user(user: User, *, language: str) -> dict[str, Any]:
    """Return what the platform tells of a user: nickname and picture are gone since December 2021."""
    if not user.following:
        return {"subscribe": 0, "openid": user.openid, "unionid": user.unionid}
    by_number = user.qr_scene.isdigit()
    return {
        "subscribe": 1,
        "openid": user.openid,
        "nickname": "",
        "sex": 0,
        "language": language,
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": user.subscribe_time,
        "unionid": user.unionid,
        "remark": user.remark,
        "groupid": user.tagid_list[-1] if user.tagid_list else 0,
        "tagid_list": list(user.tagid_list),
        "subscribe_scene": user.subscribe_scene or "ADD_SCENE_SEARCH",
        "qr_scene": int(user.qr_scene) if by_number else 0,
        "qr_scene_str": "" if by_number else user.qr_scene,
    }


def get_user(call: Call) -> Answer:
    """One user."""
    user = need_user(call, call.query.get("openid"))
    return describe_user(user, language=call.query.get("lang", "zh_CN"))


def get_users(call: Call) -> Answer:
    """Up to a hundred users."""
    wanted = call.json.get("user_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MAX_BATCH:
        raise ApiError(40032)
    infos = []
    for entry in wanted:
        if not isinstance(entry, dict):
            raise ApiError(47001)
        user = need_user(call, entry.get("openid"))
        infos.append(describe_user(user, language=str(entry.get("lang", "zh_CN"))))
    return {"user_info_list": infos}


def list_followers(call: Call) -> Answer:
    """One page of openids; a page with nobody on it has no `data`."""
    openids = [user.openid for user in call.simulator.state.users if user.following]
    after = call.query.get("next_openid", "")
    start = 0
    if after:
        if after not in openids:
            raise ApiError(40003)
        start = openids.index(after) + 1
    page = openids[start : start + call.simulator.settings.user_page_size]
    answer: dict[str, Any] = {"total": len(openids), "count": len(page)}
    if page:
        answer["data"] = {"openid": page}
    # The last page still points at its last openid, so that the next call finds nobody.
    return answer | {"next_openid": page[-1] if page else ""}


def update_remark(call: Call) -> Answer:
    """The account's own name for a follower."""
    remark = call.text("remark")
    if len(remark.encode()) >= MAX_REMARK_BYTES:
        raise ApiError(40035)
    user = need_user(call, call.json.get("openid"))
    user.remark = remark
    call.simulator.state.users.put(user.openid, user)
    return ok()


ENDPOINTS = (
    Endpoint("GET", "/cgi-bin/user/info", get_user, only_verified=True),
    Endpoint("POST", "/cgi-bin/user/info/batchget", get_users, body="json", only_verified=True),
    Endpoint("GET", "/cgi-bin/user/get", list_followers, only_verified=True),
    Endpoint("POST", "/cgi-bin/user/info/updateremark", update_remark, body="json", only_verified=True),
)
