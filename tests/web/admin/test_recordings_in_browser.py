"""A voice message on the page of its complaint: it appears by itself, and a real browser plays it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from jobs.voice import playable_voice
from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, ComplaintStatus
from tests.support.browser import LAUNCH_ARGUMENTS, find_browser
from tests.support.factories import PASSWORD, Office
from tests.support.recordings import film, tone
from web.parts import Parts

pytestmark = pytest.mark.browser
_PLAY = """async (player) => {
  player.muted = true;
  await player.play();
  return player.duration;
}"""


@pytest.fixture
def page(app: Flask, office: Office) -> Iterator[Page]:
    """A browser in which the handler is signed in; complaints of the browser fail the test."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=LAUNCH_ARGUMENTS)
        page = browser.new_page(base_url=f"http://127.0.0.1:{server.server_port}", locale="zh-CN")
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda line: said.append(line.text) if "Content Security" in line.text else None)
        page.goto("/admin/sign-in")
        page.fill("#username", office.handler.username)
        page.fill("#password", PASSWORD)
        page.click("button.btn-primary")
        page.wait_for_url("**/admin/")
        page.goto("/admin/inbox")
        yield page
        browser.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert said == []


def test_recordings_appear_by_themselves_and_play(
    page: Page,
    app: Flask,
    database: Database,
    file: Callable[..., Complaint],
    now: datetime,
) -> None:
    parts: Parts = app.extensions["banshishi"]
    complaint = file(ComplaintStatus.IN_PROGRESS)
    rows = [
        Attachment(
            complaint_id=complaint.id,
            kind=kind,
            state=AttachmentState.PENDING,
            created_at=now,
            media_id="media",
            next_attempt_at=now,
        )
        for kind in (AttachmentKind.VOICE, AttachmentKind.VIDEO)
    ]
    with database.transaction() as session:
        event_id = session.get_one(Complaint, complaint.id).events[0].id
        for row in rows:
            row.event_id = event_id
            session.add(row)
    page.goto(f"/admin/complaints/{complaint.number}")
    expect(page.locator(".story .attachment")).to_contain_text(["语音下载中", "视频下载中"])
    voice = playable_voice(tone(1.5), "amr")
    assert voice is not None
    with database.transaction() as session:
        for row, data, extension, content_type in zip(
            rows, (voice.data, film()), ("mp3", "mp4"), ("audio/mpeg", "video/mp4"), strict=True
        ):
            stored = session.get_one(Attachment, row.id)
            stored.state, stored.next_attempt_at = AttachmentState.STORED, None
            stored.file_key = parts.file_store.save(data, extension)
            stored.content_type, stored.size = content_type, len(data)
    expect(page.locator(".story audio")).to_have_count(1, timeout=8000)
    expect(page.locator(".story .attachment")).to_have_count(2)
    assert 1.4 <= page.locator(".story audio").evaluate(_PLAY) <= 1.7
    assert page.locator(".story video").evaluate(_PLAY) == pytest.approx(0.5, abs=0.1)
    expect(page.locator("[hx-trigger='load delay:3s']")).to_have_count(0)
