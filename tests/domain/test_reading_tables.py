"""Uploaded tables are known by what they hold, and refused before they can do harm."""

import struct
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest

from domain import uploaded_tables, uploaded_workbooks
from domain.errors import Invalid
from domain.reading_tables import MOST_BYTES, check_upload, read_table
from tests.support.workbooks import comma_separated, workbook

DAMAGED = "这个工作簿不完整或已损坏。请在 Excel 或 WPS 里打开，另存后再上传。"


def archive(**parts: bytes) -> bytes:
    output = BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name.replace("__", "/"), data)
    return output.getvalue()


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    output = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return output.getvalue()


def bomb() -> bytes:
    """Ninety megabytes of zeros in ninety kilobytes."""
    return archive(**{"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": bytes(90 * 1024 * 1024)})


def growing() -> bytes:
    """A sheet whose one cell would grow to a gigabyte."""
    lines = [b'<!ENTITY a0 "aaaaaaaaaa">']
    lines += [b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10) for number in range(1, 9)]
    cell = b'<sheetData><row><c t="str"><v>&a8;</v></c></row></sheetData>'
    return b"<!DOCTYPE worksheet [" + b"".join(lines) + b"]><worksheet>" + cell + b"</worksheet>"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "文件是空的，请重新选择。"),
        (b"x" * (MOST_BYTES + 1), "文件不能超过 10 MB。请拆成几个文件，分次导入。"),
        (b"MZ\x90\x00" + bytes(60), "这是程序文件，不是表格。"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "这是旧版 .xls 或加了密码的工作簿，读不了。"),
        (b"%PDF-1.7", "这是 PDF 文件，不是表格。请上传原来的 Excel 文件。"),
        (b"<html><table>", "这是网页或 XML 文件，不是表格。"),
        (b"PK\x03\x04broken", DAMAGED),
        (workbook([])[:-300], DAMAGED),
        (archive(word__document=b""), "这是 Word 文档，不是表格。"),
        (archive(**{"readme.txt": b"x"}), "这是压缩包，不是工作簿。请先解压，上传里面的表格。"),
        (archive(**{"xl/workbook.bin": b"x"}), "这是 .xlsb 工作簿，读不了。"),
        (archive(**{f"{number}": b"" for number in range(2001)}), "这个文件解压后太大，没有读取。"),
    ],
)
def test_what_is_no_table_is_refused_at_once_by_what_it_holds(data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_upload(data)

    assert refusal.value.message.startswith(words)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(Invalid, match="解压后太大"):
        check_upload(bomb())


def test_an_archive_that_lies_about_its_size_is_unpacked_no_further_than_it_says() -> None:
    data = bytearray(changed(workbook([["x"]]), "xl/worksheets/sheet1.xml", lambda _: bytes(2_000_000)))
    size = struct.pack("<I", 2_000_000)
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = struct.pack("<I", 1000)

    with pytest.raises(Invalid, match="不完整或已损坏"):
        read_table(bytes(data))


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"<worksheet><sheetData><row",
        lambda _: growing(),
        lambda data: data.replace(b"<v>", b"<v>x"),
    ],
)
def test_a_damaged_sheet_is_told_and_nothing_grows(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Invalid, match="不完整或已损坏"):
        read_table(changed(workbook([[1, 2]]), "xl/worksheets/sheet1.xml", change))


def test_cells_become_the_text_people_see() -> None:
    data = workbook([[7.0, 0.5, True, False, date(2026, 3, 1), " x ", "=SUM(A1:A2)"], [], [None, ""]])
    (header, row) = read_table(data).rows

    assert (header.number, row.number) == (1, 2)
    assert [cell.text for cell in row.cells[:7]] == [
        "7", "0.5", "是", "否", "2026-03-01 00:00:00", "x", "=SUM(A1:A2)",
    ]  # fmt: skip
    assert [bool(cell.trouble) for cell in row.cells[:7]] == [False] * 4 + [True, False, True]
    assert row.cell(99).text == ""


def test_the_sheet_of_the_wanted_name_is_read_else_the_first_that_is_shown() -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["说明"])
    book.create_sheet("服务点").append(["表"])
    book.create_sheet("藏").append(["藏"])
    book["藏"].sheet_state = "hidden"
    output = BytesIO()
    book.save(output)

    def first(sheet: str) -> tuple[str, str]:
        table = read_table(output.getvalue(), sheet=sheet)
        return table.sheet, table.rows[0].cell(0).text

    plain = ("Sheet", "说明")
    assert [first("服务点"), first("藏"), first("")] == [("服务点", "表"), plain, plain]


def test_a_workbook_that_hides_all_its_sheets_is_told() -> None:
    hidden = changed(
        workbook([]), "xl/workbook.xml", lambda data: data.replace(b'state="visible"', b'state="hidden"')
    )
    with pytest.raises(Invalid, match="没有可读的工作表"):
        read_table(hidden)


def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (uploaded_workbooks, uploaded_tables):
        monkeypatch.setattr(module, "MOST_ROWS", 3)
    monkeypatch.setattr("domain.uploaded_csv.MOST_ROWS", 3)
    monkeypatch.setattr(uploaded_workbooks, "MOST_MERGED_CELLS", 50)
    rows = [[str(number)] for number in range(4)]

    assert len(read_table(workbook(rows[:3])).rows) == len(read_table(comma_separated(rows[:3])).rows) == 4
    for data in (workbook(rows), comma_separated(rows)):
        with pytest.raises(Invalid, match="一次最多导入 3 行"):
            read_table(data)
    with pytest.raises(Invalid, match="合并的单元格太多"):
        read_table(workbook(rows[:1], merged=["A2:Z4"]))


def test_a_merged_range_that_names_no_cells_covers_none() -> None:
    data = changed(
        workbook([["甲"]], merged=["A2:A3"]),
        "xl/worksheets/sheet1.xml",
        lambda sheet: sheet.replace(b'"A2:A3"', b'"A:A"'),
    )

    assert read_table(data).rows[1].cell(0).merged is False


@pytest.mark.parametrize("data", [b'a,b\n"c,d\n', bytes(range(256)), b"a,b\n\x00"])
def test_text_that_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"读不通|认不出"):
        read_table(data)


def test_one_column_needs_no_separator() -> None:
    assert [row.cell(0).text for row in read_table("名称\n甲\n".encode()).rows] == ["名称", "甲"]
