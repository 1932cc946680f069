"""Messages are taken before the pages' own machinery, and are noted all the same."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from structlog.testing import capture_logs

from config.settings import Settings
from models.database import Database
from models.inbound import InboundMessage
from simulator.packets import from_xml, to_xml
from tests.support.dialogue import signed_query
from web.application import create_web
from wechat import callback


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(wechat_mode="plain", log_format="json", trusted_proxies=1)


@pytest.fixture
def platform(settings: Settings, sqlite: Database) -> FlaskClient:
    return create_web(settings, sqlite).test_client()


def message() -> bytes:
    now = int(datetime.now(UTC).timestamp())
    fields = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": now, "MsgType": "text"}
    return to_xml(fields | {"Content": "帮助", "MsgId": 7}).encode()


def query(settings: Settings) -> dict[str, str]:
    return signed_query(settings, now=datetime.now(UTC))


def test_message_is_numbered_and_logged_and_gets_no_headers_for_browsers(
    platform: FlaskClient, settings: Settings
) -> None:
    with capture_logs() as logs:
        answer = platform.post(
            "/wechat", query_string=query(settings), data=message(), headers={"X-Request-Id": "from-nginx-1"}
        )
    assert from_xml(answer.text)["Content"].startswith("您可以这样用：")
    assert dict(answer.headers) == {
        "Content-Type": "text/xml; charset=utf-8",
        "Content-Length": str(len(answer.data)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": "from-nginx-1",
    }
    noted = [(line["event"], line["method"], line["path"], line["status"]) for line in logs]
    assert noted == [("request", "POST", "/wechat", 200)]


def test_what_fails_unforeseen_is_logged_and_told_as_our_fault(
    platform: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("boom")

    monkeypatch.setattr(callback, "receive", fail)
    with capture_logs() as logs:
        answer = platform.post("/wechat", query_string=query(settings), data=message())
    assert (answer.status_code, answer.text) == (500, "系统出错了，问题已记录。")
    assert [line["event"] for line in logs] == ["request_failed", "request"]


def test_message_of_unknown_length_takes_the_ordinary_way(
    platform: FlaskClient, settings: Settings, sqlite: Database
) -> None:
    answer = platform.post(
        "/wechat",
        query_string=query(settings),
        input_stream=BytesIO(message()),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 200
    assert "Content-Security-Policy" in answer.headers
    with sqlite.reading() as session:
        assert session.scalar(select(func.count(InboundMessage.id))) == 1


def test_address_with_hundreds_of_parameters_is_refused(platform: FlaskClient) -> None:
    answer = platform.post("/wechat?" + "&".join(f"a{number}=1" for number in range(200)), data=message())
    assert answer.status_code == 403
