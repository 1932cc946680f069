"""The rows of an uploaded table of service points, each with what it says and what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.service_point_columns import FIELDS, MAY_BE_MERGED, Column, Header
from domain.service_point_fields import LONGEST, cleaned_text, name_key, text_trouble
from domain.uploaded_tables import Cell, TableRow, UploadedTable
from models.category import Category
from models.enums import ServicePointKind
from models.team import Team

_YES = frozenset({"是", "有", "√", "✓", "1", "y", "yes", "true"})
_NO = frozenset({"", "否", "无", "×", "0", "n", "no", "false", "-"})
_OFFERED = 3
_CLEANED_AS = {column: name for name, column in FIELDS.items() if name in LONGEST}
_CLEANED_AS[Column.PARENT_NUMBER] = "label_number"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a row is refused: the column at fault, empty when it is none in particular, and a sentence."""

    column: str
    words: str


@dataclass
class Entry:
    """One row as it is understood.

    Attributes:
        number: of the row in the file.
        texts: column → cleaned text, of the columns that the file has.
        values: field → value, of the fields that the file has and that could be read.
        troubles: why it is refused; none so far when empty.
        node: the place it is about: its id, or minus the row's number for a new one; None while not known.
        parent: the node above it; None for the top.
    """

    number: int
    texts: Mapping[Column, str]
    values: dict[str, Any]
    troubles: list[Trouble] = field(default_factory=list)
    node: int | None = None
    parent: int | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.texts[Column.NAME]

    def refuse(self, column: str, words: str) -> None:
        """Note that the row is refused, and why."""
        self.troubles.append(Trouble(column, words))


def read_entries(session: Session, table: UploadedTable, header: Header) -> list[Entry]:
    """Understand all rows below the header.

    Units and categories that are unknown are refused with the nearest names there are.
    """
    teams = {name_key(row.name): row.id for row in session.execute(_TEAMS)}
    categories = {name_key(row.name): row.id for row in session.execute(_CATEGORIES)}
    kinds = {name_key(kind.label): kind for kind in ServicePointKind}
    readers: dict[Column, Callable[[str], tuple[Any, str]]] = {
        Column.TEAM: _chooser(teams, [row.name for row in session.execute(_TEAMS)], "责任单位"),
        Column.CATEGORY: _chooser(categories, [row.name for row in session.execute(_CATEGORIES)], "类别"),
        Column.KIND: _chooser(kinds, [kind.label for kind in ServicePointKind], "类型"),
        Column.PARTY_MEMBER: _yes_or_no,
    }
    return [_entry(row, header, readers) for row in table.rows if row.number > header.row]


_TEAMS = select(Team.id, Team.name).where(Team.active).order_by(Team.id)
_CATEGORIES = (
    select(Category.id, Category.name).where(Category.active).order_by(Category.position, Category.id)
)


def _entry(
    row: TableRow, header: Header, readers: Mapping[Column, Callable[[str], tuple[Any, str]]]
) -> Entry:
    cells = {column: row.cell(at) for column, at in header.places.items()}
    texts = {column: _cleaned(column, cell.text) for column, cell in cells.items()}
    entry = Entry(row.number, texts, {})
    for column, cell in cells.items():
        trouble = _cell_trouble(column, cell)
        if trouble:
            entry.refuse(column, trouble)
    for name, column in FIELDS.items():
        if column in texts and not (column is Column.NUMBER and not texts[column]):
            _read_field(entry, name, column, readers)
    return entry


def _read_field(
    entry: Entry, name: str, column: Column, readers: Mapping[Column, Callable[[str], tuple[Any, str]]]
) -> None:
    text, trouble = entry.texts[column], ""
    if column in readers:
        entry.values[name], trouble = readers[column](text)
    else:
        entry.values[name] = text
        trouble = text_trouble(name, text) or ""
    if trouble and not any(one.column == column for one in entry.troubles):
        entry.refuse(column, trouble)


def _cleaned(column: Column, text: str) -> str:
    return cleaned_text(_CLEANED_AS.get(column, ""), text)


def _cell_trouble(column: Column, cell: Cell) -> str:
    if cell.merged and cell.text and column not in MAY_BE_MERGED:
        return "这一格是合并单元格。请取消合并，每一行各填各的。"
    return cell.trouble


def _chooser(known: Mapping[str, Any], names: Sequence[str], what: str) -> Callable[[str], tuple[Any, str]]:
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
