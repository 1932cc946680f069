"""Looking into an uploaded archive (workbooks and documents are archives) before anything is unpacked."""

import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from xml.etree.ElementTree import ParseError  # nosec B405 # reads nothing, only names what readers raise
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, LargeZipFile, ZipFile

from domain.errors import Invalid

# Fifty thousand rows of all columns unpack to some forty megabytes.
MOST_UNPACKED = 80 * 1024 * 1024
MOST_PARTS = 2000
# A part that is read whole costs up to half a kilobyte for each of its tags.
MOST_TAGS = 200_000
_AT_ONCE = 1024 * 1024
# What zipfile, expat, lxml and the readers raise for damaged files differs from damage to damage.
TROUBLES = (
    BadZipFile,
    LargeZipFile,
    ParseError,
    ExpatError,
    SyntaxError,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


def is_archive(data: bytes) -> bool:
    """Tell whether the file begins as an archive does."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def parts_of(data: bytes, *, damaged: str, too_large: str) -> Sequence[str]:
    """Give the names of the parts, without unpacking them.

    Raises:
        Invalid: it is damaged, or would unpack to too much.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except TROUBLES:
        raise Invalid(damaged) from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Invalid(too_large)
    return [part.filename for part in parts]


def pieces_of(archive: ZipFile, part: str) -> Iterator[bytes]:
    """Unpack a part piece by piece."""
    with archive.open(part) as packed:
        while piece := packed.read(_AT_ONCE):
            yield piece


def check_tags(data: bytes, *, but: Sequence[str] = (), most: int = MOST_TAGS, too_large: str) -> None:
    """Count the tags of all parts but some, so that nothing is read that becomes a thousand times as large.

    Ten kilobytes of an archive may hold ten megabytes of empty tags, and those come to a gigabyte when read.

    Args:
        but: how the names of parts begin, in small letters, that are not looked at.

    Raises:
        Invalid: one has too many.
    """
    with ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")) and not name.lower().startswith(tuple(but)):
                tags = 0
                for piece in pieces_of(archive, name):
                    tags += piece.count(b"<")
                    if tags > most:
                        raise Invalid(too_large)
