"""From choosing places to the file in hand, in a real browser: the page of the task follows by itself."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from jobs.background import Background
from jobs.context import JobContext
from models.database import Database
from tests.support.factories import PASSWORD, Office
from tests.support.reading_codes import codes_in, pages_of
from web.parts import Parts

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def page(browser: Browser, app: Flask, office: Office) -> Iterator[Page]:
    """A browser in which an administrator is signed in; complaints of the browser fail the test."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    said: list[str] = []
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{server.server_port}", locale="zh-CN", reduced_motion="reduce"
    )
    page = context.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.goto("/admin/sign-in")
    page.fill("#username", office.admin.username)
    page.fill("#password", PASSWORD)
    page.click("button.btn-primary")
    page.wait_for_url("**/admin/")
    page.goto("/admin/inbox")
    yield page
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert said == []


def problems(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found["violations"]]


def test_ticked_places_become_a_file_with_their_codes(
    page: Page, app: Flask, database: Database, office: Office, tmp_path: Path
) -> None:
    parts: Parts = app.extensions["banshishi"]
    page.goto("/admin/places/codes", wait_until="networkidle")
    drawn = "images => images.every(image => image.naturalWidth > 0)"
    assert page.eval_on_selector_all(".codes-layout img", drawn)
    assert problems(page) == []
    page.check(f"input[name=places][value='{office.hall.id}']")
    expect(page.locator("[data-scope-ticked]")).to_be_checked()
    page.click("text=门牌")
    page.click("text=生成文件")
    expect(page.locator(".task-line")).to_contain_text("马上开始")
    expect(page.locator(".rail .count-calm")).to_have_text("1")
    assert problems(page) == []

    files, client = parts.file_store, parts.client
    context = JobContext(settings=parts.settings, database=database, client=client, files=files)
    assert Background(context).do_one()

    link = page.locator("text=下载「")
    expect(link).to_be_visible(timeout=8000)
    assert problems(page) == []
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.startswith("二维码 门牌 1个 ")
    path = tmp_path / "codes.pdf"
    download.value.save_as(path)
    [code] = codes_in(next(pages_of(path)))
    assert code.text == f"{parts.settings.base_url}h5/p/{office.hall.code}"
    expect(page.locator(".rail .count-calm")).to_have_count(0, timeout=8000)
