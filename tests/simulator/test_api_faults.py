"""Faults on the API's side: what the client notices, and whether the call took effect."""

import time
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Platform

PATH = "/cgi-bin/message/custom/send"


def call(platform: Platform, openid: str, *, timeout: float = 5.0) -> requests.Response:
    body = {"touser": openid, "msgtype": "text", "text": {"content": "您好"}}
    query = {"access_token": platform.live_token()}
    return requests.post(platform.base_url + PATH, params=query, json=body, timeout=timeout)


def accepted(platform: Platform) -> int:
    return len(platform.get("/messages"))


def test_errcode_is_answered_before_any_effect_as_often_as_asked(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/faults", path=PATH, kind="errcode", errcode=-1, times=2)
    answers = [call(platform, openid).json() for _ in range(3)]
    assert [answer["errcode"] for answer in answers] == [-1, -1, 0]
    assert answers[0]["errmsg"].startswith("system error rid: ")
    assert accepted(platform) == 1


def test_other_addresses_are_spared(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/faults", path="/cgi-bin/menu/get", kind="errcode", errcode=-1)
    assert call(platform, openid).json()["errcode"] == 0
    assert [fault["path"] for fault in platform.get("/faults")] == ["/cgi-bin/menu/get"]


def test_star_strikes_every_address_until_cleared(platform: Platform) -> None:
    platform.post("/faults", path="*", kind="errcode", errcode=45011, times=-1)
    answers = [requests.get(f"{platform.base_url}{path}", timeout=5).json() for path in ("/a", "/b")]
    assert [answer["errcode"] for answer in answers] == [45011, 45011]
    assert platform.control("DELETE", "/faults") == []
    assert requests.get(f"{platform.base_url}/a", timeout=5).json()["errcode"] == 40066


def test_latency_delays_the_call(platform: Platform) -> None:
    openid = platform.user()
    token = platform.token()
    platform.post("/faults", path=PATH, kind="latency", seconds=0.3)
    began = time.perf_counter()
    body = {"touser": openid, "msgtype": "text", "text": {"content": "您好"}}
    answer = requests.post(platform.base_url + PATH, params={"access_token": token}, json=body, timeout=5)
    assert time.perf_counter() - began >= 0.3
    assert answer.json()["errcode"] == 0


def test_502_is_a_page_and_has_no_effect(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/faults", path=PATH, kind="http_502")
    response = call(platform, openid)
    assert (response.status_code, response.headers["Content-Type"]) == (502, "text/html")
    assert accepted(platform) == 0


def test_truncated_json_took_effect(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/faults", path=PATH, kind="truncated_json")
    response = call(platform, openid)
    assert response.text == '{"errcode": 0, '
    assert accepted(platform) == 1


def test_reset_breaks_the_connection_without_effect(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/faults", path=PATH, kind="reset")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        call(platform, openid)
    assert accepted(platform) == 0


def test_slow_body_arrives_whole_after_a_while(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/faults", path=PATH, kind="slow_body", seconds=0.3)
    began = time.perf_counter()
    assert call(platform, openid).json() == {"errcode": 0, "errmsg": "ok"}
    assert time.perf_counter() - began >= 0.25


def test_lost_response_took_effect(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/faults", path=PATH, kind="lost_response", seconds=5)
    with pytest.raises(requests.Timeout):
        call(platform, openid, timeout=0.3)
    assert accepted(platform) == 1
    assert call(platform, openid).json()["errcode"] == 0


def test_lost_response_ends_in_a_broken_connection(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/faults", path=PATH, kind="lost_response", seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        call(platform, openid)


def test_struck_calls_are_recorded(platform: Platform) -> None:
    platform.post("/faults", path="/x", kind="errcode", errcode=48001)
    requests.get(f"{platform.base_url}/x", timeout=5)
    (record,) = platform.get("/calls", path="/x")
    assert record["errcode"] == 48001


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (
            {"kind": "gremlin"},
            "kind must be one of errcode, http_502, latency, lost_response, reset, slow_body, truncated_json",
        ),
        ({"kind": "reset", "times": 0}, "times must be 1 or more, or -1 for until cleared"),
        ({"kind": "reset", "path": "cgi-bin"}, "path must be * or start with /"),
        ({"kind": "reset", "times": "often"}, "times must be a number"),
        ({}, "kind must be a text"),
    ],
)
def test_fault_that_makes_no_sense_is_explained(
    platform: Platform, fault: dict[str, Any], error: str
) -> None:
    assert platform.post("/faults", **fault) == {"error": error}
