"""Reading a plan or a list of problems as a department wrote it: Word, Excel or CSV, with merged cells.

Nothing is written: what comes out is shown row by row, with what is not understood, before anybody confirms.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from domain.errors import Invalid
from domain.plan_columns import PlanColumn, PlanHeader, column_for, find_header
from domain.plan_dates import PlannedTime, read_time, year_named_in
from domain.plan_units import PlannedUnit, read_units
from domain.reading_tables import MOST_BYTES, check_upload, read_table
from domain.uploaded_archives import is_archive
from domain.uploaded_tables import Cell, TableRow, UploadedTable
from domain.uploaded_workbooks import read_sheets

MOST_LINES = 500
LONGEST_TITLE = 100
C = PlanColumn
_FOOT = re.compile("^(合计|总计|说明|备注|注|填表人|审核人|联系人|制表)[:：]?")
_NAMES_A_PLAN = re.compile("方案|计划|清单|台账|安排|要点|任务|分工|一览表|实施表")
_NO_HEADER = (
    "没有找到表头。表里要有一行写着“工作内容”“责任单位”“完成时限”这样的列名；"
    "请补上表头再上传，或者自己指定哪一列是什么。"
)


@dataclass(frozen=True)
class PlanLine:
    """One line of a plan.

    Attributes:
        place: where it stands: the number of its row, after that of its table where there are several.
        title: what is to be done, in at most 100 signs.
        time_words: when, as it was written.
        time: when; None where the words could not be read.
        troubles: what a person has to settle, in sentences; empty when the line can be taken as it is.
    """

    place: str
    phase: str = ""
    item: str = ""
    title: str = ""
    problem: str = ""
    goal: str = ""
    measures: str = ""
    person: str = ""
    remark: str = ""
    units: Sequence[PlannedUnit] = ()
    time_words: str = ""
    time: PlannedTime | None = None
    troubles: Sequence[str] = ()

    @property
    def unknown_units(self) -> list[str]:
        """Units as written that none of ours is."""
        return [unit.words for unit in self.units if not unit.name]


@dataclass(frozen=True)
class Plan:
    """A whole plan as read.

    Attributes:
        title: the line above the table that names it; empty where none does.
        year: what dates without a year belong to.
        year_from: "given", "document" or "today".
        headings: what stands above each column.
        columns: what is read from which column, from 0.
    """

    title: str
    year: int
    year_from: str
    headings: Sequence[str]
    columns: Mapping[PlanColumn, int]
    lines: Sequence[PlanLine]

    @property
    def unknown_units(self) -> list[str]:
        """Units that none of ours is, each once, in order."""
        return list(dict.fromkeys(words for line in self.lines for words in line.unknown_units))


@dataclass(frozen=True)
class _Source:
    """The tables of a file, and the lines above each."""

    above: Sequence[Sequence[str]]
    tables: Sequence[UploadedTable]


@dataclass(frozen=True)
class _Reading:
    """What every line is read with."""

    columns: Mapping[PlanColumn, int]
    known: Sequence[str]
    year: int
    times: Mapping[str, str] = field(default_factory=dict)
    carried: dict[PlanColumn, str] = field(default_factory=dict)


def read_plan(
    data: bytes,
    *,
    units: Sequence[str],
    today: date,
    year: int | None = None,
    columns: Mapping[PlanColumn, int] | None = None,
    times: Mapping[str, str] | None = None,
) -> Plan:
    """Read a plan.

    Args:
        units: names of the units there are.
        today: names the year where neither `year` nor the document does.
        columns: what is read from which column, where a person has settled it.
        times: what to read instead of a time as written, where a person has settled it; such as 尽快 → 6月底.

    Raises:
        Invalid: the file is none that can be read, or no table in it names its columns.
    """
    source = _open(data)
    found = [(table, find_header(table)) for table in source.tables]
    if any(header is not None for table, header in found if table.sheet):
        # A sheet without headings is a note on how to fill in the others.
        found = [(table, header) for table, header in found if header is not None]
    first = next((at for at, (_, header) in enumerate(found) if header is not None), 0)
    header = found[first][1] if found else None
    if header is None and not (columns and source.tables):
        raise Invalid(_NO_HEADER)
    header = header or PlanHeader(0, _widest(source.tables), columns or {})
    # What names the plan stands close above it, after the lines of a letterhead.
    outside = [line for lines in reversed(source.above[: first + 1]) for line in lines]
    above = [*outside, *_above(found[first][0], header)]
    named = year_named_in(above)
    reading = _Reading(columns or header.places, units, year or named or today.year, times or {})
    lines = _lines(found, header, reading)
    if not lines:
        raise Invalid("表头下面没有内容。")
    if len(lines) > MOST_LINES:
        raise Invalid(f"一次最多导入 {MOST_LINES} 行。请拆成几个文件，分次导入。")
    year_from = "given" if year else "document" if named else "today"
    return Plan(_title(above), reading.year, year_from, header.headings, reading.columns, lines)


def check_plan_file(data: bytes) -> None:
    """Refuse what can be no plan at first sight; quick, so that a page can say so at once.

    Raises:
        Invalid: with a sentence for whoever uploaded it.
    """
    from domain.uploaded_documents import is_document

    if len(data) > MOST_BYTES or not (is_archive(data) and is_document(data)):
        check_upload(data)


def _open(data: bytes) -> _Source:
    from domain.uploaded_documents import is_document, read_document

    check_plan_file(data)
    if is_archive(data) and is_document(data):
        document = read_document(data)
        if not document.tables:
            raise Invalid("这个文档里没有表格。")
        return _Source(document.above, document.tables)
    tables = read_sheets(data) if is_archive(data) else [read_table(data)]
    return _Source((), [_trimmed(table) for table in tables])


def _trimmed(table: UploadedTable) -> UploadedTable:
    """Leave out the columns to the right in which nothing stands: a sheet has them without end."""
    width = max(
        (at for row in table.rows for at, cell in enumerate(row.cells, start=1) if cell.text), default=0
    )
    return UploadedTable([TableRow(row.number, row.cells[:width]) for row in table.rows], table.sheet)


def _widest(tables: Sequence[UploadedTable]) -> list[str]:
    return [""] * max((len(row.cells) for table in tables for row in table.rows), default=0)


def _above(table: UploadedTable, header: PlanHeader) -> list[str]:
    """Give the lines that stand above the headings inside the table, as in a workbook."""
    rows = [dict.fromkeys(cell.text for cell in row.cells if cell.text) for row in table.rows[: header.row]]
    return [" ".join(row) for row in rows if len(row) <= 3 and sum(map(_names_column, row)) < 2]


def _names_column(text: str) -> bool:
    return column_for(text) is not None


def _title(above: Sequence[str]) -> str:
    """Give the line that names the plan: the first that speaks of one, else the first at all."""
    named = [line for line in above if _NAMES_A_PLAN.search(line)]
    return next(iter([*named, *above]), "")[:LONGEST_TITLE]


def _lines(
    found: Sequence[tuple[UploadedTable, PlanHeader | None]], first: PlanHeader, reading: _Reading
) -> list[PlanLine]:
    lines: list[PlanLine] = []
    began, own = False, reading
    for number, (table, header) in enumerate(found, start=1):
        if header is None and first.row and not (began and _is_as_wide(table, first)):
            continue  # a table before or after the plan, such as one of signatures
        began = True
        if table.sheet:
            reading.carried.clear()
        if header is not None:
            # What was settled is of the first table's columns.
            same = header.headings == first.headings
            own = reading if same else replace(reading, columns=header.places)
        # A table without headings goes on where the one before it ended.
        rows = table.rows[header.row :] if header is not None else table.rows
        for row in rows:
            of_several = f"「{table.sheet}」" if table.sheet else f"表 {number} "
            where = f"{of_several if len(found) > 1 else ''}第 {row.number} 行"
            line = _line(row, where, own)
            if line is not None:
                lines.append(line)
    return lines


def _is_as_wide(table: UploadedTable, header: PlanHeader) -> bool:
    return any(len(row.cells) == len(header.headings) for row in table.rows)


def _line(row: TableRow, where: str, reading: _Reading) -> PlanLine | None:
    texts = {column: _text(row.cell(at)) for column, at in reading.columns.items()}
    spread = {cell.text for cell in row.cells if cell.text}
    if len(spread) == 1:
        # One text across the whole row is the name of a phase, or a note at the foot.
        (only,) = spread
        if sum(cell.text == only for cell in row.cells) > 1 and not _FOOT.match(only):
            reading.carried[C.PHASE] = only
            return None
    if _is_no_line(texts):
        return None
    phase = texts.get(C.PHASE) or reading.carried.get(C.PHASE, "")
    reading.carried[C.PHASE] = phase
    title, problem = texts.get(C.TITLE, ""), texts.get(C.PROBLEM, "")
    said = title or problem or texts.get(C.MEASURES, "")
    troubles = [cell.trouble for cell in _used(row, reading) if cell.trouble]
    time, trouble = _time(texts.get(C.TIME, ""), reading)
    units = _units(texts, reading.known)
    troubles += [trouble] if trouble else []
    troubles += [] if units else ["没有写责任单位。"]
    return PlanLine(
        place=where,
        phase=_flat(phase),
        item=_flat(texts.get(C.ITEM, "")),
        title=_short(said),
        problem=problem or (said if len(_flat(said)) > LONGEST_TITLE else ""),
        goal=texts.get(C.GOAL, ""),
        measures=texts.get(C.MEASURES, ""),
        person=_flat(texts.get(C.PERSON, "")),
        remark=texts.get(C.REMARK, ""),
        units=units,
        time_words=_spaced(texts.get(C.TIME, "")),
        time=time,
        troubles=troubles,
    )


def _used(row: TableRow, reading: _Reading) -> list[Cell]:
    """Give the cells that are read; a day that a workbook keeps as a day is no trouble here."""
    return [row.cell(at) for column, at in reading.columns.items() if column is not C.TIME]


def _is_no_line(texts: Mapping[PlanColumn, str]) -> bool:
    said = [texts.get(column, "") for column in (C.TITLE, C.PROBLEM, C.MEASURES)]
    return not any(said) or bool(_FOOT.match(texts.get(C.ITEM, "") or next(filter(None, said))))


def _time(text: str, reading: _Reading) -> tuple[PlannedTime | None, str]:
    written = _spaced(text)
    try:
        return read_time(reading.times.get(written, written), year=reading.year), ""
    except Invalid as trouble:
        return None, trouble.message


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _units(texts: Mapping[PlanColumn, str], known: Sequence[str]) -> list[PlannedUnit]:
    leading = read_units(texts.get(C.UNITS, ""), known)
    there = {unit.name or unit.words for unit in leading}
    helping = read_units(texts.get(C.SUPPORT, ""), known, helping=True)
    return [*leading, *(unit for unit in helping if (unit.name or unit.words) not in there)]


def _text(cell: Cell) -> str:
    return "\n".join(line.strip() for line in cell.text.splitlines() if line.strip())


def _flat(text: str) -> str:
    """Give the words in one line; a phase is often written downwards, a sign a line."""
    lines = text.split("\n")
    if len(lines) > 1 and all(len(line) <= 2 for line in lines):
        return "".join(lines)
    return " ".join(lines)


def _short(text: str) -> str:
    flat = _flat(text)
    return flat if len(flat) <= LONGEST_TITLE else flat[: LONGEST_TITLE - 1] + "…"
