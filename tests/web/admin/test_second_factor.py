"""Signing in by two steps, one's own second factor, and who has to set one up."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from domain import office_settings, second_factor
from domain.office_settings import SECOND_FACTOR_ROLES
from domain.secret_box import SecretBox
from models.audit import AuditEntry
from models.database import Database
from models.enums import Role
from models.staff import Staff
from tests.support.factories import PASSWORD, Office
from tests.support.pages import Visitor, words_of

SIGN_IN, CODE, SECURITY = "/admin/sign-in", "/admin/sign-in/code", "/admin/security"
WRONG = "验证码不对、已经用过，或者因多次输错暂时不能登录。请用验证器里最新的六位数字。"
NAME_AND_PASSWORD = {"username": "handler", "password": PASSWORD}


class Phone:
    """The handler's phone with an authenticator, at the time the test plays."""

    def __init__(self, clock: time_machine.Traveller, start: datetime, secret: str) -> None:
        self.clock, self.now, self.secret = clock, start, secret
        self.recovery_codes: list[str] = []

    def wait(self, **time: int) -> None:
        self.now += timedelta(**time)
        self.clock.move_to(self.now)

    def code(self) -> str:
        """Give the next code, once it is another one than before."""
        self.wait(seconds=30)
        return pyotp.TOTP(self.secret).at(self.now)


@pytest.fixture
def phone(
    clock: time_machine.Traveller,
    now: datetime,
    database: Database,
    office: Office,
    make_settings: Callable[..., Settings],
) -> Phone:
    phone = Phone(clock, now, second_factor.new_secret())
    box = SecretBox(make_settings().secret_key.get_secret_value())
    with database.transaction() as session:
        staff, code = session.get_one(Staff, office.handler.id), phone.code()
        phone.recovery_codes = second_factor.confirm(
            session, staff, secret=phone.secret, code=code, box=box, now=phone.now
        )
    return phone


def halfway(app: Flask, next_path: str = "") -> Visitor:
    """Somebody who has typed the right password and owes the code."""
    visitor = Visitor(app)
    visitor.get(SIGN_IN)
    leads = visitor.send(SIGN_IN, {**NAME_AND_PASSWORD, "next": next_path})
    assert leads.partition("?")[0] == CODE
    visitor.get(leads)
    return visitor


def words_noted(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry.words).order_by(AuditEntry.position)))


def test_a_password_opens_nothing_until_the_code_follows(
    app: Flask, phone: Phone, database: Database
) -> None:
    visitor = halfway(app, "/admin/notices")

    for closed in ("/admin/inbox", SECURITY, "/admin/complaints/2026-1121-0001", "/admin/tasks"):
        assert visitor.leads_to(closed).partition("?")[0] == SIGN_IN
    assert visitor.post("/admin/password", {"old_password": PASSWORD}).headers["Location"] == SIGN_IN
    page = visitor.refused(CODE, {"code": "000000"})
    assert words_of(page.select_one("[role=alert]")) == WRONG
    page = visitor.get(f"{CODE}?by=recovery&next=/admin/notices")
    assert page.select_one("input[name=by]") is not None
    code = phone.code()
    assert visitor.send(CODE, {"code": code, "next": "/admin/notices"}) == "/admin/notices"
    assert visitor.leads_to(CODE) == "/admin/"

    second = halfway(app)
    second.refused(CODE, {"code": code})  # used a moment ago, by whoever looked over the shoulder
    assert second.send(CODE, {"code": phone.code(), "next": "//evil.example"}) == "/admin/"
    assert words_noted(database)[1:] == ["用密码和验证码登录"] * 2


def test_half_a_session_is_over_after_five_minutes_and_with_the_others(
    app: Flask, phone: Phone, database: Database, office: Office
) -> None:
    visitor = halfway(app)
    phone.wait(minutes=4, seconds=50)
    assert visitor.get(CODE).h1 is not None
    phone.wait(seconds=11)
    assert visitor.leads_to(CODE) == f"{SIGN_IN}?by=password"
    assert visitor.post(CODE, {"code": phone.code()}).headers["Location"] == f"{SIGN_IN}?by=password"
    with database.transaction() as session:
        visitor = halfway(app)
        session.get_one(Staff, office.handler.id).session_version += 1
    assert visitor.post(CODE, {"code": phone.code()}).headers["Location"] == f"{SIGN_IN}?by=password"
    assert Visitor(app).leads_to(CODE) == f"{SIGN_IN}?by=password"


def test_a_session_planted_before_is_not_the_one_that_opens(app: Flask, phone: Phone) -> None:
    visitor = halfway(app)
    planted = visitor.client.get_cookie("banshishi")
    assert planted is not None

    visitor.send(CODE, {"code": phone.code()})

    thief = Visitor(app)
    thief.client.set_cookie("banshishi", planted.value)
    assert thief.leads_to("/admin/inbox").startswith(SIGN_IN)
    thief.get(CODE)
    thief.refused(CODE, {"code": "000000"})


def test_five_wrong_codes_lock_even_with_the_right_password_in_between(
    app: Flask, phone: Phone, database: Database
) -> None:
    for _ in range(5):
        halfway(app).refused(CODE, {"code": "000000"})
    visitor = Visitor(app)
    visitor.get(SIGN_IN)
    visitor.refused(SIGN_IN, NAME_AND_PASSWORD)

    assert words_noted(database)[-1] == "账号 handler 连续 5 次输错密码或验证码，暂时锁定"
    phone.wait(minutes=5)
    halfway(app).send(CODE, {"code": phone.code()})


