"""Calling back (电话回复): who left a telephone and has no WeChat hears nothing unless somebody calls."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.actors import Actor
from models.complaint import Complaint, ComplaintEvent
from models.enums import StepName

# What the person waits to hear; each is to be told once.
_ANSWERS = frozenset(
    {StepName.REPLY, StepName.RESOLVE, StepName.CONFIRM_REJECTION, StepName.APPROVE_DEFERRAL}
)
_CALLED = "called"


def hears_by_telephone(complaint: Complaint) -> bool:
    """Tell whether a colleague wrote for somebody who left a telephone and reads no notice of ours."""
    if complaint.recorded_by_id is None or complaint.reporter_id is not None:
        return False
    return bool(complaint.contact_phone) and not complaint.anonymous


def is_owed(complaint: Complaint) -> bool:
    """Tell whether the person, for whom a colleague wrote, still has to be called about the last answer."""
    return hears_by_telephone(complaint) and _is_untold(complaint.events)


def owed_among(session: Session, complaints: Collection[Complaint]) -> frozenset[int]:
    """Name those of the complaints, by id, whose person still has to be called; asks once for all."""
    events: dict[int, list[ComplaintEvent]] = {one.id: [] for one in complaints if hears_by_telephone(one)}
    said = select(ComplaintEvent).where(ComplaintEvent.complaint_id.in_(events))
    for event in session.scalars(said.order_by(ComplaintEvent.id)) if events else ():
        events[event.complaint_id].append(event)
    return frozenset(complaint_id for complaint_id, rows in events.items() if _is_untold(rows))


def _is_untold(events: Collection[ComplaintEvent]) -> bool:
    told = [event for event in events if event.step in _ANSWERS or is_call(event)]
    return not told or not is_call(told[-1])


def is_call(event: ComplaintEvent) -> bool:
    """Tell whether this note says that the person was called."""
    return bool(event.details.get(_CALLED))


def noted(complaint: Complaint, actor: Actor, *, called: bool) -> dict[str, bool]:
    """Give what a note keeps of a call; none where staff had nobody to call."""
    return {_CALLED: True} if called and actor.staff is not None and is_owed(complaint) else {}
