"""The mini program's own calls: telephone numbers, codes, and checks of what its users write."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
from PIL import Image

from simulator import SimulatorConfig
from tests.simulator.conftest import Platform, Starter, wait_until
from tests.simulator.tiny_app import TinyApp


def call(platform: Platform, path: str, body: dict[str, Any]) -> Any:
    return platform.api(path, body, access_token=platform.mini_token())


def visitor(platform: Platform) -> dict[str, Any]:
    """Somebody who has the mini program open."""
    user: dict[str, Any] = platform.get("/users")[0]
    platform.post(f"/users/{user['openid']}/login_code")
    return user


def checked(platform: Platform, content: str = "x", **more: Any) -> Any:
    user = visitor(platform)
    body = {"version": 2, "openid": user["mini_openid"], "scene": 2, "content": content} | more
    return call(platform, "/wxa/msg_sec_check", body)


def test_token_of_the_account_opens_none_of_these(platform: Platform) -> None:
    paths = ["business/getuserphonenumber", "getwxacodeunlimit", "msg_sec_check", "media_check_async"]
    assert [platform.code(f"/wxa/{path}", {}) for path in paths] == [48001] * 4


def test_telephone_number_is_given_once_per_code(platform: Platform) -> None:
    user = visitor(platform)
    path = "/wxa/business/getuserphonenumber"
    code = platform.post(f"/users/{user['openid']}/phone_code")["code"]
    info = call(platform, path, {"code": code})["phone_info"]
    assert (info["phoneNumber"], info["countryCode"]) == ("10000000001", "86")
    assert info["watermark"]["appid"] == platform.simulator.settings.mini_app_id
    assert call(platform, path, {"code": code})["errcode"] == 40163
    login = platform.post(f"/users/{user['openid']}/login_code")["code"]
    assert call(platform, path, {"code": login})["errcode"] == 40029
    platform.post("/settings", phone_balance=1)
    assert call(platform, path, {"code": code})["errcode"] == 1400001


def test_code_is_a_picture(platform: Platform) -> None:
    url = f"{platform.base_url}/wxa/getwxacodeunlimit"
    query = {"access_token": platform.mini_token()}
    body = {"scene": "p=7f3a", "page": "pages/place/index"}
    answer = requests.post(url, params=query, json=body, timeout=5)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.content)).format == "JPEG"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scene": ""}, 40169),
        ({"scene": "x" * 33}, 40169),
        ({"scene": "中"}, 40169),
        ({"page": "/pages/place/index"}, 41030),
        ({"page": "pages/none"}, 41030),
        ({"width": 279}, 40097),
        ({"env_version": "dream"}, 40097),
    ],
)
def test_code_that_cannot_be_is_refused(platform: Platform, changes: dict[str, Any], code: int) -> None:
    platform.post("/settings", mini_pages=["pages/place/index"])
    body = {"scene": "p=7f3a", "page": "pages/place/index"} | changes
    assert call(platform, "/wxa/getwxacodeunlimit", body)["errcode"] == code


def test_unpublished_page_may_be_named_unchecked(platform: Platform) -> None:
    platform.post("/settings", mini_pages=["pages/place/index"])
    query = {"access_token": platform.mini_token()}
    body = {"scene": "a", "page": "pages/none", "check_path": False}
    answer = requests.post(f"{platform.base_url}/wxa/getwxacodeunlimit", params=query, json=body, timeout=5)
    assert answer.headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [
        ("三号楼漏水", "pass", 100),
        ("你是傻瓜", "review", 20003),
        ("赌博", "risky", 20006),
        ("傻瓜才赌博", "risky", 20006),
    ],
)
def test_text_is_judged(platform: Platform, content: str, suggest: str, label: int) -> None:
    answer = checked(platform, content)
    assert (answer["errcode"], answer["result"]) == (0, {"suggest": suggest, "label": label})
    strategies = [row["strategy"] for row in answer["detail"]]
    assert strategies == ["content_model"] + (["keyword"] if suggest != "pass" else [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": 1}, 40097),
        ({"scene": 5}, 40129),
        ({"openid": "oNobody"}, 40003),
        ({"content": ""}, 44002),
        ({"content": "字" * 2501}, 45002),
    ],
)
def test_text_check_names_mistakes(platform: Platform, changes: dict[str, Any], code: int) -> None:
    assert checked(platform, **changes)["errcode"] == code


def test_text_of_somebody_long_gone_is_not_judged(platform: Platform) -> None:
    user = visitor(platform)
    platform.advance(2 * 3600 + 1)
    body = {"version": 2, "openid": user["mini_openid"], "scene": 2, "content": "x"}
    assert call(platform, "/wxa/msg_sec_check", body)["errcode"] == 61010
    code = platform.post(f"/users/{user['openid']}/login_code")["code"]
    settings = platform.simulator.settings
    query = {
        "appid": settings.mini_app_id,
        "secret": settings.mini_app_secret,
        "js_code": code,
        "grant_type": "authorization_code",
    }
    requests.get(f"{platform.base_url}/sns/jscode2session", params=query, timeout=5)
    assert call(platform, "/wxa/msg_sec_check", body)["errcode"] == 0


@pytest.mark.parametrize(("name", "suggest"), [("a.jpg", "pass"), ("risky.jpg", "risky")])
def test_verdict_on_a_picture_follows_as_an_event(platform: Platform, name: str, suggest: str) -> None:
    user = visitor(platform)
    body = {
        "media_url": f"https://x/{name}",
        "media_type": 2,
        "version": 2,
        "scene": 2,
        "openid": user["mini_openid"],
    }
    answer = call(platform, "/wxa/media_check_async", body)
    event = platform.event("wxa_media_check")
    assert (event["trace_id"], event["appid"]) == (
        answer["trace_id"],
        platform.simulator.settings.mini_app_id,
    )
    assert (event["FromUserName"], event["result"]["suggest"]) == (user["mini_openid"], suggest)
    assert call(platform, "/wxa/media_check_async", body | {"media_type": 3})["errcode"] == 40097
    assert call(platform, "/wxa/media_check_async", body | {"media_url": "x"})["errcode"] == 87015


def test_notice_of_the_mini_program_is_told_apart_from_the_chat(platform: Platform) -> None:
    follower, stranger = platform.user(0), platform.get("/users")[1]["openid"]
    data = {"thing1": {"value": "通报"}, "thing2": {"value": "摘要"}, "time3": {"value": "2026-12-31 18:00"}}
    body = {"template_id": "SIMTPL_BULLETIN", "data": data}
    for openid in (follower, stranger):
        for _ in range(2):
            platform.post(f"/users/{openid}/subscribe", template_id="SIMTPL_BULLETIN")
        for act in ("send", "bizsend"):
            assert platform.code(f"/cgi-bin/message/subscribe/{act}", body | {"touser": openid}) == 0
    wait_until(lambda: len(platform.app.packets("subscribe_msg_sent_event")) == 4)
    marks = [[line["service_notice"] for line in platform.lines(openid)] for openid in (follower, stranger)]
    assert marks == [[True, False], [True, True]]


def test_pushes_of_the_mini_program_go_to_its_own_address(
    start: Starter, register_app: Callable[[TinyApp], str]
) -> None:
    platform = start()
    settings = platform.simulator.settings
    secrets = {"token": settings.mini_token, "aes_key": settings.mini_aes_key, "app_id": settings.mini_app_id}
    own = TinyApp(replace(settings, **secrets))
    platform.post("/settings", mini_callback_url=register_app(own))
    user = visitor(platform)
    for changes in ({}, {"mini_format": "json", "mini_mode": "plain"}, {"mini_mode": "compat"}):
        platform.post("/settings", **changes)
        path = f"/users/{user['openid']}/subscribe"
        told = platform.post(path, answers={"T1": "accept"}, mini=True)
        assert (told["mini"], told["attempts"][0]["status"]) == (True, 200)
    answer = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "0"}
    sealed, plain, compat = own.received
    assert sealed.packet["SubscribeMsgPopupEvent"] == {"List": answer}
    assert (sealed.packet["ToUserName"], sealed.packet["FromUserName"]) == ("gh_simmini", user["mini_openid"])
    assert (plain.content_type, json.loads(plain.body)["List"]) == (
        "application/json",
        [answer | {"PopupScene": 0}],
    )
    assert {"List", "Encrypt"} <= set(json.loads(compat.body))
    assert (platform.get("/users")[0]["grants"], platform.app.received) == ({"T1": 3}, [])
    assert platform.control("POST", "/verify?mini=1") == {"ok": True, "reason": ""}


@pytest.mark.parametrize(("outcome", "errcode"), [("review", 0), ("failed", -1008)])
def test_verdict_may_be_chosen_and_may_overtake_the_answer(
    platform: Platform, outcome: str, errcode: int
) -> None:
    platform.post("/settings", media_outcome=outcome, media_event_before_response=True)
    user = visitor(platform)
    body = {"media_url": "https://x/a.jpg", "media_type": 2, "version": 2, "scene": 2}
    answer = call(platform, "/wxa/media_check_async", body | {"openid": user["mini_openid"]})
    [event] = platform.app.packets("wxa_media_check")
    assert (event["trace_id"], int(event["errcode"])) == (answer["trace_id"], errcode)


def test_options_of_the_mini_program_are_held_to_their_form() -> None:
    for wrong in ({"mini_token": "x"}, {"mini_aes_key": "x"}, {"mini_mode": "x"}):
        with pytest.raises(ValueError, match=r"mini_|mode must"):
            SimulatorConfig(**wrong)
    for wrong in ({"mini_format": "yaml"}, {"media_outcome": "odd"}):
        with pytest.raises(ValueError, match="must be"):
            SimulatorConfig(**wrong)
