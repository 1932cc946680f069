"""Signing in on one's own phone, with the pretend platform in WeChat's place."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from models.database import Database
from models.person import Person
from models.staff import Staff
from simulator import Simulator
from simulator.server import RunningSimulator
from simulator.state import User
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

PAGE = "/admin/complaints/2026-1121-0001?tab=open"
IN_WECHAT = {"Accept": "text/html,*/*", "User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50"}
ON_THE_PRETEND_PHONE = {"Accept": "text/html,*/*", "Sec-Fetch-Dest": "iframe"}
AT_A_DESK = {"Accept": "text/html,*/*"}


@pytest.fixture
def holder(platform: Simulator, database: Database, office: Office) -> User:
    """The WeChat that is bound to the handler's account."""
    user = next(iter(platform.state.users))
    with database.transaction() as session:
        session.get_one(Person, office.friend.id).openid = user.openid
        session.get_one(Staff, office.handler.id).person_id = office.friend.id
    return user


@pytest.fixture
def make_app(make_platform_app: Callable[..., Flask], running: RunningSimulator) -> Callable[..., Flask]:
    right = {"wechat_open_base": running.base_url, "wechat_oauth": True}
    return lambda **changes: make_platform_app(**(right | changes))


@pytest.fixture
def phone(make_app: Callable[..., Flask]) -> FlaskClient:
    return make_app().test_client()


def leads_to(phone: FlaskClient, path: str, headers: dict[str, str] = IN_WECHAT) -> str:
    answer = phone.get(path, headers=headers)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def asked_wechat(phone: FlaskClient, path: str = PAGE) -> str:
    """Open a page, be sent to WeChat, and give the address there."""
    sign_in = leads_to(phone, path)
    begin = leads_to(phone, sign_in)
    assert (urlsplit(sign_in).path, urlsplit(begin).path) == ("/admin/sign-in", "/admin/sign-in/wechat")
    return leads_to(phone, begin)


def answered(address: str, user: User) -> str:
    """Let WeChat answer, and give the path and query it leads back to."""
    answer = requests.get(address, cookies={"sim_openid": user.openid}, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/admin/sign-in/wechat/return"
    return f"{back.path}?{back.query}"


def form_after(phone: FlaskClient, path: str) -> tuple[str, str]:
    """Be led back to name and password, and give what is said there and which page is still in mind."""
    visitor = Visitor(phone.application)
    visitor.client = phone
    form = leads_to(phone, path)
    assert form.startswith("/admin/sign-in?")
    page = visitor._page(phone.get(form, headers=IN_WECHAT), 200, fragment=False)
    wanted = page.select_one("input[name=next]")
    assert wanted is not None
    assert page.select_one('a[href^="/admin/sign-in/wechat?"]'), "the other way in is no longer offered"
    assert page.select_one('a[href^="/admin/sign-in/scan"]') is None, "a phone cannot scan its own screen"
    return words_of(page.select_one(".alert")), str(wanted["value"])


def name_of_who_is_in(phone: FlaskClient) -> str:
    visitor = Visitor(phone.application)
    visitor.client = phone
    return words_of(visitor.get("/admin/notices").select_one(".rail-name"))


def test_bound_wechat_opens_the_page_of_a_link_without_a_password(
    phone: FlaskClient, holder: User, office: Office, database: Database, platform: Simulator
) -> None:
    with phone.session_transaction() as planted:
        planted["planted"] = "before signing in"
    back = answered(asked_wechat(phone), holder)

    assert leads_to(phone, back) == PAGE
    assert name_of_who_is_in(phone) == office.handler.name
    with phone.session_transaction() as session:
        assert "planted" not in session
    with database.reading() as reading:
        assert reading.get_one(Staff, office.handler.id).last_login_at is not None
    # WeChat opens addresses twice; the answer counts once.
    assert leads_to(phone, back) == PAGE
    assert leads_to(phone, f"/admin/sign-in/wechat?{urlencode({'next': PAGE})}") == PAGE
    assert len(platform.calls.find(path="/sns/oauth2/access_token")) == 1


def test_a_second_factor_is_asked_for_here_too(
    phone: FlaskClient, holder: User, office: Office, database: Database, now: datetime
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).totp_confirmed_at = now

    asked = leads_to(phone, answered(asked_wechat(phone), holder))

    assert urlsplit(asked).path == "/admin/sign-in/code"
    assert parse_qsl(urlsplit(asked).query) == [("next", PAGE)]
    assert "二次验证" in phone.get(asked, headers=IN_WECHAT).get_data(as_text=True)
    assert leads_to(phone, PAGE).startswith("/admin/sign-in?")


def test_answer_asked_for_by_another_browser_signs_nobody_in(
    make_app: Callable[..., Flask], holder: User, platform: Simulator
) -> None:
    mine, other = make_app().test_client(), make_app().test_client()
    back = answered(asked_wechat(mine), holder)

    assert urlsplit(leads_to(other, back)).path == "/admin/sign-in/wechat"
    assert platform.calls.find(path="/sns/oauth2/access_token") == []
    assert leads_to(other, "/admin/notices").startswith("/admin/sign-in?")


def test_question_older_than_ten_minutes_is_asked_again(
    phone: FlaskClient, holder: User, clock: time_machine.Traveller
) -> None:
    back = answered(asked_wechat(phone), holder)
    clock.shift(timedelta(minutes=10, seconds=1))

    assert urlsplit(leads_to(phone, back)).path == "/admin/sign-in/wechat"


def test_wechat_of_nobody_in_office_is_led_to_the_password(
    phone: FlaskClient, holder: User, office: Office, database: Database, platform: Simulator
) -> None:
    stranger = list(platform.state.users)[1]
    assert form_after(phone, answered(asked_wechat(phone), stranger)) == (
        "这个微信没有绑定可用的后台账号。请用密码登录；到「我的微信」里绑定后，下次不用输密码。",
        PAGE,
    )
    with database.transaction() as session:
        known = session.scalar(select(func.count(Person.id)).where(Person.openid == stranger.openid))
        assert known == 0, "somebody who only looked in is kept"
        session.get_one(Staff, office.handler.id).active = False

    said, _ = form_after(phone, answered(asked_wechat(phone), holder))
    assert said.startswith("这个微信没有绑定可用的后台账号。")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ({"kind": "errcode", "errcode": 48001}, "微信登录暂时不能用，请用密码登录。"),
        ({"kind": "errcode", "errcode": -1}, "微信没有应答，请再点一次「用微信登录」，或者用密码登录。"),
        ({"kind": "http_502"}, "微信没有应答，请再点一次「用微信登录」，或者用密码登录。"),
    ],
)
def test_trouble_at_wechat_leads_to_the_password(
    phone: FlaskClient, holder: User, platform: Simulator, trouble: dict[str, object], said: str
) -> None:
    back = answered(asked_wechat(phone), holder)
    platform.faults.add(path="/sns/oauth2/access_token", **trouble)  # type: ignore[arg-type]

    assert form_after(phone, back) == (said, PAGE)


