"""Uploaded and received files.

https://developers.weixin.qq.com/doc/subscription/api/material/temporary/api_uploadtempmedia.html
https://developers.weixin.qq.com/doc/subscription/api/material/temporary/api_getmedia.html
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from flask import Response

from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint
from simulator.state import Media

# kind: (greatest size in bytes, endings)
_UPLOADS: dict[str, tuple[int, frozenset[str]]] = {
    "image": (10 << 20, frozenset({"png", "jpeg", "jpg", "gif", "bmp"})),
    "voice": (2 << 20, frozenset({"amr", "mp3"})),
    "video": (10 << 20, frozenset({"mp4"})),
    "thumb": (64 << 10, frozenset({"jpg", "jpeg"})),
}
_ARTICLE_IMAGE_BYTES = 1 << 20
_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "amr": "audio/amr",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
}


@dataclass(frozen=True)
class Upload:
    """A file as it came, of an allowed kind, ending and size."""

    kind: str
    filename: str
    content_type: str
    content: bytes


def _uploaded(call: Call) -> tuple[str, str, bytes]:
    file = call.files.get("media")
    if file is None or not file.filename:
        raise ApiError(41005)
    content = file.stream.read()
    if not content:
        raise ApiError(44002)
    return file.filename, PurePosixPath(file.filename).suffix.lstrip(".").lower(), content


def read_upload(call: Call) -> Upload:
    """Return the file that is uploaded, of the kind that the query names.

    Raises:
        ApiError: 40004 no such kind, 41005 no file, 44002 an empty one, 40005 its ending,
            40006 or 40009 its size.
    """
    kind = call.query.get("type", "")
    if kind not in _UPLOADS:
        raise ApiError(40004)
    limit, endings = _UPLOADS[kind]
    filename, ending, content = _uploaded(call)
    if ending not in endings:
        raise ApiError(40005)
    if len(content) > limit:
        raise ApiError(40009 if kind == "image" else 40006)
    return Upload(kind, filename, _TYPES[ending], content)


def upload_media(call: Call) -> Answer:
    """Keep a file for three days."""
    upload = read_upload(call)
    media = call.simulator.media.save(
        upload.content, kind=upload.kind, filename=upload.filename, content_type=upload.content_type
    )
    name = "thumb_media_id" if upload.kind == "thumb" else "media_id"
    return {"type": upload.kind, name: media.media_id, "created_at": int(media.created_at)}


def get_media(call: Call) -> Answer:
    """The bytes of a file; of a video only an address."""
    media_id = call.query.get("media_id", "")
    if not media_id:
        raise ApiError(41006)
    media = call.simulator.media.find_live(media_id)
    content = call.simulator.media.content(media_id) if media else None
    # Permanent material is asked for at another address.
    if media is None or content is None or media.expires_at is None:
        raise ApiError(40007)
    if media.kind in {"video", "shortvideo"}:
        return {"video_url": call.simulator.media.url(media_id)}
    return file_response(media, content)


def file_response(media: Media, content: bytes) -> Response:
    """Return the bytes as a file with its name."""
    response = Response(content, content_type=media.content_type)
    name = quote(media.filename, safe="") if not media.filename.isascii() else media.filename
    response.headers["Content-disposition"] = f'attachment; filename="{name}"'
    return response


def upload_article_image(call: Call) -> Answer:
    """Keep a picture for articles, for ever; it has an address and no media id."""
    filename, ending, content = _uploaded(call)
    if ending not in {"jpg", "jpeg", "png"}:
        raise ApiError(40005)
    if len(content) > _ARTICLE_IMAGE_BYTES:
        raise ApiError(40009)
    media = call.simulator.media.save(
        content, kind="image", filename=filename, content_type=_TYPES[ending], permanent=True
    )
    return {"url": call.simulator.media.url(media.media_id)}


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/media/upload", upload_media, body="form"),
    Endpoint("GET", "/cgi-bin/media/get", get_media),
    Endpoint("POST", "/cgi-bin/media/uploadimg", upload_article_image, body="form"),
)
