"""The mini program's login, telephone numbers and codes.

https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session.html
https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber.html
https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_getunlimitedqrcode.html
"""

import base64
import io
import re
import secrets

import qrcode
from flask import Response

from simulator.endpoints.codes_exchange import spend_code
from simulator.endpoints.tokens import check_credentials
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import Document

_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


def code_to_session(call: Call) -> Answer:
    """A wx.login code for the openid in the mini program and a session key."""
    check_credentials(call, call.query)
    if call.query.get("grant_type") != "authorization_code":
        raise ApiError(40002)
    user, _ = spend_code(call.simulator, call.query.get("js_code", ""), kind="mini")
    if user.high_risk:
        raise ApiError(40226)
    user.mini_active = call.simulator.clock.now()
    call.simulator.state.users.put(user.openid, user)
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    return {"openid": user.mini_openid, "session_key": session_key, "unionid": user.unionid}


def get_phone_number(call: Call) -> Answer:
    """The telephone number behind a code of the button for it; each call costs one of the balance."""
    simulator = call.simulator
    spent = simulator.state.documents.get("phone-numbers-asked")
    asked: int = spent.value if spent else 0
    if asked >= simulator.settings.phone_balance:
        raise ApiError(1400001)
    user, _ = spend_code(simulator, call.text("code"), kind="phone")
    simulator.state.documents.put("phone-numbers-asked", Document(asked + 1))
    watermark = {"timestamp": int(simulator.clock.now()), "appid": simulator.settings.mini_app_id}
    return ok(
        phone_info={
            "phoneNumber": user.phone,
            "purePhoneNumber": user.phone,
            "countryCode": "86",
            "watermark": watermark,
        }
    )


def make_code(call: Call) -> Answer:
    """A picture that opens the mini program with a scene, as many of them as wanted."""
    scene, page = call.json.get("scene"), call.text("page")
    if not isinstance(scene, str) or not _SCENE.fullmatch(scene):
        raise ApiError(40169)
    if not 280 <= call.number("width", 430) <= 1280:
        raise ApiError(40097)
    if call.json.get("env_version", "release") not in ("release", "trial", "develop"):
        raise ApiError(40097)
    pages = call.simulator.settings.mini_pages
    unknown = call.json.get("check_path", True) and bool(page and pages) and page not in pages
    if page.startswith("/") or unknown:
        raise ApiError(41030)
    picture = io.BytesIO()
    # The real picture is round and only the app of WeChat reads it; this one says what it stands for.
    drawn = qrcode.make(f"{call.simulator.settings.mini_app_id} {page}?scene={scene}", box_size=10, border=4)
    drawn.convert("RGB").save(picture, "JPEG")
    return Response(picture.getvalue(), content_type="image/jpeg")


ENDPOINTS = (
    Endpoint("GET", "/sns/jscode2session", code_to_session, needs_token=False),
    Endpoint("POST", "/wxa/business/getuserphonenumber", get_phone_number, body="json", only_mini=True),
    Endpoint("POST", "/wxa/getwxacodeunlimit", make_code, body="json", only_mini=True),
)
