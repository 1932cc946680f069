"""From choosing places to the file in hand, in a real browser: the page of the task follows by itself."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from jobs.background import Background
from jobs.context import JobContext
from models.database import Database
from tests.support.desk_browser import Desks, axe_problems
from tests.support.factories import Office
from tests.support.reading_codes import codes_in, pages_of
from web.parts import Parts

pytestmark = pytest.mark.browser


def test_ticked_places_become_a_file_with_their_codes(
    desks: Desks, app: Flask, database: Database, office: Office, tmp_path: Path
) -> None:
    page = desks.enter(office.admin.username)
    parts: Parts = app.extensions["banshishi"]
    page.goto("/admin/places/codes", wait_until="networkidle")
    drawn = "images => images.every(image => image.naturalWidth > 0)"
    assert page.eval_on_selector_all(".codes-layout img", drawn)
    assert axe_problems(page) == []
    page.check(f"input[name=places][value='{office.hall.id}']")
    expect(page.locator("[data-scope-ticked]")).to_be_checked()
    page.click("text=门牌")
    page.click("text=生成文件")
    expect(page.locator(".task-line")).to_contain_text("马上开始")
    expect(page.locator(".rail .count-calm")).to_have_text("1")
    assert axe_problems(page) == []

    files, client = parts.file_store, parts.client
    context = JobContext(settings=parts.settings, database=database, client=client, files=files)
    assert Background(context).do_one()

    link = page.locator("text=下载「")
    expect(link).to_be_visible(timeout=8000)
    assert axe_problems(page) == []
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.startswith("二维码 门牌 1个 ")
    path = tmp_path / "codes.pdf"
    download.value.save_as(path)
    [code] = codes_in(next(pages_of(path)))
    assert code.text == f"{parts.settings.base_url}h5/p/{office.hall.code}"
    expect(page.locator(".rail .count-calm")).to_have_count(0, timeout=8000)
