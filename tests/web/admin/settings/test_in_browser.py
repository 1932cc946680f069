"""The settings in a real browser: a day of the calendar on a phone, a bubble drawn while one types."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from tests.support.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("office")]
AXE = Path(__file__).resolve().parents[4] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    "",
    "/teams",
    "/categories",
    "/calendar?day=2026-11-27",
    "/safety-words",
    "/answers/new",
    "/replies/new",
)


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


def test_administrator_sets_a_day_on_the_phone_and_sees_an_answer_as_it_will_look(
    browser: Browser, address: str
) -> None:
    said: list[str] = []
    context = browser.new_context(
        base_url=address, viewport={"width": 375, "height": 740}, reduced_motion="reduce", locale="zh-CN"
    )
    page = context.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda note: said.append(note.text) if "Content Security" in note.text else None)
    page.goto("/admin/sign-in")
    page.fill("#username", "admin")
    page.fill("#password", PASSWORD)
    page.click("button.btn-primary")
    page.wait_for_url("**/admin/")
    page.goto("/admin/inbox")

    page.goto("/admin/settings/calendar?year=2026")
    page.click('a[href$="day=2026-12-25"]')
    expect(page.locator("#day-title")).to_have_text("2026年12月25日 周五")
    expect(page.locator("#day")).to_be_in_viewport()
    expect(page).to_have_url(f"{address}/admin/settings/calendar?day=2026-12-25")
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

    for path in PAGES:
        page.goto(f"/admin/settings{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.evaluate(AXE.read_text("utf-8"))
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found = [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in result["violations"]]
        assert found == [], path
    context.close()
    assert said == []
