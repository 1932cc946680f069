"""Who is signed in: telephone number, and linking with the official account by a code."""

from collections.abc import Callable

from flask import Flask

from domain.mini_people import link, person_of_mini
from models.database import Database
from models.person import Person
from simulator import Simulator
from simulator.state import User
from tests.support.api_program import Program, refusal
from tests.support.factories import Office
from web.clock import now
from wechat.staff_scans import LINKED_ELSEWHERE, handle_scan

LoginCode = Callable[..., str]


def _signed_in(app: Flask, code: str) -> Program:
    phone = Program(app)
    phone.token = phone.post("/sessions", {"code": code})["token"]
    return phone


def test_telephone_number_is_told_and_kept_nowhere(
    mini_app: Flask, platform: Simulator, user: User, login_code: LoginCode
) -> None:
    phone = _signed_in(mini_app, login_code(user))
    code = login_code(user, "phone")

    told = phone.post("/me/phone", {"code": code})
    used = phone.call("POST", "/me/phone", {"code": code})
    platform.settings.phone_balance = 1
    spent = phone.call("POST", "/me/phone", {"code": login_code(user, "phone")})

    assert told == {"phone": user.phone, "country_code": "86"}
    assert refusal(used) == (422, "phone_code_invalid", None)
    assert refusal(spent) == (503, "wechat_refused", None)


def test_code_links_what_was_filed_on_both_sides(
    mini_app: Flask,
    database: Database,
    office: Office,
    platform: Simulator,
    user: User,
    login_code: LoginCode,
) -> None:
    phone = _signed_in(mini_app, login_code(user))
    number = phone.file()["number"]
    assert phone.get("/me/link") == {"state": None, "linked": False, "expires_at": None, "code_png": None}
    assert refusal(phone.call("POST", "/me/link/confirm", {"number": "0000"}))[:2] == (403, "not_allowed")

    shown = phone.post("/me/link", None)
    scene = list(platform.state.qr_codes)[-1].scene
    with database.transaction() as session:
        words = handle_scan(session, scene, session.get_one(Person, office.student.id), now=now())
    assert words is not None
    told = words.split("数字：")[1][:4]
    wrong = phone.call("POST", "/me/link/confirm", {"number": f"{(int(told) + 1) % 10_000:04d}"})
    scanned = phone.get("/me/link")["state"]
    linked = phone.post("/me/link/confirm", {"number": told})

    assert shown["state"] == "waiting"
    assert shown["code_png"].startswith("data:image/png;base64,iVBOR")
    assert refusal(wrong) == (422, "invalid", "number")
    assert scanned == "scanned"
    assert (linked["state"], linked["linked"]) == ("used", True)
    assert phone.get("/me")["linked"] is True
    assert phone.get(f"/complaints/{number}")["own"] is True
    assert refusal(phone.call("POST", "/me/link")) == (403, "not_allowed", None)
    with database.reading() as session:
        assert session.get_one(Person, office.student.id).openid == office.student.openid


def test_account_that_is_linked_elsewhere_is_told_in_the_chat(
    mini_app: Flask, database: Database, office: Office, platform: Simulator, login_code: LoginCode
) -> None:
    first, second = list(platform.state.users)[:2]
    phone = _signed_in(mini_app, login_code(first))
    with database.transaction() as session:
        other = person_of_mini(session, openid=second.mini_openid, unionid=None, now=now())
        link(session, other, to=session.get_one(Person, office.student.id))
    phone.post("/me/link", None)
    scene = list(platform.state.qr_codes)[-1].scene

    with database.transaction() as session:
        words = handle_scan(session, scene, session.get_one(Person, office.student.id), now=now())

    assert words == LINKED_ELSEWHERE
