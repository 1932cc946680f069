"""Reading the XML of a workbook's sheets as it streams by: each cell becomes the text that people see in it.

openpyxl builds a tree of each row and an object of each cell before it gives a value, which for a large table
takes longer than all that is done with it. Here each cell passes through once, and what says the same is kept
once.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from xml.parsers import expat

from domain.uploaded_tables import EMPTY, FORMULA, MOST_COLUMNS, Cell, TableRow, too_many_rows

_SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_ROW, _CELL, _VALUE, _FORMULA = _SPACE + "row", _SPACE + "c", _SPACE + "v", _SPACE + "f"
_INLINE, _TEXT, _PHONETIC = _SPACE + "is", _SPACE + "t", _SPACE + "rPh"
_STRING, _MERGED = _SPACE + "si", _SPACE + "mergeCell"
_WORDS = frozenset({_VALUE, _TEXT, _FORMULA})
_DIGITS = "0123456789"
_DATED = "这一格被当成了日期或时间。请把单元格格式改为「文本」，重新填写。"


@dataclass(frozen=True)
class Formats:
    """What a workbook says of its numbers.

    Attributes:
        dates: the styles that make a date of a number.
        spans: those of them that make a length of time of it.
        epoch: the day from which dates count.
    """

    dates: Collection[int]
    spans: Collection[int]
    epoch: datetime


def read_texts(pieces: Iterable[bytes]) -> list[str]:
    """Read the texts that the cells of all sheets share.

    Raises:
        expat.ExpatError: it is no XML.
        ValueError: it declares a document type, as no workbook does.
    """
    found = _Texts()
    _parse(pieces, found.start, found.end, found.said)
    return found.texts


def read_rows(
    pieces: Iterable[bytes],
    *,
    texts: Sequence[Cell],
    formats: Formats,
    most: int,
    merge: Callable[[str], None],
) -> list[TableRow]:
    """Read the rows of a sheet, without the empty ones.

    Args:
        texts: what the cells share.
        most: so many rows there may be.
        merge: told each range whose cells are merged, such as C2:C4.

    Raises:
        Invalid: there are more rows.
        expat.ExpatError: it is no XML.
        ValueError: something in it is not what it is said to be.
        IndexError: a text that is shared is not there.
    """
    found = _Rows(texts, formats, most, merge)
    _parse(pieces, found.start, found.end, found.said)
    return found.rows


def _parse(
    pieces: Iterable[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    said: list[str],
) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = said.append
    parser.StartDoctypeDeclHandler = _refuse_doctype
    for piece in pieces:
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    """Refuse what could declare texts that grow, or that lie elsewhere."""
    raise ValueError("a workbook declares no document type")


class _Texts:
    """Notes the texts; how a word is pronounced (`rPh`) is none of it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.said: list[str] = []
        self._parts: list[str] = []
        self._phonetic = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if name == _TEXT:
            self.said.clear()
        elif name == _STRING:
            self._parts = []
        elif name == _PHONETIC:
            self._phonetic = True

    def end(self, name: str) -> None:
        if name == _TEXT:
            if not self._phonetic:
                self._parts.append("".join(self.said))
        elif name == _STRING:
            # So openpyxl takes back how Excel writes an underscore that could begin a character's number.
            self.texts.append("".join(self._parts).replace("x005F_", ""))
        elif name == _PHONETIC:
            self._phonetic = False


class _Rows:
    """Notes the rows; hundreds of thousands of cells pass, so that each takes few steps."""

    def __init__(
        self, texts: Sequence[Cell], formats: Formats, most: int, merge: Callable[[str], None]
    ) -> None:
        self.rows: list[TableRow] = []
        self.said: list[str] = []
        self._texts, self._formats, self._most, self._merge = texts, formats, most, merge
        self._number = self._last = self._column = 0
        self._cells: list[Cell] = []
        self._attributes: dict[str, str] = {}
        self._value: str | None = None
        self._formula: str | None = None
        self._phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == _CELL:
            self._attributes = attributes
            self._value = self._formula = None
        elif name in _WORDS:
            self.said.clear()
        elif name == _ROW:
            self.said.clear()
            self._number = _row_number(attributes["r"]) if "r" in attributes else self._number + 1
            self._column, self._cells = 0, []
        elif name == _INLINE:
            self._value = ""
        elif name == _PHONETIC:
            self._phonetic = True
        elif name == _MERGED:
            self._merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name == _VALUE:
            self._value = "".join(self.said) or None
        elif name == _CELL:
            self._end_cell()
        elif name == _ROW:
            self._end_row()
        elif name == _FORMULA:
            self._formula = "".join(self.said)
        elif name == _TEXT and not self._phonetic:
            self._value = (self._value or "") + "".join(self.said)
        elif name == _PHONETIC:
            self._phonetic = False

    def _end_cell(self) -> None:
        attributes, value = self._attributes, self._value
        place = attributes.get("r")
        self._column = column = _column_of(place.rstrip(_DIGITS)) if place else self._column + 1
        if column > MOST_COLUMNS:
            return
        kind = attributes.get("t", "n")
        if self._formula is not None:
            cell = Cell(f"={self._formula}"[:100], FORMULA)
        elif value is None:
            return
        else:
            cell = self._texts[int(value)] if kind == "s" else self._cell(kind, value)
        cells = self._cells
        missing = column - len(cells) - 1
        if missing > 0:
            cells.extend([EMPTY] * missing)
        if missing >= 0:
            cells.append(cell)
        else:
            cells[column - 1] = cell

    def _cell(self, kind: str, value: str) -> Cell:
        if kind == "n":
            return self._number_cell(float(value) if _is_broken(value) else int(value))
        if kind == "b":
            return Cell("是" if int(value) else "否")
        if kind == "e":
            return _error(value)
        if kind == "d":
            from openpyxl.utils.datetime import from_ISO8601

            return Cell(str(from_ISO8601(value)), _DATED)
        return Cell(value.strip())

    def _number_cell(self, number: float) -> Cell:
        style = int(self._attributes.get("s", 0))
        if style in self._formats.dates:
            from openpyxl.utils.datetime import from_excel

            try:
                span = style in self._formats.spans
                return Cell(str(from_excel(number, self._formats.epoch, timedelta=span)), _DATED)
            except (OverflowError, ValueError):
                return _error("#VALUE!")
        if isinstance(number, int):
            return Cell(str(number))
        return Cell(str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number))

    def _end_row(self) -> None:
        # A row that stands behind its place is none of the sheet's, as openpyxl reads it.
        if self._cells and self._number > self._last:
            if len(self.rows) == self._most:
                raise too_many_rows()
            self.rows.append(TableRow(self._number, tuple(self._cells)))
        self._last = max(self._last, self._number)


def _error(value: str) -> Cell:
    return Cell(value, f"这一格是错误值 {value}，请改正。")


def _is_broken(number: str) -> bool:
    return "." in number or "E" in number or "e" in number


def _row_number(said: str) -> int:
    """Read the number of a row, which some programs write as 3.0."""
    number = float(said)
    if not number.is_integer():
        raise ValueError(f"{said} is no number of a row")
    return int(number)


@cache
def _column_of(letters: str) -> int:
    from openpyxl.utils import column_index_from_string

    column: Any = column_index_from_string(letters)
    return int(column)
