"""The sheets of a workbook are read as openpyxl reads them, whatever program wrote them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from openpyxl import load_workbook

from domain.errors import Invalid
from domain.reading_tables import read_table
from domain.uploaded_sheets import Formats, read_rows, read_texts
from domain.uploaded_tables import FORMULA, MOST_COLUMNS, Cell

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FORMATS = Formats(dates={1, 2}, spans={2}, epoch=datetime(1899, 12, 30))  # noqa: DTZ001 (as Excel counts)
DATED = "这一格被当成了日期或时间。请把单元格格式改为「文本」，重新填写。"


def rows_of(rows: str, *, texts: Sequence[str] = (), most: int = 9) -> dict[int, list[Cell]]:
    """Read a sheet that holds these rows; each row by its number."""
    sheet = f"""<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"""
    pieces = [sheet.encode()[at : at + 7] for at in range(0, len(sheet.encode()), 7)]
    found = read_rows(
        pieces, texts=[Cell(text) for text in texts], formats=FORMATS, most=most, merge=lambda _: None
    )
    return {row.number: list(row.cells) for row in found}


def cell_of(cell: str, **more: Any) -> Cell:
    """Read a sheet of one cell."""
    return rows_of(f"<row>{cell}</row>", **more)[1][0]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('<c t="s"><v>1</v></c>', Cell("乙")),
        ("<c><v>7</v></c>", Cell("7")),
        ('<c t="n"><v>7.0</v></c>', Cell("7")),
        ("<c><v>1E+2</v></c>", Cell("100")),
        ("<c><v>2.5e-1</v></c>", Cell("0.25")),
        ("<c><v>1e300</v></c>", Cell("1e+300")),
        ('<c t="b"><v>1</v></c>', Cell("是")),
        ('<c t="b"><v>0</v></c>', Cell("否")),
        ('<c t="e"><v>#N/A</v></c>', Cell("#N/A", "这一格是错误值 #N/A，请改正。")),
        ('<c t="str"><v> 丙 </v></c>', Cell("丙")),
        ("<c><f>A2*2</f><v>4</v></c>", Cell("=A2*2", FORMULA)),
        ('<c><f t="shared" si="0"/><v>4</v></c>', Cell("=", FORMULA)),
        ('<c s="1"><v>45000</v></c>', Cell("2023-03-15 00:00:00", DATED)),
        ('<c s="2"><v>1.25</v></c>', Cell("1 day, 6:00:00", DATED)),
        ('<c s="1"><v>-99999999</v></c>', Cell("#VALUE!", "这一格是错误值 #VALUE!，请改正。")),
        ('<c t="d"><v>2026-03-01</v></c>', Cell("2026-03-01", DATED)),
        ('<c t="inlineStr"><is><t> 丁 </t></is></c>', Cell("丁")),
        ('<c t="inlineStr"><is><r><t>粗</t></r><r><t>细</t></r></is></c>', Cell("粗细")),
        ('<c t="inlineStr"><is><t>校区</t><rPh sb="0" eb="1"><t>xiào</t></rPh></is></c>', Cell("校区")),
        ('<c t="inlineStr"><is/></c>', Cell("")),
    ],
)
def test_each_kind_of_cell_becomes_its_text_or_says_why_not(cell: str, read: Cell) -> None:
    assert cell_of(cell, texts=["甲", "乙"]) == read


def test_rows_and_cells_stand_where_they_say_or_one_after_the_other() -> None:
    found = rows_of(
        '<row r="2"><c r="C2"><v>1</v></c><c><v>2</v></c><c r="B2"><v>3</v></c></row>'
        "<row><c><v>4</v></c></row>"
        '<row r="5.0"><c/><c><v>5</v></c></row>'
        '<row r="4"><c><v>6</v></c></row>'
        '<row r="7"><c r="A7"/></row>'
    )

    assert {number: [cell.text for cell in cells] for number, cells in found.items()} == {
        2: ["", "3", "1", "2"],
        3: ["4"],
        5: ["", "5"],
    }


def test_cells_beyond_the_last_column_are_left_out() -> None:
    (cells,) = rows_of(f"<row>{'<c><v>1</v></c>' * (MOST_COLUMNS + 5)}</row>").values()

    assert len(cells) == MOST_COLUMNS


def test_no_more_rows_are_read_than_there_may_be() -> None:
    rows = "<row><c><v>1</v></c></row>" * 3

    assert len(rows_of(rows + "<row/>", most=3)) == 3
    with pytest.raises(Invalid, match="一次最多导入"):
        rows_of(rows, most=2)


@pytest.mark.parametrize(
    "row", ['<row r="1.5"><c/></row>', '<row><c r="7"/></row>', '<row><c t="s"><v>9</v></c></row>']
)
def test_what_stands_nowhere_is_damaged(row: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        rows_of(row)


def test_texts_that_cells_share_are_read_without_how_they_are_pronounced() -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>甲</t><phoneticPr fontId="1"/></si>'
        "<si><r><t>粗</t></r><r><t>细</t></r></si>"
        "<si><t>校区</t><rPh><t>xiào</t></rPh></si><si/><si><t>_x005F_x000D_</t></si></sst>"
    )

    assert read_texts([strings.encode()]) == ["甲", "粗细", "校区", "", "_x000D_"]


def test_a_document_type_is_refused() -> None:
    with pytest.raises(ValueError, match="document type"):
        read_texts([b'<!DOCTYPE sst [<!ENTITY a "b">]><sst/>'])


def test_a_workbook_of_excel_says_what_openpyxl_reads_in_it() -> None:
    output = BytesIO()
    with xlsxwriter.Workbook(output) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 1, ["名称", " 两\n行 ", 12, 0.5, True, "😀"])
        sheet.write_rich_string(2, 0, "一", book.add_format({"bold": True}), "号", "楼")
        for at, moment in enumerate((datetime(2026, 3, 1, 8, 30), date(2026, 3, 1), time(8, 30))):  # noqa: DTZ001
            sheet.write_datetime(4, at, moment, day)
        sheet.write_datetime(4, 3, timedelta(hours=30), book.add_format({"num_format": "[h]:mm"}))
    read = load_workbook(output, read_only=True).worksheets[0].iter_rows(values_only=True)
    told = {True: "是", False: "否", None: ""}
    expected = {
        number: [told.get(value, str(value).strip()) for value in row]
        for number, row in enumerate(read, start=1)
        if any(value is not None for value in row)
    }

    rows = read_table(output.getvalue()).rows

    assert {row.number: [row.cell(at).text for at in range(len(expected[1]))] for row in rows} == expected
