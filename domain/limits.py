"""Who is limited now, and why: by a number of ours (config/limits.py), or by staff for a while (暂停提交).

What counts is read from rows that are there anyway, so who keeps within the limits costs nothing. A limit
that is met is noted beside the request, as what is refused is rolled back; the web counts what was noted and
writes it down some at a time (`domain.limit_counts`).
"""

from collections.abc import Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from config.limits import MEGABYTE, URGENT_PER_HOUR, limits
from domain import limit_texts
from domain.errors import NotAllowed, TooMuch
from domain.safety_words import safety_word_in
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.conversation import Draft
from models.enums import ACTIVE_STATUSES
from models.pending_upload import PendingUpload
from models.person import Person
from models.person_limit import LimitKind, PersonLimit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# Who met which limit, and until when it holds.
Met = tuple[int, LimitKind, datetime]
_NOTED: ContextVar[list[Met] | None] = ContextVar("limits that were met", default=None)


def holds(now: datetime) -> ColumnElement[bool]:
    """Give the condition on PersonLimit that it holds now."""
    return and_(PersonLimit.until > now, PersonLimit.lifted_at.is_(None))


def current(session: Session, person_id: int, *kinds: LimitKind, now: datetime) -> PersonLimit | None:
    """Give the limit of these kinds that holds longest; None for nearly everybody."""
    query = select(PersonLimit).where(
        PersonLimit.person_id == person_id, PersonLimit.kind.in_(kinds), holds(now)
    )
    return session.scalar(query.order_by(PersonLimit.until.desc(), PersonLimit.id).limit(1))


def counted_from(session: Session, person_id: int, kind: LimitKind, since: datetime) -> datetime:
    """Give from when on is counted: where staff lifted this limit meanwhile, it begins anew."""
    query = select(func.max(PersonLimit.lifted_at)).where(
        PersonLimit.person_id == person_id, PersonLimit.kind == kind, PersonLimit.until > since
    )
    lifted: datetime | None = session.scalar(query)
    return max(since, lifted) if lifted is not None else since


def begin_noting() -> list[Met]:
    """Begin a list of what this request meets, and give it."""
    noted: list[Met] = []
    _NOTED.set(noted)
    return noted


def note(person_id: int, kind: LimitKind, until: datetime) -> None:
    """Note that a limit was met, where somebody keeps a list."""
    noted = _NOTED.get()
    if noted is not None:
        noted.append((person_id, kind, until))


def check_not_blocked(session: Session, person: Person, *, now: datetime) -> None:
    """Refuse whom staff have kept from submitting for a while.

    Raises:
        NotAllowed: with the reason, and until when.
    """
    block = current(session, person.id, LimitKind.BLOCK, now=now)
    if block is not None:
        note(person.id, LimitKind.BLOCK, block.until)
        raise NotAllowed(limit_texts.blocked(block.reason, block.until, now=now))


def _one_hand_at_a_time(session: Session, person: Person) -> None:
    """Have what else this person does that counts wait until this transaction has ended.

    PostgreSQL would let each of several hands count before the others are done. Whatever refers to the person
    goes on meanwhile. On SQLite one writes at a time anyway.
    """
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))


def check_filing(
    session: Session, person: Person, *, words: str = "", urgent: bool = False, now: datetime
) -> None:
    """Refuse one more complaint of somebody who filed more than one person meets with; dangers apart.

    Args:
        words: what they say; a safety word in it makes it urgent.

    Raises:
        TooMuch: with the moment from which on they may.
        NotAllowed: they are blocked.
    """
    _one_hand_at_a_time(session, person)
    if urgent or safety_word_in(session, words) is not None:
        if urgent_beyond(session, person, now=now):
            raise TooMuch(limit_texts.urgent_too_often(URGENT_PER_HOUR))
        return
    check_not_blocked(session, person, now=now)
    most = limits()
    since = counted_from(session, person.id, LimitKind.FILING, now - DAY)
    query = select(Complaint.filed_at).where(
        Complaint.reporter_id == person.id,
        Complaint.filed_at > since,
        Complaint.urgent.is_(False),
        Complaint.recorded_by_id.is_(None),
    )
    filed = session.scalars(query.order_by(Complaint.filed_at.desc()).limit(most.filed_per_day)).all()
    for count, span, words_for in (
        (most.filed_per_day, DAY, "24 小时内"),
        (most.filed_per_hour, HOUR, "一小时内"),
    ):
        until = _free_again(filed, count, span)
        if until is not None and until > now:
            note(person.id, LimitKind.FILING, until)
            raise TooMuch(limit_texts.filed_too_much(count, words_for, until, now=now))


def _free_again(newest_first: Sequence[datetime], most: int, span: timedelta) -> datetime | None:
    """Tell when there are fewer than `most` within a span again; None while there are fewer."""
    return newest_first[most - 1] + span if len(newest_first) >= most else None


def urgent_beyond(session: Session, person: Person, *, now: datetime) -> bool:
    """Tell whether somebody has reported so many dangers lately that one more is no news."""
    query = select(func.count(Complaint.id)).where(
        Complaint.reporter_id == person.id, Complaint.filed_at > now - HOUR, Complaint.urgent
    )
    return (session.scalar(query) or 0) >= URGENT_PER_HOUR


def urgent_at_work(session: Session, person: Person) -> Complaint | None:
    """Give the newest danger somebody reported that is not over yet."""
    query = select(Complaint).where(
        Complaint.reporter_id == person.id, Complaint.urgent, Complaint.status.in_(ACTIVE_STATUSES)
    )
    return session.scalar(query.order_by(Complaint.filed_at.desc(), Complaint.id.desc()).limit(1))


def check_bytes(session: Session, person: Person, size: int, *, now: datetime) -> None:
    """Refuse files of somebody who has sent a day's worth, in whichever way they came.

    Args:
        size: bytes that are to come; 0 where that is not known before.

    Raises:
        TooMuch: with the moment from which on they may.
    """
    _one_hand_at_a_time(session, person)
    most = limits().upload_megabytes
    since = counted_from(session, person.id, LimitKind.UPLOADS, now - DAY)
    sent, first = _sent_since(session, person, since)
    if sent + size > most * MEGABYTE or (size == 0 and sent >= most * MEGABYTE):
        until = (first or now) + DAY
        note(person.id, LimitKind.UPLOADS, until)
        raise TooMuch(limit_texts.sent_too_much(most, until, now=now))


def _sent_since(session: Session, person: Person, since: datetime) -> tuple[int, datetime | None]:
    """Count the bytes somebody sent, and when the first of them came."""
    before_forms = select(func.sum(PendingUpload.size), func.min(PendingUpload.created_at)).where(
        PendingUpload.person_id == person.id, PendingUpload.created_at > since
    )
    came_before = select(PendingUpload.file_key).where(
        PendingUpload.person_id == person.id, PendingUpload.created_at > since
    )
    theirs = or_(
        Attachment.draft_id.in_(select(Draft.id).where(Draft.person_id == person.id)),
        Attachment.event_id.in_(select(ComplaintEvent.id).where(ComplaintEvent.person_id == person.id)),
    )
    otherwise = select(func.sum(Attachment.size), func.min(Attachment.created_at)).where(
        theirs, Attachment.created_at > since, Attachment.size > 0, Attachment.file_key.not_in(came_before)
    )
    rows = [session.execute(query).one() for query in (before_forms, otherwise)]
    firsts = [first for _, first in rows if first is not None]
    return sum(int(sent or 0) for sent, _ in rows), min(firsts, default=None)
