"""Notices become read when the page they lead to is opened."""

import structlog
from sqlalchemy import case, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain import notices
from models.complaint import Complaint
from models.notice import Notice
from models.person import Person
from web.clock import now
from web.parts import parts

log = structlog.get_logger(__name__)


def read_notices_of(session: Session, person: Person, complaint: Complaint) -> int:
    """Mark the person's notices about this complaint as read; give how many are left about others.

    Reading a page only reads, so the mark is written in a short transaction of its own, and only when there
    is something to mark. A database too busy for it now will be asked at the next opening.
    """
    about_this = case((Notice.complaint_id == complaint.id, 1), else_=0)
    counts = select(func.count(), func.coalesce(func.sum(about_this), 0))
    total, here = session.execute(counts.where(Notice.person_id == person.id, Notice.read_at.is_(None))).one()
    if here:
        try:
            with parts().database.transaction() as writing:
                notices.mark_read(writing, person=person, complaint=complaint, now=now())
        except OperationalError as error:
            log.warning("notices_not_marked_read", complaint=complaint.number, exc_info=error)
    return int(total - here)
