"""What an uploaded table would do to the registry: the fate of each row, before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.service_point_columns import Column, read_header
from domain.service_point_fields import FIELD_NAMES, LABELS, PlaceFields
from domain.service_point_import_rows import Entry, Trouble, read_entries
from domain.service_point_import_soundness import Soundness, Standing, node_of
from domain.service_point_import_tree import Registry, Settling, load_registry
from domain.uploaded_tables import UploadedTable
from models.category import Category
from models.enums import ServicePointKind, Word
from models.team import Team

_TOP = "（最上级）"


class Fate(Word):
    """What an import does with a row."""

    REFUSED = "refused", "有误"
    NEW = "new", "新增"
    CHANGED = "changed", "修改"
    UNCHANGED = "unchanged", "不变"


@dataclass(frozen=True, slots=True)
class Change:
    """What a row changes in one column, as people read it."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowFate:
    """What becomes of one row.

    Attributes:
        row: its number in the file.
        path: the place it is about, as it will stand: 东校区/第二食堂/3号窗口.
        place_id: the place there is; None for a new one.
        node, parent: as in `Entry`.
        depth: 1 at the top.
        wanted: what is to be written; None when refused.
        mark: a short sign of what the row would do, to tell whether that is still what was seen; empty when
            refused.
    """

    row: int
    fate: Fate
    path: str
    changes: Sequence[Change] = ()
    troubles: Sequence[Trouble] = ()
    place_id: int | None = None
    node: int = 0
    parent: int | None = None
    depth: int = 0
    wanted: PlaceFields | None = None
    mark: str = ""


@dataclass(frozen=True)
class ImportPlan:
    """What becomes of all rows.

    Attributes:
        unused: names of columns in the file that are not ours.
        missing: columns of ours that the file does not have; what they hold stays as it is.
    """

    rows: Sequence[RowFate]
    unused: Sequence[str] = ()
    missing: Sequence[str] = ()

    def count(self, fate: Fate) -> int:
        """Count the rows of one fate."""
        return sum(row.fate is fate for row in self.rows)


def plan_import(session: Session, table: UploadedTable) -> ImportPlan:
    """Tell what becomes of each row; reads only.

    Raises:
        Invalid: the columns are not there; see `read_header`.
    """
    header = read_header(table)
    registry = load_registry(session)
    entries = read_entries(session, table, header)
    Settling(registry, entries).settle()
    standing = Soundness(registry, entries).refuse_unsound()
    labels = _labels(session)
    missing = [column for column in Column if column not in header.places]
    rows = [_fate_of(entry, registry, standing, labels) for entry in entries]
    return ImportPlan(rows, header.unused, missing)


def _labels(session: Session) -> Mapping[str, Mapping[Any, str]]:
    return {
        "team_id": {row.id: row.name for row in session.execute(select(Team.id, Team.name))},
        "category_id": {row.id: row.name for row in session.execute(select(Category.id, Category.name))},
        "kind": {kind: kind.label for kind in ServicePointKind},
        "party_member": {True: "是", False: "否"},
    }


def _fate_of(
    entry: Entry,
    registry: Registry,
    standing: Mapping[int, Standing],
    labels: Mapping[str, Mapping[Any, str]],
) -> RowFate:
    if entry.troubles:
        path = f"{entry.parent_path or ''}/{entry.name}".strip("/")
        return RowFate(entry.number, Fate.REFUSED, path, troubles=entry.troubles)
    node = node_of(entry)
    wanted = standing[node].fields
    known = registry.places.get(node)
    changes: list[Change] = []
    if known is not None:
        changes = list(_changes(known.fields, wanted, labels))
        if known.parent_id != entry.parent:
            before = registry.path_of(known.parent_id) if known.parent_id is not None else _TOP
            after = standing[entry.parent].path if entry.parent is not None else _TOP
            changes.append(Change("上级", before, after))
    fate = Fate.NEW if known is None else Fate.CHANGED if changes else Fate.UNCHANGED
    place_id, path = known.id if known else None, standing[node].path
    said = (fate.value, place_id, path, wanted, tuple(changes))
    return RowFate(
        entry.number,
        fate,
        path,
        tuple(changes),
        place_id=place_id,
        node=node,
        parent=entry.parent,
        depth=standing[node].depth,
        wanted=wanted,
        mark=sha256(repr(said).encode()).hexdigest()[:10],
    )


def _changes(
    before: PlaceFields, after: PlaceFields, labels: Mapping[str, Mapping[Any, str]]
) -> Iterator[Change]:
    for name in FIELD_NAMES:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            words = labels.get(name, {})
            yield Change(LABELS[name], words.get(old, old or ""), words.get(new, new or ""))
