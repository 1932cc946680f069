"""Reading an uploaded workbook (.xlsx) row by row, within limits.

The archive is looked at before anything is unpacked. What openpyxl leaves out when it reads row by row, which
cells are merged, is read from the sheet itself.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from domain.errors import Invalid
from domain.uploaded_archives import TROUBLES, check_tags, parts_of, pieces_of
from domain.uploaded_tables import (
    EMPTY,
    FORMULA,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    TableRow,
    UploadedTable,
    too_many_rows,
)

MOST_MERGED_CELLS = 400_000
# A plan has a sheet for each unit at the most.
MOST_SHEETS = 40
# Row from 1, column from 0.
_Place = tuple[int, int]
# Tags are counted where they begin and where they end. Excel has 16 384 columns and a million rows at the
# most; what lies between two rows is in memory at one time.
_MOST_TAGS_IN_ROW = 100_000
_MOST_ROW_TAGS = 2_200_000
_MOST_TAGS = 9_000_000
_MOST_TAGS_OF_TEXTS = 4_500_000
_TEXTS = "xl/sharedstrings"
_SHEETS = "xl/worksheets/"
_ROW_TAG = re.compile(rb"</?(?:\w+:)?row\b")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_TITLES = {"word/": "这是 Word 文档，不是表格。", "ppt/": "这是演示文稿，不是表格。"}
_DAMAGED = "这个工作簿不完整或已损坏。请在 Excel 或 WPS 里打开，另存后再上传。"
_TOO_LARGE = "这个文件解压后太大，没有读取。请只保留要导入的工作表，删掉图片和多余的格式，另存后再上传。"


def check_workbook(data: bytes) -> None:
    """Look at the archive without unpacking it.

    Raises:
        Invalid: it is damaged, no workbook, or would unpack to too much.
    """
    names = parts_of(data, damaged=_DAMAGED, too_large=_TOO_LARGE)
    if "xl/workbook.xml" in names:
        return
    for folder, words in _TITLES.items():
        if any(name.startswith(folder) for name in names):
            raise Invalid(words)
    if "xl/workbook.bin" in names:
        raise Invalid("这是 .xlsb 工作簿，读不了。请在 Excel 里另存为「Excel 工作簿（.xlsx）」再上传。")
    raise Invalid("这是压缩包，不是工作簿。请先解压，上传里面的表格。")


def read_workbook(data: bytes, *, sheet: str) -> UploadedTable:
    """Read one sheet of a workbook; see `uploaded_tables.read_table`.

    Raises:
        Invalid: it is damaged, or too large.
    """
    return _read(data, lambda shown: ([one for one in shown if one.title == sheet] or shown)[:1])[0]


def read_sheets(data: bytes) -> list[UploadedTable]:
    """Read all sheets of a workbook that are shown, in their order.

    Raises:
        Invalid: it is damaged, or too large.
    """
    tables = _read(data, lambda shown: shown[:MOST_SHEETS])
    if sum(len(table.rows) for table in tables) > MOST_ROWS:
        raise too_many_rows()
    return tables


def _read(data: bytes, choose: Callable[[list[Any]], list[Any]]) -> list[UploadedTable]:
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out, such as pictures, is not ours to tell
            return _tables(data, choose)
    except (*TROUBLES, InvalidFileException):
        raise Invalid(_DAMAGED) from None


def _tables(data: bytes, choose: Callable[[list[Any]], list[Any]]) -> list[UploadedTable]:
    import openpyxl

    check_tags(data, but=(_TEXTS, _SHEETS), too_large=_TOO_LARGE)
    check_tags(data, but=(_SHEETS,), most=_MOST_TAGS_OF_TEXTS, too_large=_TOO_LARGE)
    _check_sheets(data)
    book = openpyxl.load_workbook(BytesIO(data), read_only=True, keep_links=False)
    try:
        shown = [one for one in book.worksheets if one.sheet_state == "visible"]
        if not shown:
            raise Invalid("工作簿里没有可读的工作表。")
        tables = []
        for found in choose(shown):
            # openpyxl tells the part of a sheet under a private name only.
            covered = _covered_cells(data, found._worksheet_path)
            found.reset_dimensions()  # what the file says of its size need not be so
            tables.append(UploadedTable(tuple(_rows(found, covered)), found.title))
        return tables
    finally:
        book.close()


def _check_sheets(data: bytes) -> None:
    """Count the tags of the sheets, in all and between two rows.

    Raises:
        Invalid: there are more than a sheet can have.
    """
    with ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if not name.lower().startswith(_SHEETS):
                continue
            tags = row_tags = in_row = 0
            for piece in pieces_of(archive, name):
                tags += piece.count(b"<")
                first, *others = _ROW_TAG.split(piece, maxsplit=_MOST_ROW_TAGS)
                row_tags += len(others)
                in_row += first.count(b"<")
                most_in_row = max(in_row, *(other.count(b"<") for other in others), 0)
                in_row = others[-1].count(b"<") if others else in_row
                if most_in_row > _MOST_TAGS_IN_ROW or row_tags > _MOST_ROW_TAGS or tags > _MOST_TAGS:
                    raise Invalid(_TOO_LARGE)


def _rows(sheet: Any, covered: dict[_Place, _Place]) -> Iterator[TableRow]:  # noqa: ANN401
    tops: dict[_Place, Cell] = dict.fromkeys(covered.values(), EMPTY)
    count = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        width = len(row)
        while width and row[width - 1].value is None:
            width -= 1
        if not width:
            continue
        count += 1
        if count > MOST_ROWS + 1:
            raise too_many_rows()
        # Most rows end long before the last column; merged cells may cover what stands behind.
        cells = [_cell(one) for one in (row if covered else row[:width])]
        for at, cell in enumerate(cells) if covered else ():
            if (number, at) in tops:
                tops[number, at] = cells[at] = Cell(cell.text, cell.trouble, merged=True)
            elif (number, at) in covered:
                cells[at] = tops[covered[number, at]]
        yield TableRow(number, tuple(cells))


def _cell(one: Any) -> Cell:  # noqa: ANN401 (openpyxl has no types)
    value = one.value
    if value is None:
        return EMPTY
    if one.data_type == "f":
        return Cell(str(value)[:100], FORMULA)
    if one.data_type == "e":
        return Cell(str(value), f"这一格是错误值 {value}，请改正。")
    if isinstance(value, bool):
        return Cell("是" if value else "否")
    if isinstance(value, float):
        return Cell(str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value))
    if isinstance(value, datetime | date | time | timedelta):
        return Cell(str(value), "这一格被当成了日期或时间。请把单元格格式改为「文本」，重新填写。")
    return Cell(str(value).strip())


def _covered_cells(data: bytes, part: str) -> dict[_Place, _Place]:
    """Tell of each cell that a merged one covers which cell holds the text."""
    covered: dict[_Place, _Place] = {}
    with ZipFile(BytesIO(data)) as archive:
        before = b""
        for piece in pieces_of(archive, part):
            text = before + piece
            end = 0
            for found in _MERGED.finditer(text):
                _cover(covered, found[1].decode())
                end = found.end()
            before = text[max(end, len(text) - 200) :]
    return covered


def _cover(covered: dict[_Place, _Place], reference: str) -> None:
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = (int(one) for one in range_boundaries(reference))
    right = min(right, MOST_COLUMNS)
    if (bottom - top + 1) * (right - left + 1) + len(covered) > MOST_MERGED_CELLS:
        raise Invalid("合并的单元格太多。请取消合并，每一行都填完整。")
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            if (row, column) != (top, left):
                covered[row, column - 1] = (top, left - 1)
