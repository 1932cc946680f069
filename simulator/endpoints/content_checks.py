"""Checks of what users of the mini program write and show.

https://developers.weixin.qq.com/miniprogram/dev/server/API/sec-center/sec-check/api_msgseccheck.html
https://developers.weixin.qq.com/miniprogram/dev/server/API/sec-center/sec-check/api_mediacheckasync.html
"""

import secrets
from urllib.parse import urlsplit

from simulator import packet_kinds
from simulator.endpoints.recipients import need_mini_user
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import User

MAX_CHARACTERS = 2500
ACTIVE_SECONDS = 2 * 3600
NORMAL = 100
# word: (suggest, label); a handful, so that a demo and a test can meet each verdict.
WORDS: dict[str, tuple[str, int]] = {
    "赌博": ("risky", 20006),
    "代写论文": ("risky", 20008),
    "色情": ("risky", 20002),
    "傻瓜": ("review", 20003),
    "加微信": ("review", 10001),
}


def _user(call: Call) -> User:
    if call.number("version", 1) != 2:
        raise ApiError(40097)
    if call.number("scene") not in {1, 2, 3, 4}:
        raise ApiError(40129)
    user = need_mini_user(call, call.json.get("openid"))
    if call.simulator.clock.now() - user.mini_active > ACTIVE_SECONDS:
        raise ApiError(61010)
    return user


def check_text(call: Call) -> Answer:
    """Judge a text at once; errcode 0 says only that it was judged."""
    _user(call)
    content = call.json.get("content")
    if not isinstance(content, str) or not content.strip():
        raise ApiError(44002)
    if len(content) > MAX_CHARACTERS:
        raise ApiError(45002)
    whole = " ".join((content, call.text("title"), call.text("nickname"), call.text("signature")))
    # A risky word weighs more than one to be reviewed.
    found = sorted((verdict, word) for word, verdict in WORDS.items() if word in whole)
    found.sort(key=lambda pair: pair[0][0] != "risky")
    (suggest, label), word = found[0] if found else (("pass", NORMAL), "")
    detail: list[dict[str, object]] = [
        {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}
    ]
    if word:
        hit = {"strategy": "keyword", "errcode": 0, "suggest": suggest, "label": label, "keyword": word}
        detail.append(hit)
    return ok(result={"suggest": suggest, "label": label}, detail=detail, trace_id=_trace_id())


def check_media(call: Call) -> Answer:
    """Take a picture or a sound for judging; the verdict follows as an event.

    An address with the word risky or review in it gets that verdict, every other one passes; the setting
    `media_outcome` decides for all.
    """
    user = _user(call)
    if call.number("media_type") not in {1, 2}:
        raise ApiError(40097)
    address = call.text("media_url")
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ApiError(87015)
    suggest = next((verdict for verdict in ("risky", "review") if verdict in address), "pass")
    simulator, trace_id = call.simulator, _trace_id()
    settings = simulator.settings
    suggest = settings.media_outcome or suggest
    label = NORMAL if suggest == "pass" else 20002
    packet = packet_kinds.media_check(
        app_id=settings.mini_app_id, trace_id=trace_id, suggest=suggest, label=label
    )
    if suggest == "failed":
        packet |= {"errcode": -1008, "errmsg": "fetch media failed", "result": {}, "detail": []}

    def tell() -> None:
        simulator.dispatch.platform_event(user.mini_openid, packet, wait=True, mini=True)

    if settings.media_event_before_response:
        call.before_answer.append(tell)
    else:
        simulator.later(settings.job_delay, tell)
    return ok(trace_id=trace_id)


def _trace_id() -> str:
    raw = secrets.token_hex(12)
    return f"{raw[:8]}-{raw[8:16]}-{raw[16:]}"


ENDPOINTS = (
    Endpoint("POST", "/wxa/msg_sec_check", check_text, body="json", only_mini=True),
    Endpoint("POST", "/wxa/media_check_async", check_media, body="json", only_mini=True),
)
