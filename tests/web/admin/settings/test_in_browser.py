"""The settings in a real browser: a day of the calendar on a phone, a bubble drawn while one types."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.desk_browser import Desks, axe_problems, overflow

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("office")]


def test_administrator_sets_a_day_on_the_phone_and_sees_an_answer_as_it_will_look(
    desks: Desks,
) -> None:
    page = desks.enter("admin", width=375, height=740)

    page.goto("/admin/settings/calendar?year=2026")
    page.click('a[href$="day=2026-12-25"]')
    expect(page.locator("#day-title")).to_have_text("2026年12月25日 周五")
    expect(page.locator("#day")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"/admin/settings/calendar\?day=2026-12-25$"))
    page.check('#day input[value="rest"]')
    page.fill("#note", "校运会")
    page.click("text=保存这一天")
    expect(page.locator(".flash")).to_contain_text("2026-12-25 已保存")
    expect(page.locator('a[href$="day=2026-12-25"].day-rest.day-edited').first).to_be_visible()

    page.goto("/admin/settings/answers/new")
    page.fill("#word", "校车")
    page.fill("#answer", "七点一班\n八点一班")
    expect(page.locator(".phone-chat .bubble").last).to_have_text("七点一班\n八点一班", use_inner_text=True)
    expect(page.locator(".template-side .form-hint")).to_have_text("还可以写约 625 个汉字。")

    page.goto("/admin/settings/calendar?day=2026-11-27")
    assert (overflow(page), axe_problems(page)) == (0, [])
