"""Photos on a phone whose network goes and comes: a real browser against the pages over HTTP."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from config.settings import Settings
from domain import access_links
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind, UploadState
from models.enums import ComplaintStatus as S
from models.pending_upload import PendingUpload
from tests.support.desk_browser import axe_problems, served
from tests.support.factories import Factory, Office
from tests.support.photo_files import heic, jpeg
from web.application import create_web

pytestmark = pytest.mark.browser


@pytest.fixture
def now() -> datetime:
    """The real moment: a browser cannot be told another."""
    return datetime.now(UTC)


@pytest.fixture
def number(database: Database, office: Office, factory: Factory) -> str:
    with database.transaction() as session:
        return factory.complaint(session, office, S.IN_PROGRESS).number


@pytest.fixture
def page(
    browser: Browser, make_settings: Callable[..., Settings], database: Database, office: Office, number: str
) -> Iterator[Page]:
    """The student's phone, at the form to add to their complaint."""
    with served(create_web(make_settings(), database)) as address:
        context = browser.new_context(
            viewport={"width": 375, "height": 812}, base_url=address, has_touch=True, reduced_motion="reduce"
        )
        faults: list[str] = []
        phone = context.new_page()
        phone.on("pageerror", lambda error: faults.append(str(error)))
        with database.transaction() as session:
            path = f"/h5/complaints/{number}"
            token = access_links.create_link(session, person=office.student, path=path, now=datetime.now(UTC))
        phone.goto(f"/h5/enter/{token}")
        phone.wait_for_url(f"**{path}")
        phone.get_by_text("补充情况").click()
        yield phone
        context.close()
        assert faults == []


def states(page: Page) -> list[str]:
    return page.eval_on_selector_all(".photo-chosen", "items => items.map(each => each.dataset.state)")


def picture_of(page: Page, name: str) -> None:
    """Keep a picture of the page, if somebody wants to look at it."""
    if folder := os.environ.get("PICTURES"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            form = page.locator("form:has(#supplement-photos)")
            form.screenshot(path=Path(folder) / f"{name}-{scheme}.png")


def test_photos_survive_a_lost_network_and_a_lost_answer(page: Page, database: Database) -> None:
    lost: list[str] = []

    def lose_one_answer(route: Route) -> None:
        if lost:
            return route.fallback()
        lost.append(route.request.url)
        route.fetch()  # it has arrived; only the answer does not come back
        return route.abort()

    page.route("**/chunks", lose_one_answer)
    field = page.locator("#supplement-photos")
    submit = page.get_by_role("button", name="提交补充")
    large = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": jpeg(1700, noise=True)} for n in "123"]
    with page.expect_response("**/chunks"):
        field.set_input_files(large)
    page.context.set_offline(True)
    expect(page.locator("[data-photo-note]")).to_have_text("网络不通，恢复后会接着传。")
    assert axe_problems(page) == []
    picture_of(page, "offline")
    submit.click()
    expect(page.get_by_role("button", name="等照片传完……")).to_be_disabled()
    expect(page.locator("[data-photo-note]")).to_have_text("网络不通，恢复后会接着传。传完就自动提交。")
    # Offline nothing is lost, and nothing was sent.
    page.context.set_offline(False)

    # It goes by itself once all have come; a form without words is fine, there are photos.
    expect(page.locator(".said")).to_have_text("已收到您的补充，会马上转给经办人。")
    assert lost
    with database.reading() as session:
        photos = session.scalars(select(Attachment)).all()
        assert [each.content_type for each in photos] == ["image/jpeg"] * 3
        assert set(session.scalars(select(PendingUpload.state))) == {UploadState.USED}


def test_photos_are_there_after_one_of_them_a_reload_and_the_form_were_refused(
    page: Page, database: Database
) -> None:
    field = page.locator("#supplement-photos")
    submit = page.get_by_role("button", name="提交补充")
    svg = {"name": "x.svg", "mimeType": "image/svg+xml", "buffer": b"<svg><script>alert(1)</script></svg>"}
    field.set_input_files([svg, {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": heic()}])
    expect(page.locator("[data-photo-note]")).to_have_text("有 1 张没有传上，请去掉后再提交。")
    assert states(page) == ["refused", "ready"]
    expect(page.locator(".photo-chosen").nth(1).get_by_role("img")).to_be_visible()
    assert axe_problems(page) == []
    picture_of(page, "refused")
    submit.click()
    page.get_by_role("button", name="去掉第 1 张照片").click()
    expect(page.locator("[data-photo-note]")).to_have_text("")
    page.reload()
    page.get_by_text("补充情况").click()
    expect(page.locator(".photo-chosen")).to_have_count(1)
    page.locator("#supplement-words").evaluate("box => { box.removeAttribute('maxlength'); }")
    page.locator("#supplement-words").fill("长" * 6000)
    submit.click()
    expect(page.locator("#supplement-error")).to_contain_text("文字太长")
    assert states(page) == ["ready"]
    page.locator("#supplement-words").fill("看照片")
    picture_of(page, "ready")
    page.get_by_role("button", name="提交补充").click()
    expect(page.locator(".said")).to_be_visible()
    page.get_by_text("补充情况").click()
    expect(page.locator(".photo-chosen")).to_have_count(0)
    with database.reading() as session:
        assert [each.kind for each in session.scalars(select(Attachment))] == [AttachmentKind.PHOTO]
