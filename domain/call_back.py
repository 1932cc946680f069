"""Calling back (电话回复): who left a telephone and has no WeChat hears nothing unless somebody calls."""

from domain.actors import Actor
from models.complaint import Complaint, ComplaintEvent
from models.enums import StepName

# What the person waits to hear; each is to be told once.
_ANSWERS = frozenset(
    {StepName.REPLY, StepName.RESOLVE, StepName.CONFIRM_REJECTION, StepName.APPROVE_DEFERRAL}
)
_CALLED = "called"


def is_owed(complaint: Complaint) -> bool:
    """Tell whether the person, for whom a colleague wrote, still has to be called about the last answer."""
    if complaint.recorded_by_id is None or complaint.reporter_id is not None:
        return False
    if complaint.anonymous or not complaint.contact_phone:
        return False
    told = [event for event in complaint.events if event.step in _ANSWERS or is_call(event)]
    return not told or not is_call(told[-1])


def is_call(event: ComplaintEvent) -> bool:
    """Tell whether this note says that the person was called."""
    return bool(event.details.get(_CALLED))


def noted(complaint: Complaint, actor: Actor, *, called: bool) -> dict[str, bool]:
    """Give what a note keeps of a call; none where staff had nobody to call."""
    return {_CALLED: True} if called and actor.staff is not None and is_owed(complaint) else {}
