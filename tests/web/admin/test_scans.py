"""Binding one's WeChat and signing in by scan, with the pretend platform in WeChat's place."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from config.settings import Settings
from domain import office_settings
from domain.office_settings import WECHAT_IS_ENOUGH
from models.database import Database
from models.person import Person
from models.staff import Staff
from simulator import Simulator
from tests.support.dialogue import Dialogue
from tests.support.factories import PASSWORD, Office
from tests.support.pages import Visitor, words_of

LOGIN, BIND = "/admin/sign-in/scan", "/admin/my-wechat"


@pytest.fixture
def app(make_platform_app: Callable[..., Flask]) -> Flask:
    return make_platform_app()


class Wall:
    """The codes on the screens, for phones to scan."""

    def __init__(self, platform: Simulator, settings: Settings, database: Database, now: object) -> None:
        self._platform, self._settings, self._database, self._now = platform, settings, database, now

    def scan(self, person: Person, *, follows: bool = True) -> str:
        """Scan the newest code, and give what the chat answers."""
        scene = list(self._platform.state.qr_codes)[-1].scene
        me = Dialogue(self._settings, self._database, self._now, openid=person.openid or "")  # type: ignore[arg-type]
        if follows:
            return me.event("SCAN", scene, Ticket="t")
        return me.event("subscribe", f"qrscene_{scene}", Ticket="t")

    def number(self, person: Person) -> str:
        """Scan the newest code, and give the number in the answer."""
        found = re.search(r"数字：(\d{4})", self.scan(person))
        assert found
        return found[1]


@pytest.fixture
def wall(
    platform: Simulator, make_settings: Callable[..., Settings], database: Database, now: object
) -> Wall:
    return Wall(platform, make_settings(wechat_mode="plain"), database, now)


@pytest.fixture
def bound(database: Database, office: Office) -> Office:
    """The office, with the friend's WeChat bound to the handler's account."""
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).person_id = office.friend.id
    return office


def bound_person(database: Database, staff: Staff) -> int | None:
    with database.reading() as session:
        return session.get_one(Staff, staff.id).person_id


def test_wechat_is_bound_by_scan_and_number(
    signed_in: Callable[[str], Visitor], office: Office, wall: Wall, database: Database
) -> None:
    me = signed_in("handler")
    assert "还没有绑定微信" in words_of(me.get(BIND).main)
    assert me.send(f"{BIND}/code", {"password": PASSWORD}) == BIND
    page = me.get(BIND)
    assert len(page.select("#scan svg path")) == 1
    assert page.select_one("#scan")["hx-get"] == f"{BIND}/state"  # type: ignore[index]
    assert me.client.get(f"{BIND}/state").status_code == 204

    number = wall.number(office.friend)
    fragment = me.get(f"{BIND}/state", fragment=True)
    assert words_of(fragment.select_one("label")) == "公众号发给您的四位数字"
    assert me.send(f"{BIND}/number", {"number": number}) == BIND
    page = me.get(BIND)
    assert "微信已绑定" in words_of(page.select_one(".flash"))
    assert "已绑定微信" in words_of(page.main)
    assert bound_person(database, office.handler) == office.friend.id

    assert me.send(f"{BIND}/unbind") == BIND
    assert "还没有绑定微信" in words_of(me.get(BIND).main)
    assert bound_person(database, office.handler) is None


@pytest.mark.usefixtures("office")
def test_phone_is_told_that_it_cannot_scan_its_own_screen(signed_in: Callable[[str], Visitor]) -> None:
    me = signed_in("handler")
    in_wechat = me.client.get(BIND, headers={"User-Agent": "MicroMessenger/8.0.50"})

    assert "请在电脑上登录后台再绑定" in in_wechat.get_data(as_text=True)
    assert "请在电脑上登录后台再绑定" not in me.client.get(BIND).get_data(as_text=True)


@pytest.mark.usefixtures("office")
def test_code_for_binding_is_shown_to_who_knows_the_password(
    signed_in: Callable[[str], Visitor], platform: Simulator
) -> None:
    page = signed_in("handler").refused(f"{BIND}/code", {"password": "wrong"})

    assert words_of(page.select_one("#password-error")) == "密码不对。"
    assert list(platform.state.qr_codes) == []


def test_bound_wechat_signs_in_where_the_code_is_shown(app: Flask, bound: Office, wall: Wall) -> None:
    desk, other = Visitor(app), Visitor(app)
    desk.get(f"{LOGIN}?next=/admin/notices")
    assert desk.send(LOGIN, {"next": "/admin/notices"}) == f"{LOGIN}?next=/admin/notices"
    desk.get(f"{LOGIN}?next=/admin/notices")
    answer = wall.scan(bound.friend)
    assert answer.startswith(f"有人正在电脑上用「{bound.handler.name}」的账号登录后台。")
    number = re.search(r"\d{4}", answer)[0]  # type: ignore[index]

    other.get(LOGIN)
    other.refused(f"{LOGIN}/number", {"number": number})
    desk.get(f"{LOGIN}/state?next=/admin/notices", fragment=True)
    assert desk.send(f"{LOGIN}/number", {"number": number, "next": "/admin/notices"}) == "/admin/notices"
    assert bound.handler.name in words_of(desk.get("/admin/notices").select_one(".rail-name"))
    assert other.leads_to("/admin/notices") == "/admin/sign-in?next=/admin/notices"


def test_a_second_factor_is_asked_for_unless_the_office_takes_the_wechat_for_one(
    app: Flask, bound: Office, wall: Wall, database: Database, now: datetime
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, bound.handler.id).totp_confirmed_at = now
    led_to = []
    for is_enough in (False, True):
        with database.transaction() as session:
            office_settings.write(session, WECHAT_IS_ENOUGH, is_enough, staff=None, now=now)
        desk = Visitor(app)
        desk.get(LOGIN)
        desk.send(LOGIN)
        number = wall.number(bound.friend)
        desk.get(f"{LOGIN}/state", fragment=True)
        led_to.append(desk.send(f"{LOGIN}/number", {"number": number}))

    assert led_to == ["/admin/sign-in/code", "/admin/"]


def test_number_works_once(app: Flask, bound: Office, wall: Wall) -> None:
    desk = Visitor(app)
    desk.get(LOGIN)
    desk.send(LOGIN)
    number = wall.number(bound.friend)
    cookies = desk.client.get_cookie("banshishi")
    desk.get(f"{LOGIN}/state", fragment=True)
    desk.send(f"{LOGIN}/number", {"number": number})
    thief = Visitor(app)
    thief.client.set_cookie("banshishi", cookies.value)  # type: ignore[union-attr]
    thief.token = desk.token
    thief.get(LOGIN)

    thief.refused(f"{LOGIN}/number", {"number": number})
    assert thief.leads_to("/admin/notices").startswith("/admin/sign-in")


def test_five_wrong_numbers_end_the_code(app: Flask, bound: Office, wall: Wall) -> None:
    desk = Visitor(app)
    desk.get(LOGIN)
    desk.send(LOGIN)
    number = wall.number(bound.friend)
    wrong = f"{(int(number) + 1) % 10_000:04d}"
    desk.get(f"{LOGIN}/state", fragment=True)
    said = [
        words_of(desk.refused(f"{LOGIN}/number", {"number": wrong}).select_one(".alert")) for _ in range(5)
    ]

    assert said == ["数字不对，请看手机上公众号发来的四位数字。"] * 4 + ["这个二维码已失效，请换一个再扫。"]
    desk.refused(f"{LOGIN}/number", {"number": number})
    assert desk.leads_to("/admin/notices").startswith("/admin/sign-in")


def test_wechat_of_nobody_in_office_is_told_what_to_do_first(app: Flask, office: Office, wall: Wall) -> None:
    desk = Visitor(app)
    desk.get(LOGIN)
    desk.send(LOGIN)

    assert wall.scan(office.student).startswith("这个微信还没有绑定后台账号。")
    assert desk.client.get(f"{LOGIN}/state").status_code == 204


def test_new_follower_is_answered_the_same(
    signed_in: Callable[[str], Visitor], office: Office, wall: Wall
) -> None:
    me = signed_in("handler")
    me.get(BIND)
    me.send(f"{BIND}/code", {"password": PASSWORD})

    answer = wall.scan(office.friend, follows=False)
    assert answer.startswith("感谢关注")
    assert "请在电脑的网页上输入数字：" in answer


def test_code_that_ran_out_is_replaced_by_a_button(
    app: Flask, bound: Office, wall: Wall, clock: time_machine.Traveller
) -> None:
    del bound, wall
    desk = Visitor(app)
    desk.get(LOGIN)
    desk.send(LOGIN)
    desk.get(LOGIN)
    clock.shift(timedelta(minutes=10))

    fragment = desk.get(f"{LOGIN}/state", fragment=True)
    assert words_of(fragment.select_one("button")) == "换一个二维码"
    assert fragment.select("[hx-get]") == []


def test_account_that_cannot_make_codes_says_why(app: Flask, platform: Simulator) -> None:
    platform.change_settings({"verified": False})
    desk = Visitor(app)
    desk.get(LOGIN)

    page = desk.refused(LOGIN, status=502)
    assert words_of(page.select_one(".alert")).startswith(
        "没有拿到二维码，请先用密码登录。公众号没有这个接口的权限（未认证或认证已过期）。认证的服务号才有这项权限"
    )


@pytest.mark.usefixtures("office")
def test_who_is_signed_in_needs_no_scan(signed_in: Callable[[str], Visitor]) -> None:
    assert signed_in("handler").leads_to(f"{LOGIN}?next=/admin/notices") == "/admin/notices"


@pytest.mark.usefixtures("office")
def test_binding_without_wechats_code_says_why(
    signed_in: Callable[[str], Visitor], platform: Simulator
) -> None:
    platform.change_settings({"verified": False})
    me = signed_in("handler")
    me.get(BIND)

    page = me.refused(f"{BIND}/code", {"password": PASSWORD}, status=502)
    assert words_of(page.select_one(".alert")).startswith("没有拿到二维码。公众号没有这个接口的权限")


def test_wrong_number_binds_nothing_and_can_be_mended(
    signed_in: Callable[[str], Visitor], office: Office, wall: Wall, database: Database
) -> None:
    me = signed_in("handler")
    me.get(BIND)
    me.send(f"{BIND}/code", {"password": PASSWORD})
    number = wall.number(office.friend)
    me.get(BIND)

    page = me.refused(f"{BIND}/number", {"number": f"{(int(number) + 1) % 10_000:04d}"})
    assert words_of(page.select_one(".alert")).startswith("数字不对")
    assert bound_person(database, office.handler) is None
    me.send(f"{BIND}/number", {"number": number})
    assert bound_person(database, office.handler) == office.friend.id


def test_wechat_of_a_colleague_is_not_taken_over(bound: Office, wall: Wall, app: Flask) -> None:
    me = Visitor(app).sign_in("lead")
    me.get(BIND)
    me.send(f"{BIND}/code", {"password": PASSWORD})

    assert wall.scan(bound.friend).startswith("这个微信已经绑定了另一个后台账号。")
