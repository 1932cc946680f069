"""Rows of which only the moment of their last change changed: written many at once, past the unit of work."""

from functools import cache
from typing import Any, cast

from sqlalchemy import Table, inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history

from models.base import Base
from models.many_rows import Writing, update_given

_MOMENT = "updated_at"


def take_touched(session: Session, kind: type[Base]) -> list[dict[str, Any]]:
    """Take such rows of a kind out of the session, for the statement that `touching` gives.

    They belong to the session no more; what else changed of the others is left to its flush.
    """
    touched = [one for one in session.dirty if isinstance(one, kind) and _is_only_touched(one)]
    for one in touched:
        session.expunge(one)
    key = _key(kind)
    return [{key: getattr(one, key), _MOMENT: getattr(one, _MOMENT)} for one in touched]


@cache
def touching(kind: type[Base], *, for_sqlite: bool) -> Writing:
    """Give the statement that writes the moment of the last change into rows of a kind."""
    return update_given(cast("Table", kind.__table__), _key(kind), [_MOMENT], for_sqlite=for_sqlite)


def _key(kind: type[Base]) -> str:
    (key,) = kind.__table__.primary_key
    return str(key.name)


def _is_only_touched(one: Base) -> bool:
    """Tell whether it is a moment later than in the database, and all else is as it is there."""
    # Of what was set at all, if only to what it was.
    changed = [name for name in inspect(one).committed_state if get_history(one, name).has_changes()]
    return changed == [_MOMENT]