def test_a_recovery_code_opens_once_and_says_how_many_are_left(
    app: Flask, phone: Phone, database: Database
) -> None:
    for left in (9, 8, 7, 6, 5, 4, 3):
        visitor = halfway(app)
        visitor.send(CODE, {"code": phone.recovery_codes[left], "by": "recovery"})
        phone.wait(minutes=1)
    said = words_of(visitor.get("/admin/notices").select_one("#messages"))
    assert said == "这个恢复码已用掉，还剩 3 个，所剩不多，请重新生成。换了手机，请到「账号安全」里重新设置。"
    page = halfway(app).refused(CODE, {"code": phone.recovery_codes[9], "by": "recovery"})
    assert words_of(page.select_one("[role=alert]")).startswith("恢复码不对、已经用过")
    assert words_noted(database)[1:3] == ["用掉一个恢复码，还剩 9 个", "用密码和恢复码登录"]


@pytest.mark.usefixtures("phone")
def test_after_the_servers_key_changed_the_page_says_so(app: Flask) -> None:
    app.extensions["banshishi"].__dict__["secret_box"] = SecretBox("another-key-of-the-server-0000000")

    page = halfway(app).get(CODE)

    assert words_of(page.select_one("[role=alert]")).startswith("服务器的密钥换过")


def test_setting_up_takes_the_password_and_a_first_code(
    app: Flask, office: Office, clock: time_machine.Traveller, now: datetime
) -> None:
    del office
    me, elsewhere = Visitor(app).sign_in("lead"), Visitor(app).sign_in("lead")
    me.get(SECURITY)
    assert me.leads_to(f"{SECURITY}/set-up") == SECURITY
    assert words_of(
        me.refused(f"{SECURITY}/start", {"password": "wrong"}).select_one("#start-password-error")
    )
    assert me.send(f"{SECURITY}/start", {"password": PASSWORD}) == f"{SECURITY}/set-up"
    page = me.get(f"{SECURITY}/set-up")
    assert len(page.select(".scan-code svg path")) == 1
    secret = "".join(part.get_text() for part in page.select(".secret-letters span"))
    phone = Phone(clock, now, secret)
    me.refused(f"{SECURITY}/set-up", {"code": "000000"})
    elsewhere.get("/admin/notices")

    page = me._page(me.post(f"{SECURITY}/set-up", {"code": phone.code()}), 200, fragment=False)

    codes = [words_of(code) for code in page.select("#codes code")]
    assert len(set(codes)) == 10
    assert elsewhere.leads_to("/admin/notices").startswith(SIGN_IN)
    assert words_of(me.get(SECURITY).select_one(".security-count")) == "还剩 10 个"
    assert me.post(f"{SECURITY}/set-up", {"code": phone.code()}).headers["Location"] == SECURITY

    proof = {"password": PASSWORD, "code": "000000"}
    for path, where in (("start", "start"), ("recovery-codes", "recovery"), ("off", "off")):
        page = me.refused(f"{SECURITY}/{path}", proof)
        assert page.select_one(f"#{where}-code-error") is not None
    page = me._page(
        me.post(f"{SECURITY}/recovery-codes", {"password": PASSWORD, "code": phone.code()}),
        200,
        fragment=False,
    )
    new_codes = [words_of(code) for code in page.select("#codes code")]
    assert set(codes).isdisjoint(new_codes)
    me.send(f"{SECURITY}/off", {"password": PASSWORD, "code": new_codes[0]})
    assert words_of(me.get(SECURITY).select_one(".security-head .badge")) == "未开启"
    Visitor(app).sign_in("lead")


def test_signing_out_elsewhere_leaves_this_one(app: Flask, office: Office) -> None:
    del office
    me, elsewhere = Visitor(app).sign_in("lead"), Visitor(app).sign_in("lead")
    me.get(SECURITY)

    me.send(f"{SECURITY}/sign-out-elsewhere")

    me.get(SECURITY)
    assert elsewhere.leads_to(SECURITY).startswith(SIGN_IN)


def test_a_role_that_needs_it_reaches_nothing_but_the_set_up(
    app: Flask, office: Office, database: Database, now: datetime
) -> None:
    me, dispatcher = Visitor(app).sign_in("handler"), Visitor(app).sign_in("dispatcher")
    with database.transaction() as session:
        office_settings.write(session, SECOND_FACTOR_ROLES, frozenset({Role.HANDLER}), staff=None, now=now)

    assert me.leads_to("/admin/inbox") == SECURITY
    assert me.post("/admin/complaints/2026-1121-0001/acts/accept").headers["Location"] == SECURITY
    assert words_of(me.get(SECURITY).select_one("[role=alert]")).startswith("请先开启二次验证。")
    inside = {"HX-Request": "true", "HX-Current-URL": "http://localhost/admin/inbox"}
    assert me.client.get("/admin/inbox", headers=inside).headers["HX-Redirect"] == SECURITY
    there = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{SECURITY}/set-up"}
    answer = me.client.get("/admin/notices", headers=there)
    assert (answer.status_code, "HX-Redirect" in answer.headers) == (204, False)
    assert me.leads_to(f"{SECURITY}/set-up") == SECURITY
    me.get("/admin/password")
    dispatcher.get("/admin/inbox")
    with database.transaction() as session:
        staff = session.get_one(Staff, office.handler.id)
        staff.totp_confirmed_at = now
    me.get("/admin/inbox")


def test_who_must_change_the_password_does_so_first(app: Flask, office: Office, database: Database) -> None:
    me = Visitor(app).sign_in("handler")
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).must_change_password = True

    assert me.leads_to("/admin/inbox") == "/admin/password"
    assert me.leads_to(SECURITY) == "/admin/password"
    assert "请先修改密码" in words_of(me.get("/admin/password").main)
    new = "another-long-phrase-7"
    me.send("/admin/password", {"old_password": PASSWORD, "new_password": new, "new_password_again": new})
    me.get("/admin/inbox")
