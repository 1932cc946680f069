"""What the log says of a request, and what it must never say of anybody."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import structlog
from flask import Flask

from config.logs import configure_logging
from config.settings import Settings
from domain.access_links import create_link
from models.database import Database
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor
from tests.support.sender import Sender
from web.application import create_web

OPENID = "oTestStudent0000000000000001"
WORDS = "食堂的汤里有一只苍蝇"
PHONE = "13800001234"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged from now on, as machines read it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logging("INFO", "json", process="web")
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def json_app(make_settings: Callable[..., Settings], sqlite: Database, clock: object) -> Flask:
    """The application as behind nginx, with a log for machines."""
    del clock
    app = create_web(make_settings(log_format="json", trusted_proxies=1), sqlite)
    app.testing = True
    return app


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def _requests(log: io.StringIO) -> list[dict[str, Any]]:
    return [line for line in _lines(log) if line["event"] == "request"]


def test_a_line_tells_who_asked_for_what_and_how_it_went(
    json_app: Flask, log: io.StringIO, sqlite: Database, office: Office, factory: Factory
) -> None:
    with sqlite.transaction() as session:
        complaint = factory.complaint(session, office)
    visitor = Visitor(json_app).sign_in("admin")
    log.truncate(0)
    log.seek(0)
    visitor.get(f"/admin/complaints/{complaint.number}?q=secret-words")
    line = _requests(log)[-1]

    assert (line["method"], line["path"]) == ("GET", f"/admin/complaints/{complaint.number}")
    assert (line["status"], line["number"], line["staff"]) == (200, complaint.number, office.admin.id)
    assert line["ms"] >= 0
    assert re.fullmatch("[0-9a-f]{12}", line["request_id"])
    assert (line["process"], line["level"]) == ("web", "info")


def test_a_number_given_by_the_proxy_goes_through_to_the_page(json_app: Flask, log: io.StringIO) -> None:
    given = "0123456789abcdef0123456789abcdef"
    answer = json_app.test_client().get("/nowhere", headers={"X-Request-Id": given})

    assert answer.headers["X-Request-Id"] == given
    assert f"编号：{given}" in answer.text
    assert [line["request_id"] for line in _requests(log)] == [given]
    hostile = json_app.test_client().get("/nowhere", headers={"X-Request-Id": "<b>x</b> and more"})
    assert re.fullmatch("[0-9a-f]{12}", hostile.headers["X-Request-Id"])


def test_nobody_but_a_trusted_proxy_numbers_requests(app: Flask) -> None:
    answer = app.test_client().get("/healthz", headers={"X-Request-Id": "0123456789abcdef"})

    assert re.fullmatch("[0-9a-f]{12}", answer.headers["X-Request-Id"])


def test_nothing_of_people_and_no_key_is_logged(
    json_app: Flask, log: io.StringIO, sqlite: Database, office: Office, now: datetime
) -> None:
    with sqlite.transaction() as session:
        token = create_link(session, person=office.student, path="/h5/mine", now=now)
    settings = json_app.extensions["banshishi"].settings
    sender = Sender(settings, now)
    client = json_app.test_client()
    for number, words in enumerate(("投诉", WORDS, f"我的电话 {PHONE}")):
        packet = sender.packet(FromUserName=OPENID, Content=words, MsgId=1000 + number)
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in packet.items())
        query, body = sender.sealed(f"<xml>{inner}</xml>")
        assert client.post("/wechat", query_string=query, data=body).status_code == 200
    phone = Visitor(json_app)
    phone.client.get(f"/h5/enter/{token}")
    phone.take_token()
    phone.post(f"/h5/enter/{token}")
    phone.post("/h5/report", {"text": WORDS, "phone": PHONE, "kind": "complaint"})
    phone.client.get(f"/h5/{WORDS}?phone={PHONE}")
    Visitor(json_app).post("/admin/sign-in", {"username": "nobody-known", "password": "guess-guess"})
    # What some library or a programmer in a hurry might say.
    structlog.get_logger().warning("trouble", words=f"invalid openid {OPENID}", openid=OPENID)
    said = log.getvalue()

    assert len(_requests(log)) >= 8
    told = {secret: secret in said for secret in (OPENID, WORDS, PHONE, token, "guess-guess", "nobody-known")}
    assert told == dict.fromkeys(told, False)
    assert "oTestS***" in said
    assert {"/wechat", "/h5/enter/***", "-"} <= {line["path"] for line in _requests(log)}


def test_machines_that_ask_all_the_time_leave_no_lines_and_people_are_spared_all(
    json_app: Flask, app: Flask, log: io.StringIO
) -> None:
    for path in ("/healthz", "/readyz", "/static/icon.svg"):
        json_app.test_client().get(path).close()
    app.test_client().get("/admin/sign-in")

    assert _requests(log) == []