def test_snapshot_of_the_page_signs_nobody_in(phone: FlaskClient, holder: User) -> None:
    holder.snapshot = True

    said, wanted = form_after(phone, answered(asked_wechat(phone), holder))
    assert said == "您看到的是微信的网页快照。请点屏幕下方的“使用完整服务”，或者用密码登录。"
    assert wanted == PAGE


def test_code_that_wechat_refuses_is_asked_for_anew_twice_and_no_more(
    phone: FlaskClient, holder: User, platform: Simulator
) -> None:
    address = asked_wechat(phone)
    for last in (False, False, True):
        back = dict(parse_qsl(urlsplit(answered(address, holder)).query)) | {"code": "stale"}
        begin = leads_to(phone, f"/admin/sign-in/wechat/return?{urlencode(back)}")
        if last:
            assert form_after(phone, begin) == ("没能通过微信确认您的身份，请用密码登录。", PAGE)
        else:
            address = leads_to(phone, begin)
    assert len(platform.calls.find(path="/sns/oauth2/access_token")) == 3


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/admin/", "/h5/complaints"])
def test_way_back_leads_to_an_admin_page_only(phone: FlaskClient, holder: User, elsewhere: str) -> None:
    address = leads_to(phone, f"/admin/sign-in/wechat?{urlencode({'next': elsewhere})}")

    assert leads_to(phone, answered(address, holder)) == "/admin/"


@pytest.mark.parametrize(
    ("headers", "changes", "asks"),
    [
        (ON_THE_PRETEND_PHONE, {}, True),
        (AT_A_DESK, {}, False),
        (IN_WECHAT | {"User-Agent": "wxwork/4.1 MicroMessenger/7.0.1"}, {}, False),
        (ON_THE_PRETEND_PHONE, {"wechat_open_base": "https://open.weixin.qq.com/"}, False),
        (IN_WECHAT, {"wechat_oauth": False}, False),
    ],
)
def test_only_a_phone_of_an_account_with_the_right_is_sent_to_wechat(
    make_app: Callable[..., Flask], headers: dict[str, str], changes: dict[str, object], asks: bool
) -> None:
    phone = make_app(**changes).test_client()
    answer = phone.get(f"/admin/sign-in?{urlencode({'next': PAGE})}", headers=headers)

    assert answer.status_code == (302 if asks else 200)
    assert (asks or "用微信登录" in answer.get_data(as_text=True)) is asks


def test_who_signed_out_on_a_phone_is_not_signed_in_at_once(phone: FlaskClient, holder: User) -> None:
    leads_to(phone, answered(asked_wechat(phone), holder))
    visitor = Visitor(phone.application)
    visitor.client = phone
    visitor.get("/admin/notices")
    form = visitor.send("/admin/sign-out")

    answer = phone.get(form, headers=IN_WECHAT)
    assert (answer.status_code, "用微信登录" in answer.get_data(as_text=True)) == (200, True)


@pytest.mark.usefixtures("holder")
def test_account_without_the_right_is_not_asked_by_hand_either(make_app: Callable[..., Flask]) -> None:
    phone = make_app(wechat_oauth=False).test_client()

    assert leads_to(phone, "/admin/sign-in/wechat") == "/admin/sign-in?next=/admin/&by=password"
