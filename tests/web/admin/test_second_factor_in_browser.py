"""A new colleague's first day in a real browser: the link, the password, the phone, the codes on paper."""

from datetime import datetime, timedelta

import pyotp
import pytest
import time_machine
from playwright.sync_api import Page, expect

from tests.support.desk_browser import Desks, axe_problems
from tests.support.factories import PASSWORD, Office

pytestmark = pytest.mark.browser
GOOD = "quiet-river-stone-42"


def _sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/admin/sign-in")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def _with_clipboard(page: Page) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


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
    desks: Desks, office: Office, clock: time_machine.Traveller, now: datetime
) -> None:
    del office
    link = _invite(_with_clipboard(desks.open()))
    page = desks.open(width=375, height=800)
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
    assert (_width(page), axe_problems(page)) == (375, [])
    page.get_by_label("输入验证器显示的六位数字").fill(authenticator.at(now))
    page.get_by_role("button", name="开启").click()
    paper = page.locator("#codes code").all_inner_texts()
    assert (len(paper), _width(page)) == (10, 375)

    def come_back() -> None:
        page.context.clear_cookies()
        _sign_in(page, "liuyang", GOOD)
        expect(page.get_by_role("heading", name="二次验证")).to_be_visible()
        assert (_width(page), axe_problems(page)) == (375, [])

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
