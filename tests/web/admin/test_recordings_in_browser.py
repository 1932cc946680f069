"""A voice message on the page of its complaint: it appears by itself, and a real browser plays it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from jobs.voice import playable_voice
from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, ComplaintStatus
from tests.support.desk_browser import Desks
from tests.support.factories import Office
from tests.support.recordings import film, tone
from web.parts import Parts

pytestmark = pytest.mark.browser
_PLAY = """async (player) => {
  player.muted = true;
  await player.play();
  return player.duration;
}"""


@pytest.fixture
def page(desks: Desks, office: Office) -> Page:
    """A browser in which the handler is signed in."""
    return desks.enter(office.handler.username)


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
