"""Photos and recordings of a complaint, for its people."""

from functools import lru_cache
from io import BytesIO

from flask import Blueprint, send_file
from werkzeug.wrappers import Response

from domain.actors import Actor
from domain.disclosure import follower_may_open
from domain.errors import NotFound
from domain.permissions import may_see
from domain.thumbnails import thumbnail
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import AttachmentKind, AttachmentState
from models.person import Person
from web.database_session import current_session
from web.guards import current_person
from web.h5.frame import phone_blueprint
from web.parts import parts

_LARGEST_ID = 2**31 - 1
_SHOWN_IN_PAGE = ("image/", "audio/", "video/")
_NONE = "没有找到这张照片。"

blueprint: Blueprint = phone_blueprint("h5_attachments", __name__)


@blueprint.get("/attachments/<int:attachment_id>")
def attachment(attachment_id: int) -> Response:
    """Send one file, in parts if the browser asks for parts."""
    found = _find(attachment_id)
    shown = found.content_type.startswith(_SHOWN_IN_PAGE) and "svg" not in found.content_type
    content_type = found.content_type if shown else "application/octet-stream"
    return _answer(found, parts().file_store.read(found.file_key), content_type, is_download=not shown)


@blueprint.get("/attachments/<int:attachment_id>/small")
def small(attachment_id: int) -> Response:
    """Send a small picture of a photo: a row of nine costs a phone less than one of them whole."""
    found = _find(attachment_id)
    if found.kind is not AttachmentKind.PHOTO:
        raise NotFound(_NONE)
    return _answer(found, _thumbnail(found.file_key), "image/jpeg")


@lru_cache(maxsize=256)
def _thumbnail(key: str) -> bytes:
    return thumbnail(parts().file_store.read(key))


def _find(attachment_id: int) -> Attachment:
    session = current_session()
    found = session.get(Attachment, attachment_id) if attachment_id <= _LARGEST_ID else None
    complaint = session.get(Complaint, found.complaint_id) if found and found.complaint_id else None
    if found is None or complaint is None or not _may_open(found, complaint, current_person()):
        raise NotFound(_NONE)
    return found


def _answer(found: Attachment, data: bytes, content_type: str, *, is_download: bool = False) -> Response:
    answer = send_file(
        BytesIO(data),
        mimetype=content_type,
        as_attachment=is_download,
        download_name=f"{found.id}-{found.file_key.rsplit('/', 1)[-1]}",
        conditional=True,
    )
    # Kept files never change under one id; who has stopped following may look at it for these minutes still.
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _may_open(found: Attachment, complaint: Complaint, person: Person) -> bool:
    if found.state is not AttachmentState.STORED or not found.file_key or not found.public:
        return False
    if not may_see(current_session(), complaint, Actor.of_person(person)):
        return False
    return complaint.reporter_id == person.id or follower_may_open(found)
