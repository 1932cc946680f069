"""A student with a small phone follows what they raised, judges it, sets what they hear, and leaves."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from werkzeug.serving import make_server

from config.settings import Settings
from domain import access_links, queries
from domain.my_data_deletion import open_complaints
from models.database import Database
from models.enums import ComplaintStatus as S
from models.person import Person
from tests.support.desk_browser import axe_problems
from tests.support.factories import Factory, Office
from web.application import create_web

pytestmark = pytest.mark.browser

_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_TOUCHED = "a, button, summary, textarea, select, input:not([type=hidden]):not([type=radio])"
# A link within a sentence is as high as its line; a switch is touched by its label.
_IN_WORDS = "p:not(.gap):not(.back), dd, .plain-list li, .switch"
_TOO_SMALL = """([touched, inWords]) => [...document.querySelectorAll(touched)]
.filter((each) => each.checkVisibility() && !each.closest(inWords))
.map((each) => [each.textContent.trim() || each.name, each.getBoundingClientRect()])
.filter(([, box]) => box.height < 44).map(([words]) => words)"""


@pytest.fixture
def now() -> datetime:
    """The real moment: a browser cannot be told another."""
    return datetime.now(UTC)


@pytest.fixture
def phone(
    browser: Browser, make_settings: Callable[..., Settings], database: Database, office: Office
) -> Iterator[Page]:
    """A small phone, signed in as the student; every fault of its scripts fails the test."""
    app: Flask = create_web(make_settings(), database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    context = browser.new_context(
        viewport={"width": 375, "height": 667},
        base_url=f"http://127.0.0.1:{server.server_port}",
        has_touch=True,
    )
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    with database.transaction() as session:
        token = access_links.create_link(
            session, person=office.student, path="/h5/complaints", now=datetime.now(UTC)
        )
    page.goto(f"/h5/enter/{token}")
    page.wait_for_url("**/h5/complaints")
    yield page
    context.close()
    server.shutdown()
    assert faults == []


def follow(page: Page, link: Locator) -> None:
    """Press what leads to another page and wait for that page: a click alone returns on the old one."""
    with page.expect_navigation():
        link.click()


def look(page: Page) -> None:
    """Hold a page to what it owes every reader: by day and night, on the narrowest phone, in large type."""
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert axe_problems(page) == [], (page.url, scheme)
    page.set_viewport_size({"width": 320, "height": 568})
    assert page.evaluate("document.documentElement.scrollWidth") == 320, page.url
    assert page.evaluate(_TOO_SMALL, [_TOUCHED, _IN_WORDS]) == [], page.url
    page.evaluate("document.documentElement.style.fontSize = '150%'")
    assert page.evaluate("document.documentElement.scrollWidth") == 320, (page.url, "large type")
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": 375, "height": 667})
    page.emulate_media(color_scheme="light")


def test_student_follows_judges_sets_and_leaves(
    phone: Page, database: Database, office: Office, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        canteen = session.merge(office.canteen)
        number = factory.complaint(session, office, S.RESOLVED, service_point=canteen, now=now).number
        factory.complaint(session, office, S.IN_PROGRESS, now=now)
    phone.reload()
    look(phone)

    follow(phone, phone.get_by_role("link", name="待您评价"))
    expect(phone.locator(".bar-time")).to_have_count(4)
    look(phone)
    phone.get_by_text("复制链接").click()
    assert "/h5/p/" in phone.get_by_label("可以分享的链接").input_value()
    follow(phone, phone.get_by_role("link", name="评价办理结果"))
    phone.get_by_label("解决了", exact=True).check()
    phone.get_by_label("5 星 很满意").check()
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_role("heading", name="谢谢您的评价")).to_be_visible()

    pages = phone.get_by_role("navigation", name="主要页面")
    follow(phone, pages.get_by_role("link", name="我的", exact=False).last)
    look(phone)
    follow(phone, phone.get_by_role("link", name="隐私说明").first)
    look(phone)
    phone.go_back()
    follow(phone, phone.get_by_role("link", name="设置"))
    look(phone)
    phone.get_by_label("派给了谁").uncheck()
    phone.get_by_label("从", exact=True).fill("23:15")
    phone.get_by_role("button", name="保存").click()
    expect(phone.get_by_role("status")).to_have_text("已保存，马上生效。")
    expect(phone.get_by_label("派给了谁")).not_to_be_checked()
    expect(phone.get_by_label("从", exact=True)).to_have_value("23:15")

    phone.goto("/h5/my-data")
    look(phone)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="下载我的数据").click()
    assert download.value.suggested_filename.endswith(".zip")
    phone.evaluate("localStorage.setItem('banshishi:words:x', 'y')")
    follow(phone, phone.get_by_role("link", name="看看会删掉什么"))
    look(phone)
    phone.get_by_label("确定的话，请输入").fill("删除")
    phone.get_by_role("button", name="注销账号").click()
    expect(phone.get_by_role("heading", name="已注销")).to_be_visible()
    look(phone)
    assert phone.evaluate("localStorage.length") == 0
    answer = phone.goto(f"/h5/complaints/{number}")
    assert answer is not None
    assert answer.status == 401
    with database.reading() as session:
        assert queries.by_number(session, number).reporter_id is None
        assert open_complaints(session, session.get_one(Person, office.student.id)) == 0
