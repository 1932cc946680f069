"""A push in real browsers: planned beside its preview, approved by another, and watched while it goes out."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from domain import push_sending
from models.database import Database
from models.enums import NoticeChannel, NoticeState
from models.notice import Notice
from models.push import PushRun
from tests.support.desk_browser import Desks, axe_problems, overflow
from tests.support.factories import Office
from tests.support.pushes import crowd, something_to_tell, write_all
from web.clock import now

pytestmark = pytest.mark.browser


def _is_fine(page: Page) -> None:
    assert axe_problems(page) == []
    assert overflow(page) <= 0


def test_a_push_is_planned_beside_its_preview_approved_and_watched(
    desks: Desks, database: Database, office: Office
) -> None:
    moment = now()
    with database.transaction() as session:
        something_to_tell(session, office, now=moment)
        crowd(session, [f"oCrowd{number:022d}" for number in range(9)], now=moment)
    desk = desks.enter("dispatcher")
    desk.goto("/admin/pushes")
    desk.click("text=新建推送 >> nth=0")
    preview = desk.locator("#push-preview")
    expect(preview).to_contain_text("新列入清单：食堂窗口保温")
    expect(preview).to_contain_text("每周一 9:00")
    desk.check("[name=when][value=monthly]")
    desk.uncheck("[name=month_days][value='1']")
    expect(preview.locator(".alert")).to_have_text("请选择每月几号。")
    desk.locator("[name=month_days][value='0']").press("Space")
    expect(preview).to_contain_text("每月最后一天 9:00")
    desk.check("[name=kind][value=matter]")
    expect(desk.locator("#subject-matter")).to_be_visible()
    desk.check("[name=kind][value=digest]")
    expect(desk.locator("#subject-matter")).to_be_hidden()
    _is_fine(desk)
    desk.check("[name=when][value=now]")
    expect(desk.locator("#title")).to_be_hidden()
    desk.click("text=提出，请同事批准")
    expect(desk.locator("#push-state")).to_contain_text("这是您提出的，请另一位同事批准")

    leader = desks.enter("leader", width=375, height=740, dark=True)
    leader.goto("/admin/pushes")
    _is_fine(leader)
    leader.click("text=去看内容、批准")
    _is_fine(leader)
    leader.click("text=看过了，批准推送")
    state = leader.locator("#push-state")
    expect(state).to_contain_text("正在写入收件人")
    with database.transaction() as session:
        run = session.scalars(select(PushRun)).one()
        write_all(session, run, now=moment)
    expect(state).to_contain_text("3 / 9（33%）")
    _is_fine(leader)
    with database.transaction() as session:
        pending = update(Notice).where(Notice.state == NoticeState.PENDING)
        session.execute(pending.values(state=NoticeState.SENT, channel=NoticeChannel.CUSTOM))
        assert push_sending.finish(session, run.id, now=moment)
    expect(state).to_contain_text("已完成")
    expect(state).to_contain_text("发到微信：客服消息")
    expect(leader.locator("#push-state[hx-get]")).to_have_count(0)
