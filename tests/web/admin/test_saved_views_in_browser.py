"""Searching, keeping the list as a view and sharing it, in a real browser."""

import os
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from domain import complaints
from domain.actors import Actor
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from tests.support.desk_browser import Desks
from tests.support.factories import Office

pytestmark = pytest.mark.browser
S = ComplaintStatus


@pytest.fixture
def enter(desks: Desks) -> Callable[[str], Page]:
    """Open a browser in which somebody is signed in and looks at the inbox."""

    def make(username: str) -> Page:
        page = desks.enter(username)
        page.goto("/admin/inbox")
        return page

    return make


def test_a_search_is_kept_as_a_view_and_a_colleague_opens_it(
    enter: Callable[[str], Page],
    file: Callable[..., Complaint],
    office: Office,
    database: Database,
    now: datetime,
) -> None:
    ours = file(S.IN_PROGRESS, text="二楼空调漏水 <b>很久</b>", contact_phone="13922038001")
    file(text="宿舍空调太吵", service_point=office.hall)
    with database.transaction() as session:
        complaint = session.get_one(Complaint, ours.id)
        handler = Actor.of_staff(office.handler)
        complaints.reply(session, complaint, words="空调师傅下午到", actor=handler, now=now)

    desk = enter("dispatcher")
    desk.fill("#q", "空调 8001")
    desk.press("#q", "Enter")
    expect(desk.locator("tbody tr")).to_have_count(1)
    expect(desk.locator("tbody mark")).to_have_text(["空调", "空调", "8001"])
    expect(desk.locator(".words")).to_have_text("二楼空调漏水 <b>很久</b>")
    expect(desk.locator(".hit")).to_have_text(["答复空调师傅下午到", "联系方式139****8001"])

    desk.fill("#q", "空调")
    desk.press("#q", "Enter")
    expect(desk.locator("tbody tr")).to_have_count(2)
    desk.locator("th.head-number a").click()
    desk.locator("th.head-number a").click()
    expect(desk.locator("th.head-number")).to_have_attribute("aria-sort", "ascending")
    expect(desk.locator("tbody tr .number").first).to_have_text(ours.number)
    desk.get_by_text("列", exact=True).click()
    desk.get_by_role("checkbox", name="来源").check()
    desk.get_by_role("button", name="应用").click()
    expect(desk.locator("thead th")).to_have_text(["编号", "诉求", "来源", "责任单位", "状态", "时限"])
    desk.get_by_text("保存为视图").click()
    desk.get_by_role("textbox", name="名称").fill("空调的事")
    desk.get_by_role("checkbox", name="共享给同事").check()
    if folder := os.environ.get("PICTURES"):
        desk.screenshot(path=f"{folder}/views_saving.png")
    desk.get_by_role("button", name="保存", exact=True).click()
    expect(desk.locator(".view-link[aria-current]")).to_have_text("空调的事")

    team = enter("handler")
    team.get_by_role("link", name="空调的事").click()
    expect(team.locator("tbody .number")).to_have_text([ours.number])
    expect(team.locator("thead th")).to_have_text(["编号", "诉求", "来源", "责任单位", "状态", "时限"])
    expect(team.locator("tbody mark").first).to_have_text("空调")
