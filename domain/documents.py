"""Documents staff put to a complaint: PDF, Word, Excel, told by what they hold and never opened by us."""

from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from domain.errors import Invalid

MAX_BYTES = 20 * 1024 * 1024
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# The part that makes a packed file a text or a workbook.
_HEARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_MOST_PARTS = 10_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKED = b"PK\x03\x04"
_PDF = b"%PDF-"


@dataclass(frozen=True)
class Document:
    """A document as it came.

    Attributes:
        extension: one of CONTENT_TYPES, by what the file holds and not by how it was called.
    """

    data: bytes
    extension: str

    @property
    def content_type(self) -> str:
        """What it is to a browser, which is to keep it and not to show it."""
        return CONTENT_TYPES[self.extension]


def looks_like_document(data: bytes) -> bool:
    """Tell whether somebody meant to send a document, and not a photo."""
    return data.startswith((_PDF, _PACKED, _OLD_OFFICE))


def checked_document(data: bytes) -> Document:
    """Tell what a document is.

    Raises:
        Invalid: it is too large, of another kind, damaged, or carries programs.
    """
    if len(data) > MAX_BYTES:
        raise Invalid(f"文件不能超过 {MAX_BYTES // 1024 // 1024} MB。")
    if data.startswith(_PDF):
        return Document(data, "pdf")
    if data.startswith(_OLD_OFFICE):
        raise Invalid("旧格式或加密的 Office 文件不能上传，请另存为 docx、xlsx 或 PDF。")
    if not data.startswith(_PACKED):
        raise Invalid("这不是 PDF、Word（docx）或 Excel（xlsx）文件。")
    return Document(data, _kind_of_packed(data))


def _kind_of_packed(data: bytes) -> str:
    try:
        # Only the list of names is read; nothing is unpacked.
        with ZipFile(BytesIO(data)) as packed:
            names = packed.namelist()
    except (BadZipFile, ValueError, OSError):
        raise Invalid("文件不完整或已损坏，请重新选择。") from None
    kinds = {kind for heart, kind in _HEARTS.items() if heart in names}
    if len(kinds) != 1 or "[Content_Types].xml" not in names or len(names) > _MOST_PARTS:
        raise Invalid("压缩包不能上传。请直接上传 PDF、Word（docx）或 Excel（xlsx）文件。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid("文件里带有宏，不能上传。请另存为不带宏的 docx 或 xlsx。")
    return kinds.pop()
