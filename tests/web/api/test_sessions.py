"""Signing in with a code of wx.login: tokens, devices, and what each way to fail is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from domain import former_people, mini_people
from models.api_session import ApiSession, MiniProgramIdentity
from models.database import Database
from models.person import Person
from simulator import Simulator
from simulator.state import User
from tests.support.api_program import Program, refusal, token_of
from tests.support.factories import Office

LoginCode = Callable[..., str]


def _now() -> datetime:
    return datetime.now(UTC)


def test_code_becomes_a_token_of_which_nothing_is_kept(
    mini_app: Flask, database: Database, user: User, login_code: LoginCode
) -> None:
    phone = Program(mini_app)

    signed_in = phone.post("/sessions", {"code": login_code(user), "device": "iPhone 15"})
    phone.token = signed_in["token"]

    assert (signed_in["linked"], signed_in["expires_in"]) == (False, 30 * 86_400)
    assert signed_in["session"]["expires_at"] == "2026-12-23T10:00:00+08:00"
    assert [(each["device"], each["is_current"]) for each in phone.get("/sessions")["items"]] == [
        ("iPhone 15", True)
    ]
    with database.reading() as session:
        row = session.scalars(select(ApiSession)).one()
        identity = session.scalars(select(MiniProgramIdentity)).one()
        assert signed_in["token"] not in {row.key, row.token_hash}
        assert (identity.openid, identity.unionid) == (user.mini_openid, user.unionid)
        assert session.get_one(Person, row.person_id).openid is None


def test_code_is_good_for_five_minutes_and_once(
    mini_app: Flask, platform: Simulator, user: User, login_code: LoginCode
) -> None:
    phone, code, old = Program(mini_app), login_code(user), login_code(user)
    phone.post("/sessions", {"code": code})
    platform.clock.advance(301)

    used = phone.call("POST", "/sessions", {"code": code})
    late = phone.call("POST", "/sessions", {"code": old})
    unknown = phone.call("POST", "/sessions", {"code": "0nothing"})
    user.high_risk = True
    platform.state.users.put(user.openid, user)
    blocked = phone.call("POST", "/sessions", {"code": login_code(user)})

    assert refusal(used) == (409, "login_code_used", None)
    assert refusal(late) == (422, "login_code_invalid", None)
    assert refusal(unknown) == (422, "login_code_invalid", None)
    assert refusal(blocked) == (403, "wechat_user_blocked", None)


def test_two_devices_at_once_have_a_token_each_and_end_apart(
    mini_app: Flask, user: User, login_code: LoginCode
) -> None:
    first, second = Program(mini_app), Program(mini_app)
    for phone, device in ((first, "手机"), (second, "平板")):
        phone.token = phone.post("/sessions", {"code": login_code(user), "device": device})["token"]
    mine = next(each for each in first.get("/sessions")["items"] if not each["is_current"])
    assert mine["device"] == "平板"

    first.delete(f"/sessions/{mine['id']}")

    assert refusal(second.call("GET", "/me")) == (401, "session_ended", None)
    assert refusal(first.call("DELETE", f"/sessions/{mine['id']}"))[:2] == (404, "not_found")
    second.token = second.post("/sessions", {"code": login_code(user)})["token"]
    first.delete("/sessions", keep_current="true")
    assert refusal(second.call("GET", "/me")) == (401, "session_ended", None)
    assert len(first.get("/sessions")["items"]) == 1
    first.delete("/sessions/current")
    assert refusal(first.call("GET", "/me")) == (401, "session_ended", None)


def test_eleventh_device_pushes_the_first_one_out(app: Flask, database: Database, office: Office) -> None:
    phones = [Program(app, token_of(database, office.student)) for _ in range(11)]

    assert refusal(phones[0].call("GET", "/me")) == (401, "session_ended", None)
    assert len(phones[10].get("/sessions")["items"]) == 10
    phones[10].delete("/sessions")
    assert refusal(phones[10].call("GET", "/me")) == (401, "session_ended", None)


def test_session_slides_on_while_it_is_used_and_ends_at_last(
    app: Flask, database: Database, office: Office, clock: time_machine.Traveller
) -> None:
    phone = Program(app, token_of(database, office.student))
    for _ in range(6):
        clock.shift(timedelta(days=29))
        [shown] = phone.get("/sessions")["items"]
    assert shown["expires_at"] == "2027-05-22T10:00:00+08:00"  # 180 days after it began
    clock.shift(timedelta(days=7))

    assert refusal(phone.call("GET", "/me")) == (401, "session_expired", None)


def test_clock_that_is_behind_locks_nobody_out(
    app: Flask, database: Database, office: Office, clock: time_machine.Traveller
) -> None:
    phone = Program(app, token_of(database, office.student))
    phone.headers["Date"] = "Thu, 01 Jan 1970 00:00:00 GMT"
    clock.shift(timedelta(hours=2))
    phone.get("/me")

    clock.shift(timedelta(hours=-3))  # another machine of ours, whose clock is behind

    [shown] = phone.get("/sessions")["items"]
    assert shown["last_seen_at"] == "2026-11-23T12:00:00+08:00"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "token_missing"),
        ({"Authorization": "Basic c3R1ZGVudDp4"}, "token_missing"),
        ({"Authorization": "Bearer nothing"}, "token_unknown"),
    ],
)
def test_request_without_a_good_token_is_told_why(app: Flask, headers: dict[str, str], code: str) -> None:
    answer = Program(app, headers=headers).call("GET", "/complaints")

    assert refusal(answer) == (401, code, None)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="banshishi"'


def test_cookie_of_the_phone_pages_opens_nothing_here(app: Flask, office: Office, database: Database) -> None:
    from tests.web.h5.conftest import Phone

    phone = Phone(app, database).come_in(office.student)

    assert refusal(phone.client.get("/api/v1/me")) == (401, "token_missing", None)


def test_without_a_mini_program_the_api_says_so(app: Flask) -> None:
    answer = Program(app).call("POST", "/sessions", {"code": "x"})

    assert refusal(answer) == (503, "mini_program_not_set_up", None)
    assert answer.headers["Retry-After"] == "3600"


def test_platform_that_does_not_answer_is_told_apart(make_platform_app: Callable[..., Flask]) -> None:
    from tests.support.api_program import MINI_APP

    nowhere = make_platform_app(wechat_api_base="http://127.0.0.1:9/", **MINI_APP)
    wrong = make_platform_app(**(MINI_APP | {"miniprogram_secret": "another-secret-0000000000000"}))

    assert refusal(Program(nowhere).call("POST", "/sessions", {"code": "x"}))[:2] == (
        503,
        "wechat_unreachable",
    )
    assert refusal(Program(wrong).call("POST", "/sessions", {"code": "x"}))[:2] == (503, "wechat_refused")


def test_platform_that_is_busy_is_asked_again_later(mini_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from wechat.errors import WeChatError
    from wechat.mini_program import MiniProgram

    def refuse(code: int) -> Callable[..., None]:
        def asked(_self: MiniProgram, _code: str) -> None:
            raise WeChatError(code, "busy")

        return asked

    told = []
    for code in (45011, -1):
        monkeypatch.setattr(MiniProgram, "user_of", refuse(code))
        answer = Program(mini_app).call("POST", "/sessions", {"code": "x"})
        told.append((*refusal(answer)[:2], answer.headers["Retry-After"]))

    assert told == [(429, "rate_limited", "60"), (503, "wechat_unreachable", "5")]


def test_who_had_themselves_deleted_is_asked_before_they_begin_anew(
    mini_app: Flask, database: Database, user: User, login_code: LoginCode
) -> None:
    phone = Program(mini_app)
    box = mini_app.extensions["banshishi"].secret_box
    with database.transaction() as session:
        former_people.note_leaving(session, former_people.mark_of(user.mini_openid, box=box), now=_now())

    asked = phone.call("POST", "/sessions", {"code": login_code(user)})
    anew = phone.post("/sessions", {"code": login_code(user), "begin_anew": True})
    again = phone.post("/sessions", {"code": login_code(user)})

    assert refusal(asked) == (409, "person_left", None)
    assert anew["token"] != again["token"]


def test_follower_is_found_again_by_unionid(
    mini_app: Flask, database: Database, office: Office, user: User, login_code: LoginCode
) -> None:
    phone = Program(mini_app)
    with database.transaction() as session:
        follower = session.get_one(Person, office.student.id)
        mini_people.learn_unionid(session, follower, user.unionid, now=_now())

    signed_in = phone.post("/sessions", {"code": login_code(user)})

    assert signed_in["linked"] is True
    with database.reading() as session:
        assert session.scalars(select(ApiSession.person_id)).one() == office.student.id
