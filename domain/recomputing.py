"""Working out the due times of open complaints anew, after a limit, a holiday or the working hours changed.

Thousands of complaints would keep a page waiting, so the page leaves a mark and the worker works it off in
slices. The mark is one row: whatever is changed while the worker is at it starts it over, so that many
changes after one another cost one round, and none is missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain import deadlines, lifecycle
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES
from models.office_setting import OfficeSetting
from models.staff import Staff
from models.upsert import insert_into

# So many complaints are held at a time; whoever works on one of them waits for as long.
SLICE = 20
_MARK = "deadlines_to_recompute"


@dataclass(frozen=True)
class Progress:
    """How far the worker is: `done` of about `total` complaints."""

    done: int
    total: int


def count_open(session: Session, categories: Sequence[int] | None = None) -> int:
    """Count the complaints whose due times would be worked out anew; None stands for all categories."""
    return session.scalar(select(func.count(Complaint.id)).where(*_concerned(categories))) or 0


def ask(session: Session, *, category_id: int | None = None, staff: Staff, now: datetime) -> int:
    """Have the due times worked out anew, of one category or, without it, of all.

    Returns:
        How many complaints that concerns.
    """
    fresh = insert_into(session, OfficeSetting).values(
        name=_MARK, value={"categories": []}, changed_at=now, changed_by_id=staff.id
    )
    session.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
    mark = session.get_one(OfficeSetting, _MARK, with_for_update=True, populate_existing=True)
    before: list[int] | None = mark.value["categories"]
    concerned = None if category_id is None or before is None else sorted({*before, category_id})
    total = count_open(session, concerned)
    mark.value = {"categories": concerned, "after": 0, "done": 0, "total": total}
    mark.changed_at, mark.changed_by_id = now, staff.id
    session.flush()
    return count_open(session, None if category_id is None else [category_id])


def progress(session: Session) -> Progress | None:
    """Tell how far the worker is; None when there is nothing to work out."""
    mark = session.get(OfficeSetting, _MARK)
    return None if mark is None else Progress(mark.value["done"], mark.value["total"])


def is_asked_for(session: Session) -> bool:
    """Tell whether the worker would find something to do."""
    return session.scalar(select(OfficeSetting.name).where(OfficeSetting.name == _MARK)) is not None


def do_slice(session: Session, *, now: datetime) -> int:
    """Work out the next few complaints.

    The mark is held first, so a change comes either before, and is read here, or after, and starts it over.

    Returns:
        How many; 0 when all is done, and the mark is gone.
    """
    mark = _held_mark(session)
    if mark is None:
        return 0
    value: dict[str, Any] = mark.value
    following = (
        select(Complaint)
        .where(*_concerned(value["categories"]), Complaint.id > value["after"])
        .order_by(Complaint.id)
        .limit(SLICE)
    )
    complaints = session.scalars(following).all()
    for complaint in complaints:
        lifecycle.hold(session, complaint)
        deadlines.recompute(session, complaint, now=now)
    if complaints:
        done = value["done"] + len(complaints)
        mark.value = {**value, "after": complaints[-1].id, "done": done, "total": max(value["total"], done)}
    else:
        session.delete(mark)
    session.flush()
    return len(complaints)


def _held_mark(session: Session) -> OfficeSetting | None:
    return session.get(OfficeSetting, _MARK, with_for_update=True, populate_existing=True)


def _concerned(categories: Sequence[int] | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Complaint.status.in_(ACTIVE_STATUSES)]
    if categories is not None:
        conditions.append(Complaint.category_id.in_(categories))
    return conditions
