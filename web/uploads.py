"""Photos that come with a form: read, checked and cleaned, then kept in the file store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request
from werkzeug.datastructures import FileStorage

from domain.errors import Invalid
from domain.photos import MAX_BYTES, CleanPhoto, clean_photo
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState
from web.parts import parts

FIELD = "attachments"
MOST_PHOTOS = 9


@dataclass(frozen=True)
class Upload:
    """A cleaned photo under the name it came with."""

    name: str
    photo: CleanPhoto


def read_photos() -> list[Upload]:
    """Read and clean the photos of this request's form; slow, so do it before the database is written to.

    Raises:
        Invalid: too many, too large, empty, or no photos at all; names the file at fault.
    """
    files = [file for file in request.files.getlist(FIELD) if file.filename]
    if len(files) > MOST_PHOTOS:
        raise Invalid(f"一次最多上传 {MOST_PHOTOS} 张照片，请分几次上传。", FIELD)
    return [_read(file) for file in files]


def read_photo(field: str) -> CleanPhoto | None:
    """Read and clean the one photo of a field of this request's form; None when none was chosen.

    Raises:
        Invalid: it is too large, empty, or no photo.
    """
    file = request.files.get(field)
    if file is None or not file.filename:
        return None
    return _read(file, field).photo


def _read(file: FileStorage, field: str = FIELD) -> Upload:
    name = (file.filename or "")[-60:]
    try:
        # One byte more than is allowed tells a file that is too large; no need to hold the rest.
        return Upload(name, clean_photo(file.stream.read(MAX_BYTES + 1)))
    except Invalid as refusal:
        raise Invalid(f"「{name}」：{refusal.message}", field) from refusal


def keep_photos(uploads: Sequence[Upload], *, now: datetime) -> list[Attachment]:
    """Put cleaned photos into the file store and give their rows, not yet tied to a complaint."""
    return [_keep(upload.photo, now) for upload in uploads]


def _keep(photo: CleanPhoto, now: datetime) -> Attachment:
    key = parts().file_store.save(photo.data, "jpg")
    return Attachment(
        kind=AttachmentKind.PHOTO,
        state=AttachmentState.STORED,
        purpose=AttachmentPurpose.REPORT,
        created_at=now,
        file_key=key,
        content_type=photo.content_type,
        size=len(photo.data),
    )
