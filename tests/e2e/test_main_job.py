"""The main job from chat to close-out, in two browser windows: a student's phone and an office desk."""

import os
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, FrameLocator, Page, expect
from sqlalchemy import select

from models.complaint import Complaint
from models.enums import ComplaintStatus
from models.rating import Rating
from tests.e2e.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WORRY = "三号窗口的饭是凉的，排队半小时"
SHOTS = os.environ.get("E2E_PICTURES")


def _photo(colour: str) -> FilePayload:
    picture = Image.new("RGB", (800, 600), colour)
    ImageDraw.Draw(picture).ellipse((250, 150, 550, 450), fill="white")
    data = BytesIO()
    picture.save(data, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def _shoot(page: Page, name: str) -> None:
    """Keep a picture to look at, where somebody asked for them."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")


def _heard(phone: Page, words: str, *, after: int = 0) -> None:
    """Wait until the account has said something new in the chat."""
    said = phone.locator("[data-testid=chat-item][data-from=account]").filter(has_text=words)
    expect(said).to_have_count(after + 1, timeout=20_000)


def _say(phone: Page, words: str) -> None:
    phone.get_by_test_id("message-input").fill(words)
    phone.get_by_test_id("send-button").click()


def _sign_in(desk: Page, product: Product, username: str) -> None:
    desk.context.clear_cookies()
    desk.goto(f"{product.web}/admin/")
    desk.get_by_label("用户名").fill(username)
    desk.get_by_label("密码").fill(product.password)
    desk.get_by_role("button", name="登录").click()
    expect(desk).to_have_url(re.compile("/admin/$"))


def _wait_for_photo(desk: Page) -> None:
    """The worker fetches photos from the platform; until then the page says so."""
    photo = desk.locator("img[src*='/admin/attachments/']")
    for _ in range(20):
        if photo.count():
            return
        desk.wait_for_timeout(500)
        desk.reload()
    expect(photo.first).to_be_visible()


def _act(desk: Page, step: str) -> None:
    """Open the form of an act on the complaint's page."""
    button = desk.locator(f"[data-act={step}]")
    if not button.is_visible():
        desk.locator(".act-more summary").click()
    button.click()
    expect(desk.locator("#sheet form.act-form")).to_be_visible()


def _submit(desk: Page) -> None:
    desk.locator("#sheet button[type=submit]").click()
    expect(desk.locator("#sheet")).not_to_be_visible()


def _resolve(desk: Page, words: str, colour: str) -> None:
    _act(desk, "resolve")
    desk.locator("#sheet [name=words]").fill(words)
    desk.locator("#sheet").get_by_label("已解决").check()
    desk.locator("#sheet input[type=file]").set_input_files([_photo(colour)])
    confirm = desk.locator("#sheet [name=confirmed]")
    if confirm.count():
        confirm.check()
    _submit(desk)


def _open_last_link(phone: Page) -> FrameLocator:
    phone.locator("[data-testid=chat-item][data-from=account] a").last.click()
    return phone.frame_locator("[data-testid=frame]")


def _rate(phone: Page, *, solved: bool, stars: int) -> None:
    page = _open_last_link(phone)
    page.get_by_role("link", name=re.compile("评价")).first.click()
    page.locator("label.choice-yes" if solved else "label.choice-no").click()
    page.locator(f"label.star:has(input[value='{stars}'])").click()
    _shoot(phone, f"rating-{stars}")
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("h1")).not_to_have_text("评价办理结果")
    _shoot(phone, f"rated-{stars}")
    phone.get_by_test_id("frame-close").click()


def _status(product: Product) -> tuple[ComplaintStatus, int]:
    with product.database.reading() as session:
        complaint = session.scalars(select(Complaint)).one()
        return complaint.status, complaint.round


def _student_submits(phone: Page, product: Product) -> None:
    """Scan the code at the canteen window, write, add a photo and submit."""
    phone.get_by_test_id("scan-open").click()
    phone.locator(f"[data-testid=scan-item][data-scene='{product.scene_of('canteen')}']").click()
    _heard(phone, "一食堂 3 号窗口")
    _say(phone, WORRY)
    _heard(phone, "1 提交")
    phone.get_by_test_id("photo-input").set_input_files([_photo("firebrick")])
    _heard(phone, "照片")
    _shoot(phone, "chat-draft")
    _say(phone, "1")
    _heard(phone, "编号")
    _shoot(phone, "chat-receipt")


def test_a_complaint_goes_from_chat_to_close_out_and_back_once(
    product: Product, phone: Page, desk: Page
) -> None:
    phone.goto(f"{product.phone}/?keyboard")
    phone.wait_for_selector("html[data-ready]")

    _student_submits(phone, product)

    # The desk names a handler; the handler accepts, answers, and resolves with an after-photo.
    _sign_in(desk, product, "dispatcher")
    desk.goto(f"{product.web}/admin/inbox?tab=all")
    _shoot(desk, "inbox")
    desk.locator("[data-rows] [data-href]").filter(has_text=WORRY).locator("a").first.click()
    _shoot(desk, "complaint-fresh")
    _wait_for_photo(desk)
    _act(desk, "assign")
    desk.locator("#sheet [name=team]").select_option(str(product.office.team.id))
    desk.locator("#sheet [name=handler]").select_option(str(product.office.handler.id))
    _shoot(desk, "assign-sheet")
    _submit(desk)
    complaint_page = desk.url
    _heard(phone, "诉求已派单")

    _sign_in(desk, product, "handler")
    desk.goto(complaint_page)
    _act(desk, "accept")
    _submit(desk)
    _act(desk, "progress")
    desk.locator("#sheet [name=words]").fill("师傅已到场，正在更换保温设备。")
    _submit(desk)
    _heard(phone, "正在更换保温设备")
    _resolve(desk, "已更换保温设备，并加开一个窗口。", "seagreen")
    _heard(phone, "请评价")
    _shoot(desk, "resolved")
    _shoot(phone, "chat-notices")

    # Two stars send it back; the second answer earns five, and it is closed.
    _rate(phone, solved=False, stars=2)
    _heard(phone, "重新办理")
    assert _status(product) == (ComplaintStatus.IN_PROGRESS, 2)

    desk.reload()
    _resolve(desk, "又检查了一遍，更换了加热管，已试餐。", "royalblue")
    _heard(phone, "请评价", after=1)
    _rate(phone, solved=True, stars=5)
    _heard(phone, "已销号")
    assert _status(product) == (ComplaintStatus.CLOSED, 2)
    desk.reload()
    expect(desk.get_by_text("已销号").first).to_be_visible()
    _shoot(desk, "closed")

    with product.database.reading() as session:
        ratings = session.execute(select(Rating.round, Rating.stars).order_by(Rating.round)).all()
    assert [tuple(row) for row in ratings] == [(1, 2), (2, 5)]
