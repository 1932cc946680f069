"""Looking into an uploaded archive (workbooks and documents are archives) before anything is unpacked."""

import zlib
from collections.abc import Sequence
from io import BytesIO
from xml.etree.ElementTree import ParseError  # nosec B405 # reads nothing, only names what readers raise
from zipfile import BadZipFile, LargeZipFile, ZipFile

from openpyxl.utils.exceptions import InvalidFileException

from domain.errors import Invalid

# Fifty thousand rows of all columns unpack to some forty megabytes.
MOST_UNPACKED = 80 * 1024 * 1024
MOST_PARTS = 2000
# What zipfile, expat, lxml and the readers raise for damaged files differs from damage to damage.
TROUBLES = (
    BadZipFile,
    LargeZipFile,
    InvalidFileException,
    ParseError,
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
