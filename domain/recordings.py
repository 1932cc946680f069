"""Voice and video people send: told by what they hold, not by what they are called."""

from domain.errors import Invalid
from models.enums import AttachmentKind

MAX_BYTES = {AttachmentKind.VOICE: 2 * 1024 * 1024, AttachmentKind.VIDEO: 20 * 1024 * 1024}
# WeChat ends a recording after 60 seconds; the last frames may go over.
MAX_SECONDS = 61
# What every browser in use plays by itself.
PLAYABLE = frozenset({"audio/mpeg", "audio/mp4", "audio/wav", "video/mp4"})
# A recording that could not be made playable is kept under this type, to be downloaded.
AS_IT_CAME = "application/octet-stream"

_SPEEX = "audio/x-speex-with-header-byte"
# A film has its index and its pictures; one without has been cut short.
_NEEDED_BOXES = frozenset({b"moov", b"mdat"})


def content_type_of(data: bytes, *, kind: AttachmentKind, named: str = "") -> tuple[str, str]:
    """Tell what a recording is.

    Args:
        data: the whole file.
        kind: voice or video.
        named: the content type it came with; asked only where the file itself does not say.

    Returns:
        The content type and the file extension.

    Raises:
        Invalid: it is too large, cut short, or no recording of this kind.
    """
    if len(data) > MAX_BYTES[kind]:
        raise Invalid(f"{kind.label}不能超过 {MAX_BYTES[kind] // 1024 // 1024} MB。")
    found = _voice(data, named) if kind is AttachmentKind.VOICE else _video(data)
    if found is None:
        raise Invalid(f"{kind.label}的格式不支持。")
    return found


def is_voice(data: bytes) -> bool:
    """Tell whether a file says of itself that it is a recording of sound."""
    return _voice(data, "") is not None


def _voice(data: bytes, named: str) -> tuple[str, str] | None:
    if data.startswith(b"#!AMR"):
        return "audio/amr", "amr"
    if data.startswith(b"OggS"):
        return "audio/ogg", "ogg"
    if data.startswith(b"\x1aE\xdf\xa3"):  # what browsers record: WebM, or MP4 on iPhones
        return "audio/webm", "webm"
    if data[4:8] == b"ftyp" and _handles(data, b"soun") and not _handles(data, b"vide"):
        return "audio/mp4", "m4a"
    if named == _SPEEX and _is_speex(data):
        return _SPEEX, "speex"
    is_mp3 = data.startswith(b"ID3") or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0)
    return ("audio/mpeg", "mp3") if is_mp3 else None


def _handles(data: bytes, kind: bytes) -> bool:
    """Tell whether an MP4 has a track of sound (soun) or of pictures (vide)."""
    return b"hdlr" + bytes(8) + kind in data


def _is_speex(data: bytes) -> bool:
    """Tell whether these are frames of speex, each behind a byte with its length, as WeChat's pages send."""
    at = 0
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return 0 < at == len(data)


def _video(data: bytes) -> tuple[str, str] | None:
    if data[4:8] != b"ftyp":
        return None
    if _NEEDED_BOXES - _boxes(data):
        raise Invalid("视频不完整或已损坏，请重新发送。")
    return "video/mp4", "mp4"


def _boxes(data: bytes) -> set[bytes]:
    """Name the outermost boxes of an MP4 that are there in full.

    https://developer.apple.com/documentation/quicktime-file-format/atoms
    """
    names = set()
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        if size == 1:  # the true size, in eight bytes, follows the name
            size = int.from_bytes(data[at + 8 : at + 16])
        elif size == 0:  # up to the end of the file
            size = len(data) - at
        if size < 8 or at + size > len(data):
            break
        names.add(data[at + 4 : at + 8])
        at += size
    return names
