"""Recordings, told by what they hold."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.recordings import MAX_BYTES, content_type_of
from models.enums import AttachmentKind
from tests.support.recordings import film, silence, speex, tone

SPEEX = "audio/x-speex-with-header-byte"


def box(name: bytes, size: int | None = None, body: bytes = b"") -> bytes:
    return (8 + len(body) if size is None else size).to_bytes(4) + name + body


FTYP = box(b"ftyp", body=b"mp42\0\0\0\0")


@pytest.mark.parametrize(
    ("kind", "data", "found"),
    [
        (AttachmentKind.VOICE, silence(1), ("audio/amr", "amr")),
        (AttachmentKind.VOICE, b"#!AMR-WB\n" + b"x" * 20, ("audio/amr", "amr")),
        (AttachmentKind.VOICE, b"ID3\x04", ("audio/mpeg", "mp3")),
        (AttachmentKind.VOICE, b"\xff\xfb\x90", ("audio/mpeg", "mp3")),
        (AttachmentKind.VOICE, b"OggS\0", ("audio/ogg", "ogg")),
        (AttachmentKind.VOICE, tone(0.1, container="mp4", codec="aac", rate=48000), ("audio/mp4", "m4a")),
        (AttachmentKind.VOICE, b"\x1aE\xdf\xa3\x9f", ("audio/webm", "webm")),
        (AttachmentKind.VIDEO, film(), ("video/mp4", "mp4")),
        (AttachmentKind.VIDEO, FTYP + box(b"moov") + box(b"mdat", 0), ("video/mp4", "mp4")),
        (AttachmentKind.VIDEO, FTYP + box(b"moov") + box(b"mdat", 1, (16).to_bytes(8)), ("video/mp4", "mp4")),
    ],
)
def test_recording_is_told_by_what_it_holds(
    kind: AttachmentKind, data: bytes, found: tuple[str, str]
) -> None:
    assert content_type_of(data, kind=kind, named="text/html") == found


def test_speex_without_a_container_is_told_by_its_name_and_its_lengths() -> None:
    data = speex(3)
    assert content_type_of(data, kind=AttachmentKind.VOICE, named=SPEEX) == (SPEEX, "speex")
    for wrong, named in ((data, ""), (data[:-1], SPEEX), (b"", SPEEX), (b"\0" * 9, SPEEX)):
        with pytest.raises(Invalid, match="语音的格式不支持"):
            content_type_of(wrong, kind=AttachmentKind.VOICE, named=named)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (AttachmentKind.VOICE, film(), "语音的格式不支持。"),
        (AttachmentKind.VIDEO, silence(1), "视频的格式不支持。"),
        (AttachmentKind.VIDEO, b"", "视频的格式不支持。"),
        (AttachmentKind.VIDEO, film()[:-1], "视频不完整或已损坏，请重新发送。"),
        (AttachmentKind.VIDEO, FTYP + box(b"moov"), "视频不完整或已损坏，请重新发送。"),
        (AttachmentKind.VIDEO, FTYP + box(b"moov") + box(b"mdat", 7), "视频不完整或已损坏，请重新发送。"),
        (AttachmentKind.VIDEO, FTYP + bytes(20 * 1024 * 1024), "视频不能超过 20 MB。"),
        (AttachmentKind.VOICE, b"#!AMR\n" + bytes(2 * 1024 * 1024), "语音不能超过 2 MB。"),
    ],
    ids=["film as voice", "voice as film", "empty", "cut short", "no pictures", "odd size", "20 MB", "2 MB"],
)
def test_other_recordings_are_refused(kind: AttachmentKind, data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        content_type_of(data, kind=kind)
    assert refused.value.message == words


@given(junk=st.binary(max_size=300))
def test_no_file_keeps_the_check_busy(junk: bytes) -> None:
    for kind in MAX_BYTES:
        for start in (b"", FTYP):
            with suppress(Invalid):
                assert content_type_of(start + junk, kind=kind, named=SPEEX)[1].isalnum()
