"""A voice note that comes with the form: recorded by WeChat and fetched from there, or by the browser."""

import re
from collections.abc import Sequence

from flask import request

from domain.errors import Invalid
from domain.recordings import MAX_BYTES, content_type_of
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from web.clock import now
from web.parts import parts

FIELD = "voice"
MEDIA_FIELD = "voice_media"
# As WeChat names what `uploadVoice` has put there for three days.
_MEDIA_ID = re.compile(r"[\w-]{10,200}", re.ASCII)


def has_voice() -> bool:
    """Tell whether this request's form brings a voice note."""
    file = request.files.get(FIELD)
    return bool(file is not None and file.filename) or bool(_MEDIA_ID.fullmatch(_media_id()))


def _media_id() -> str:
    return request.form.get(MEDIA_FIELD, "")


def check_voice() -> tuple[bytes, str] | None:
    """Read the recording of this form, if it brings one itself.

    Returns:
        The whole file and its extension.

    Raises:
        Invalid: it is empty, too large, or no recording; at the field `voice`.
    """
    file = request.files.get(FIELD)
    if file is None or not file.filename:
        return None
    data = file.stream.read(MAX_BYTES[AttachmentKind.VOICE] + 1)
    try:
        _, extension = content_type_of(data, kind=AttachmentKind.VOICE)
    except Invalid as refusal:
        raise Invalid(f"{refusal.message}请重新录一段，或写成文字。", FIELD) from refusal
    return data, extension


def keep_voice(recording: tuple[bytes, str] | None) -> Sequence[Attachment]:
    """Give the row of a voice note; the worker fetches it, and makes of it what every browser plays."""
    media_id = _media_id()
    if recording is not None:
        key = parts().file_store.save(*recording)
        return [_waiting(file_key=key, size=len(recording[0]))]
    return [_waiting(media_id=media_id)] if _MEDIA_ID.fullmatch(media_id) else []


def _waiting(*, media_id: str = "", file_key: str = "", size: int = 0) -> Attachment:
    moment = now()
    return Attachment(
        kind=AttachmentKind.VOICE,
        state=AttachmentState.PENDING,
        media_id=media_id,
        file_key=file_key,
        size=size,
        created_at=moment,
        next_attempt_at=moment,
    )
