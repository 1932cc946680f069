"""A member of staff and their own phone: bound at the desk, told of an order, at work by its link."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect
from sqlalchemy import update

from config.settings import Settings
from domain.actors import Actor
from domain.handling import assign
from models.complaint import Complaint
from models.enums import ComplaintStatus, NoticeState
from models.notice import Notice
from models.person import ServiceWindow
from models.staff import Staff
from tests.e2e.product import Product, running_product
from tests.support.factories import Factory

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def product(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Product]:
    """Web, worker and platform, for an account that may ask who reads a page."""
    with running_product(make_settings, tmp_path, web_sign_in=True) as running:
        yield running


def _bind(desk: Page, phone: Page, product: Product) -> None:
    """Scan the code on the screen, and type the number that the chat tells."""
    desk.goto(f"{product.web}/admin/my-wechat")
    desk.get_by_label("用户名").fill("handler")
    desk.get_by_label("密码").fill(product.password)
    desk.get_by_role("button", name="登录").click()
    desk.get_by_label("登录密码").fill(product.password)
    desk.get_by_role("button", name="绑定微信").click()
    expect(desk.locator("#scan svg")).to_be_visible()
    phone.get_by_test_id("scan-open").click()
    phone.get_by_test_id("scan-item").filter(has_text="屏幕上的二维码").click()
    said = phone.locator("[data-testid=chat-item][data-from=account]").filter(has_text="数字：")
    expect(said).to_have_count(1, timeout=10_000)
    number = re.search(r"数字：(\d{4})", said.inner_text())
    assert number
    desk.get_by_label("公众号发给您的四位数字").fill(number[1])
    desk.get_by_role("button", name="绑定").click()
    expect(desk.get_by_role("heading", name="已绑定微信")).to_be_visible()


def _assigned_order(product: Product) -> str:
    """Have the desk give the handler an urgent order, which no quiet hours hold back; give its number."""
    now = datetime.now(UTC)
    with product.database.transaction() as session:
        # The scan's minute is over, so the account may write only by a template.
        session.execute(update(ServiceWindow).values(closes_at=now - timedelta(seconds=1)))
        order = Factory(now).complaint(session, product.office, text="一食堂后厨燃气味很重")
        handler = session.get_one(Staff, product.office.handler.id)
        desk = Actor.of_staff(product.office.dispatcher)
        assign(session, order, team=product.office.team, handler=handler, actor=desk, now=now)
        return order.number


def _widths(page: Frame) -> tuple[int, int]:
    """Give the width of the window and that of what is in it."""
    found: list[int] = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    return found[0], found[1]


def test_notice_leads_the_handler_to_the_order_on_their_phone_without_a_password(
    product: Product, phone: Page, desk: Page
) -> None:
    phone.goto(f"{product.phone}/?keyboard")
    phone.wait_for_selector("html[data-ready]")
    _bind(desk, phone, product)

    number = _assigned_order(product)
    card = phone.locator("[data-testid=chat-item][data-from=account] button.template").filter(has_text=number)
    card.last.click(timeout=20_000)
    # The platform told of the delivery before it answered the call, and still the notice knows.
    with product.database.reading() as session:
        told = session.query(Notice).filter_by(staff_id=product.office.handler.id).one()
        assert (told.state, told.delivered_at is not None) == (NoticeState.SENT, True)

    page = phone.frame_locator("[data-testid=frame]")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"诉求 {number}", timeout=10_000)
    frame = next(one for one in phone.frames if number in one.url)
    assert _widths(frame) == (375, 375)

    page.locator("[data-act=accept]").click()
    expect(page.locator("#sheet form.act-form")).to_be_visible()
    sheet = frame.evaluate("document.querySelector('#sheet').getBoundingClientRect().width")
    assert (sheet, _widths(frame)) == (375, (375, 375))
    page.locator("#sheet button[type=submit]").click()
    expect(page.locator(".story .badges")).to_contain_text("处理中")
    with product.database.reading() as session:
        order = session.query(Complaint).filter_by(number=number).one()
        assert (order.status, order.handler_id) == (ComplaintStatus.IN_PROGRESS, product.office.handler.id)
