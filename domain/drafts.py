"""Drafts: what a person has sent in the chat and not yet submitted; nothing of it gets lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Self, cast

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, joinedload

from domain import notices
from models.attachment import Attachment
from models.conversation import Draft, DraftPiece
from models.enums import AttachmentKind, DraftState, NoticeKind
from models.many_rows import Writing, insert_given, inserting, is_sqlite, write_many
from models.person import Person, ServiceWindow
from models.service_point import ServicePoint

# A draft left alone for so long is offered again, and reminded of once.
IDLE_AFTER = timedelta(minutes=30)
# So long after it was dropped a draft can be had back.
RESTORABLE_FOR = timedelta(minutes=10)
_GATHERED = "texts"


@dataclass(frozen=True, kw_only=True)
class Content:
    """How much is in a draft."""

    texts: int
    photos: int
    voices: int
    videos: int
    places: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sent yet."""
        return not (self.texts or self.attachments)

    @property
    def attachments(self) -> int:
        """Everything that is not words."""
        return self.photos + self.voices + self.videos + self.places

    def with_text(self) -> Self:
        """Give what there is with one message's words more."""
        return replace(self, texts=self.texts + 1)


def begin(
    session: Session, person: Person, *, now: datetime, place: ServicePoint | None = None, kind_hint: str = ""
) -> Draft:
    """Begin a draft.

    Args:
        kind_hint: the menu entry it began with.
    """
    draft = Draft(
        person_id=person.id,
        state=DraftState.OPEN,
        service_point=place,
        kind_hint=kind_hint,
        created_at=now,
        updated_at=now,
    )
    session.add(draft)
    session.flush()
    return draft


def add_text(
    session: Session, draft: Draft, text: str, *, sent_at: datetime, message_id: str, now: datetime
) -> None:
    """Add one message's words."""
    row = {"draft_id": draft.id, "sent_at": sent_at, "message_id": message_id, "text": text}
    gathered: list[dict[str, Any]] | None = session.info.get(_GATHERED)
    if gathered is None:
        write_many(session, writing(for_sqlite=is_sqlite(session)), [row])
    else:
        gathered.append(row)
    draft.updated_at = now


def add_attachment(session: Session, draft: Draft, attachment: Attachment, *, now: datetime) -> None:
    """Add a photo, voice message, video or position."""
    attachment.draft_id = draft.id
    session.add(attachment)
    draft.updated_at = now


def content_of(session: Session, draft: Draft) -> Content:
    """Count what is in a draft."""
    _write_gathered(session)
    return content_from(session.execute(_content(), {"draft_id": draft.id}).one())


# In the order of `content_columns`.
COUNTS = ("texts", "photos", "voices", "videos", "places")
_COUNTED = (AttachmentKind.PHOTO, AttachmentKind.VOICE, AttachmentKind.VIDEO, AttachmentKind.LOCATION)


def content_columns() -> list[ScalarSelect[int]]:
    """Give the columns that count what is in the draft of a row, for `content_from`."""
    drafts, pieces, files = (cast("Table", one.__table__) for one in (Draft, DraftPiece, Attachment))
    words = select(func.count()).select_from(pieces).where(pieces.c.draft_id == drafts.c.id)
    theirs = select(func.count()).select_from(files).where(files.c.draft_id == drafts.c.id)
    counted = [words, *(theirs.where(files.c.kind == kind) for kind in _COUNTED)]
    return [one.correlate(drafts).scalar_subquery() for one in counted]


def content_from(counts: Sequence[int]) -> Content:
    """Read what `content_columns` counted."""
    return Content(**dict(zip(COUNTS, counts, strict=True)))


@cache
def _content() -> Select[Any]:
    """Make the query once: making it costs more than asking it."""
    drafts = cast("Table", Draft.__table__)
    counts: list[ColumnElement[Any]] = [*content_columns()]
    return select(*counts).select_from(drafts).where(drafts.c.id == bindparam("draft_id"))


def gather_texts(session: Session) -> None:
    """Have words that are added from now on written together, later: see `take_texts`."""
    session.info[_GATHERED] = []


def take_texts(session: Session) -> list[dict[str, Any]]:
    """Give the words that were gathered and not written, as rows for `writing`; no more are gathered."""
    gathered: list[dict[str, Any]] = session.info.pop(_GATHERED, [])
    return gathered


def _write_gathered(session: Session) -> None:
    """Write what was gathered, before anybody reads."""
    gathered: list[dict[str, Any]] = session.info.get(_GATHERED, [])
    if gathered:
        write_many(session, writing(for_sqlite=is_sqlite(session)), gathered)
        gathered.clear()


@cache
def writing(*, for_sqlite: bool) -> Writing:
    """Give the statement that keeps words."""
    names = ("draft_id", "sent_at", "message_id", "text")
    insert = insert_given(cast("Table", DraftPiece.__table__), names, for_sqlite=for_sqlite)
    return inserting(insert, names, for_sqlite=for_sqlite)


