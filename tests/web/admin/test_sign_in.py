"""Coming in and going out."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from models.database import Database
from models.staff import Staff
from tests.support.factories import PASSWORD, Office
from tests.support.pages import Visitor, words_of
from web.admin.login import REFUSED, local_path

SignedIn = Callable[[str], Visitor]
NEW_PASSWORD = "another-long-phrase-7"


def test_sign_in_leads_to_the_page_that_was_wanted(visitor: Visitor, office: Office) -> None:
    wanted = visitor.leads_to("/admin/inbox?tab=all")
    page = visitor.get(wanted)
    form = page.select_one("form")
    assert form is not None
    hidden = form.select_one("input[name=next]")
    assert hidden is not None

    leads = visitor.send(
        str(form["action"]),
        {"username": office.dispatcher.username, "password": PASSWORD, "next": str(hidden["value"])},
    )

    assert leads == "/admin/inbox?tab=all"


def test_user_name_is_read_without_case_and_blanks(visitor: Visitor, office: Office) -> None:
    visitor.sign_in(f"  {office.handler.username.upper()} ")

    assert words_of(visitor.get("/admin/notices").select_one(".rail-name")) == office.handler.name


@pytest.mark.parametrize(
    ("username", "password"), [("handler", "wrong-password"), ("nobody", PASSWORD), ("", ""), ("handler", "")]
)
@pytest.mark.usefixtures("office")
def test_every_refusal_sounds_the_same(visitor: Visitor, username: str, password: str) -> None:
    visitor.get("/admin/sign-in")

    page = visitor.refused("/admin/sign-in", {"username": username, "password": password})

    assert words_of(page.select_one("[role=alert]")) == REFUSED


def test_somebody_who_left_cannot_come_in(visitor: Visitor, office: Office, database: Database) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).active = False
    visitor.get("/admin/sign-in")

    page = visitor.refused("/admin/sign-in", {"username": "handler", "password": PASSWORD})

    assert words_of(page.select_one("[role=alert]")) == REFUSED


def test_five_wrong_passwords_lock_the_account_for_a_while(
    visitor: Visitor, office: Office, clock: time_machine.Traveller, now: datetime
) -> None:
    del office
    visitor.get("/admin/sign-in")
    for _ in range(5):
        visitor.refused("/admin/sign-in", {"username": "handler", "password": "wrong-password"})

    visitor.refused("/admin/sign-in", {"username": "handler", "password": PASSWORD})
    clock.move_to(now + timedelta(minutes=5, seconds=1))

    visitor.sign_in("handler")


@pytest.mark.usefixtures("office")
def test_one_address_may_try_twenty_times_a_minute(visitor: Visitor) -> None:
    visitor.get("/admin/sign-in")
    for number in range(20):
        visitor.refused("/admin/sign-in", {"username": f"guess{number}", "password": "guess"})

    page = visitor.refused("/admin/sign-in", {"username": "guess", "password": "guess"}, status=429)

    assert words_of(page.select_one("h1")) == "操作太频繁"


def test_a_session_planted_before_signing_in_is_thrown_away(visitor: Visitor, office: Office) -> None:
    visitor.get("/admin/sign-in")
    with visitor.client.session_transaction() as planted:
        planted["person_id"] = 77
        token_before = planted["csrf_token"]

    visitor.sign_in(office.handler.username)

    with visitor.client.session_transaction() as session:
        assert "person_id" not in session
        assert session["csrf_token"] != token_before


def test_a_session_ends_when_the_account_is_closed(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    visitor = signed_in(office.handler.username)
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).active = False

    assert visitor.leads_to("/admin/notices") == "/admin/sign-in?next=/admin/notices"


def test_a_cookie_with_a_strange_user_is_nobody(visitor: Visitor, now: datetime) -> None:
    with visitor.client.session_transaction() as session:
        session["_user_id"] = "1:x"
        session["signed_in_at"] = now.timestamp()

    assert visitor.leads_to("/admin/notices") == "/admin/sign-in?next=/admin/notices"


def test_who_is_signed_in_does_not_see_the_form_again(signed_in: SignedIn, office: Office) -> None:
    visitor = signed_in(office.handler.username)

    assert visitor.leads_to("/admin/sign-in") == "/admin/"


def test_signing_out_takes_a_form_and_ends_the_session(signed_in: SignedIn, office: Office) -> None:
    visitor = signed_in(office.handler.username)
    visitor.get("/admin/sign-out", status=405)

    leads = visitor.send("/admin/sign-out")

    assert leads == "/admin/sign-in"
    assert words_of(visitor.get(leads).select_one("[role=status]")) == "您已退出登录。"
    assert visitor.leads_to("/admin/notices") == "/admin/sign-in?next=/admin/notices"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    signed_in: SignedIn, office: Office, app: Flask
) -> None:
    here, elsewhere = signed_in(office.handler.username), signed_in(office.handler.username)
    here.get("/admin/password")

    here.send(
        "/admin/password",
        {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD},
    )

    here.get("/admin/notices")
    assert elsewhere.leads_to("/admin/notices") == "/admin/sign-in?next=/admin/notices"
    Visitor(app).sign_in(office.handler.username, NEW_PASSWORD)


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("wrong-password", NEW_PASSWORD, NEW_PASSWORD, "现在的密码不对。"),
        (PASSWORD, NEW_PASSWORD, NEW_PASSWORD + "x", "两次输入的新密码不一样。"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码和现在的一样，请换一个。"),
        (PASSWORD, "short", "short", "密码至少 10 个字符，几个词连起来又好记又安全。"),
        (PASSWORD, "1234567890", "1234567890", "这个密码太常见，容易被猜到，请换一个。"),
    ],
)
def test_a_password_is_refused_with_the_reason(
    signed_in: SignedIn, office: Office, old: str, new: str, again: str, sentence: str
) -> None:
    visitor = signed_in(office.handler.username)
    visitor.get("/admin/password")

    page = visitor.refused(
        "/admin/password", {"old_password": old, "new_password": new, "new_password_again": again}
    )

    assert words_of(page.select_one(".invalid-feedback")) == sentence


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/admin/\\evil",
        "/h5/complaints",
        "/admin/\tx",
        "javascript:alert(1)",
    ],
)
def test_only_local_paths_are_followed(app: Flask, wanted: str | None) -> None:
    with app.test_request_context():
        assert local_path(wanted) == "/admin/"


def test_a_local_path_is_followed_with_its_query(app: Flask) -> None:
    with app.test_request_context():
        assert local_path("/admin/inbox?tab=all") == "/admin/inbox?tab=all"
