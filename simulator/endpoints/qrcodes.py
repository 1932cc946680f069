"""Parametric QR codes.

https://developers.weixin.qq.com/doc/service/api/qrcode/qrcodes/api_createqrcode.html
"""

import io

import qrcode
from flask import Response

from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint

MAX_SECONDS = 2_592_000
DEFAULT_SECONDS = 60
_ACTIONS = ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE")


def create_code(call: Call) -> Answer:
    """Make a code, temporary or permanent, for a number or a string."""
    action = call.json.get("action_name")
    if action not in _ACTIONS:
        raise ApiError(40052)
    permanent, by_string = "LIMIT" in action, "STR" in action
    scene = _scene(call, permanent=permanent, by_string=by_string)
    seconds = None if permanent else _seconds(call)
    code = call.simulator.codes.create(scene, permanent=permanent, by_string=by_string, seconds=seconds)
    answer: dict[str, object] = {"ticket": code.ticket}
    if seconds is not None:
        answer["expire_seconds"] = seconds
    return answer | {"url": code.url}


def _scene(call: Call, *, permanent: bool, by_string: bool) -> str:
    info = call.json.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise ApiError(40053)
    if by_string:
        text = scene.get("scene_str")
        if not isinstance(text, str) or not 1 <= len(text) <= 64:
            raise ApiError(40053)
        return text
    number = scene.get("scene_id")
    highest = 100_000 if permanent else 2**32 - 1
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= highest:
        raise ApiError(40053)
    return str(number)


def _seconds(call: Call) -> int:
    seconds = call.json.get("expire_seconds", DEFAULT_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        raise ApiError(40053)
    return min(seconds, MAX_SECONDS)


def show_code(call: Call) -> Answer:
    """The code as a picture; an unknown or expired ticket is a plain 404."""
    code = call.simulator.codes.find_ticket(call.query.get("ticket", ""))
    if code is None:
        return Response("Not Found", status=404, content_type="text/plain")
    picture = io.BytesIO()
    qrcode.make(code.url, box_size=10, border=4).save(picture, "PNG")
    return Response(picture.getvalue(), content_type="image/png")


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/qrcode/create", create_code, body="json", only_verified=True),
    Endpoint("GET", "/cgi-bin/showqrcode", show_code, needs_token=False, counted=False),
)
