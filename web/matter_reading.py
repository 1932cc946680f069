"""What somebody was told of a matter becomes read when they open its page."""

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain import matter_notices
from models.matter import Matter
from models.person import Person
from models.staff import Staff
from web.clock import now
from web.parts import parts

log = structlog.get_logger(__name__)


def read_matter_notices(
    session: Session, matter: Matter, *, staff: Staff | None = None, person: Person | None = None
) -> None:
    """Mark all notices about this matter as read for whoever has its page before them.

    Reading a page only reads, so the mark is written in a short transaction of its own, and only when there
    is something to mark. A database too busy for it now will be asked at the next opening.
    """
    if not matter_notices.has_unread(session, matter, staff=staff, person=person):
        return
    try:
        with parts().database.transaction() as writing:
            matter_notices.mark_read(writing, matter, staff=staff, person=person, now=now())
    except OperationalError as error:
        log.warning("notices_not_marked_read", matter=matter.number, exc_info=error)
