"""Files that people upload: CSV as it comes, and archives part by part, so that what is inside is reached."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

from domain.errors import Invalid
from domain.plan_tables import read_plan
from domain.reading_tables import read_table
from domain.service_point_columns import read_header
from domain.uploaded_documents import is_document, read_document
from domain.uploaded_tables import MOST_COLUMNS, UploadedTable
from domain.uploaded_workbooks import read_sheets
from tests.drills.fuzz.pieces import Bytes, words_for
from tests.support.plans import UNITS, as_document, as_workbook, rows
from tests.support.workbooks import comma_separated, place_row, workbook

_TODAY = date(2026, 11, 23)


def tables() -> Bytes:
    """Bytes that may be a table are read or refused, and so is what they say."""

    def check(data: bytes) -> None:
        with suppress(Invalid):
            _sound(read_table(data))
        _as_everything(data)

    places = [
        place_row(名称="3号窗口", 类型="窗口", 上级全称="东校区"),
        place_row(编号="a", 名称="二食堂", 类型="食堂"),
    ]
    plan = comma_separated(rows()[:4], header=("阶段", "序号", "工作内容", "责任单位", "完成时限"))
    seeds = [
        comma_separated(places),
        comma_separated(places, encoding="gb18030", separator="\t"),
        comma_separated(places, encoding="utf-16", separator=";"),
        plan,
        b"PK\x03\x04",
    ]
    return Bytes(
        check,
        seeds,
        ["编号", "名称", "工作内容", "责任单位", "完成时限", '"', ",", "\t", "；", "=", "\r\n", "\0"],
    )


def workbooks() -> Bytes:
    """A workbook in which one part was changed is read or refused."""
    return _archive([as_workbook(), workbook([place_row(名称="x", 类型="窗口")], merged=["A2:B3"])], _sheets)


def documents() -> Bytes:
    """A Word document in which one part was changed is read or refused."""
    return _archive([as_document(lines=4)], _document)


def _archive(archives: list[bytes], read: Callable[[bytes], None]) -> Bytes:
    """The first byte names the part; what follows stands in its place."""
    parts: list[tuple[bytes, str]] = []
    seeds = []
    for archive in archives:
        with ZipFile(BytesIO(archive)) as opened:
            for name in opened.namelist():
                if name.endswith((".xml", ".rels")):
                    seeds.append(bytes([len(parts)]) + opened.read(name))
                    parts.append((archive, name))

    def check(data: bytes) -> None:
        archive, name = parts[data[0] % len(parts)] if data else parts[0]
        changed = _with_part(archive, name, data[1:])
        read(changed)
        _as_everything(changed)

    return Bytes(check, seeds, words_for("archives"))


def _with_part(archive: bytes, changed: str, data: bytes) -> bytes:
    output = BytesIO()
    with ZipFile(BytesIO(archive)) as before, ZipFile(output, "w", ZIP_STORED) as after:
        for name in before.namelist():
            after.writestr(name, data if name == changed else before.read(name))
    return output.getvalue()


def _sheets(data: bytes) -> None:
    with suppress(Invalid):
        for table in read_sheets(data):
            _sound(table)


def _document(data: bytes) -> None:
    with suppress(Invalid):
        if is_document(data):
            for table in read_document(data).tables:
                _sound(table)


def _sound(table: UploadedTable) -> None:
    for row in table.rows:
        assert len(row.cells) <= MOST_COLUMNS
        assert all(isinstance(cell.text, str) for cell in row.cells)


def _as_everything(data: bytes) -> None:
    """Read it as a plan and as the registry of places, as two pages do with whatever is uploaded."""
    with suppress(Invalid):
        plan = read_plan(data, units=UNITS, today=_TODAY)
        assert plan.lines
        assert all(len(line.title) <= 100 for line in plan.lines)
    with suppress(Invalid):
        read_header(read_table(data))
