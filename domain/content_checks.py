"""What a person wrote in the mini program is checked before others may read it (内容检查).

Each complaint filed there has a row for its words and one for each photo; as long as one is not passed, or
let through by a colleague, its `held` keeps it from the public (`domain/disclosure.py`). Nothing else waits:
a complaint is worked on from the first second. See docs/decisions/0025-content-checks.md.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain import board_version, webhooks
from domain.errors import NotFound
from domain.mini_people import identity_of
from models.attachment import Attachment
from models.complaint import Complaint
from models.content_check import ContentCheck, MediaVerdict
from models.content_check_words import CheckState
from models.enums import AttachmentKind, AttachmentState
from models.upsert import insert_into

log = structlog.get_logger(__name__)

S = CheckState
# The platform judges only what comes from somebody who used the mini program in the last two hours.
GIVE_UP_AFTER = timedelta(hours=2)
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 300, 900, 1800))
# The platform promises the verdict on a photo within half an hour.
ANSWER_WITHIN = timedelta(minutes=35)
LONGEST_TRACE_ID = 64
UNDECIDED = (S.WAITING, S.ASKED)
FOR_STAFF = (S.RISKY, S.REVIEW)
PUBLIC = (S.PASSED, S.RELEASED)
_LONGEST_REASON = 200


@dataclass(frozen=True)
class Verdict:
    """What the platform thinks: PASSED, RISKY or REVIEW, and why in words for staff."""

    state: CheckState
    reason: str


@dataclass(frozen=True)
class Question:
    """What is to be asked.

    Attributes:
        openid: of the one who wrote it, in the mini program.
        text: the words; empty for a photo.
        key: names the photo in its address.
    """

    check_id: int
    openid: str
    text: str
    key: str


def begin(session: Session, complaint: Complaint, photos: Sequence[Attachment], *, now: datetime) -> None:
    """Have a complaint that was just filed checked, words and photos; until they are passed they wait."""
    if complaint.text:
        complaint.held = True
        session.add(_new(complaint, None, now))
    begin_photos(session, complaint, photos, now=now)


def begin_photos(
    session: Session, complaint: Complaint, photos: Sequence[Attachment], *, now: datetime
) -> None:
    """Have photos checked that its reporter has just added; what is no photo is left out."""
    for photo in photos:
        if photo.kind is AttachmentKind.PHOTO:
            photo.held = True
            session.add(_new(complaint, photo, now))
    session.flush()


def _new(complaint: Complaint, photo: Attachment | None, now: datetime) -> ContentCheck:
    return ContentCheck(
        complaint_id=complaint.id,
        attachment_id=photo.id if photo is not None else None,
        state=S.WAITING,
        key=secrets.token_urlsafe(32),
        created_at=now,
        next_attempt_at=now,
    )


def due(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Name the checks, by id, that are to be asked for now, or whose answer is overdue."""
    query = select(ContentCheck.id).where(
        ContentCheck.state.in_(UNDECIDED), ContentCheck.next_attempt_at <= now
    )
    return session.scalars(query.order_by(ContentCheck.next_attempt_at, ContentCheck.id).limit(limit)).all()


def any_undecided(session: Session) -> bool:
    """Tell whether anything is still to be asked or answered."""
    query = select(ContentCheck.id).where(ContentCheck.state.in_(UNDECIDED))
    return session.scalar(query.limit(1)) is not None


def take(session: Session, check_id: int, *, now: datetime) -> Question | None:
    """Give what is to be asked, and put off the next try; None when nothing is, or staff have to look."""
    check = _undecided(session, check_id, skip_locked=True)
    if check is None or check.next_attempt_at is None or check.next_attempt_at > now:
        return None
    reporter = check.complaint.reporter
    identity = identity_of(session, reporter) if reporter is not None else None
    if identity is None:
        _to_staff(session, check, "提交人已经不在小程序里，微信没法检查")
        return None
    if now - check.created_at > GIVE_UP_AFTER:
        told = check.reason or ("微信一直没有给出结果" if check.state is S.ASKED else "微信一直没有检查")
        _to_staff(session, check, told)
        return None
    check.state = S.WAITING
    check.attempts += 1
    check.next_attempt_at = now + DELAYS[min(check.attempts, len(DELAYS)) - 1]
    text = check.complaint.text if check.attachment_id is None else ""
    return Question(check.id, identity.openid, text, check.key)


def note_verdict(session: Session, check_id: int, verdict: Verdict) -> None:
    """Take in what the platform said at once; what a colleague has decided meanwhile stays."""
    check = _undecided(session, check_id)
    if check is not None:
        _apply(session, check, verdict)


def note_asked(session: Session, check_id: int, trace_id: str, *, now: datetime) -> None:
    """Keep the number under which the verdict on a photo will come; it may have come already.

    Both sides write the row of the verdict first, so that on PostgreSQL, too, the later of the two sees what
    the earlier did.
    """
    row = insert_into(session, MediaVerdict).values(
        trace_id=trace_id, openid="", state=S.WAITING, reason="", received_at=now
    )
    is_new = session.scalar(row.on_conflict_do_nothing().returning(MediaVerdict.trace_id)) is not None
    early = None if is_new else session.get(MediaVerdict, trace_id, populate_existing=True)
    check = _undecided(session, check_id)
    if check is not None:
        check.state, check.trace_id = S.ASKED, trace_id
        check.reason, check.next_attempt_at = "", now + ANSWER_WITHIN
        if early is not None:
            _apply_told(session, check, Verdict(early.state, early.reason), openid=early.openid, now=now)
    _drop_verdict(session, trace_id)


