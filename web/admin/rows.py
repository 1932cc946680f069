"""Complaints as rows of a list, with what a row shows besides the complaint itself."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import call_back
from domain.deadlines import calendar_for
from domain.permissions import may_see_contact
from domain.personal_data_access import masked_phone
from domain.search_index import is_searched
from domain.search_words import SearchWord, spans_in
from domain.time_left import TimeLeft, time_left
from models.access_words import Seen, SeenIn
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.enums import AttachmentKind, RequestKind, RequestState
from models.staff import Staff
from web.access_notes import note
from web.admin.highlight import marked, snippet


@dataclass(frozen=True)
class Hit:
    """Where else a complaint has the words that were searched for: `what` names it."""

    what: str
    words: Markup


@dataclass(frozen=True)
class Row:
    """One complaint in a list.

    Attributes:
        photos: how many photos the person sent or staff added.
        asked: what waits for a decision.
        words: the beginning of the text, or what is around the words searched for.
        hits: where else those words are.
        owes_call: whether the person still has to be called about the last answer.
    """

    complaint: Complaint
    left: TimeLeft
    photos: int
    asked: Sequence[RequestKind]
    words: Markup
    hits: Sequence[Hit]
    owes_call: bool = False


def rows_of(
    session: Session,
    complaints: Sequence[Complaint],
    *,
    now: datetime,
    words: Sequence[SearchWord] = (),
    staff: Staff | None = None,
) -> list[Row]:
    """Dress complaints as rows; as many queries for one as for many.

    Args:
        words: those to mark.
        staff: who looks; needed where words are searched.
    """
    calendar = calendar_for(session)
    ids = [complaint.id for complaint in complaints]
    photos, asked = _photos(session, ids), _asked(session, ids)
    said = _said(session, ids) if words else {}
    owed = call_back.owed_among(session, complaints)
    return [
        Row(
            complaint,
            time_left(complaint, calendar, now=now),
            photos.get(complaint.id, 0),
            asked.get(complaint.id, []),
            snippet(complaint.text, words),
            _hits(complaint, said.get(complaint.id, []), words, staff),
            complaint.id in owed,
        )
        for complaint in complaints
    ]


def _photos(session: Session, ids: Sequence[int]) -> dict[int | None, int]:
    counts = (
        select(Attachment.complaint_id, func.count())
        .where(Attachment.complaint_id.in_(ids), Attachment.kind == AttachmentKind.PHOTO)
        .group_by(Attachment.complaint_id)
    )
    return dict(session.execute(counts).all())


def _asked(session: Session, ids: Sequence[int]) -> dict[int, list[RequestKind]]:
    asked: dict[int, list[RequestKind]] = defaultdict(list)
    requests = select(ComplaintRequest.complaint_id, ComplaintRequest.kind).where(
        ComplaintRequest.complaint_id.in_(ids), ComplaintRequest.state == RequestState.OPEN
    )
    for complaint_id, kind in session.execute(requests):
        asked[complaint_id].append(kind)
    return asked


def _said(session: Session, ids: Sequence[int]) -> dict[int, list[ComplaintEvent]]:
    said: dict[int, list[ComplaintEvent]] = defaultdict(list)
    events = select(ComplaintEvent).where(ComplaintEvent.complaint_id.in_(ids), ComplaintEvent.words != "")
    for event in session.scalars(events.order_by(ComplaintEvent.id)):
        if is_searched(event):
            said[event.complaint_id].append(event)
    return said


def _hits(
    complaint: Complaint, events: Sequence[ComplaintEvent], words: Sequence[SearchWord], staff: Staff | None
) -> list[Hit]:
    """Show the last event that has any of the words, and the contact where it has them and may be seen."""
    hits = [Hit(one.step.label, snippet(one.words, words)) for one in events if spans_in(one.words, words)][
        -1:
    ]
    contact = f"{complaint.contact_name} {complaint.contact_phone}".strip()
    shown = f"{complaint.contact_name} {masked_phone(complaint.contact_phone)}".strip()
    sought = [word for word in words if word.contact_tokens]
    if staff and contact and may_see_contact(complaint, staff) and spans_in(contact, sought):
        hits.append(Hit("联系方式", marked(shown, sought)))
        note([complaint.id], Seen.NAME, SeenIn.SEARCH)
    return hits
