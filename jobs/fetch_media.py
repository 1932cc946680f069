"""Fetches the photos and recordings people sent in the chat; the platform drops them after three days."""

from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.errors import Invalid
from domain.photos import clean_photo
from domain.recordings import content_type_of
from jobs.context import JobContext
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatFailure
from wechat.media import Media

log = structlog.get_logger(__name__)

# Seconds after the first failure, the second …; all within the three days.
RETRY_DELAYS = (10, 60, 300, 1800, 2 * 3600, 6 * 3600, 24 * 3600)
BATCH = 50


def fetch_waiting(context: JobContext) -> None:
    """Fetch all files that are due."""
    with context.database.reading() as session:
        waiting = _waiting(session, context)
    for attachment in waiting:
        if context.stopping.is_set():
            return
        _fetch(context, attachment)


def _waiting(session: Session, context: JobContext) -> list[Attachment]:
    query = select(Attachment).where(
        Attachment.state == AttachmentState.PENDING, Attachment.next_attempt_at <= context.clock()
    )
    return list(session.scalars(query.order_by(Attachment.next_attempt_at, Attachment.id).limit(BATCH)))


def _fetch(context: JobContext, attachment: Attachment) -> None:
    try:
        media = context.client.fetch_media(attachment.media_id)
        data, content_type, extension = _checked(attachment.kind, media)
    except WeChatFailure as error:
        _failed(context, attachment, str(error), final=_is_final(error))
    except Invalid as refusal:
        _failed(context, attachment, refusal.message, final=True)
    else:
        key = context.files.save(data, extension)
        _mark(
            context,
            attachment,
            state=AttachmentState.STORED,
            file_key=key,
            content_type=content_type,
            size=len(data),
            next_attempt_at=None,
            error="",
        )
        log.info("file_fetched", attachment=attachment.id, kind=attachment.kind.label, bytes=len(data))


def _checked(kind: AttachmentKind, media: Media) -> tuple[bytes, str, str]:
    """Give what to keep: the bytes, their content type and file extension."""
    if kind is AttachmentKind.PHOTO:
        photo = clean_photo(media.data)
        return photo.data, photo.content_type, "jpg"
    content_type, extension = content_type_of(media.data, kind=kind)
    return media.data, content_type, extension


def _is_final(error: WeChatFailure) -> bool:
    # What stops the account is mended by somebody; the file may still be there then.
    return isinstance(error, WeChatError) and error.permanent and error.action is not Action.ACCOUNT_STOPPED


def _failed(context: JobContext, attachment: Attachment, words: str, *, final: bool) -> None:
    final = final or attachment.attempts >= len(RETRY_DELAYS)
    log.warning("file_not_fetched", attachment=attachment.id, words=words, final=final)
    if final:
        _mark(context, attachment, state=AttachmentState.FAILED, next_attempt_at=None, error=words[:200])
        return
    delay = timedelta(seconds=RETRY_DELAYS[attachment.attempts])
    _mark(context, attachment, next_attempt_at=context.clock() + delay, error=words[:200])


def _mark(context: JobContext, attachment: Attachment, **values: object) -> None:
    """Write down how it went, unless another worker has meanwhile."""
    with context.database.transaction() as session:
        session.execute(
            update(Attachment)
            .where(
                Attachment.id == attachment.id,
                Attachment.state == AttachmentState.PENDING,
                Attachment.attempts == attachment.attempts,
            )
            .values(attempts=attachment.attempts + 1, **values)
            .execution_options(synchronize_session=False)
        )
