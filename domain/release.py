"""Releasing a complaint to the public board (公示): an edited text, an edited answer, chosen photos.

Nothing reaches strangers that a dispatcher has not released; and what looks as if it told who somebody is
has to be confirmed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain import handling, hiding
from domain.actors import Actor
from domain.errors import Invalid
from domain.paging import page_within
from domain.personal_details import Found, find_details, in_words
from domain.queries import Page
from models.attachment import Attachment
from models.board import AbuseReport, HiddenText, PublicPhoto
from models.board_words import AbuseState
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower
from models.enums import (
    ActorKind,
    AttachmentKind,
    AttachmentState,
    ComplaintStatus,
    StepName,
    Word,
)
from models.rating import Rating
from models.staff import Staff

S = ComplaintStatus
RELEASABLE = (S.IN_PROGRESS, S.DEFERRED, S.RESOLVED, S.CLOSED)
GOOD_FROM_STARS = 4
MANY_FOLLOWERS = 3
_ANSWERS = (StepName.RESOLVE, StepName.REPLY, StepName.PROGRESS)


class Shelf(Word):
    """The lists of the release desk."""

    SUGGESTED = "suggested", "可以公开"
    ON_BOARD = "on_board", "已公开"
    HELD = "held", "等内容检查"
    OUTDATED = "outdated", "待更新"
    TAKEN_BACK = "taken_back", "已撤下"


@dataclass(frozen=True)
class Wish:
    """What is to be released."""

    text: str
    answer: str = ""
    photo_ids: Sequence[int] = ()


@dataclass(frozen=True)
class Suggestion:
    """A complaint on a shelf, with what speaks for releasing it.

    Attributes:
        followers: how many met the same.
        stars: of the last rating, if it was rated.
    """

    complaint: Complaint
    followers: int
    stars: int | None
    hidden: bool = False


@dataclass(frozen=True)
class Original:
    """What was said and sent, to be edited for everybody.

    Attributes:
        answer: what staff answered last; empty while nothing was.
        photos: those that can be chosen: the reporter's and those of the work.
        chosen: ids of photos that are released now.
    """

    text: str
    answer: str
    photos: Sequence[Attachment]
    chosen: frozenset[int]


def original_of(session: Session, complaint: Complaint) -> Original:
    """Give what a release is made from."""
    events = [one for one in complaint.events if one.public and one.actor_kind is ActorKind.STAFF]
    answers = [one for one in events if one.step in _ANSWERS and one.words]
    results = [one for one in answers if one.step is StepName.RESOLVE]
    last = (results or answers)[-1:]
    chosen = select(PublicPhoto.attachment_id).where(PublicPhoto.complaint_id == complaint.id)
    return Original(
        text=complaint.text,
        answer=last[0].words if last else "",
        photos=session.scalars(_photos(complaint)).all(),
        chosen=frozenset(session.scalars(chosen)),
    )


def _photos(complaint: Complaint) -> Select[Attachment]:
    return (
        select(Attachment)
        .where(
            Attachment.complaint_id == complaint.id,
            Attachment.kind == AttachmentKind.PHOTO,
            Attachment.state == AttachmentState.STORED,
            Attachment.public,
            Attachment.hidden_reason == "",
        )
        .order_by(Attachment.id)
    )


def details_in(wish: Wish) -> list[Found]:
    """Find what could tell who somebody is, in the text and then in the answer."""
    return [*find_details(wish.text), *find_details(wish.answer)]


def release(
    session: Session,
    complaint: Complaint,
    wish: Wish,
    *,
    confirmed: bool,
    staff: Staff,
    now: datetime,
    seen: int | None = None,
) -> ComplaintEvent:
    """Put it on the board, or change what stands there.

    Raises:
        Invalid: the text is missing, a photo is none of this complaint, or something looks personal and
            nobody confirmed that it may stand.
        NotAllowed: this member of staff may not, or the complaint is in no status to be released.
    """
    found = details_in(wish)
    if found and not confirmed:
        raise Invalid(f"公开的文字里可能有{in_words(found)}。请改掉，或核对后勾选确认。", "confirmed")
    known = {photo.id for photo in session.scalars(_photos(complaint))}
    if not set(wish.photo_ids) <= known:
        raise Invalid("所选的照片里有一张不能公开，请重新选择。", "photos")
    event = handling.publish(
        session,
        complaint,
        public_text=wish.text,
        public_answer=wish.answer,
        actor=Actor.of_staff(staff),
        now=now,
        seen=seen,
    )
    hiding.forget_texts(session, complaint)
    session.execute(delete(PublicPhoto).where(PublicPhoto.complaint_id == complaint.id))
    for photo_id in sorted(set(wish.photo_ids)):
        session.add(PublicPhoto(attachment_id=photo_id, complaint_id=complaint.id))
    session.flush()
    return event


def counts(session: Session) -> dict[Shelf, int]:
    """Count each shelf, in one query."""
    row = session.execute(
        select(*(select(func.count(Complaint.id)).where(_on(shelf)).scalar_subquery() for shelf in Shelf))
    ).one()
    return dict(zip(Shelf, map(int, row), strict=True))


def shelf(session: Session, which: Shelf, *, page: int, per_page: int) -> Page[Suggestion]:
    """List a shelf: what many people met first, then the newest."""
    total = session.scalar(select(func.count(Complaint.id)).where(_on(which))) or 0
    page = page_within(page, total, per_page)
    followers = _followers()
    stars = (
        select(Rating.stars)
        .where(Rating.complaint_id == Complaint.id)
        .order_by(Rating.round.desc())
        .limit(1)
        .scalar_subquery()
    )
    hidden = exists().where(HiddenText.complaint_id == Complaint.id)
    newest = (
        Complaint.published_at.desc() if which in (Shelf.ON_BOARD, Shelf.HELD) else Complaint.filed_at.desc()
    )
    order = [followers.desc(), newest] if which is Shelf.SUGGESTED else [newest]
    query = (
        select(Complaint, followers, stars, hidden)
        .where(_on(which))
        .options(
            joinedload(Complaint.category, innerjoin=True),
            joinedload(Complaint.service_point),
            joinedload(Complaint.team),
        )
    )
    query = query.order_by(*order, Complaint.id.desc()).limit(per_page).offset((page - 1) * per_page)
    rows = [Suggestion(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
    return Page(rows, total, page, per_page)


def _followers() -> ColumnElement[int]:
    count = select(func.count()).where(ComplaintFollower.complaint_id == Complaint.id)
    return count.correlate(Complaint).scalar_subquery()


def _on(which: Shelf) -> ColumnElement[bool]:
    public = Complaint.published_at.is_not(None)
    if which is Shelf.ON_BOARD:
        return and_(public, Complaint.held.is_(False))
    if which is Shelf.HELD:
        return and_(public, Complaint.held.is_(True))
    answered_since = exists().where(
        ComplaintEvent.complaint_id == Complaint.id,
        ComplaintEvent.step == StepName.RESOLVE,
        ComplaintEvent.at > Complaint.published_at,
    )
    if which is Shelf.OUTDATED:
        return and_(public, answered_since)
    before = and_(Complaint.published_at.is_(None), Complaint.public_text != "")
    if which is Shelf.TAKEN_BACK:
        return before
    with_words = Rating.complaint_id == Complaint.id, Rating.words != ""
    judged = exists().where(*with_words, Rating.solved, Rating.stars >= GOOD_FROM_STARS)
    return and_(
        Complaint.published_at.is_(None),
        Complaint.public_text == "",
        Complaint.status.in_(RELEASABLE),
        or_(and_(Complaint.status == S.CLOSED, judged), _followers() >= MANY_FOLLOWERS),
    )


def open_reports(session: Session, complaint: Complaint) -> int:
    """Count the reports of abuse about it that wait for a decision."""
    waiting = AbuseReport.complaint_id == complaint.id, AbuseReport.state == AbuseState.OPEN
    return session.scalar(select(func.count(AbuseReport.id)).where(*waiting)) or 0
