"""The version of the public board: raised at the end of each transaction that changes what it shows.

Every web process keeps drawn pages and asks for this one number to know whether they still hold. The row is
taken last, after the end of the audit log, so that nobody waits for it longer than a commit takes.
"""

from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from domain import audit  # noqa: F401 (its row is taken first: the order of two locks must be the same everywhere)
from models.board import BoardVersion
from models.complaint import Complaint, ComplaintEvent
from models.enums import ComplaintStatus, StepName
from models.upsert import insert_into

_CHANGED = "the public board changed"
# Of these the board tells even what was not released: that they are, and why.
_ALWAYS_SHOWN = frozenset({ComplaintStatus.REJECTED, ComplaintStatus.DEFERRED})


def current(session: Session) -> int:
    """Give the version; 0 before anything was ever shown."""
    return session.scalar(select(BoardVersion.version)) or 0


def touch(session: Session) -> None:
    """Have the version raised when this transaction is committed."""
    session.info[_CHANGED] = True


def touch_for(session: Session, complaint: Complaint, happened: ComplaintEvent | None = None) -> None:
    """Have the version raised if the board shows this complaint, or did before this event."""
    shown = complaint.published_at is not None or complaint.status in _ALWAYS_SHOWN
    before = happened is not None and (
        happened.step is StepName.UNPUBLISH or happened.from_status in _ALWAYS_SHOWN
    )
    if shown or before:
        touch(session)


@event.listens_for(Session, "before_commit")
def _raise(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.pop(_CHANGED, False):
        return
    new: Any = insert_into(session, BoardVersion).values(id=1, version=1)
    raised = {"version": BoardVersion.version + 1}
    session.execute(new.on_conflict_do_update(index_elements=["id"], set_=raised))
