"""Files as people upload them: workbooks and CSV of service points, made for a test."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook, load_workbook

HEADER = (
    "编号", "上级编号", "上级全称", "名称", "类型", "责任单位", "类别", "负责人", "中共党员", "服务标准",
    "服务承诺",
)  # fmt: skip


def place_row(**texts: Any) -> list[Any]:
    """One row in the order of HEADER."""
    return [texts.get(column, "") for column in HEADER]


def workbook(
    rows: Sequence[Sequence[Any]],
    *,
    header: Sequence[str] = HEADER,
    merged: Sequence[str] = (),
    title: str = "服务点",
) -> bytes:
    """A workbook as Excel saves it; `merged` are ranges such as C2:C4."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in [header, *rows]:
        sheet.append([None if value == "" else value for value in row])
    for reference in merged:
        sheet.merge_cells(reference)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def comma_separated(
    rows: Sequence[Sequence[Any]],
    *,
    header: Sequence[str] = HEADER,
    encoding: str = "utf-8",
    separator: str = ",",
) -> bytes:
    """CSV as Excel or an editor saves it."""
    output = io.StringIO(newline="")
    csv.writer(output, delimiter=separator).writerows([header, *rows])
    return output.getvalue().encode(encoding)


def cells_of(data: bytes, sheet: str = "") -> list[list[Any]]:
    """What a workbook says, row by row; empty cells are empty texts."""
    book = load_workbook(io.BytesIO(data))
    shown = book[sheet] if sheet else book.worksheets[0]
    return [["" if value is None else value for value in row] for row in shown.iter_rows(values_only=True)]
