"""Files of complaints: only for those who may see the complaint, and never run by a browser."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, ComplaintStatus
from tests.support.factories import Office
from tests.support.file_links import signed
from tests.support.pages import Visitor
from web import file_answers
from web.parts import Parts

SignedIn = Callable[[str], Visitor]


@pytest.fixture
def attach(
    app: Flask, database: Database, office: Office, file: Callable[..., Complaint], now: datetime
) -> Callable[..., str]:
    """Keep a file with a complaint at work, and give its address as it stands on the handler's page."""

    def make(
        data: bytes = b"data",
        content_type: str = "image/jpeg",
        *,
        reader: str = "handler",
        small: bool = False,
        **changes: object,
    ) -> str:
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
            address = f"/admin/attachments/{row.id}{'/small' if small else ''}"
            return signed(app, address, getattr(office, reader))

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


def test_a_large_film_is_read_as_it_is_sent_and_closed_after(
    signed_in: SignedIn, attach: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_answers, "_LARGE", 9)
    address = attach(b"0123456789", "video/mp4", kind=AttachmentKind.VIDEO)
    client = signed_in("handler").client
    with client.get(address, headers={"Range": "bytes=0-1"}) as first:
        assert (first.status_code, first.data) == (206, b"01")
        assert first.headers["Content-Range"] == "bytes 0-1/10"
        assert first.content_type == "video/mp4"
        tag = first.headers["ETag"]
    with client.get(address, headers={"Range": "bytes=-3"}) as end:
        assert (end.status_code, end.data) == (206, b"789")
    with client.get(address) as whole:
        assert (whole.status_code, whole.data, whole.content_length) == (200, b"0123456789", 10)
    # Nothing is read here, so nothing would close the file later: an open one fails this test.
    assert client.head(address).status_code == 200
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(address, headers={"Range": "bytes=20-"}).status_code == 416


def test_a_part_that_is_not_there_is_refused(signed_in: SignedIn, attach: Callable[..., str]) -> None:
    address = attach(b"0123456789", "audio/mpeg")

    answer = signed_in("handler").client.get(address, headers={"Range": "bytes=20-"})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */10"


def test_a_file_that_the_browser_has_is_not_sent_again(
    signed_in: SignedIn, attach: Callable[..., str], photo: bytes
) -> None:
    address = attach(photo)
    client = signed_in("handler").client
    tag = client.get(address).headers["ETag"]

    again = client.get(address, headers={"If-None-Match": tag})
    asked = client.head(address)

    assert (again.status_code, again.data) == (304, b"")
    assert (asked.status_code, asked.data, asked.content_length) == (200, b"", len(photo))
    assert asked.headers["Accept-Ranges"] == "bytes"


def test_a_small_picture_is_for_photos_and_for_the_same_people(
    signed_in: SignedIn, attach: Callable[..., str]
) -> None:
    output = BytesIO()
    Image.new("RGB", (1600, 1200), "green").save(output, "JPEG")
    address = attach(output.getvalue(), small=True)
    sound = attach(b"x", "audio/mpeg", kind=AttachmentKind.VOICE, small=True)

    answer = signed_in("handler").client.get(address)

    assert Image.open(BytesIO(answer.data)).size == (640, 480)
    assert (
        answer.headers["ETag"]
        != signed_in("handler").client.get(address.replace("/small", "")).headers["ETag"]
    )
    signed_in("outsider").get(attach(output.getvalue(), small=True, reader="outsider"), status=404)
    signed_in("handler").get(sound, status=404)


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/pdf", "audio/amr"])
def test_what_a_browser_might_run_is_only_downloaded(
    signed_in: SignedIn, attach: Callable[..., str], content_type: str
) -> None:
    answer = signed_in("handler").client.get(attach(b"<script>", content_type))

    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''%E7%85%A7%E7%89%87" in answer.headers["Content-Disposition"]


def test_another_team_and_strangers_get_nothing(
    signed_in: SignedIn, attach: Callable[..., str], visitor: Visitor
) -> None:
    signed_in("outsider").get(attach(reader="outsider"), status=404)
    address = attach()
    assert visitor.leads_to(address) == f"/admin/sign-in?next={address.replace('t=', 't%3D')}"


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
def test_a_number_that_is_nobodys_is_not_found(
    app: Flask, office: Office, signed_in: SignedIn, number: str
) -> None:
    address = signed(app, f"/admin/attachments/{number}", office.dispatcher)
    signed_in("dispatcher").get(address, status=404)


def test_a_document_is_fetched_by_a_name_that_is_only_a_name(
    signed_in: SignedIn, attach: Callable[..., str]
) -> None:
    name = "../plan\nSet-Cookie: a=b\u202efdp.pdf"  # browsers may write it so: filename*=UTF-8''..%0A..
    address = attach(b"%PDF-1.7", "application/pdf", kind=AttachmentKind.DOCUMENT, name=name)

    answer = signed_in("handler").client.get(address)

    assert (answer.status_code, answer.data) == (200, b"%PDF-1.7")
    assert "plan Set-Cookie: a=bfdp.pdf" in answer.headers["Content-Disposition"]
    assert "Set-Cookie" not in answer.headers
