"""The base under all pages: headers, cookies, errors, sessions, limits."""

import errno
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Blueprint, Flask, request
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from config.settings import Settings
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from models.database import Database
from models.person import Person
from tests.support.pages import Visitor, words_of
from web import auth
from web.application import create_web
from web.database_session import current_session
from web.guards import open_to_all
from web.parts import parts


@pytest.fixture
def lab(make_settings: Callable[..., Settings], database: Database, now: datetime) -> Flask:
    """The application with a few addresses that misbehave on purpose."""
    app = create_web(make_settings(), database)
    pages = Blueprint("lab", __name__)
    pages.before_request(open_to_all)
    refusals: dict[str, Exception] = {
        "not-allowed": NotAllowed("只有受理员可以派单。"),
        "too-late": TooLate("别人先做了。"),
        "invalid": Invalid("请填写说明。"),
        "not-found": NotFound("没有这件诉求。"),
        "bug": RuntimeError("secret detail"),
        "busy": OperationalError("UPDATE", {}, Exception("database is locked")),
        "full": OSError(errno.ENOSPC, "No space left on device"),
        "read-only": OSError(errno.EROFS, "Read-only file system"),
    }

    def fail(name: str) -> str:
        if name == "go-on":
            with suppress(OperationalError):
                current_session().execute(text("SELECT 1"))
            current_session().execute(text("SELECT 1"))
        raise refusals[name]

    def commit_fails() -> str:
        # As a database does that went away, or was full, at the very end.
        session = current_session()
        event.listen(session, "before_commit", lambda _: fail("busy"))
        return "said too early"

    def connection_dies(name: str) -> str:
        mine = current_session().scalar(text("SELECT pg_backend_pid()"))
        with parts().database.reading() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
        return fail(name)

    def write(status: int) -> tuple[str, int]:
        current_session().add(Person(openid=f"o{status}", created_at=now))
        current_session().flush()
        if status == 599:
            raise RuntimeError
        return "", status

    def where() -> dict[str, Any]:
        return {"address": request.remote_addr, "url": request.url}

    pages.add_url_rule("/fail/<name>", "fail", fail, methods=["GET", "POST"])
    pages.add_url_rule("/api/fail/<name>", "api_fail", fail, methods=["GET", "POST"])
    pages.add_url_rule("/dies/<name>", "dies", connection_dies, methods=["GET", "POST"])
    pages.add_url_rule("/commit-fails", "commit_fails", commit_fails, methods=["POST"])
    pages.add_url_rule("/write/<int:status>", "write", write, methods=["GET", "POST"])
    pages.add_url_rule("/where", "where", where)
    app.register_blueprint(pages)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.mark.parametrize(
    ("name", "status", "title", "explanation"),
    [
        ("not-allowed", 403, "没有权限", "只有受理员可以派单。"),
        ("too-late", 409, "内容刚刚有变化", "别人先做了。"),
        ("invalid", 422, "内容需要修改", "请填写说明。"),
        ("not-found", 404, "没有找到", "没有这件诉求。"),
        ("busy", 503, "系统正忙", "现在暂时不能处理，请过一会儿再试。"),
    ],
)
def test_errors_are_pages_in_plain_words_and_problems_for_programs(
    lab: Flask, name: str, status: int, title: str, explanation: str
) -> None:
    visitor = Visitor(lab)

    page = visitor.get(f"/fail/{name}", status=status)
    answer = visitor.client.get(f"/api/fail/{name}")

    assert words_of(page.select_one("h1")) == title
    assert explanation in words_of(page.select_one("main"))
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert (answer.json["code"], answer.json["detail"]) == (name.replace("-", "_"), explanation)


