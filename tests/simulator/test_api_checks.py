"""The checks every call passes, and their order."""

import re

import pytest
import requests

from tests.simulator.conftest import Platform, Starter

SEND = "/cgi-bin/message/custom/send"


def test_error_ends_in_a_request_id_and_comes_with_status_200(platform: Platform) -> None:
    response = requests.get(f"{platform.base_url}/cgi-bin/getcallbackip", timeout=5)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert response.json()["errcode"] == 41001
    text = response.json()["errmsg"]
    assert re.fullmatch(r"access_token missing rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}", text)


@pytest.mark.parametrize("path", ["/cgi-bin/nothing", "/wxa/nothing", "/elsewhere"])
def test_unknown_address_is_an_invalid_url(platform: Platform, path: str) -> None:
    answer = requests.post(platform.base_url + path, timeout=5).json()
    assert answer["errcode"] == 40066
    assert answer["errmsg"].startswith("invalid url rid: ")
    assert platform.get("/calls")[-1]["path"] == path


def test_checks_run_from_method_to_arguments(platform: Platform) -> None:
    url, bad = platform.base_url + SEND, {"access_token": "x" * 60}
    good = {"access_token": platform.live_token()}
    platform.post("/settings", limits={SEND: 0})
    assert requests.get(url, timeout=5).json()["errcode"] == 43002
    assert requests.post(url, timeout=5).json()["errcode"] == 41001
    assert requests.post(url, params=bad, timeout=5).json()["errcode"] == 40001
    platform.post("/settings", verified=False)
    assert requests.post(url, params=good, timeout=5).json()["errcode"] == 48001
    platform.post("/settings", verified=True)
    assert requests.post(url, params=good, timeout=5).json()["errcode"] == 45009
    platform.post("/settings", limits={})
    assert requests.post(url, params=good, timeout=5).json()["errcode"] == 44002
    assert requests.post(url, params=good, data=b"[1]", timeout=5).json()["errcode"] == 47001
    assert requests.post(url, params=good, data=b"{", timeout=5).json()["errcode"] == 47001
    assert requests.post(url, params=good, data=b"{}", timeout=5).json()["errcode"] == 40008
    body = {"touser": "oNobody", "msgtype": "text", "text": {"content": "x"}}
    assert requests.post(url, params=good, json=body, timeout=5).json()["errcode"] == 40003


def test_body_that_is_not_utf8_is_a_format_error(platform: Platform) -> None:
    query = {"access_token": platform.live_token()}
    body = '{"touser":"中文"}'.encode("gbk")
    answer = requests.post(platform.base_url + SEND, params=query, data=body, timeout=5).json()
    assert answer["errcode"] == 47001


def test_escaped_chinese_reaches_the_user_escaped(platform: Platform) -> None:
    openid = platform.user()
    platform.say(openid)
    query = {"access_token": platform.live_token()}
    body = b'{"touser":"%s","msgtype":"text","text":{"content":"\\u4f60\\u597d \\u003c&\\n"}}'
    requests.post(platform.base_url + SEND, params=query, data=body % openid.encode(), timeout=5)
    assert platform.lines(openid)[-1]["text"] == "\\u4f60\\u597d <&\n"


def test_permissions_are_granted_by_path(start: Starter) -> None:
    platform = start(permissions=["/cgi-bin/user", "/cgi-bin/getcallbackip"])
    assert platform.code("/cgi-bin/user/get") == 0
    assert platform.code("/cgi-bin/menu/get") == 48001


def test_unverified_account_may_do_little(start: Starter) -> None:
    platform = start(verified=False)
    refused = [
        "/cgi-bin/user/get",
        "/cgi-bin/menu/get",
        "/cgi-bin/template/get_all_private_template",
    ]
    assert [platform.code(path) for path in refused] == [48001] * 3
    assert platform.code("/cgi-bin/getcallbackip") == 0


def test_banned_account_is_told_so(platform: Platform) -> None:
    token = platform.token()
    platform.post("/settings", banned=True)
    query = {"access_token": token}
    answer = requests.get(f"{platform.base_url}/cgi-bin/getcallbackip", params=query, timeout=5).json()
    assert answer["errcode"] == 50002


def test_whitelist_holds_for_every_call_with_a_token(platform: Platform) -> None:
    query = {"access_token": platform.live_token()}
    platform.post("/settings", ip_whitelist=["10.1.1.1"])
    answer = requests.get(f"{platform.base_url}/cgi-bin/getcallbackip", params=query, timeout=5).json()
    assert answer["errcode"] == 40164
    platform.post("/settings", ip_whitelist=["127.0.0.1"])
    answer = requests.get(f"{platform.base_url}/cgi-bin/getcallbackip", params=query, timeout=5).json()
    assert answer == {"ip_list": ["127.0.0.1", "127.0.0.0/8"]}


