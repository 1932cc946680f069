"""Reading uploaded CSV, in the encodings and with the separators that office programs write."""

import csv
import io
from collections.abc import Iterator, Sequence

from domain.errors import Invalid
from domain.uploaded_tables import (
    FORMULA,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    TableRow,
    UploadedTable,
    too_many_rows,
)

_SEPARATORS = (",", "\t", ";", "，", "；")


def read_csv(data: bytes) -> UploadedTable:
    """Read CSV, or text with tabs between the cells.

    Raises:
        Invalid: it is no text, its quotes do not match, or it has too many rows.
    """
    return UploadedTable(tuple(_not_empty(_csv_rows(data))))


def _not_empty(rows: Iterator[Sequence[str]]) -> Iterator[TableRow]:
    count = 0
    for number, texts in enumerate(rows, start=1):
        if not any(text.strip() for text in texts):
            continue
        count += 1
        if count > MOST_ROWS + 1:
            raise too_many_rows()
        yield TableRow(number, tuple(_csv_cell(text) for text in texts[:MOST_COLUMNS]))


def _csv_cell(text: str) -> Cell:
    return Cell(text.strip(), FORMULA if text.lstrip().startswith("=") else "")


def _csv_rows(data: bytes) -> Iterator[Sequence[str]]:
    text = _decoded(data)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    except csv.Error:
        raise Invalid(
            "这个 CSV 文件读不通：可能有引号没有成对。请在 Excel 里打开检查，另存后再上传。"
        ) from None


def _decoded(data: bytes) -> str:
    """Read text as the programs of the office write it: UTF-8 with or without its mark, GBK, or UTF-16."""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid("认不出这个文件：不是 .xlsx 工作簿，也不是 UTF-8 或 GBK 的 CSV。")


def _separator(text: str) -> str:
    """Tell what stands between the cells: whatever there is most of in the first line that has any."""
    for line in text.splitlines()[:20]:
        counts = {sign: line.count(sign) for sign in _SEPARATORS}
        best = max(counts, key=lambda sign: counts[sign])
        if counts[best]:
            return best
    return ","