_WORDS = "食堂三号窗口\n等了四十分钟"


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/fail/busy", 503, "系统正忙"),
        ("/fail/full", 507, "暂时存不下"),
        ("/fail/read-only", 503, "暂时不能保存"),
        ("/commit-fails", 503, "系统正忙"),
    ],
)
def test_what_was_written_in_a_form_that_was_not_taken_in_can_be_sent_again(
    lab: Flask, path: str, status: int, title: str
) -> None:
    written = {"words": _WORDS, "kind": "complaint", "photos": (BytesIO(b"x"), "a.jpg")}
    with capture_logs() as logged:
        page = Visitor(lab).refused(f"{path}?from=menu", written, status=status)

    assert words_of(page.select_one("h1")) == title
    again = page.select_one("form.error-again")
    assert again is not None
    assert again["action"] == f"{path}?from=menu"
    fields = {str(field["name"]): str(field["value"]) for field in again.select("input[type=hidden]")}
    assert fields == {"csrf_token": "", "words": _WORDS, "kind": "complaint"}
    assert [words.get_text() for words in again.select("blockquote")] == [_WORDS]
    assert ("要重新选" in words_of(again), words_of(again.select_one("button"))) == (True, "再试一次")
    [line] = [line for line in logged if line["event"] == "request_not_served"]
    assert line["log_level"] == "error"
    assert line["trouble"]
    assert line["advice"]


@pytest.mark.parametrize(("name", "status"), [("invalid", 422), ("busy", 503), ("go-on", 503)])
def test_a_connection_that_dies_on_the_way_leaves_the_answer_what_it_is(
    lab: Flask, make_settings: Callable[..., Settings], postgres: Database, name: str, status: int
) -> None:
    app = create_web(make_settings(), postgres)
    app.register_blueprint(lab.blueprints["lab"])
    app.config["WTF_CSRF_ENABLED"] = False
    with capture_logs():
        for visit in (Visitor(app).get, Visitor(app).refused):
            words = words_of(visit(f"/dies/{name}", status=status).select_one("h1"))
            assert words == {422: "内容需要修改", 503: "系统正忙"}[status]


def test_colleagues_are_told_in_words_that_the_database_is_away(
    make_settings: Callable[..., Settings],
) -> None:
    nobody = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    visitor = Visitor(create_web(make_settings(), nobody))
    with visitor.client.session_transaction() as session:
        at = datetime.now(UTC).timestamp()
        session.update({"_user_id": "1:1", auth._KEY: "k", auth._SINCE: at, auth._SEEN: at})

    with capture_logs():
        page = visitor.get("/admin/inbox", status=503)

    assert words_of(page.select_one("h1")) == "系统正忙"
    nobody.close()


