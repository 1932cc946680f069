"""Writing down what came of each round of work on a complaint, for the figures."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from domain.rounds import Round
from domain.working_time import WorkingTime, local_time
from models.complaint import Complaint, ComplaintEvent
from models.complaint_round import ComplaintRound
from models.daily_figure import FigureChange
from models.enums import StepName

_MINUTE = timedelta(minutes=1)


def write_round(
    session: Session,
    complaint: Complaint,
    current: Round,
    events: Sequence[ComplaintEvent],
    calendar: WorkingTime,
) -> None:
    """Write the present round anew, and mark the day it was filed on as changed; see `daily_figures.py`.

    Rounds before it have ended and stay as they are.

    Args:
        current: as `domain/rounds.py` reads it.
        events: all events of the complaint.
    """
    row = session.get(ComplaintRound, (complaint.id, complaint.round))
    if row is None:
        row = ComplaintRound(complaint_id=complaint.id, round=complaint.round)
        session.add(row)
    of_round = [event for event in events if event.round == complaint.round]
    row.started_at = current.start
    row.answer_due_at = complaint.answer_due_at
    row.first_answered_at = complaint.first_answered_at
    row.resolved_at = complaint.resolved_at
    row.answer_minutes = _worked(calendar, current.start, complaint.first_answered_at)
    row.done_minutes = _worked(calendar, current.start, complaint.resolved_at)
    if row.done_minutes is not None:
        waited = (_worked(calendar, pause.start, pause.end) or 0 for pause in current.pauses)
        row.done_minutes = max(0, row.done_minutes - sum(waited))
    row.spare_minutes = None
    if complaint.resolved_at is not None and complaint.done_due_at is not None:
        row.spare_minutes = (complaint.done_due_at - complaint.resolved_at) // _MINUTE
    said = [event.words for event in of_round if event.step is StepName.RESOLVE]
    row.answer_length = len(said[-1]) if said else None
    steps = {event.step for event in of_round}
    row.deferred = StepName.APPROVE_DEFERRAL in steps
    row.unrated = StepName.CLOSE_UNRATED in steps
    session.add(FigureChange(day=local_time(complaint.filed_at).date().isoformat()))


def _worked(calendar: WorkingTime, start: datetime, end: datetime | None) -> int | None:
    return None if end is None else calendar.between(start, end) // _MINUTE
