"""Reading the tables of an uploaded Word document (.docx), with the lines that stand outside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import docx
from docx.opc.exceptions import OpcError
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from domain.errors import Invalid
from domain.uploaded_archives import TROUBLES, check_tags, parts_of
from domain.uploaded_tables import (
    EMPTY,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    TableRow,
    UploadedTable,
    too_many_rows,
)

_DAMAGED = "这个 Word 文档不完整或已损坏。请在 Word 或 WPS 里打开，另存为 .docx 再上传。"
_TOO_LARGE = "这个文档解压后太大，没有读取。请删掉图片，另存后再上传。"
MOST_TABLES = 200


@dataclass(frozen=True)
class UploadedDocument:
    """What a document holds, in its order.

    Attributes:
        tables: all tables that are not inside another one.
        above: of each table, the paragraphs with something in them between it and the table before.
    """

    above: Sequence[Sequence[str]]
    tables: Sequence[UploadedTable]


def is_document(data: bytes) -> bool:
    """Tell whether an archive is a Word document.

    Raises:
        Invalid: it is damaged, or would unpack to too much.
    """
    return "word/document.xml" in parts_of(data, damaged=_DAMAGED, too_large=_TOO_LARGE)


def read_document(data: bytes) -> UploadedDocument:
    """Read all tables of a document.

    Raises:
        Invalid: it is damaged or too large.
    """
    try:
        check_tags(data, too_large=_TOO_LARGE)
        document = docx.Document(BytesIO(data))
        return _read(document.iter_inner_content())
    except (*TROUBLES, OpcError):
        raise Invalid(_DAMAGED) from None


def _read(blocks: Iterator[Paragraph | Table]) -> UploadedDocument:
    lines: list[str] = []
    above: list[Sequence[str]] = []
    tables: list[UploadedTable] = []
    rows = 0
    for block in blocks:
        if isinstance(block, Paragraph):
            if block.text.strip():
                lines.append(block.text.strip())
            continue
        table = UploadedTable(tuple(_rows(block)))
        rows += len(table.rows)
        if rows > MOST_ROWS or len(tables) >= MOST_TABLES:
            raise too_many_rows()
        tables.append(table)
        above.append(lines)
        lines = []
    return UploadedDocument(above, tables)


def _rows(table: Table) -> Iterator[TableRow]:
    seen: set[object] = set()
    for number, row in enumerate(table.rows, start=1):
        before = [EMPTY] * row.grid_cols_before
        # A merged cell is given for each place it covers, and is the same piece of the document each time.
        cells = [*before, *row.cells][:MOST_COLUMNS]
        read = [_cell(cell, seen) if isinstance(cell, _Cell) else cell for cell in cells]
        if any(cell.text for cell in read):
            yield TableRow(number, tuple(read))


def _cell(cell: _Cell, seen: set[object]) -> Cell:
    covered = cell._tc in seen
    seen.add(cell._tc)
    lines = (line.strip() for line in cell.text.splitlines())
    return Cell("\n".join(line for line in lines if line), merged=covered)
