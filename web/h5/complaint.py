"""One complaint: how far it is, what was answered, what the person may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template

from config.catalogue import catalogue
from domain.acts import MAX_WORDS
from domain.matter_queries import matters_with
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, StepName
from models.pending_upload import PendingUpload
from models.person import Person
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.complaint_view import view_of
from web.h5.frame import complaint_of, phone_blueprint
from web.h5.reading_marks import read_notices_of
from web.h5.subscribing import templates_on_offer
from web.uploads import MOST_PHOTOS

blueprint: Blueprint = phone_blueprint("h5_complaint", __name__)


@dataclass(frozen=True)
class Refused:
    """An act that was refused, with what had been typed; shown in the act's own form.

    Attributes:
        photos: those that came with it and are still there.
    """

    act: StepName
    message: str
    words: str = ""
    photos: Sequence[PendingUpload] = ()


@blueprint.get("/complaints/<number>")
def complaint(number: str) -> str:
    """Show it."""
    session, person = current_session(), current_person()
    found = complaint_of(session, person, number)
    unread = read_notices_of(session, person, found)
    return complaint_page(found, person, unread=unread)


def complaint_page(
    complaint: Complaint, person: Person, *, unread: int, refused: Refused | None = None
) -> str:
    """Draw the page of a complaint, with what was refused if something was."""
    limits = catalogue().limits
    database = current_session()
    # Of what has ended there is hardly anything left to tell.
    asks = complaint.status in ACTIVE_STATUSES
    return render_template(
        "h5/complaint.html",
        view=view_of(database, complaint, person, now=now()),
        matters=[one for one in matters_with(database, complaint) if one.public],
        subscription=templates_on_offer(database, person) if asks else (),
        refused=refused,
        unread=unread,
        Step=StepName,
        most_photos=MOST_PHOTOS,
        most_words=MAX_WORDS,
        urge_hours=limits.urge_hours,
    )
