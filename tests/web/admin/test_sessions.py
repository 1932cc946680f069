"""Sessions of staff: how they begin, who ends them, and what a copied cookie is worth."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.database import Database
from models.staff import Staff
from tests.support.factories import PASSWORD, Office
from tests.support.pages import Visitor, words_of
from web import even_time
from web.admin.login import REFUSED

SignedIn = Callable[[str], Visitor]
PAGE, SIGN_IN = "/admin/notices", "/admin/sign-in"
NEW_PASSWORD = "another-long-phrase-7"
SESSION, KNOWN = "banshishi", "banshishi-known"


def with_cookies_of(visitor: Visitor, *names: str) -> Visitor:
    """Somebody who copied these cookies out of the visitor's browser."""
    thief = Visitor(visitor.client.application)
    for name in names:
        cookie = visitor.client.get_cookie(name)
        assert cookie is not None
        thief.client.set_cookie(name, cookie.value)
    return thief


def is_in(visitor: Visitor) -> bool:
    return visitor.client.get(PAGE).status_code == 200


def refusal(visitor: Visitor, username: str = "handler", password: str = "wrong-password") -> str:
    visitor.get(SIGN_IN)
    page = visitor.refused(SIGN_IN, {"username": username, "password": password})
    return words_of(page.select_one("[role=alert]"))


def guess(app: Flask, times: int = 5) -> None:
    """Guess at the handler's password, from elsewhere."""
    stranger = Visitor(app)
    stranger.get(SIGN_IN)
    for _ in range(times):
        stranger.refused(SIGN_IN, {"username": "handler", "password": "wrong-password"})


@pytest.mark.usefixtures("office")
def test_signing_out_ends_the_session_also_where_its_cookie_was_copied(
    signed_in: SignedIn, database: Database
) -> None:
    here, elsewhere = signed_in("handler"), signed_in("handler")
    copied = with_cookies_of(here, SESSION)
    assert is_in(copied)

    here.send("/admin/sign-out")

    assert [is_in(each) for each in (here, copied, elsewhere)] == [False, False, True]
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "account.sign_out")).one()
        assert (entry.words, entry.subject.partition(" #")[0]) == ("退出登录", "handler")


@pytest.mark.usefixtures("office")
def test_each_session_is_another_and_the_cookie_before_opens_nothing(visitor: Visitor) -> None:
    visitor.get(SIGN_IN)
    before = with_cookies_of(visitor, SESSION)
    visitor.sign_in("handler")
    first = visitor.client.get_cookie(SESSION)
    visitor.send("/admin/sign-out")
    visitor.sign_in("handler")

    assert first is not None
    assert first.value != visitor.client.get_cookie(SESSION).value  # type: ignore[union-attr]
    assert not is_in(before)


@pytest.mark.usefixtures("office")
def test_a_session_ends_when_nobody_sits_there(
    signed_in: SignedIn, clock: time_machine.Traveller, now: datetime
) -> None:
    busy, left_open = signed_in("handler"), signed_in("dispatcher")
    for hours in (3, 6, 9):
        clock.move_to(now + timedelta(hours=hours))
        assert is_in(busy)
        asked = left_open.client.get("/admin/inbox/counts", headers={"HX-Request": "true"})
        assert asked.status_code == (200 if hours == 3 else 401)
    clock.move_to(now + timedelta(hours=12, minutes=59))
    assert is_in(busy)
    assert not is_in(left_open)
    clock.move_to(now + timedelta(hours=14, seconds=1))
    assert not is_in(busy)


def test_other_roles_end_the_sessions_of_who_got_them(signed_in: SignedIn, office: Office) -> None:
    admin, colleague = signed_in("admin"), signed_in("handler")
    team = {"team_id": office.team.id}
    path = f"/admin/settings/staff/{office.handler.id}"
    admin.send(path, {"name": "王建国", "roles": ["handler"], **team})
    assert is_in(colleague)

    admin.send(path, {"name": "王建国", "roles": ["handler", "lead"], **team})
    own = {"name": "管理员", "roles": ["admin", "inspector"], "team_id": ""}
    admin.send(f"/admin/settings/staff/{office.admin.id}", own)

    assert not is_in(colleague)
    assert is_in(admin)


