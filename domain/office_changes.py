"""Writing changes of what the office sets into the audit log: what was, and what is now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from domain import audit
from models.base import Base
from models.staff import Staff


def apply(row: Base, after: Mapping[str, Any]) -> dict[str, Any] | None:
    """Write values onto a row; give what they were before, or None where nothing is to be changed."""
    before = {name: getattr(row, name) for name in after}
    if before == after:
        return None
    for name, value in after.items():
        setattr(row, name, value)
    return before


def note(
    session: Session,
    staff: Staff | None,
    *,
    action: str,
    subject: object,
    words: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write a change into the audit log; of the values before and after, those that differ.

    Args:
        staff: who did it; None at the command line.
        action: the kind of thing and a verb, such as "team.change".
        subject: the id of the thing, or its name where that is what it goes by.
        words: the deed in one Chinese sentence.
        before: values as JSON; left out for what is new.
        after: likewise; left out for what is gone.
    """
    old, new = dict(before or {}), dict(after or {})
    same = {key for key in old.keys() & new.keys() if old[key] == new[key]}
    details = {
        "before": {key: value for key, value in old.items() if key not in same},
        "after": {key: value for key, value in new.items() if key not in same},
    }
    audit.record(
        session,
        staff,
        action=action,
        subject_kind=action.partition(".")[0],
        subject=str(subject)[:80],
        words=words,
        details={key: values for key, values in details.items() if values},
        now=now,
    )