def test_passwords_and_endless_forms_are_not_put_into_a_page_and_reading_needs_no_form(lab: Flask) -> None:
    visitor = Visitor(lab)
    with capture_logs():
        for form in (
            {"username": "wang", "password": "x"},
            {"totp_code": "1"},
            {"words": "长" * 200_001},
            {},
        ):
            page = visitor.refused("/fail/busy", form, status=503)
            assert page.select("form, .error-retry") == []
        page = visitor.get("/fail/full?page=2", status=503)

    assert words_of(page.select_one("h1")) == "系统正忙"
    assert [link["href"] for link in page.select(".error-retry")] == ["/fail/full?page=2"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/api/fail/busy", "现在暂时不能处理，请过一会儿再试。"),
        ("/api/fail/full", "系统的存储空间满了，刚才的内容没有保存。请过一会儿再试。"),
    ],
)
def test_programs_are_told_to_come_again(lab: Flask, path: str, words: str) -> None:
    with capture_logs():
        answer = lab.test_client().post(path, json={})

    assert answer.json is not None
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (503, "busy", words)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_bug_tells_its_number_and_nothing_else(lab: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    answer = Visitor(lab).client.get("/fail/bug")

    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.get_data(as_text=True)
    assert "secret detail" not in answer.get_data(as_text=True)


def test_errors_inside_a_page_are_a_fragment(lab: Flask) -> None:
    page = Visitor(lab).get("/fail/too-late", status=409, fragment=True)

    assert page.select_one("html") is None
    assert words_of(page.select_one("[role=alert]")) == "内容刚刚有变化 别人先做了。"


def test_addresses_that_nobody_has_and_wrong_methods_have_pages(visitor: Visitor) -> None:
    visitor.get("/nonsense", status=404)
    visitor.get("/admin/sign-out", status=405)


@pytest.mark.parametrize(
    ("method", "status", "kept"),
    [("POST", 200, 1), ("POST", 302, 1), ("POST", 422, 0), ("POST", 599, 0), ("GET", 200, 0)],
)
def test_changes_last_when_the_answer_is_good_and_not_otherwise(
    lab: Flask, database: Database, method: str, status: int, kept: int
) -> None:
    lab.test_client().open(f"/write/{status}", method=method)

    with database.reading() as session:
        assert session.scalar(select(func.count(Person.id))) == kept


def test_pages_carry_the_strict_headers(visitor: Visitor) -> None:
    headers = visitor.client.get("/admin/sign-in").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(
    ("path", "ancestors"),
    [("/h5/nothing", "'self' http://127.0.0.1:9900"), ("/admin/sign-in", "http://127.0.0.1:9900")],
)
def test_pages_may_be_framed_by_those_named(
    make_settings: Callable[..., Settings], database: Database, path: str, ancestors: str
) -> None:
    app = create_web(make_settings(), database, phone_page_frames=["http://127.0.0.1:9900"])

    headers = app.test_client().get(path).headers

    assert headers["Content-Security-Policy"].endswith(f"frame-ancestors {ancestors}")
    assert "X-Frame-Options" not in headers


def test_cookies_insist_on_https_when_people_come_by_it(
    make_settings: Callable[..., Settings], database: Database
) -> None:
    app = create_web(make_settings(base_url="https://houqin.example/"), database)

    headers = app.test_client().get("/admin/sign-in", base_url="https://houqin.example").headers

    name, *attributes = headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-banshishi=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(("hops", "address"), [(0, "127.0.0.1"), (1, "10.0.0.2"), (2, "10.0.0.1")])
def test_forwarded_addresses_are_believed_as_far_as_the_settings_say(
    make_settings: Callable[..., Settings], database: Database, lab: Flask, hops: int, address: str
) -> None:
    app = create_web(make_settings(trusted_proxies=hops), database)
    app.register_blueprint(lab.blueprints["lab"])

    answer = app.test_client().get("/where", headers={"X-Forwarded-For": "10.0.0.1, 10.0.0.2"})

    assert answer.json is not None
    assert answer.json["address"] == address


def test_static_files_are_kept_for_a_year_under_a_name_that_changes(visitor: Visitor, app: Flask) -> None:
    link = visitor.get("/admin/sign-in").select_one("link[rel=icon]")
    assert link is not None

    with visitor.client.get(str(link["href"])) as marked, visitor.client.get("/static/icon.svg") as plain:
        kept = [answer.headers["Cache-Control"] for answer in (marked, plain)]

    assert "?v=" in str(link["href"])
    assert kept == ["public, max-age=31536000, immutable", "no-cache"]
    with app.test_request_context():
        assert app.url_for("static", filename="not-there.css") == "/static/not-there.css"


def test_a_request_that_is_far_too_large_is_refused(visitor: Visitor, app: Flask) -> None:
    visitor.get("/admin/sign-in")
    app.config["MAX_CONTENT_LENGTH"] = 1000

    page = visitor.refused("/admin/sign-in", {"username": "x" * 2000}, status=413)

    assert words_of(page.select_one("h1")) == "文件太大"


@pytest.mark.parametrize(
    ("moved", "stays"),
    [(-1, True), (-3600, True), (-86_400, True), (86_400, True), (-3 * 86_400, False), (31 * 86_400, False)],
)
def test_a_clock_that_is_set_signs_nobody_out_for_long(app: Flask, moved: int, stays: bool) -> None:
    began = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    client = app.test_client()
    with time_machine.travel(began, tick=False), client.session_transaction() as session:
        session["person_id"] = 7
    with (
        time_machine.travel(began + timedelta(seconds=moved), tick=False),
        client.session_transaction() as found,
    ):
        assert ("person_id" in found) is stays