def note_trouble(session: Session, check_id: int, reason: str) -> None:
    """Note why the platform could not be asked; it is tried again when `take` said."""
    check = _undecided(session, check_id)
    if check is not None:
        check.reason = reason[:_LONGEST_REASON]


def give_to_staff(session: Session, check_id: int, reason: str) -> None:
    """Leave it to a colleague: the platform will not judge it however often it is asked."""
    check = _undecided(session, check_id)
    if check is not None:
        _to_staff(session, check, reason)


def give_all_to_staff(session: Session, *, reason: str, limit: int) -> int:
    """Leave to colleagues what still waits, some at a time; nothing is asked any more.

    Returns:
        How many there were.
    """
    waiting = select(ContentCheck).where(ContentCheck.state.in_(UNDECIDED)).limit(limit)
    found = session.scalars(waiting.with_for_update(skip_locked=True, of=ContentCheck)).all()
    for check in found:
        _to_staff(session, check, reason)
    session.flush()
    return len(found)


def note_media_verdict(
    session: Session, trace_id: str, *, openid: str, verdict: Verdict, now: datetime
) -> bool:
    """Take in the verdict on a photo; the first one told under a number counts.

    Args:
        openid: for whom the platform says it was asked.

    Returns:
        Whether we had asked under this number; else it is kept until our own call returns.
    """
    row = insert_into(session, MediaVerdict).values(
        trace_id=trace_id, openid=openid, state=verdict.state, reason=verdict.reason, received_at=now
    )
    session.execute(row.on_conflict_do_nothing())
    query = select(ContentCheck).where(ContentCheck.trace_id == trace_id)
    check = session.scalar(query.with_for_update(of=ContentCheck))
    if check is None:
        return False
    if check.state is S.ASKED:
        _apply_told(session, check, verdict, openid=openid, now=now)
    _drop_verdict(session, trace_id)
    return True


def _apply_told(
    session: Session, check: ContentCheck, verdict: Verdict, *, openid: str, now: datetime
) -> None:
    reporter = check.complaint.reporter
    identity = identity_of(session, reporter) if reporter is not None else None
    if identity is not None and identity.openid != openid:
        # Nobody but the platform can sign this; all the same it lets through nothing of somebody else's.
        log.warning("media_verdict_for_somebody_else", check=check.id)
        return
    if verdict.state is S.WAITING:
        check.state, check.reason, check.next_attempt_at = S.WAITING, verdict.reason, now + DELAYS[-1]
        session.flush()
        return
    _apply(session, check, verdict)


def _undecided(session: Session, check_id: int, *, skip_locked: bool = False) -> ContentCheck | None:
    query = select(ContentCheck).where(ContentCheck.id == check_id, ContentCheck.state.in_(UNDECIDED))
    return session.scalar(
        query.with_for_update(skip_locked=skip_locked, of=ContentCheck).execution_options(
            populate_existing=True
        )
    )


def _apply(session: Session, check: ContentCheck, verdict: Verdict) -> None:
    check.state, check.reason, check.next_attempt_at = verdict.state, verdict.reason, None
    session.flush()
    hold_or_let_go(session, check)


def _to_staff(session: Session, check: ContentCheck, reason: str) -> None:
    words = f"没有检查成：{reason}，请人工看"
    _apply(session, check, Verdict(S.REVIEW, words[:_LONGEST_REASON]))


def photo_for_platform(session: Session, key: str) -> Attachment:
    """Give the photo that the platform fetches to judge it; its address is good only as long as that lasts.

    Raises:
        NotFound: there is none, or it has been judged.
    """
    query = (
        select(Attachment)
        .join(ContentCheck, ContentCheck.attachment_id == Attachment.id)
        .where(ContentCheck.key == key, ContentCheck.state.in_(UNDECIDED))
    )
    found = session.scalar(query)
    if found is None or found.state is not AttachmentState.STORED:
        raise NotFound("没有找到这张照片。")
    return found


def hold_or_let_go(session: Session, check: ContentCheck) -> None:
    """Bring the mark that keeps it from the public in line with the state of its check."""
    held, was_held = check.state not in PUBLIC, check.complaint.held
    if check.attachment_id is None:
        change = update(Complaint).where(Complaint.id == check.complaint_id).values(held=held)
    else:
        change = update(Attachment).where(Attachment.id == check.attachment_id).values(held=held)
    session.execute(change.execution_options(synchronize_session="fetch"))
    board_version.touch_for(session, check.complaint)
    if check.complaint.held is not was_held:
        at = check.decided_at or check.complaint.published_at or check.created_at
        webhooks.queue_for_publicity(session, check.complaint, now=at)


def _drop_verdict(session: Session, trace_id: str) -> None:
    gone = delete(MediaVerdict).where(MediaVerdict.trace_id == trace_id)
    session.execute(gone.execution_options(synchronize_session="fetch"))
