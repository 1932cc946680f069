"""A matter's whole way in real browsers: from ticked complaints to the close-out, its push, and back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from domain import access_links, matter_clock
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from models.matter import Matter
from models.person import Person
from models.push import PushRun
from models.service_point import ServicePoint
from tests.support.desk_browser import Desks
from tests.support.factories import Factory, Office
from tests.support.pushes import wants_pushes, write_all
from web.clock import now

pytestmark = pytest.mark.browser
File = Callable[..., Complaint]
S = ComplaintStatus


def _act(page: Page, act: str, words: str, photo: bytes = b"", **fields: str) -> None:
    """Open the form of an act of the matter, fill it in, and send it; a photo goes before its form."""
    page.goto(f"/admin/matters/B-2026-0001/acts/{act}")
    page.locator("#words").fill(words)
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    if photo:
        page.set_input_files("#act-photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo})
        expect(page.locator(".photo-chosen[data-state=ready]")).to_be_visible()
    page.locator(".act-buttons button").click()
    expect(page.locator(".flash")).to_be_visible()


def _pushed(desk: Page, desks: Desks, database: Database, friend: Person) -> Page:
    """Let the desk approve the push of the close-out and the worker write it; give the phone that got it."""
    desk.goto("/admin/pushes")
    desk.click("text=去看内容、批准")
    desk.click("text=看过了，批准推送")
    expect(desk.locator("#push-state")).to_contain_text("正在写入收件人")
    with database.transaction() as session:
        write_all(session, session.scalars(select(PushRun)).one(), now=now())
        token = access_links.create_link(session, person=friend, path="/h5/notices", now=now())
    phone = desks.open(width=375, height=720)
    phone.goto(f"/h5/enter/{token}")
    return phone


def test_three_complaints_become_a_matter_that_is_refused_accepted_pushed_and_comes_back(
    desks: Desks, file: File, office: Office, database: Database, factory: Factory, photo: bytes
) -> None:
    for text in ("饭菜是凉的", "晚上的菜凉了", "打到的汤是冷的"):
        file(S.IN_PROGRESS, text=text, service_point=office.canteen)
    with database.transaction() as session:
        wants_pushes(session, office.friend, now=factory.now)
    desk = desks.enter("dispatcher")
    desk.goto("/admin/inbox?tab=all")
    for tick in desk.locator("input[name=pick]").all():
        tick.check()
    desk.get_by_role("button", name="列为办实事").click()
    expect(desk.locator("h1")).to_have_text("列为办实事")
    desk.fill("#title", "食堂窗口保温")
    desk.fill("#goal", "饭菜不低于 60 度")
    desk.fill("#deadline", "2026-12-20")
    desk.locator("form.record-form .act-buttons button").click()
    expect(desk.locator("h1")).to_have_text("食堂窗口保温")

    handler, leader = desks.enter("handler"), desks.enter("leader")
    _act(handler, "start", "开始")
    _act(handler, "progress", "保温台已到货")
    _act(handler, "submit", "装好两台", no_photo_reason="设备在后厨")
    _act(leader, "refuse", "还有一个窗口没有装")
    _act(handler, "submit", "三台都装好了", photo)
    _act(leader, "accept", "实测 65 度")

    phone = _pushed(desk, desks, database, office.friend)
    phone.click("text=办结：食堂窗口保温")
    expect(phone.locator("h1")).to_have_text("食堂窗口保温")
    expect(phone.locator("#compare-title")).to_have_text("整改后")
    steps = ["验收销号", "申请销号", "退回整改", "申请销号", "反馈进展", "启动", "立项"]
    expect(phone.locator(".record-title")).to_have_text(steps)

    _come_back(database, factory, office, factory.now + timedelta(days=2))
    leader.goto("/admin/matters?view=relapsed")
    leader.locator(".ledger a.number").click()
    expect(leader.locator(".request strong")).to_have_text("疑似反弹")
    _act(leader, "reopen", "又有三件新诉求")
    expect(leader.locator("#linked-title")).to_have_text("关联诉求（6）")
    leader.goto("/admin/matters/board")
    expect(leader.locator(".board-column").nth(1).locator(".board-card a")).to_have_text("食堂窗口保温")


def _come_back(database: Database, factory: Factory, office: Office, later: datetime) -> None:
    """Let three complaints about the same come in, and the clock look."""
    with database.transaction() as session:
        place: Any = session.get_one(ServicePoint, office.canteen.id)
        for _ in range(3):
            factory.complaint(session, office, now=later, service_point=place)
        found = session.scalars(select(Matter)).one()
        assert matter_clock.turn(session, found.id, now=later + timedelta(hours=1)) == ["relapse"]
