"""Taking a person out of a work order: it says what the matter is, and not how they could be reached.

Used when somebody has themselves deleted, and when the office keeps reporters for a time only.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import audit, board_version
from domain.disclosure import MASK, masked
from domain.search_index import write_entry
from models.attachment import Attachment
from models.board import AbuseReport, HiddenText
from models.bulletin import BulletinCase
from models.complaint import Complaint, ComplaintEvent, ComplaintLink, ComplaintRequest
from models.desk import ActDraft
from models.enums import ActorKind, AttachmentKind, AttachmentState
from models.notice import Notice
from models.rating import Rating

_TELLING = frozenset({AttachmentKind.VOICE, AttachmentKind.VIDEO, AttachmentKind.DOCUMENT})
# What people write instead of a name, and what half of all texts hold.
_NO_NAME = re.compile(r"(某?同学|老师|先生|女士|学生|师傅|阿姨|匿名|无|没有)")
_SHORTEST_NAME = 2
# What an event keeps in people's own words; the rest of its details are numbers, times and our own words.
_WORDED = ("text", "answer", "no_photo_reason", "reason")
Mask = Callable[[str], str]


def mask_for(name: str) -> Mask:
    """Give what takes numbers, mail addresses and this name out of a text."""
    name = name.strip()
    if len(name) < _SHORTEST_NAME or _NO_NAME.fullmatch(name):
        return masked
    return lambda text: masked(text.replace(name, MASK))


def take_name_off(session: Session, complaint: Complaint, *, now: datetime) -> None:
    """Leave a work order that leads to nobody; its row is held by the caller."""
    mask = mask_for(complaint.contact_name)
    complaint.reporter_id = None
    complaint.contact_name = complaint.contact_phone = ""
    complaint.submission_key = None
    for name in ("text", "place_text", "public_text", "public_answer"):
        setattr(complaint, name, mask(getattr(complaint, name)))
    board_version.touch_for(session, complaint)
    for event in complaint.events:
        _mask_event(session, complaint, event, mask, now=now)
    session.flush()
    write_entry(session, complaint, complaint.events)
    _mask_what_staff_wrote(session, complaint, mask)
    for rating in session.scalars(select(Rating).where(Rating.complaint_id == complaint.id)):
        rating.person_id, rating.words = None, mask(rating.words)


def _mask_event(
    session: Session, complaint: Complaint, event: ComplaintEvent, mask: Mask, *, now: datetime
) -> None:
    # The one change an event ever sees: the law gives a person this right, and what was done stays as it is.
    if event.actor_kind is ActorKind.REPORTER:
        event.person_id = None
    worded = {name: event.details[name] for name in _WORDED if name in event.details}
    words, details = mask(event.words), {**event.details, **masked_in(worded, mask)}
    if (words, details) == (event.words, event.details):
        return
    event.words, event.details = words, details
    if event.staff_id is None:
        return
    # The log sealed the words as they were; from now on these are the ones it answers for.
    session.flush()
    audit.record(
        session,
        None,
        action=audit.REDACTION,
        subject_kind="complaint",
        subject=complaint.number,
        words=f"诉求 {complaint.number}：办理记录里的姓名和号码换成星号",
        details={"event": event.id, "digest": audit.digest_of_event(event)},
        now=now,
    )


def _mask_what_staff_wrote(session: Session, complaint: Complaint, mask: Mask) -> None:
    texts: tuple[tuple[Any, Any, tuple[str, ...]], ...] = (
        (ComplaintRequest, ComplaintRequest.complaint_id == complaint.id, ("reason",)),
        (
            ComplaintLink,
            (ComplaintLink.complaint_id == complaint.id) | (ComplaintLink.other_id == complaint.id),
            ("note",),
        ),
        (HiddenText, HiddenText.complaint_id == complaint.id, ("original",)),
        (AbuseReport, AbuseReport.complaint_id == complaint.id, ("words", "decision")),
        (BulletinCase, BulletinCase.complaint_id == complaint.id, ("text", "answer", "comment")),
        (ActDraft, ActDraft.complaint_id == complaint.id, ("fields",)),
        # Notices to the person are deleted; these are to staff and to followers.
        (Notice, Notice.complaint_id == complaint.id, ("title", "body", "fields")),
    )
    for table, which, names in texts:
        for row in session.scalars(select(table).where(which)):
            for name in names:
                value = getattr(row, name)
                changed = masked_in(value, mask)
                if changed != value:
                    setattr(row, name, changed)


def masked_in(value: Any, mask: Mask) -> Any:  # noqa: ANN401 (JSON)
    """Mask each text in a JSON value; its keys and numbers stay."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {name: masked_in(inner, mask) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked_in(inner, mask) for inner in value]
    return value


def drop_recordings(session: Session, complaint_ids: Iterable[int], *, why: str) -> set[str]:
    """Delete what tells who made it: voices, films, papers. Photos show the matter, and came in clean.

    Args:
        why: what the page says in their place.

    Returns:
        The keys of their files, to be deleted once this is committed.
    """
    theirs = Attachment.complaint_id.in_(list(complaint_ids))
    keys = empty_files(session, session.scalars(select(Attachment).where(theirs, _telling())), why=why)
    # A photo on its way from the platform is still fetched, as the work order needs it.
    fetched = update(Attachment).where(theirs, Attachment.state != AttachmentState.PENDING)
    session.execute(fetched.values(media_id=""))
    return keys


def _telling() -> Any:  # noqa: ANN401 (a condition)
    return Attachment.kind.in_(_TELLING)


def empty_files(session: Session, attachments: Iterable[Attachment], *, why: str) -> set[str]:
    """Take the files away from attachments, which stay to say that there was one; give their keys."""
    keys = set[str]()
    for one in attachments:
        keys.add(one.file_key)
        one.state, one.file_key, one.error = AttachmentState.FAILED, "", why
        one.media_id, one.name, one.next_attempt_at, one.size = "", "", None, 0
    session.flush()
    return keys - {""}
