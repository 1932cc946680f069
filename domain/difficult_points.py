"""难点堵点: what does not go on by itself, why, since when, whose it is, and what is needed.

Matters and complaints alike: put off, past their day, reported as stuck, waiting for somebody's decision,
sent back, or come back after the close-out. Nothing is stored for it; it is read off what was done.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.difficult_complaints import difficult_complaints
from domain.difficult_matters import difficult_matters
from domain.difficulties import DifficultPoint, Difficulty
from models.staff import Staff


@dataclass(frozen=True, kw_only=True)
class DifficultFilters:
    """What narrows the list; None narrows nothing.

    Attributes:
        matters: True for matters alone, False for complaints alone.
        unexplained: only those for which nobody gave a reason.
    """

    why: Difficulty | None = None
    team_id: int | None = None
    matters: bool | None = None
    unexplained: bool = False


def difficult_points(
    session: Session, staff: Staff, filters: DifficultFilters, *, now: datetime
) -> list[DifficultPoint]:
    """List what this member of staff may see, the oldest first."""
    found: list[DifficultPoint] = []
    if filters.matters is not False:
        found += difficult_matters(session, staff, team_id=filters.team_id, now=now)
    if filters.matters is not True:
        found += difficult_complaints(session, staff, team_id=filters.team_id, now=now)
    if filters.why is not None:
        found = [one for one in found if one.why is filters.why]
    if filters.unexplained:
        found = [one for one in found if not one.reason]
    return sorted(found, key=lambda one: (one.since, one.subject.number))