def test_taking_off_ones_wechat_ends_what_it_may_have_opened(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).person_id = office.friend.id
    here, phone = signed_in("handler"), signed_in("handler")

    here.send("/admin/my-wechat/unbind")

    assert (is_in(here), is_in(phone)) == (True, False)


@pytest.mark.usefixtures("office")
def test_guessing_elsewhere_keeps_nobody_out_of_a_browser_they_used_before(
    app: Flask, signed_in: SignedIn, database: Database
) -> None:
    colleague = signed_in("handler")
    colleague.send("/admin/sign-out")
    guess(app)

    assert refusal(Visitor(app), password=PASSWORD) == REFUSED
    assert refusal(colleague) == REFUSED
    assert is_in(colleague.sign_in("handler"))

    guess(app)
    with database.transaction() as session:
        session.scalars(select(Staff).where(Staff.username == "handler")).one().session_version += 1
    assert refusal(colleague, password=PASSWORD) == REFUSED  # all sessions were ended, and what knows them
    forged = Visitor(app)
    forged.client.set_cookie(KNOWN, "eyJicm93c2VyIjoieCIsImFjY291bnRzIjp7IjEiOjF9fQ.aaaaaa.bbbbbbbbbbbbbbb")
    assert refusal(forged, password=PASSWORD) == REFUSED


@pytest.mark.usefixtures("office")
def test_a_browser_that_is_known_may_not_guess_for_ever(signed_in: SignedIn) -> None:
    colleague = signed_in("handler")
    colleague.send("/admin/sign-out")
    colleague.take_token()
    data = {"username": "handler", "password": "wrong-password", "csrf_token": colleague.token}

    def answer(number: int) -> int:
        origin = {"REMOTE_ADDR": f"10.0.0.{number}"}
        return colleague.client.post(SIGN_IN, data=data, environ_base=origin).status_code

    answers = [answer(number) for number in range(32)]

    assert answers == [422] * 30 + [429] * 2


@pytest.mark.usefixtures("office")
def test_who_is_signed_in_cannot_guess_the_password_either(signed_in: SignedIn) -> None:
    owner = signed_in("handler")
    thief = with_cookies_of(owner, SESSION)
    form = {"old_password": "guess", "new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD}

    def said(visitor: Visitor, **changes: str) -> str:
        visitor.get("/admin/password")
        page = visitor.refused("/admin/password", form | changes)
        return words_of(page.select_one(".invalid-feedback"))

    wrong, wait = "现在的密码不对。", "连续输错太多次，请等 5 分钟再试。"
    assert [said(thief) for _ in range(6)] == [wrong] * 4 + [wait] * 2
    assert said(thief, old_password=PASSWORD) == wait
    assert said(owner) == wrong
    owner.send("/admin/password", form | {"old_password": PASSWORD})
    assert (is_in(owner), is_in(thief)) == (True, False)


def test_a_password_kept_at_an_older_cost_is_kept_at_todays_after_signing_in(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    def kept() -> str:
        with database.reading() as session:
            return session.get_one(Staff, office.handler.id).password_hash

    with database.transaction() as session:
        cheap = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
        session.get_one(Staff, office.handler.id).password_hash = cheap.hash(PASSWORD)
    before = kept()

    signed_in("handler").send("/admin/sign-out")
    after = kept()
    signed_in("handler")

    assert before != after == kept()


@pytest.mark.usefixtures("office")
def test_every_refusal_takes_the_same_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    moment = iter([0.0, 0.03, 0.0, 0.05, 0.0, 0.45, 0.0, 0.01])
    monkeypatch.setattr(even_time, "sleep", slept.append)
    monkeypatch.setattr(even_time, "moment", lambda: next(moment))
    monkeypatch.setattr(even_time, "SECONDS", 0.4)

    for username in ("nobody", "handler", "handler", "nobody"):
        refusal(Visitor(app), username)

    assert slept == pytest.approx([0.37, 0.35, 0.35, 0.39])
