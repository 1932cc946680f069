"""Files of complaints: only for those who may see the complaint, and never run by a browser."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, ComplaintStatus
from tests.support.pages import Visitor
from web.parts import Parts

SignedIn = Callable[[str], Visitor]


@pytest.fixture
def attach(
    app: Flask, database: Database, file: Callable[..., Complaint], now: datetime
) -> Callable[..., str]:
    """Keep a file with a complaint at work, and give its address."""

    def make(data: bytes = b"data", content_type: str = "image/jpeg", **changes: object) -> str:
        parts: Parts = app.extensions["banshishi"]
        complaint = file(ComplaintStatus.IN_PROGRESS)
        values = {
            "complaint_id": complaint.id,
            "kind": AttachmentKind.PHOTO,
            "state": AttachmentState.STORED,
            "created_at": now,
            "file_key": parts.file_store.save(data, "jpg"),
            "content_type": content_type,
            "size": len(data),
        }
        with database.transaction() as session:
            row = Attachment(**(values | changes))
            session.add(row)
            session.flush()
            return f"/admin/attachments/{row.id}"

    return make


def test_a_photo_is_sent_to_who_may_see_the_complaint(
    signed_in: SignedIn, attach: Callable[..., str], photo: bytes
) -> None:
    answer = signed_in("handler").client.get(attach(photo))

    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/jpeg", photo)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=600"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_part_of_a_recording_is_sent_when_asked_for(
    signed_in: SignedIn, attach: Callable[..., str]
) -> None:
    address = attach(b"0123456789", "audio/mpeg")

    answer = signed_in("handler").client.get(address, headers={"Range": "bytes=2-4"})

    assert (answer.status_code, answer.data) == (206, b"234")


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/pdf"])
def test_what_a_browser_might_run_is_only_downloaded(
    signed_in: SignedIn, attach: Callable[..., str], content_type: str
) -> None:
    answer = signed_in("handler").client.get(attach(b"<script>", content_type))

    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_another_team_and_strangers_get_nothing(
    signed_in: SignedIn, attach: Callable[..., str], visitor: Visitor
) -> None:
    address = attach()

    signed_in("outsider").get(address, status=404)
    assert visitor.leads_to(address) == f"/admin/sign-in?next={address}"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": AttachmentState.PENDING},
        {"complaint_id": None},
        {"file_key": "00/00/" + "0" * 28 + ".jpg"},
        {"file_key": "../../etc/passwd"},
        {"kind": AttachmentKind.LOCATION, "file_key": ""},
    ],
)
def test_what_is_not_there_is_not_found(
    signed_in: SignedIn, attach: Callable[..., str], changes: dict[str, object]
) -> None:
    signed_in("handler").get(attach(**changes), status=404)


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999"])
@pytest.mark.usefixtures("office")
def test_a_number_that_is_nobodys_is_not_found(signed_in: SignedIn, number: str) -> None:
    signed_in("dispatcher").get(f"/admin/attachments/{number}", status=404)
