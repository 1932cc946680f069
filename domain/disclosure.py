"""What each of the people around a complaint may read of it, and take away with their data.

The reporter wrote to the office, not to whoever met the same: a room, a name, a telephone number in the
words, the faces in a photo are nobody else's business, and an answer may speak of them. So who joins reads
what was released, and where it stands; see docs/decisions/0022-who-joins-reads-what-is-public.md.
"""

import re
from enum import Enum

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from domain.hiding import in_place_of, words_shown
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.enums import (
    ActorKind,
    AttachmentPurpose,
    ComplaintStatus,
    ServicePointKind,
    StepName,
    Word,
)
from models.person import Person

# Dates and complaint numbers stay; telephone, student, identity and QQ numbers go. A room is shorter.
_NUMBER = re.compile(
    r"(?P<kept>(?<!\d)20\d\d-(?:\d{4}-\d{4,}|\d{1,2}-\d{1,2})(?!\d))|\d(?:[- ]?\d){5,}[Xx]?", re.ASCII
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII)
MASK = "＊＊＊"
# Taken back, refused or gone on under another number after the release: no longer what was released.
NO_LONGER_RELEASED = (ComplaintStatus.WITHDRAWN, ComplaintStatus.MERGED, ComplaintStatus.REJECTED)
# What was decided for all who raised it: the result, and why nothing can be done now, or at all.
_DECISIONS = frozenset({StepName.RESOLVE, StepName.APPROVE_DEFERRAL, StepName.CONFIRM_REJECTION})


class Closeness(Enum):
    """How near somebody is to a complaint, and so how much of it they read.

    Attributes:
        REPORTER: they raised it, and read all that is not for staff only.
        MERGED: they raised the same by themselves, and a colleague merged it into this one; they read what
            was released, where it stands, and what was decided.
        JOINED: they met the same, or want to know; they read what was released, and where it stands.
    """

    REPORTER = "reporter"
    MERGED = "merged"
    JOINED = "joined"


def closeness_of(session: Session, complaint: Complaint, person: Person) -> Closeness:
    """Tell how near somebody is to a complaint; whether they may open it at all is asked elsewhere."""
    if complaint.reporter_id == person.id:
        return Closeness.REPORTER
    return Closeness.MERGED if person.id in merged_people(session, complaint) else Closeness.JOINED


def merged_people(session: Session, complaint: Complaint) -> frozenset[int]:
    """Name, by id, who raised a complaint that was merged into this one, at once or by way of another."""
    into = select(Complaint.id).where(Complaint.merged_into_id == complaint.id).cte("into", recursive=True)
    further = select(Complaint.id).join(into, Complaint.merged_into_id == into.c.id)
    ids = select(into.union(further).c.id)
    query = select(Complaint.reporter_id).where(Complaint.id.in_(ids), Complaint.reporter_id.is_not(None))
    return frozenset(person_id for person_id in session.scalars(query) if person_id is not None)


def masked(text: str) -> str:
    """Give the text without what could reach or name a person: long numbers and mail addresses."""
    return _NUMBER.sub(lambda found: found["kept"] or MASK, _ADDRESS.sub(MASK, text))


def is_released(complaint: Complaint) -> bool:
    """Tell whether everybody may read what was edited of it.

    A dispatcher has released it, and nothing a person wrote of it waits for the check of its content
    (`domain/content_checks.py`). Lists ask `released()`, photos `photo_released()`; no other place decides.
    """
    return _is_let_go(complaint) and not complaint.held


def released() -> ColumnElement[bool]:
    """Give the condition on Complaint that is `is_released`."""
    return and_(
        Complaint.published_at.is_not(None),
        Complaint.status.not_in(NO_LONGER_RELEASED),
        Complaint.held.is_(False),
    )


def photo_released() -> ColumnElement[bool]:
    """Give the condition on Attachment that a photo chosen for a released complaint may be seen by all."""
    return and_(Attachment.hidden_reason == "", Attachment.held.is_(False))


class Publicity(Word):
    """Whether everybody may read a complaint, in words for its people."""

    NONE = "none", "没有公开"
    CHECKING = "checking", "公开前的内容检查中，通过后大家才看得到"
    PUBLIC = "public", "已公开"


def publicity_of(complaint: Complaint) -> Publicity:
    """Tell its people whether everybody may read it."""
    if is_released(complaint):
        return Publicity.PUBLIC
    return Publicity.CHECKING if waits_for_check(complaint) else Publicity.NONE


def waits_for_check(complaint: Complaint) -> bool:
    """Tell whether a dispatcher has released it, and only the check of its content is still awaited."""
    return _is_let_go(complaint) and complaint.held


def _is_let_go(complaint: Complaint) -> bool:
    return complaint.published_at is not None and complaint.status not in NO_LONGER_RELEASED


def text_for_follower(complaint: Complaint) -> str:
    """Give what a follower reads as the complaint itself: the text edited for the public, or nothing."""
    return complaint.public_text if is_released(complaint) else ""


def place_for_follower(complaint: Complaint) -> str:
    """Name the place, of a room only what it lies in; never in the reporter's own words."""
    point = complaint.service_point
    if point is not None and point.kind is ServicePointKind.ROOM:
        point = point.parent
    return point.full_name if point is not None else ""


def words_for(event: ComplaintEvent, closeness: Closeness) -> str:
    """Give the words of an event as somebody reads them."""
    if closeness is Closeness.REPORTER:
        return words_shown(event, sees_hidden=False)
    if not tells_words(event, closeness):
        return ""
    return in_place_of(event.hidden_reason) if event.hidden_reason else masked(event.words)


def tells_words(event: ComplaintEvent, closeness: Closeness) -> bool:
    """Tell whether somebody reads what was said, and the reasons beside it."""
    if closeness is Closeness.REPORTER:
        return True
    decided = event.step in _DECISIONS and event.actor_kind is ActorKind.STAFF
    return closeness is Closeness.MERGED and decided


def hears_of(event: ComplaintEvent, closeness: Closeness) -> bool:
    """Tell whether an event stands in the record as somebody reads it."""
    if closeness is Closeness.REPORTER or event.from_status is not event.to_status:
        return True
    # That the reporter urged or added something, or that a leader had to step in, is between them.
    return event.actor_kind is ActorKind.STAFF and event.step is not StepName.SUPERVISE


def may_open_file(attachment: Attachment, closeness: Closeness) -> bool:
    """Tell whether somebody may open a file of the record; released photos have addresses of their own."""
    if attachment.hidden_reason or not attachment.public:
        return False
    if closeness is Closeness.REPORTER:
        return True
    return closeness is Closeness.MERGED and attachment.purpose is AttachmentPurpose.AFTER


def words_to_take_away(event: ComplaintEvent) -> str:
    """Give the words of an event on the reporter's own complaint as they stand in the export of their data.

    What the person wrote is theirs, hidden from the others or not. Of what others wrote the export holds
    what the page shows, and no more.
    """
    return words_shown(event, sees_hidden=event.actor_kind is ActorKind.REPORTER)


def may_take_away(attachment: Attachment, event: ComplaintEvent) -> bool:
    """Tell whether a file of the reporter's own complaint goes into the export; see `words_to_take_away`."""
    return attachment.public and (not attachment.hidden_reason or event.actor_kind is ActorKind.REPORTER)
