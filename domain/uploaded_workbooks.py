"""Reading an uploaded workbook (.xlsx) row by row, within limits.

The archive is looked at before anything is unpacked. openpyxl tells what the workbook holds; the sheets are
read by `uploaded_sheets`.
"""

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from domain.errors import Invalid
from domain.uploaded_archives import TROUBLES, check_tags, parts_of, pieces_of
from domain.uploaded_sheets import Formats, read_rows, read_texts
from domain.uploaded_tables import (
    EMPTY,
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
_RANGE = re.compile("[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7}")
_TITLES = {"word/": "这是 Word 文档，不是表格。", "ppt/": "这是演示文稿，不是表格。"}
_DAMAGED = "这个工作簿不完整或已损坏。请在 Excel 或 WPS 里打开，另存后再上传。"
_TOO_LARGE = "这个文件解压后太大，没有读取。请只保留要导入的工作表，删掉图片和多余的格式，另存后再上传。"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet: its title, and the part of the archive that holds it."""

    title: str
    part: str


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


def _read(data: bytes, choose: Callable[[list[_Sheet]], list[_Sheet]]) -> list[UploadedTable]:
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out, such as pictures, is not ours to tell
            return _tables(data, choose)
    except (*TROUBLES, InvalidFileException):
        raise Invalid(_DAMAGED) from None


def _tables(data: bytes, choose: Callable[[list[_Sheet]], list[_Sheet]]) -> list[UploadedTable]:
    check_tags(data, but=(_TEXTS, _SHEETS), too_large=_TOO_LARGE)
    check_tags(data, but=(_SHEETS,), most=_MOST_TAGS_OF_TEXTS, too_large=_TOO_LARGE)
    _check_sheets(data)
    from openpyxl.reader.excel import ExcelReader

    reader = ExcelReader(BytesIO(data), read_only=True, keep_links=False)
    with reader.archive as archive:
        reader.read_manifest()
        reader.read_workbook()
        shown = _shown(reader)
        if not shown:
            raise Invalid("工作簿里没有可读的工作表。")
        texts, formats = _texts(reader), _formats(reader)
        return [
            UploadedTable(tuple(_rows(archive, sheet.part, texts, formats)), sheet.title)
            for sheet in choose(shown)
        ]


def _shown(reader: Any) -> list[_Sheet]:  # noqa: ANN401 (openpyxl has no types)
    parts = set(reader.archive.namelist())
    return [
        _Sheet(sheet.name, link.target)
        for sheet, link in reader.parser.find_sheets()
        if sheet.state == "visible" and link.target in parts and "chartsheet" not in link.Type
    ]


def _texts(reader: Any) -> Sequence[Cell]:  # noqa: ANN401
    from openpyxl.xml.constants import SHARED_STRINGS

    part = reader.package.find(SHARED_STRINGS)
    if part is None:
        return ()
    return [Cell(text.strip()) for text in read_texts(pieces_of(reader.archive, part.PartName[1:]))]


def _formats(reader: Any) -> Formats:  # noqa: ANN401
    from openpyxl.styles.stylesheet import apply_stylesheet

    apply_stylesheet(reader.archive, reader.wb)
    # openpyxl tells under private names only which styles make dates.
    return Formats(reader.wb._date_formats, reader.wb._timedelta_formats, reader.wb.epoch)


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


def _rows(archive: ZipFile, part: str, texts: Sequence[Cell], formats: Formats) -> Sequence[TableRow]:
    covered: dict[_Place, _Place] = {}
    rows = read_rows(
        pieces_of(archive, part),
        texts=texts,
        formats=formats,
        most=MOST_ROWS + 1,  # the names of the columns stand in one of them
        merge=lambda reference: _cover(covered, reference),
    )
    return _with_covered(rows, covered) if covered else rows


def _with_covered(rows: Sequence[TableRow], covered: Mapping[_Place, _Place]) -> list[TableRow]:
    """Have each cell that a merged one covers say what that one says."""
    tops: dict[_Place, Cell] = dict.fromkeys(covered.values(), EMPTY)
    found = []
    for row in rows:
        cells = [row.cell(at) for at in range(MOST_COLUMNS)]
        for at, cell in enumerate(cells):
            if (row.number, at) in tops:
                tops[row.number, at] = cells[at] = Cell(cell.text, cell.trouble, merged=True)
            elif (row.number, at) in covered:
                cells[at] = tops[covered[row.number, at]]
        found.append(TableRow(row.number, tuple(cells)))
    return found


def _cover(covered: dict[_Place, _Place], reference: str) -> None:
    from openpyxl.utils import range_boundaries

    if _RANGE.fullmatch(reference) is None:
        return
    left, top, right, bottom = (int(one) for one in range_boundaries(reference))
    right = min(right, MOST_COLUMNS)
    if (bottom - top + 1) * (right - left + 1) + len(covered) > MOST_MERGED_CELLS:
        raise Invalid("合并的单元格太多。请取消合并，每一行都填完整。")
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            if (row, column) != (top, left):
                covered[row, column - 1] = (top, left - 1)
