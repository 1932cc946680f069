"""A bulletin in real browsers: written at one desk, published at another, read on a phone."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from domain import complaints
from domain.actors import Actor
from models.database import Database
from models.enums import ComplaintStatus as S
from tests.support.desk_browser import Desks, axe_problems, overflow
from tests.support.factories import Factory, Office

pytestmark = pytest.mark.browser


def _is_fine(page: Page) -> None:
    assert axe_problems(page) == []
    assert overflow(page) <= 0


def _on_board(database: Database, office: Office, factory: Factory) -> None:
    """Solve three, judged with five stars, and release the last."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        place = session.merge(office.canteen)
        for _ in range(3):
            made = factory.complaint(session, office, S.CLOSED, now=now, service_point=place)
        words = {"public_text": "高峰时排队太久。", "public_answer": "已加开两个窗口。"}
        complaints.publish(session, made, **words, actor=Actor.of_staff(office.dispatcher), now=now)


def test_a_bulletin_goes_from_one_desk_over_another_to_a_phone(
    desks: Desks, database: Database, office: Office, factory: Factory
) -> None:
    _on_board(database, office, factory)
    desk = desks.enter("dispatcher")
    desk.click("nav >> text=通报")
    desk.click("main >> text=新建通报 >> nth=0")
    desk.check("text=本月")
    desk.click("text=统计数字，开始编写")
    _is_fine(desk)
    # What is typed is kept in passing, and no button loses it.
    desk.fill("#text-next", "下月起高峰加开窗口。")
    expect(desk.locator("#kept")).to_contain_text("已保存")
    desk.fill("#text-good", "办得快的有：")
    desk.locator(".suggestions button").first.click()
    expect(desk.locator(".bulletin-case h3")).to_contain_text("饮食服务中心")
    expect(desk.locator("#text-good")).to_have_value("办得快的有：")
    desk.locator("textarea[name$=comment]").fill("值得学习。")
    desk.locator("section:has(#part-areas) [name=part]").uncheck()
    expect(desk.locator("#text-areas")).to_be_hidden()
    desk.click("text=重新统计")
    desk.click("text=确定重新统计")
    expect(desk.locator("#text-next")).to_have_value("下月起高峰加开窗口。")
    desk.click("text=提交审批")
    expect(desk.locator(".bulletin-side")).to_contain_text("要由另一位同事审批发布")

    other = desks.enter("leader", width=375, height=667, dark=True)
    other.goto("/admin/bulletins")
    _is_fine(other)
    other.locator(".bulletin-list a").click()
    expect(other.frame_locator(".phone").locator(".case-comment")).to_contain_text("值得学习。")
    assert overflow(other) <= 0
    other.click("text=同意，发布")
    expect(other.locator(".bulletin-side")).to_contain_text("第1期")

    phone = desks.open(width=375, height=667)
    phone.goto("/h5/board")
    phone.click("text=通报")
    phone.locator(".bulletin-row").click()
    expect(phone.locator("h1")).to_contain_text("师生诉求办理情况通报")
    expect(phone.locator(".bulletin-numbers")).to_contain_text("比上期多 3 件")
    expect(phone.locator("#part-areas")).to_have_count(0)
    phone.locator(".chart").first.scroll_into_view_if_needed()
    drawn = "image => image.complete && image.naturalWidth"
    phone.wait_for_function(f"() => ({drawn})(document.querySelector('.chart img'))")
    assert phone.locator(".chart img").first.evaluate("image => image.naturalWidth") == 1080
    phone.click("text=走势的数据")
    _is_fine(phone)
    phone.emulate_media(color_scheme="dark")
    _is_fine(phone)
    assert desks.said == []
