"""The registry in a real browser: branches open when asked, and a preview follows its task by itself."""

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
from tests.support.campus import Campus, build_campus
from tests.support.factories import PASSWORD, Factory
from tests.support.workbooks import place_row, workbook
from web.parts import Parts

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def campus(database: Database, factory: Factory) -> Campus:
    """东校区 with a canteen and a building."""
    with database.transaction() as session:
        return build_campus(session, factory)


@pytest.fixture
def page(browser: Browser, app: Flask, campus: Campus) -> Iterator[Page]:
    """A browser in which a dispatcher is signed in; complaints of the browser fail the test."""
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
    page.fill("#username", campus.office.dispatcher.username)
    page.fill("#password", PASSWORD)
    page.click("button.btn-primary")
    expect(page.locator(".rail")).to_be_visible()
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


def test_branches_open_when_asked_and_an_import_is_seen_before_it_is_done(
    page: Page, app: Flask, database: Database, campus: Campus, tmp_path: Path
) -> None:
    page.goto("/admin/places")
    page.locator(".branch", has_text="东校区").locator("summary").click()
    expect(page.locator(".branches .branches .place-name")).to_have_text(["第二食堂", "3号楼"])
    assert problems(page) == []
    page.click("a.place-name:text('第二食堂')")
    assert problems(page) == []
    for address in (
        f"/admin/places/{campus.room.id}/edit",
        "/admin/places?lacking=team",
        "/admin/places/import",
    ):
        page.goto(address)
        assert problems(page) == []

    table = tmp_path / "服务点.xlsx"
    rows = [place_row(名称="西校区", 类型="校区"), place_row(名称="", 类型="校区")]
    table.write_bytes(workbook(rows))
    page.set_input_files("#file", table)
    page.click("text=上传并预览")
    expect(page.locator(".task-line")).to_contain_text("马上开始")
    parts: Parts = app.extensions["banshishi"]
    context = JobContext(
        settings=parts.settings, database=database, client=parts.client, files=parts.file_store
    )
    assert Background(context).do_one()
    expect(page.locator(".tab").first).to_have_text("有误 1", timeout=8000)
    assert problems(page) == []
    page.click("text=确认导入 1 行")
    assert Background(context).do_one()
    page.goto("/admin/places")
    expect(page.locator(".tree > .branch > .place-line > .place-name").last).to_have_text("西校区")
