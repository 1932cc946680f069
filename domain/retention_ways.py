"""How old rows are counted and deleted, by one condition for both, some at a time.

`domain/retention.py` says what is kept for how long; each kind there is one of these ways.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Executable, delete, func, inspect, select, tuple_, update
from sqlalchemy.orm import Session

# So that nobody waits long for the database meanwhile.
BATCH = 500
Condition = Callable[[datetime], ColumnElement[bool]]


@dataclass(frozen=True)
class Due:
    """What would be deleted now: how many, and from when the oldest is; None where there is none."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class Dropped:
    """What was deleted: how many, and the keys of files to delete once this is committed."""

    count: int
    file_keys: frozenset[str] = field(default=frozenset())


class Way(Protocol):
    """Counts and deletes what is older than a moment."""

    def due(self, session: Session, before: datetime) -> Due:
        """Count what would be deleted."""

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete BATCH of it; a count of 0 says that none are left."""


@dataclass(frozen=True)
class Rows:
    """Deletes rows of a table, or empties some of their columns.

    Attributes:
        table: a mapped class.
        at: when a row's time began.
        which: the condition, for a moment.
        values: what the columns get; None deletes the row.
    """

    table: type[Any]
    at: Any
    which: Condition
    values: Mapping[str, Any] | None = None

    def due(self, session: Session, before: datetime) -> Due:
        """Count the rows."""
        return due_of(session, select(func.count(), func.min(self.at)).where(self.which(before)))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete or empty BATCH of the rows."""
        del now
        key = inspect(self.table).primary_key
        some = tuple_(*key).in_(select(*key).where(self.which(before)).limit(BATCH))
        change = delete(self.table) if self.values is None else update(self.table).values(self.values)
        done = session.execute(change.where(some).execution_options(synchronize_session=False))
        return Dropped(int(done.rowcount))  # type: ignore[attr-defined]


def due_of(session: Session, counted: Executable) -> Due:
    """Give what a SELECT of a count and a moment says."""
    count, oldest = session.execute(counted).one()
    return Due(count, oldest)
