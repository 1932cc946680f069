"""The registry in a real browser: branches open when asked, and a preview follows its task by itself."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from jobs.background import Background
from jobs.context import JobContext
from models.database import Database
from tests.support.campus import Campus, build_campus
from tests.support.desk_browser import Desks, axe_problems
from tests.support.factories import Factory
from tests.support.workbooks import place_row, workbook
from web.parts import Parts

pytestmark = pytest.mark.browser


@pytest.fixture
def campus(database: Database, factory: Factory) -> Campus:
    """东校区 with a canteen and a building."""
    with database.transaction() as session:
        return build_campus(session, factory)


def test_branches_open_when_asked_and_an_import_is_seen_before_it_is_done(
    desks: Desks, app: Flask, database: Database, campus: Campus, tmp_path: Path
) -> None:
    page = desks.enter(campus.office.dispatcher.username)
    page.goto("/admin/places")
    page.locator(".branch", has_text="东校区").locator("summary").click()
    expect(page.locator(".branches .branches .place-name")).to_have_text(["第二食堂", "3号楼"])
    assert axe_problems(page) == []
    page.click("a.place-name:text('第二食堂')")
    assert axe_problems(page) == []
    for address in (
        f"/admin/places/{campus.room.id}/edit",
        "/admin/places?lacking=team",
        "/admin/places/import",
    ):
        page.goto(address)
        assert axe_problems(page) == []

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
    assert axe_problems(page) == []
    page.click("text=确认导入 1 行")
    assert Background(context).do_one()
    page.goto("/admin/places")
    expect(page.locator(".tree > .branch > .place-line > .place-name").last).to_have_text("西校区")
