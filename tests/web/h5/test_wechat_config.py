"""Signatures for our own pages, and for nobody else's."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from simulator import Simulator
from wechat.jssdk import sign

OURS = "http://127.0.0.1:8000/h5/complaints?tab=open"


@pytest.fixture
def phone(make_platform_app: Callable[..., Flask]) -> FlaskClient:
    return make_platform_app().test_client()


def address(url: str) -> str:
    return f"/h5/wechat-config?{urlencode({'url': url})}"


def test_page_of_ours_is_signed(phone: FlaskClient, platform: Simulator) -> None:
    answer = phone.get(address(OURS))
    config = answer.get_json()
    ticket = platform.state.documents.get("ticket:jsapi").value["ticket"]  # type: ignore[union-attr]

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert set(config) == {"appId", "timestamp", "nonceStr", "signature"}
    assert config["signature"] == sign(
        ticket, nonce=config["nonceStr"], timestamp=config["timestamp"], url=OURS
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:8000/h5/complaints",
        "http://evil.example/h5/complaints",
        "http://127.0.0.1:8000@evil.example/",
        "http://127.0.0.1:80001/",
        "//127.0.0.1:8000/",
        "/h5/complaints",
        "",
        OURS + "\n",
        OURS + "x" * 2000,
    ],
)
def test_page_of_others_is_not_signed(phone: FlaskClient, platform: Simulator, url: str) -> None:
    assert phone.get(address(url)).status_code == 403
    assert platform.calls.find(path="/cgi-bin/ticket/getticket") == []


def test_silence_of_wechat_is_no_failure_of_ours(phone: FlaskClient, platform: Simulator) -> None:
    platform.faults.add(path="/cgi-bin/ticket/getticket", kind="errcode", errcode=48001)

    assert phone.get(address(OURS)).status_code == 503


def test_script_is_on_the_page_inside_wechat_only(phone: FlaskClient) -> None:
    found = [
        b"h5/wechat.js" in phone.get("/h5/enter/x", headers={"User-Agent": agent}).data
        for agent in ("Mozilla/5.0 (iPhone) MicroMessenger/8.0", "Mozilla/5.0 (iPhone) Safari/605")
    ]

    assert found == [True, False]