def text_of(session: Session, draft: Draft) -> str:
    """Put the words together in the order in which they were sent, whatever order they arrived in."""
    _write_gathered(session)
    pieces = session.scalars(select(DraftPiece).where(DraftPiece.draft_id == draft.id))
    return "\n".join(piece.text for piece in sorted(pieces, key=_sending_order))


def _sending_order(piece: DraftPiece) -> tuple[datetime, int, int]:
    # Times are whole seconds, so within one the platform's numbers decide; as text 9 would come after 10.
    number = int(piece.message_id) if piece.message_id.isdecimal() else 0
    return piece.sent_at, number, piece.id


def attachments_of(session: Session, draft: Draft) -> Sequence[Attachment]:
    """Give the attachments in the order in which they came."""
    query = select(Attachment).where(Attachment.draft_id == draft.id).order_by(Attachment.id)
    return session.scalars(query).all()


def is_idle(draft: Draft, *, now: datetime) -> bool:
    """Tell whether the draft was left alone for long."""
    return draft.updated_at <= now - IDLE_AFTER


def merge(session: Session, draft: Draft, *, into: Draft, now: datetime) -> None:
    """Move everything of one draft into another; the emptied one is closed."""
    _write_gathered(session)
    for table in (DraftPiece, Attachment):
        move = update(table).where(table.draft_id == draft.id).values(draft_id=into.id)
        session.execute(move.execution_options(synchronize_session="fetch"))
    if into.service_point_id is None and draft.service_point_id is not None:
        into.service_point = draft.service_point
    into.place_text = into.place_text or draft.place_text
    into.kind_hint = into.kind_hint or draft.kind_hint
    into.updated_at = now
    cancel(draft, now=now)


def cancel(draft: Draft, *, now: datetime) -> None:
    """Drop a draft; it can be had back for ten minutes."""
    draft.state = DraftState.CANCELLED
    draft.updated_at = now


def left_open(session: Session, person: Person) -> Draft | None:
    """Give the newest draft with anything in it that is still open."""
    _write_gathered(session)
    query = select(Draft).where(Draft.person_id == person.id, Draft.state == DraftState.OPEN, _has_content())
    return session.scalar(query.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(1))


def restore(session: Session, person: Person, *, now: datetime) -> list[Draft]:
    """Open again what was dropped last, if less than ten minutes ago; two dropped at once both come back.

    Returns:
        The drafts that are open again, the older first; empty when there are none.
    """
    _write_gathered(session)
    query = (
        select(Draft)
        .where(
            Draft.person_id == person.id,
            Draft.state == DraftState.CANCELLED,
            Draft.updated_at > now - RESTORABLE_FOR,
            _has_content(),
        )
        .options(joinedload(Draft.service_point))
        .order_by(Draft.updated_at.desc(), Draft.id)
    )
    dropped = list(session.scalars(query))
    last = [draft for draft in dropped if draft.updated_at == dropped[0].updated_at]
    for draft in last:
        draft.state = DraftState.OPEN
        draft.updated_at = now
    return last


def _has_content() -> ColumnElement[bool]:
    return or_(
        exists().where(DraftPiece.draft_id == Draft.id), exists().where(Attachment.draft_id == Draft.id)
    )


def remind_waiting(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Queue one notice for each draft left alone, while the person may be written to freely.

    Returns:
        How many notices were queued.
    """
    query = (
        select(Draft)
        .join(Person, and_(Person.id == Draft.person_id, Person.following))
        .join(ServiceWindow, ServiceWindow.person_id == Draft.person_id)
        .where(
            Draft.state == DraftState.OPEN,
            Draft.updated_at <= now - IDLE_AFTER,
            Draft.reminded_at.is_(None),
            ServiceWindow.closes_at > now,
            ServiceWindow.remaining > 0,
            _has_content(),
        )
        .order_by(Draft.updated_at)
        .limit(limit)
    )
    waiting = session.scalars(query).all()
    for draft in waiting:
        draft.reminded_at = now
        _queue_reminder(session, draft, now=now)
    return len(waiting)


def _queue_reminder(session: Session, draft: Draft, *, now: datetime) -> None:
    first = " ".join(text_of(session, draft).split())
    about = f"“{first[:20]}{'…' if len(first) > 20 else ''}”" if first else "您发来的照片或语音"
    notices.queue(
        session,
        key=f"draft:{draft.id}",
        kind=NoticeKind.DRAFT_WAITING,
        person_id=draft.person_id,
        title=NoticeKind.DRAFT_WAITING.label,
        body=f"{about}还没有提交。\n回复「提交」或「匿名」即可提交，回复「取消」不再保留，也可以接着补充。",
        now=now,
    )
