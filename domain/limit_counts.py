"""How often limits were met: counted in memory, written down some at a time.

A thousand refusals a minute must not become a thousand writes. The first is written at once, so that staff
see it; those that follow are added every few seconds, with whatever request comes next. A process that is
killed loses the last few of the count, and nothing else.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.limits import Met, current
from models.database import Database
from models.person import Person
from models.person_limit import LimitKind, PersonLimit

WRITE_EVERY_SECONDS = 5.0
# Beyond so many people at once, further ones are not told apart until the next writing.
MOST_KEPT = 2000
# Their row is the limit itself, written where it is met; of the others it only tells.
_KEPT_BY_ROWS = frozenset({LimitKind.CHAT, LimitKind.BLOCK})


@dataclass
class LimitCounts:
    """What one process has refused and not yet written down.

    Attributes:
        clock: seconds that only go forward.
    """

    clock: Callable[[], float] = time.monotonic
    _refused: dict[tuple[int, LimitKind], tuple[int, datetime]] = field(default_factory=dict)
    _written_at: float = float("-inf")
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, met: Iterable[Met]) -> None:
        """Count what was refused."""
        with self._guard:
            for person_id, kind, until in met:
                key = (person_id, kind)
                count, before = self._refused.get(key, (0, until))
                if count or len(self._refused) < MOST_KEPT:
                    self._refused[key] = (count + 1, max(before, until))

    def take_due(self) -> dict[tuple[int, LimitKind], tuple[int, datetime]]:
        """Give what is to be written down now; most often nothing."""
        if not self._refused or self.clock() - self._written_at < WRITE_EVERY_SECONDS:
            return {}
        with self._guard:
            taken, self._refused = self._refused, {}
            self._written_at = self.clock()
        return taken


_of_databases: WeakKeyDictionary[Database, LimitCounts] = WeakKeyDictionary()


def counts_of(database: Database) -> LimitCounts:
    """Give the counts of this process for a database."""
    return _of_databases.setdefault(database, LimitCounts())


def write_due(database: Database, *, now: datetime) -> None:
    """Write down what was refused, if it is time; costs nothing when it is not."""
    taken = counts_of(database).take_due()
    if taken:
        with database.transaction() as session:
            for (person_id, kind), (count, until) in taken.items():
                _write(session, person_id, kind, count, until, now=now)


def _write(
    session: Session, person_id: int, kind: LimitKind, count: int, until: datetime, *, now: datetime
) -> None:
    # Held, so that two processes that met the limit in the same moment write one row; gone, when deleted.
    person = session.scalar(select(Person.id).where(Person.id == person_id).with_for_update())
    if person is None:
        return
    row = current(session, person_id, kind, now=now)
    if row is None:
        if kind in _KEPT_BY_ROWS or until <= now:
            return  # over, or lifted meanwhile: it must not begin anew by being counted
        row = PersonLimit(person_id=person_id, kind=kind, began_at=now, until=until, refused=0)
        session.add(row)
    row.refused += count
    row.last_refused_at = now
    if kind not in _KEPT_BY_ROWS:
        row.until = max(row.until, until)
