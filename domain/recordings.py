"""Voice and video people send: told by what they hold, not by what they are called."""

from domain.errors import Invalid
from models.enums import AttachmentKind

MAX_BYTES = 12 * 1024 * 1024


def content_type_of(data: bytes, *, kind: AttachmentKind) -> tuple[str, str]:
    """Tell what a recording is.

    Returns:
        The content type and the file extension.

    Raises:
        Invalid: it is too large, or no recording of this kind.
    """
    if len(data) > MAX_BYTES:
        raise Invalid(f"{kind.label}不能超过 {MAX_BYTES // 1024 // 1024} MB。")
    found = _voice(data) if kind is AttachmentKind.VOICE else _video(data)
    if found is None:
        raise Invalid(f"{kind.label}的格式不支持。")
    return found


def _voice(data: bytes) -> tuple[str, str] | None:
    if data.startswith(b"#!AMR"):
        return "audio/amr", "amr"
    if data.startswith(b"OggS"):
        return "audio/ogg", "ogg"
    is_mp3 = data.startswith(b"ID3") or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0)
    return ("audio/mpeg", "mp3") if is_mp3 else None


def _video(data: bytes) -> tuple[str, str] | None:
    return ("video/mp4", "mp4") if data[4:8] == b"ftyp" else None
