"""The rows of an uploaded table of service points, each with what it says and what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.service_point_columns import FIELDS, MAY_BE_MERGED, Column, Header
from domain.service_point_fields import LONGEST, cleaned_text, name_key, text_trouble
from domain.uploaded_tables import EMPTY, Cell, TableRow, UploadedTable
from models.category import Category
from models.enums import ServicePointKind
from models.team import Team

_YES = frozenset({"是", "有", "√", "✓", "1", "y", "yes", "true"})
_NO = frozenset({"", "否", "无", "×", "0", "n", "no", "false", "-"})
_OFFERED = 3
_CLEANED_AS = {column: name for name, column in FIELDS.items() if name in LONGEST}
_CLEANED_AS[Column.PARENT_NUMBER] = "label_number"
# The texts that tell which place a row is about, and where it belongs; see `Entry`.
_KEPT = {
    Column.NUMBER: "own_number",
    Column.PARENT_NUMBER: "parent_number",
    Column.PARENT_PATH: "parent_path",
    Column.NAME: "name",
}
# A value, and what is wrong with the text it was read from.
_Reader = Callable[[str], tuple[Any, str]]
# The cleaned text, the value, and what is wrong.
_Said = tuple[str, Any, str]


class _Place(NamedTuple):
    """A column of the file: where it stands, the field and the text it gives, if any, and how it is read."""

    column: Column
    at: int
    name: str
    kept: str
    read: Callable[[str], _Said]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a row is refused: the column at fault, empty when it is none in particular, and a sentence."""

    column: str
    words: str


@dataclass(slots=True)
class Entry:
    """One row as it is understood.

    Attributes:
        number: of the row in the file.
        values: field → value, of the fields that the file has and that could be read.
        name, own_number: what it is called, and the office's number of it, as cleaned texts.
        parent_number, parent_path: what it says of the place above; None where the file has no such column.
        troubles: why it is refused; none so far when empty.
        node: the place it is about: its id, or minus the row's number for a new one; None while not known.
        parent: the node above it; None for the top.
    """

    number: int
    values: dict[str, Any]
    name: str = ""
    own_number: str = ""
    parent_number: str | None = None
    parent_path: str | None = None
    troubles: Sequence[Trouble] = ()
    node: int | None = None
    parent: int | None = None

    def refuse(self, column: str, words: str) -> None:
        """Note that the row is refused, and why."""
        self.troubles = (*self.troubles, Trouble(column, words))


def read_entries(session: Session, table: UploadedTable, header: Header) -> list[Entry]:
    """Understand all rows below the header.

    Units and categories that are unknown are refused with the nearest names there are.
    """
    teams = {name_key(row.name): row.id for row in session.execute(_TEAMS)}
    categories = {name_key(row.name): row.id for row in session.execute(_CATEGORIES)}
    kinds = {name_key(kind.label): kind for kind in ServicePointKind}
    choosers: Mapping[Column, _Reader] = {
        Column.TEAM: _chooser(teams, [row.name for row in session.execute(_TEAMS)], "责任单位"),
        Column.CATEGORY: _chooser(categories, [row.name for row in session.execute(_CATEGORIES)], "类别"),
        Column.KIND: _chooser(kinds, [kind.label for kind in ServicePointKind], "类型"),
        Column.PARTY_MEMBER: _yes_or_no,
    }
    names = {column: name for name, column in FIELDS.items()}
    columns = [
        _Place(column, at, name, _KEPT.get(column, ""), _reader(column, name, choosers))
        for column, at in header.places.items()
        for name in (names.get(column, ""),)
    ]
    return [_entry(row, columns) for row in table.rows if row.number > header.row]


_TEAMS = select(Team.id, Team.name).where(Team.active).order_by(Team.id)
_CATEGORIES = (
    select(Category.id, Category.name).where(Category.active).order_by(Category.position, Category.id)
)


def _entry(row: TableRow, columns: Sequence[_Place]) -> Entry:
    entry = Entry(row.number, {})
    cells, values = row.cells, entry.values
    width = len(cells)
    for column, at, name, kept, read in columns:
        cell = cells[at] if at < width else EMPTY
        text, value, trouble = read(cell.text)
        if kept:
            setattr(entry, kept, text)
        if name and not (column is Column.NUMBER and not text):
            values[name] = value
        if trouble or cell.trouble or cell.merged:
            trouble = _cell_trouble(column, cell) or trouble
            if trouble:
                entry.refuse(column, trouble)
    return entry


def _reader(column: Column, name: str, choosers: Mapping[Column, _Reader]) -> Callable[[str], _Said]:
    """Make a reader of a column: many cells say the same, so that most are read once."""

    @lru_cache(maxsize=1024)
    def read(text: str) -> _Said:
        cleaned = cleaned_text(_CLEANED_AS.get(column, ""), text)
        if column in choosers:
            return cleaned, *choosers[column](cleaned)
        return cleaned, cleaned, (text_trouble(name, cleaned) or "") if name else ""

    return read


def _cell_trouble(column: Column, cell: Cell) -> str:
    if cell.merged and cell.text and column not in MAY_BE_MERGED:
        return "这一格是合并单元格。请取消合并，每一行各填各的。"
    return cell.trouble


def _chooser(known: Mapping[str, Any], names: Sequence[str], what: str) -> _Reader:
    """Make a reader of one of several names; each unknown text is looked up for likely ones once."""

    @cache
    def read(text: str) -> tuple[Any, str]:
        if not text:
            return None, ("类型不能为空。" if what == "类型" else "")
        if name_key(text) in known:
            return known[name_key(text)], ""
        near = [name for name in names if name_key(text) in name_key(name)] or get_close_matches(
            text, names, _OFFERED, 0.5
        )
        if what == "类型":
            return None, f"没有「{text[:20]}」这个类型，可以填：{'、'.join(names)}。"
        hint = (
            f"是不是：{'、'.join(near[:_OFFERED])}？" if near else f"请先在设置里添加，或改成已有的{what}。"
        )
        return None, f"没有「{text[:40]}」这个{what}。{hint}"

    return read


def _yes_or_no(text: str) -> tuple[bool, str]:
    said = name_key(text)
    if said in _YES or said in _NO:
        return said in _YES, ""
    return False, "请填「是」或「否」。"
