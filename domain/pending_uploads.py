"""Files that come before their form, piece by piece: begun, filled, checked, and at last named by a form.

The pieces and the checked file lie in the file store; these rules only say which are there, whose they are,
and how much somebody may leave lying about.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from domain import documents, limits, photos
from domain.actors import Actor
from domain.errors import Invalid, NotAllowed, NotFound, TooLate, TooMuch
from domain.file_names import safe_name
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState, UploadState
from models.pending_upload import PendingUpload, UploadChunk

KEPT = timedelta(days=1)
LARGEST_CHUNK = 1024 * 1024
# Some forms' worth that were never sent.
MOST_WAITING = 40
# So much one member of staff may send within KEPT, used or not; a person less, see `domain.limits`.
MOST_BYTES_OF_STAFF = 2 * 1024 * 1024 * 1024
BATCH = 200
_NAME_LENGTH = 120
_GONE = "这张照片已经过期，请去掉后重新选择。"
_PAST_END = "上传的内容比说好的长，请重新选择这张照片。"


@dataclass(frozen=True)
class Kept:
    """The file that was made of an upload: where it lies and what it is."""

    file_key: str
    content_type: str
    size: int
    kind: AttachmentKind


def begin(
    session: Session, actor: Actor, *, name: str, size: int, documents_too: bool = False, now: datetime
) -> PendingUpload:
    """Announce a file.

    Args:
        size: its bytes.
        documents_too: whether it may be a document, and so be larger than a photo.

    Raises:
        Invalid: it is empty or too large.
        NotAllowed: this sender has too much lying about.
    """
    if size <= 0:
        raise Invalid("照片是空的，请重新选择。")
    most = documents.MAX_BYTES if documents_too else photos.MAX_BYTES
    if size > most:
        what = "文件" if documents_too else "照片"
        raise Invalid(f"{what}不能超过 {most // 1024 // 1024} MB。")
    _check_room(session, actor, size, now=now)
    upload = PendingUpload(
        token=secrets.token_urlsafe(24),
        person_id=actor.person.id if actor.person else None,
        staff_id=actor.staff.id if actor.staff else None,
        kind=AttachmentKind.PHOTO,
        state=UploadState.RECEIVING,
        name=safe_name(name, longest=_NAME_LENGTH),
        size=size,
        created_at=now,
    )
    session.add(upload)
    session.flush()
    return upload


def put(session: Session, actor: Actor, *, name: str, kept: Kept, now: datetime) -> PendingUpload:
    """Keep a file that came whole, with a form that was refused for something else.

    Raises:
        NotAllowed: as `begin`.
    """
    upload = begin(session, actor, name=name, size=kept.size, documents_too=True, now=now)
    upload.received = upload.size
    finish(session, actor, upload.token, kept, now=now)
    return upload


def _check_room(session: Session, actor: Actor, size: int, *, now: datetime) -> None:
    mine = (_owned_by(actor), PendingUpload.created_at > now - KEPT)
    if actor.person is not None:
        limits.check_bytes(session, actor.person, size, now=now)
    else:
        sent = session.scalar(select(func.coalesce(func.sum(PendingUpload.size), 0)).where(*mine)) or 0
        if sent + size > MOST_BYTES_OF_STAFF:
            raise TooMuch("24 小时内上传的文件太多了，请明天再传，或少选几个。")
    waiting = session.scalar(
        select(func.count()).select_from(PendingUpload).where(*mine, PendingUpload.state != UploadState.USED)
    )
    if (waiting or 0) >= MOST_WAITING:
        raise NotAllowed("已经上传的照片还没有提交，请先提交，或去掉一些再选。")


def _owned_by(actor: Actor) -> ColumnElement[bool]:
    if actor.person is not None:
        return PendingUpload.person_id == actor.person.id
    return PendingUpload.staff_id == (actor.staff.id if actor.staff else None)


def find(session: Session, actor: Actor, token: str, *, now: datetime, hold: bool = False) -> PendingUpload:
    """Give an upload of this sender.

    Args:
        hold: whether others who want it wait until this transaction ends.

    Raises:
        NotFound: there is none, it is somebody else's, or its day is over.
    """
    query = select(PendingUpload).where(
        PendingUpload.token == token, _owned_by(actor), PendingUpload.created_at > now - KEPT
    )
    upload = session.scalar(query.with_for_update() if hold else query)
    if upload is None:
        raise NotFound(_GONE)
    return upload


def ready(session: Session, actor: Actor, tokens: Sequence[str], *, now: datetime) -> list[PendingUpload]:
    """Give those of the named uploads that a form of this sender may still use, in their order."""
    query = select(PendingUpload).where(
        PendingUpload.token.in_(tokens),
        _owned_by(actor),
        PendingUpload.state == UploadState.READY,
        PendingUpload.created_at > now - KEPT,
    )
    found = {upload.token: upload for upload in session.scalars(query)}
    return [found[token] for token in dict.fromkeys(tokens) if token in found]


def add_chunk(
    session: Session, actor: Actor, token: str, *, start: int, size: int, file_key: str, now: datetime
) -> tuple[PendingUpload, bool]:
    """Note a piece that lies in the file store already.

    Returns:
        The upload, and whether the piece was the next one; one that came before, or too early, is not taken.

    Raises:
        NotFound: as `find`.
        Invalid: it goes past the end of what was announced.
    """
    upload = find(session, actor, token, now=now, hold=True)
    if upload.state is not UploadState.RECEIVING or start != upload.received:
        return upload, False
    if start + size > upload.size:
        raise Invalid(_PAST_END)
    session.add(UploadChunk(upload_id=upload.id, start=start, size=size, file_key=file_key))
    upload.received += size
    return upload, True


def pieces(session: Session, upload: PendingUpload) -> list[str]:
    """Give the keys of all pieces, in order.

    Raises:
        TooLate: not all has come yet.
    """
    if upload.received < upload.size:
        raise TooLate("照片还没有传完，请稍等。")
    query = select(UploadChunk.file_key).where(UploadChunk.upload_id == upload.id)
    return list(session.scalars(query.order_by(UploadChunk.start)))


def finish(session: Session, actor: Actor, token: str, kept: Kept, *, now: datetime) -> bool:
    """Put the checked file in place of the pieces.

    Returns:
        False when the same call came before and is in effect: then this file is not needed.

    Raises:
        NotFound: as `find`.
    """
    upload = find(session, actor, token, now=now, hold=True)
    if upload.state is not UploadState.RECEIVING:
        return False
    upload.state = UploadState.READY
    upload.kind = kept.kind
    upload.file_key, upload.content_type, upload.kept_size = kept.file_key, kept.content_type, kept.size
    session.execute(delete(UploadChunk).where(UploadChunk.upload_id == upload.id))
    return True


def remove(session: Session, actor: Actor, token: str, *, now: datetime) -> list[str]:
    """Forget an upload that is not wanted, and give the keys of files that nothing names any more."""
    upload = find(session, actor, token, now=now, hold=True)
    return [] if upload.state is UploadState.USED else _forget(session, [upload])


def take(session: Session, actor: Actor, tokens: Sequence[str], *, now: datetime) -> list[Attachment]:
    """Turn uploads into attachments not yet tied to a complaint, in the order of the names.

    Raises:
        Invalid: one is somebody else's, expired, not whole, or was used before.
    """
    query = select(PendingUpload).where(PendingUpload.token.in_(tokens), _owned_by(actor)).with_for_update()
    found = {upload.token: upload for upload in session.scalars(query)}
    taken = [found.get(token) for token in dict.fromkeys(tokens)]
    lost = sum(upload is None or upload.created_at <= now - KEPT for upload in taken)
    if lost:
        raise Invalid(f"有 {lost} 张照片已经过期（只保留一天），请重新选择。", "attachments")
    uploads = [upload for upload in taken if upload is not None]
    used = sum(upload.state is UploadState.USED for upload in uploads)
    if used:
        raise Invalid(f"有 {used} 张照片之前已经提交过，已从这里去掉。请看一下再提交。", "attachments")
    if any(upload.state is UploadState.RECEIVING for upload in uploads):
        raise Invalid("还有照片没有传完，请等传完再提交。", "attachments")
    return [_attachment(upload, now=now) for upload in uploads]


def _attachment(upload: PendingUpload, *, now: datetime) -> Attachment:
    upload.state = UploadState.USED
    # The worker makes of a recording what every phone plays.
    is_ready = upload.kind is not AttachmentKind.VOICE
    return Attachment(
        kind=upload.kind,
        state=AttachmentState.STORED if is_ready else AttachmentState.PENDING,
        next_attempt_at=None if is_ready else now,
        purpose=AttachmentPurpose.REPORT,
        created_at=now,
        file_key=upload.file_key,
        name=upload.name if upload.kind is AttachmentKind.DOCUMENT else "",
        content_type=upload.content_type,
        size=upload.kept_size,
    )


def already_on(session: Session, actor: Actor, tokens: Sequence[str], *, complaint_id: int) -> bool:
    """Tell whether all of these went with this complaint before: then the same form came twice."""
    query = (
        select(func.count())
        .select_from(PendingUpload)
        .join(Attachment, Attachment.file_key == PendingUpload.file_key)
        .where(
            PendingUpload.token.in_(tokens),
            _owned_by(actor),
            PendingUpload.state == UploadState.USED,
            Attachment.complaint_id == complaint_id,
        )
    )
    return bool(tokens) and session.scalar(query) == len(set(tokens))


def sweep(session: Session, *, now: datetime) -> tuple[int, list[str]]:
    """Forget uploads whose day is over, some at a time.

    Returns:
        How many, and the keys of files that nothing names any more.
    """
    query = select(PendingUpload).where(PendingUpload.created_at <= now - KEPT)
    old = list(session.scalars(query.order_by(PendingUpload.created_at).limit(BATCH)))
    return len(old), _forget(session, old)


def _forget(session: Session, uploads: Sequence[PendingUpload]) -> list[str]:
    ids = [upload.id for upload in uploads]
    chunks = list(session.scalars(select(UploadChunk.file_key).where(UploadChunk.upload_id.in_(ids))))
    session.execute(delete(UploadChunk).where(UploadChunk.upload_id.in_(ids)))
    session.execute(delete(PendingUpload).where(PendingUpload.id.in_(ids)))
    whole = [upload.file_key for upload in uploads if upload.state is UploadState.READY]
    return chunks + whole
