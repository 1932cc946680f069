"""Files of complaints as browsers get them. Who may have one is for the page to decide that calls this."""

from functools import lru_cache
from io import SEEK_END, BytesIO
from typing import BinaryIO

from flask import Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from domain.errors import NotFound
from domain.file_names import safe_name
from domain.recordings import PLAYABLE
from domain.thumbnails import thumbnail
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from web.parts import parts

# Anything else is only ever downloaded: what a browser might run must not run as one of our pages.
_SHOWN = PLAYABLE | {"image/jpeg", "image/png", "image/gif", "image/webp"}
_DOWNLOAD = "application/octet-stream"
_LARGE = 4 * 1024 * 1024


def has_file(attachment: Attachment) -> bool:
    """Tell whether there is a file to send."""
    return attachment.state is AttachmentState.STORED and bool(attachment.file_key)


def file_answer(attachment: Attachment) -> Response:
    """Send the file of an attachment, or the part of it that is asked for.

    Players on iPhones play nothing that does not come in parts.

    Raises:
        NotFound: the file is gone.
    """
    shown = attachment.content_type in _SHOWN
    return _answer(
        attachment,
        _opened(attachment.file_key),
        attachment.content_type if shown else _DOWNLOAD,
        is_download=not shown,
    )


def small_answer(attachment: Attachment) -> Response:
    """Send a small picture of a photo: a row of nine costs less than one of them whole.

    Raises:
        NotFound: it is no photo, or its file is gone.
    """
    if attachment.kind is not AttachmentKind.PHOTO:
        raise NotFound("没有找到这张照片。")
    return _answer(attachment, BytesIO(_thumbnail(attachment.file_key)), "image/jpeg", size="small")


def jpeg_answer(data: bytes) -> Response:
    """Send a picture of ours that is no attachment, and never changes under its address."""
    answer = Response(data, mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@lru_cache(maxsize=256)
def _thumbnail(key: str) -> bytes:
    return thumbnail(parts().file_store.read(key))


def _opened(key: str) -> BinaryIO:
    """Give what is small at once, so that a slow phone keeps no file open; what is large is read as sent."""
    file = parts().file_store.open(key)
    if file.seek(0, SEEK_END) > _LARGE:
        return file
    with file:
        file.seek(0)
        return BytesIO(file.read())


def _name(attachment: Attachment) -> str:
    """Name a file as its sender did; how it ends is told by what it holds."""
    ending = "." + attachment.file_key.rpartition(".")[2]
    name = safe_name(attachment.name, longest=120) or f"{attachment.kind.label}{attachment.id}"
    return name if name.lower().endswith(ending) else name + ending


def _answer(
    attachment: Attachment,
    file: BinaryIO,
    content_type: str,
    *,
    is_download: bool = False,
    size: str = "whole",
) -> Response:
    answer = send_file(
        file,
        mimetype=content_type,
        as_attachment=is_download,
        download_name=_name(attachment),
        conditional=False,
    )
    # Kept files never change under one id; who may see them can, so not for long, and for this browser alone.
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.set_etag(f"{attachment.id}-{size}")
    length = file.seek(0, SEEK_END)
    file.seek(0)
    answer.content_length = length
    try:
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=length)
    except RequestedRangeNotSatisfiable:
        answer.close()
        return Response(status=416, headers={"Content-Range": f"bytes */{length}"})
    if request.method == "HEAD" or answer.status_code == 304:
        file.close()  # nothing will read it
    return answer
