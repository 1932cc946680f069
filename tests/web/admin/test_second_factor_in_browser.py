"""A new colleague's first day in a real browser: the link, the password, the phone, the codes on paper."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Thread

import pyotp
import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.support.factories import PASSWORD, Office

pytestmark = pytest.mark.browser
GOOD = "quiet-river-stone-42"
OpenPage = Callable[[int], Page]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application, served on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Open a browser of one's own; what it complains of fails the test."""
    said: list[str] = []
    contexts = []

    def make(width: int) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 800},
            locale="zh-CN",
            reduced_motion="reduce",
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda line: said.append(line.text) if "Content Security" in line.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert said == []


def _sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/admin/sign-in")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def _is_in(page: Page) -> None:
    expect(page.get_by_role("link", name="跳到正文")).to_be_attached()


def _invite(admin: Page) -> str:
    """Invite a dispatcher, copy the link, and give its path."""
    _sign_in(admin, "admin", PASSWORD)
    _is_in(admin)
    admin.goto("/admin/settings/staff/new")
    admin.get_by_label("用户名").fill("liuyang")
    admin.get_by_label("姓名").fill("刘洋")
    admin.get_by_label("受理员").check()
    admin.get_by_role("button", name="生成邀请链接").click()
    admin.get_by_role("button", name="复制链接").click()
    expect(admin.get_by_role("button", name="已复制")).to_be_visible()
    copied: str = admin.evaluate("navigator.clipboard.readText()")
    assert copied == admin.get_by_label("链接", exact=True).input_value()
    return copied.removeprefix("http://127.0.0.1:8000")


def _width(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def test_invited_colleague_sets_up_the_phone_and_comes_back_with_code_and_paper(
    open_page: OpenPage, office: Office, clock: time_machine.Traveller, now: datetime
) -> None:
    del office
    link = _invite(open_page(1366))
    page = open_page(375)
    page.goto(link)
    assert _width(page) == 375
    page.get_by_label("密码", exact=True).fill(GOOD)
    page.get_by_label("再输一次密码").fill(GOOD)
    page.get_by_role("button", name="设置密码并登录").click()
    _is_in(page)

    page.goto("/admin/security")
    page.get_by_label("登录密码").fill(GOOD)
    page.get_by_role("button", name="开始设置").click()
    page.get_by_text("不能扫码，手工输入密钥").click()
    authenticator = pyotp.TOTP("".join(page.locator(".secret-letters span").all_inner_texts()))
    assert _width(page) == 375
    page.get_by_label("输入验证器显示的六位数字").fill(authenticator.at(now))
    page.get_by_role("button", name="开启").click()
    paper = page.locator("#codes code").all_inner_texts()
    assert (len(paper), _width(page)) == (10, 375)

    def come_back() -> None:
        page.context.clear_cookies()
        _sign_in(page, "liuyang", GOOD)
        expect(page.get_by_role("heading", name="二次验证")).to_be_visible()
        assert _width(page) == 375

    clock.move_to(later := now + timedelta(minutes=1))
    come_back()
    page.get_by_label("验证码").fill(authenticator.at(later))
    page.get_by_role("button", name="登录").click()
    _is_in(page)

    for leads_in in (True, False):
        come_back()
        page.get_by_role("link", name="手机不在身边，用恢复码").click()
        page.get_by_label("恢复码").fill(paper[0].lower())
        page.get_by_role("button", name="登录").click()
        if leads_in:
            expect(page.locator("#messages")).to_contain_text("还剩 9 个")
        else:
            expect(page.get_by_role("alert")).to_contain_text("恢复码不对、已经用过")
