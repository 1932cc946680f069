"""Reading a table that somebody uploads: a workbook or CSV, known by what it holds and not by its name.

Nothing in it is trusted: its size packed and unpacked, the number of rows, formulas (never evaluated), and
what its name says it is.
"""

from collections.abc import Sequence

from domain.errors import Invalid
from domain.uploaded_archives import is_archive
from domain.uploaded_csv import read_csv
from domain.uploaded_tables import UploadedTable
from domain.uploaded_workbooks import check_workbook, read_workbook

MOST_BYTES = 10 * 1024 * 1024
_NEW_WORKBOOK = "请在 Excel 或 WPS 里另存为「Excel 工作簿（.xlsx）」再上传。"

# How a file that is no table begins, and what to say of it.
_OTHERS: Sequence[tuple[bytes, str]] = (
    (b"MZ", "这是程序文件，不是表格。"),
    (b"\x7fELF", "这是程序文件，不是表格。"),
    (b"%PDF", "这是 PDF 文件，不是表格。请上传原来的 Excel 文件。"),
    (b"\xff\xd8\xff", "这是图片，不是表格。"),
    (b"\x89PNG", "这是图片，不是表格。"),
    (b"GIF8", "这是图片，不是表格。"),
    (b"Rar!", "这是压缩包。请先解压，上传里面的表格。"),
    (b"7z\xbc\xaf", "这是压缩包。请先解压，上传里面的表格。"),
    (b"\x1f\x8b", "这是压缩包。请先解压，上传里面的表格。"),
    (b"\xd0\xcf\x11\xe0", f"这是旧版 .xls 或加了密码的工作簿，读不了。{_NEW_WORKBOOK}"),
    (b"<", f"这是网页或 XML 文件，不是表格。{_NEW_WORKBOOK}"),
    (b"{\\rtf", "这是文字文档，不是表格。"),
)


def check_upload(data: bytes) -> None:
    """Refuse what is no table at first sight; quick, so that a page can say so at once.

    Raises:
        Invalid: with a sentence for whoever uploaded it.
    """
    if not data:
        raise Invalid("文件是空的，请重新选择。")
    if len(data) > MOST_BYTES:
        raise Invalid(f"文件不能超过 {MOST_BYTES // 1024 // 1024} MB。请拆成几个文件，分次导入。")
    start = data.lstrip(b"\xef\xbb\xbf\r\n\t ")[:8]
    for sign, words in _OTHERS:
        if start.startswith(sign):
            raise Invalid(words)
    if is_archive(data):
        check_workbook(data)


def read_table(data: bytes, *, sheet: str = "") -> UploadedTable:
    """Read a workbook (.xlsx) or CSV.

    Args:
        sheet: the name of the sheet to read, if there is one of that name; else the first that is shown.

    Raises:
        Invalid: it is neither, it is damaged, or it is too large.
    """
    check_upload(data)
    if is_archive(data):
        return read_workbook(data, sheet=sheet)
    return read_csv(data)
