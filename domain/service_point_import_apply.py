"""Doing what an import's preview showed: some rows in each transaction, so that nobody waits long for it.

A row is done only if it would still do what the preview showed; one that was done already does nothing. So an
import that was interrupted can be begun again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import service_point_registry as registry
from domain.errors import DomainError
from domain.service_point_fields import PlaceFields
from domain.service_point_import import Fate, ImportPlan, RowFate
from models.service_point import ServicePoint
from models.staff import Staff

# So many new ones are written within a fifth of a second; others who write meanwhile should wait no longer.
ROWS_AT_ONCE = 1000
# A change takes as long as so many of them: it is made by itself, and may give all below new names.
_ONE_CHANGE = 20
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
    done = 0
    for some in _slices(todo):
        done += len(some)
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
        progress(done, len(todo))
    outcome.left.sort()
    return outcome


def _slices(rows: Sequence[RowFate]) -> Iterator[Sequence[RowFate]]:
    """Give the rows in their order, as many at a time as one transaction may take."""
    some: list[RowFate] = []
    weight = 0
    for row in rows:
        some.append(row)
        weight += 1 if row.fate is Fate.NEW else _ONE_CHANGE
        if weight >= ROWS_AT_ONCE:
            yield some
            some, weight = [], 0
    if some:
        yield some


def _is_to_do(row: RowFate) -> bool:
    return row.fate in {Fate.NEW, Fate.CHANGED}


def _do(
    session: Session, rows: Sequence[RowFate], made: dict[int, int], *, staff: Staff, now: datetime
) -> tuple[dict[int, int], list[tuple[int, str]]]:
    """Do some rows; give the ids of new places by their nodes, and what was left."""
    new: dict[int, int] = {}
    left: list[tuple[int, str]] = []
    known = dict(made)
    # New ones of one level stand below none of each other, so they go in together.
    for (_, is_new), some in groupby(rows, key=lambda row: (row.depth, row.place_id is None)):
        if is_new:
            added = _add(session, list(some), known, left, staff=staff, now=now)
            new |= added
            known |= added
        else:
            done = [(row.row, _change(session, row, known, staff=staff, now=now)) for row in some]
            left += [(number, refusal) for number, refusal in done if refusal is not None]
    return new, left


def _add(
    session: Session,
    rows: Sequence[RowFate],
    known: Mapping[int, int],
    left: list[tuple[int, str]],
    *,
    staff: Staff,
    now: datetime,
) -> Mapping[int, int]:
    """Add new places of one level; those that cannot be go to what is left.

    Returns:
        Their ids by their nodes.

    Raises:
        NotAllowed: not this person's to do any more, which ends the import.
    """
    below = [(row, _above(row, known)) for row in rows]
    ids = {above for _, above in below if above is not None}
    query = select(ServicePoint.id, ServicePoint.active).where(ServicePoint.id.in_(ids))
    in_use = {row.id: row.active for row in session.execute(query)}
    good: list[tuple[RowFate, PlaceFields, int | None]] = []
    for row, above in below:
        if row.wanted is None or (above is not None and above not in in_use):
            left.append((row.row, _CHANGED_SINCE))
        elif above is not None and not in_use[above]:
            left.append((row.row, registry.PARENT_RETIRED))
        else:
            good.append((row, row.wanted, above))
    wanted = [(fields, above) for _, fields, above in good]
    added = registry.add_many(session, wanted, staff=staff, now=now, way=WAY) if good else ()
    return {row.node: place_id for (row, _, _), place_id in zip(good, added, strict=True)}


def _change(
    session: Session, row: RowFate, known: Mapping[int, int], *, staff: Staff, now: datetime
) -> str | None:
    """Change one place; give the reason where that cannot be."""
    above = _above(row, known)
    parent = session.get(ServicePoint, above) if above is not None else None
    place = session.get(ServicePoint, row.place_id)
    if place is None or row.wanted is None or (above is not None and parent is None):
        return _CHANGED_SINCE
    try:
        registry.move(session, place, parent=parent, staff=staff, now=now, way=WAY, checked=True)
        registry.change(session, place, row.wanted, staff=staff, now=now, way=WAY, checked=True)
    except DomainError as refusal:
        return refusal.message
    return None


def _above(row: RowFate, known: Mapping[int, int]) -> int | None:
    """Give the id of the place above; 0, which no place has, where that was not made."""
    if row.parent is None or row.parent > 0:
        return row.parent
    return known.get(row.parent, 0)
