"""Doing what an import's preview showed: some rows in each transaction, so that nobody waits long for it.

A row is done only if it would still do what the preview showed; one that was done already does nothing. So an
import that was interrupted can be begun again.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import service_point_registry as registry
from domain.errors import DomainError
from domain.service_point_import import Fate, ImportPlan, RowFate
from models.service_point import ServicePoint
from models.staff import Staff

# So many are written within a fifth of a second; others who write meanwhile wait no longer.
ROWS_AT_ONCE = 100
WAY = "导入："
_CHANGED_SINCE = "预览之后这里有变化，没有导入。请重新上传，再看一次预览。"


@dataclass
class ImportOutcome:
    """What an import has done so far.

    Attributes:
        left: rows that were not done after all, with the reason.
    """

    added: int = 0
    changed: int = 0
    left: list[tuple[int, str]] = field(default_factory=list)


def apply_import(
    plan: ImportPlan,
    marks: Mapping[str, str],
    *,
    staff_id: int,
    transaction: Callable[[], AbstractContextManager[Session]],
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None],
) -> ImportOutcome:
    """Do what a preview showed.

    Args:
        marks: row → its mark in the preview, of the rows that were to be done.
        transaction: begins one, and ends it with what was done in it.
        progress: told how many rows are done, of how many; may raise to stop between two transactions.
    """
    outcome = ImportOutcome()
    outcome.left = [
        (row.row, _CHANGED_SINCE)
        for row in plan.rows
        if str(row.row) in marks and row.fate is not Fate.UNCHANGED and row.mark != marks[str(row.row)]
    ]
    # Whatever stands above another comes first, so that moving makes no circle on the way.
    todo = sorted(
        (row for row in plan.rows if _is_to_do(row) and marks.get(str(row.row)) == row.mark),
        key=lambda row: (row.depth, row.row),
    )
    made: dict[int, int] = {}
    for start in range(0, len(todo), ROWS_AT_ONCE):
        some = todo[start : start + ROWS_AT_ONCE]
        try:
            with transaction() as session:
                staff = session.get_one(Staff, staff_id)
                new, left = _do(session, some, made, staff=staff, now=clock())
        except IntegrityError:
            # Somebody has taken a number meanwhile; nothing of these rows was kept.
            outcome.left += [(row.row, _CHANGED_SINCE) for row in some]
            continue
        made |= new
        outcome.left += left
        outcome.added += len(new)
        outcome.changed += len(some) - len(new) - len(left)
        progress(start + len(some), len(todo))
    outcome.left.sort()
    return outcome


def _is_to_do(row: RowFate) -> bool:
    return row.fate in {Fate.NEW, Fate.CHANGED}


def _do(
    session: Session, rows: Sequence[RowFate], made: Mapping[int, int], *, staff: Staff, now: datetime
) -> tuple[dict[int, int], list[tuple[int, str]]]:
    """Do some rows; give the ids of new places by their nodes, and what was left."""
    new: dict[int, int] = {}
    left: list[tuple[int, str]] = []
    for row in rows:
        above = row.parent
        if above is not None and above < 0:
            above = new.get(above, made.get(above, 0))
        parent = session.get(ServicePoint, above) if above is not None else None
        place = session.get(ServicePoint, row.place_id) if row.place_id is not None else None
        if row.wanted is None or (above is not None and parent is None):
            left.append((row.row, _CHANGED_SINCE))
            continue
        try:
            if place is None:
                added = registry.add(
                    session, row.wanted, parent=parent, staff=staff, now=now, way=WAY, checked=True
                )
                new[row.node] = added.id
            else:
                registry.move(session, place, parent=parent, staff=staff, now=now, way=WAY, checked=True)
                registry.change(session, place, row.wanted, staff=staff, now=now, way=WAY, checked=True)
        except DomainError as refusal:
            left.append((row.row, refusal.message))
    return new, left
