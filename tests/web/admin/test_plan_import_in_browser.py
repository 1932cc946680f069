"""The preview of a plan in a real browser: it appears by itself, and can be read on a phone."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from jobs.background import Background
from jobs.context import JobContext
from models.database import Database
from tests.support import plans
from tests.support.desk_browser import Desks, axe_problems, overflow
from tests.support.factories import Office
from web.parts import Parts

pytestmark = pytest.mark.browser


def test_preview_appears_and_can_be_settled_and_confirmed(
    desks: Desks, app: Flask, database: Database, office: Office, tmp_path: Path
) -> None:
    parts: Parts = app.extensions["banshishi"]
    context = JobContext(
        settings=parts.settings, database=database, client=parts.client, files=parts.file_store
    )
    plan = tmp_path / "方案.docx"
    plan.write_bytes(plans.as_document())
    page = desks.enter(office.admin.username, dark=True)
    page.goto("/admin/matters/import")
    assert axe_problems(page) == []
    page.set_input_files("#file", plan)
    page.click("text=上传并预览")
    expect(page.locator(".task-line")).to_contain_text("正在读取")
    assert Background(context).do_one()
    expect(page.locator(".plan-table tbody tr")).to_have_count(24, timeout=8000)
    assert axe_problems(page) == []

    for choice in page.locator("select[name^=unit-]").all():
        choice.select_option("new")
    page.click("text=按这样重新预览")
    assert Background(context).do_one()
    expect(page.locator("text=确认写入 24 项")).to_be_visible(timeout=8000)
    page.set_viewport_size({"width": 375, "height": 667})
    assert (axe_problems(page), overflow(page)) == ([], 0)
    page.click("text=确认写入 24 项")
    assert Background(context).do_one()
    expect(page.locator("text=新增 24 项")).to_be_visible(timeout=8000)
