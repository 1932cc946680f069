"""Noting who was shown personal data, once the page is made (see domain/personal_data_access.py).

What a page shows by right is noted after it was drawn, in a short transaction of its own; a page is not lost
because the note could not be written just then, but the log of the program says so. What nobody may have
unnoted, such as a whole telephone number on paper, is noted first.
"""

from collections.abc import Collection
from datetime import datetime

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from domain.personal_data_access import Look, record
from models.access_words import Seen, SeenIn
from models.staff import Staff
from web.auth import current_staff
from web.clock import now
from web.parts import parts

log = structlog.get_logger(__name__)

_NOTED = "access_notes"
# So that a process that runs for months does not fill up; what is noted twice stands there once.
_MOST_KEPT = 20_000
_Noted = dict[tuple[int, Look], datetime]


def note(complaint_ids: Collection[int], seen: Seen, seen_in: SeenIn) -> None:
    """Note, once this page has been made, that it shows this of these complaints."""
    if complaint_ids:
        g.setdefault(_NOTED, set()).update(Look(one, seen, seen_in) for one in complaint_ids)


def note_first(complaint_ids: Collection[int], seen: Seen, seen_in: SeenIn) -> None:
    """Note it before the page is made; without the note there is none."""
    _write(current_staff(), {Look(one, seen, seen_in) for one in complaint_ids})


def _write(staff: Staff, looks: Collection[Look]) -> None:
    moment = now()
    noted: _Noted = current_app.extensions[_NOTED]
    hour = moment.replace(minute=0, second=0, microsecond=0)
    fresh = {look for look in looks if noted.get((staff.id, look)) != hour}
    if not fresh:
        return
    if "database_session" in g and request.method not in {"GET", "HEAD"}:
        record(g.database_session, staff, fresh, now=moment)
        return  # kept if the request's changes are, so nobody may rely on it yet
    with parts().database.transaction() as session:
        record(session, staff, fresh, now=moment)
    if len(noted) > _MOST_KEPT:
        noted.clear()
    noted.update({(staff.id, look): hour for look in fresh})


def _after(response: Response) -> Response:
    looks = g.pop(_NOTED, None)
    if looks and response.status_code < 400:
        try:
            _write(current_staff(), looks)
        except SQLAlchemyError as error:
            log.exception("look_not_noted", looks=len(looks), error=error)
    return response


def init_app(app: Flask) -> None:
    """Write what was noted with every answer of the application."""
    app.extensions[_NOTED] = _Noted()
    app.after_request(_after)
