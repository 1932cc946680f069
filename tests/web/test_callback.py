"""Where the platform calls, over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from models.database import Database
from simulator.packets import from_xml, to_xml
from tests.support.dialogue import signed_query
from web.application import create_web


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(wechat_mode="plain")


@pytest.fixture
def platform(settings: Settings, sqlite: Database) -> FlaskClient:
    return create_web(settings, sqlite).test_client()


def text_packet(text: str) -> str:
    now = int(datetime.now(UTC).timestamp())
    fields = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": now, "MsgType": "text"}
    return to_xml(fields | {"Content": text, "MsgId": 7})


def query(settings: Settings) -> dict[str, str]:
    return signed_query(settings, now=datetime.now(UTC))


@pytest.mark.parametrize("path", ["/wechat", "/wechat/"])
def test_echo_comes_back_as_plain_text(platform: FlaskClient, settings: Settings, path: str) -> None:
    answer = platform.get(path, query_string=query(settings) | {"echostr": "4375120948345356249"})
    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert answer.content_type == "text/plain; charset=utf-8"


def test_browser_gets_a_plain_explanation(platform: FlaskClient) -> None:
    answer = platform.get("/wechat")
    assert (answer.status_code, answer.content_type) == (403, "text/plain; charset=utf-8")
    assert answer.text == "缺少签名。这里只供微信公众平台推送消息，不能直接打开。"


@pytest.mark.parametrize("content_type", ["text/xml", "application/x-www-form-urlencoded", ""])
def test_message_is_answered_whatever_type_its_body_claims(
    platform: FlaskClient, settings: Settings, content_type: str
) -> None:
    answer = platform.post(
        "/wechat", query_string=query(settings), data=text_packet("帮助"), content_type=content_type
    )
    assert answer.status_code == 200
    assert from_xml(answer.text)["Content"].startswith("您可以这样用：")


def test_message_needs_no_form_token_and_leaves_no_cookie(platform: FlaskClient, settings: Settings) -> None:
    answer = platform.post("/wechat", query_string=query(settings), data=text_packet("帮助"))
    assert "Set-Cookie" not in answer.headers


def test_body_over_a_megabyte_is_not_read(platform: FlaskClient, settings: Settings) -> None:
    answer = platform.post("/wechat", query_string=query(settings), data=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.text) == (413, "消息体超过 1 MB，不予接收。")


def test_forged_message_is_refused(platform: FlaskClient, settings: Settings) -> None:
    answer = platform.post(
        "/wechat", query_string=query(settings) | {"signature": "0" * 40}, data=text_packet("帮助")
    )
    assert (answer.status_code, answer.text) == (
        403,
        "签名不符，请核对公众平台与本系统的令牌（Token）是否一致。",
    )