def test_minute_limit_ends_with_the_minute(start: Starter) -> None:
    platform = start(limits={"/cgi-bin/getcallbackip/minute": 2})
    platform.post("/clock", freeze="2026-11-21T08:00:00+08:00")
    assert [platform.code("/cgi-bin/getcallbackip") for _ in range(3)] == [0, 0, 45011]
    platform.advance(60)
    assert platform.code("/cgi-bin/getcallbackip") == 0


def test_day_limit_ends_at_midnight_in_shanghai(start: Starter) -> None:
    platform = start(limits={"/cgi-bin/getcallbackip": 2})
    platform.post("/clock", freeze="2026-11-21T23:00:00+08:00")
    assert [platform.code("/cgi-bin/getcallbackip") for _ in range(3)] == [0, 0, 45009]
    platform.advance(3599)
    assert platform.code("/cgi-bin/getcallbackip") == 45009
    platform.advance(1)
    assert platform.code("/cgi-bin/getcallbackip") == 0


def test_quota_tells_what_is_used(start: Starter) -> None:
    platform = start(limits={"/cgi-bin/getcallbackip": 10})
    platform.code("/cgi-bin/getcallbackip")
    answer = platform.api("/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/getcallbackip"})
    assert answer["quota"] == {"daily_limit": 10, "used": 1, "remain": 9}
    assert answer["rate_limit"]["refresh_second"] == 60


@pytest.mark.parametrize(("path", "code"), [("/cgi-bin/nothing", 76021), ("/sns/auth", 76022), ("", 76021)])
def test_quota_of_unknown_path(platform: Platform, path: str, code: int) -> None:
    assert platform.code("/cgi-bin/openapi/quota/get", {"cgi_path": path}) == code


def test_quota_can_be_cleared_ten_times_a_month(start: Starter) -> None:
    platform = start(limits={"/cgi-bin/getcallbackip": 1})
    app_id = platform.simulator.settings.app_id
    for _ in range(10):
        assert platform.code("/cgi-bin/getcallbackip") == 0
        assert platform.code("/cgi-bin/getcallbackip") == 45009
        assert platform.code("/cgi-bin/clear_quota", {"appid": app_id}) == 0
    assert platform.code("/cgi-bin/clear_quota", {"appid": app_id}) == 48006
    secret = platform.simulator.settings.app_secret
    body = {"appid": app_id, "appsecret": secret}
    url = f"{platform.base_url}/cgi-bin/clear_quota/v2"
    assert requests.post(url, json=body, timeout=5).json()["errcode"] == 48006
    platform.advance(32 * 86_400)
    assert requests.post(url, json=body, timeout=5).json() == {"errcode": 0, "errmsg": "ok"}


def test_clearing_needs_the_own_app_id_and_secret(platform: Platform) -> None:
    assert platform.code("/cgi-bin/clear_quota", {"appid": "wxother"}) == 40013
    url = f"{platform.base_url}/cgi-bin/clear_quota/v2"
    assert requests.post(url, json={"appsecret": "no"}, timeout=5).json()["errcode"] == 40125


def test_addresses_of_the_platform(platform: Platform) -> None:
    assert platform.api("/cgi-bin/get_api_domain_ip") == {"ip_list": ["127.0.0.1"]}


def test_ticket_for_pages_stays_the_same_for_two_hours(platform: Platform) -> None:
    first = platform.api("/cgi-bin/ticket/getticket", type="jsapi")
    platform.advance(7000)
    second = platform.api("/cgi-bin/ticket/getticket", type="jsapi")
    assert (second["ticket"], second["expires_in"]) == (first["ticket"], 200)
    platform.advance(201)
    assert platform.api("/cgi-bin/ticket/getticket", type="jsapi")["ticket"] != first["ticket"]
    assert platform.code("/cgi-bin/ticket/getticket", type="stage") == 40097


def test_calls_are_recorded_with_their_answers(platform: Platform) -> None:
    openid = platform.user()
    platform.api(SEND, {"touser": openid, "msgtype": "text", "text": {"content": "嗨"}})
    (call,) = platform.get("/calls", path=SEND)
    assert (call["method"], call["errcode"], call["body"]["touser"]) == ("POST", 0, openid)
    assert call["response"] == {"errcode": 0, "errmsg": "ok"}
    assert len(call["query"]["access_token"]) > 100
    assert [row["path"] for row in platform.get("/calls", limit=1)] == [SEND]
