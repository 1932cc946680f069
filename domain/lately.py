"""What the office has done lately, in two numbers anybody may know."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models.complaint import Complaint
from models.enums import ComplaintStatus

LATELY_DAYS = 30
_DONE = (ComplaintStatus.RESOLVED, ComplaintStatus.CLOSED)


@dataclass(frozen=True)
class Lately:
    """Complaints that were filed within the last days, and how many of them are done by now."""

    filed: int
    done: int


def lately(session: Session, *, now: datetime) -> Lately:
    """Count over the last `LATELY_DAYS` days."""
    is_done = case((Complaint.status.in_(_DONE), 1), else_=0)
    query = select(func.count(Complaint.id), func.coalesce(func.sum(is_done), 0))
    filed, done = session.execute(query.where(Complaint.filed_at > now - timedelta(days=LATELY_DAYS))).one()
    return Lately(filed, int(done))
