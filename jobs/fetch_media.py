"""Fetches the photos and recordings people sent in the chat; the platform drops them after three days.

A recording made by a browser comes with its form, and waits here too: to become what every browser plays.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import platform_alerts
from domain.deliveries import ACCOUNT_PAUSE
from domain.errors import Invalid
from domain.photos import clean_photo
from domain.recordings import AS_IT_CAME, content_type_of
from domain.same_photos import digest_of, kept_before
from jobs import voice
from jobs.context import JobContext
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatFailure, WeChatTooLarge
from wechat.media import Media

log = structlog.get_logger(__name__)

# Seconds after the first failure, the second …; all within the three days.
RETRY_DELAYS = (10, 60, 300, 1800, 2 * 3600, 6 * 3600, 24 * 3600)
BATCH = 50
# The file may still be there then.
_MENDED_BY_SOMEBODY = frozenset({Action.ACCOUNT_STOPPED, Action.NO_RIGHT})


def fetch_waiting(context: JobContext) -> None:
    """Fetch all files that are due."""
    with context.database.reading() as session:
        if platform_alerts.ACCOUNT in platform_alerts.pauses(session, now=context.clock()):
            return
        waiting = _waiting(session, context)
    for attachment in waiting:
        if context.stopping.is_set() or not _fetch(context, attachment):
            return


def _waiting(session: Session, context: JobContext) -> list[Attachment]:
    query = select(Attachment).where(
        Attachment.state == AttachmentState.PENDING, Attachment.next_attempt_at <= context.clock()
    )
    return list(session.scalars(query.order_by(Attachment.next_attempt_at, Attachment.id).limit(BATCH)))


@dataclass(frozen=True)
class _Kept:
    """A file as it will be kept; `seconds` for what plays, where that is known."""

    data: bytes
    content_type: str
    extension: str
    seconds: int | None = None
    digest: str = ""


def _fetch(context: JobContext, attachment: Attachment) -> bool:
    """Fetch one file; tell whether it is worth going on, which it is not when the account is stopped."""
    try:
        kept = _made_ready(attachment.kind, _as_it_came(context, attachment))
        key = _same_before(context, attachment, kept) or context.files.save(kept.data, kept.extension)
    except WeChatFailure as error:
        _failed(context, attachment, _words(attachment.kind, error), final=_is_final(error))
        return not _stops_the_account(context, error)
    except Invalid as refusal:
        _failed(context, attachment, refusal.message, final=True)
    except Exception:
        # One odd file, or a full disk, must not keep those behind it waiting for ever.
        log.exception("file_fetch_broke", attachment=attachment.id)
        _failed(context, attachment, "服务器处理这个文件时出错，请系统管理员查看日志", final=False)
    else:
        _mark(
            context,
            attachment,
            state=AttachmentState.STORED,
            file_key=key,
            content_type=kept.content_type,
            size=len(kept.data),
            digest=kept.digest,
            seconds=kept.seconds,
            next_attempt_at=None,
            error="",
        )
        if attachment.media_id:
            _account_works(context)
        else:
            context.files.delete(attachment.file_key)  # made anew under another key
        log.info("file_fetched", attachment=attachment.id, kind=attachment.kind.label, bytes=len(kept.data))
    return True


def _same_before(context: JobContext, attachment: Attachment, kept: _Kept) -> str:
    """Give the file of the same photo, where its sender sent it before; a thousand times is one file."""
    if not kept.digest:
        return ""
    with context.database.reading() as session:
        return kept_before(session, attachment.id, kept.digest)


def _as_it_came(context: JobContext, attachment: Attachment) -> Media:
    if attachment.media_id:
        return context.client.fetch_media(attachment.media_id)
    return Media(context.files.read(attachment.file_key), "")


def _account_works(context: JobContext) -> None:
    """Take back the word that everything is stopped, if it was given: a file has just been had."""
    with context.database.reading() as session:
        is_stopped = any(
            alert.subject == platform_alerts.ACCOUNT for alert in platform_alerts.open_alerts(session)
        )
    if is_stopped:
        with context.database.transaction() as session:
            platform_alerts.clear_alerts(session, [platform_alerts.ACCOUNT], now=context.clock())


def _stops_the_account(context: JobContext, error: WeChatFailure) -> bool:
    """Tell administrators of what stops everything; until it is over, each further call would be wasted."""
    if not isinstance(error, WeChatError) or error.action is not Action.ACCOUNT_STOPPED:
        return False
    now = context.clock()
    with context.database.transaction() as session:
        platform_alerts.raise_alert(
            session,
            platform_alerts.ACCOUNT,
            code=error.code,
            words=str(error),
            now=now,
            paused_until=now + ACCOUNT_PAUSE,
        )
    return True


def _made_ready(kind: AttachmentKind, media: Media) -> _Kept:
    if kind is AttachmentKind.PHOTO:
        photo = clean_photo(media.data)
        return _Kept(photo.data, photo.content_type, "jpg", digest=digest_of(photo.data))
    content_type, extension = content_type_of(media.data, kind=kind, named=media.content_type)
    if kind is AttachmentKind.VIDEO:
        return _Kept(media.data, content_type, extension)
    playable = voice.playable_voice(media.data, extension)
    if playable is None:
        # Somebody's own player may know more than we do.
        return _Kept(media.data, AS_IT_CAME, extension)
    return _Kept(playable.data, voice.CONTENT_TYPE, voice.EXTENSION, playable.seconds)


def _words(kind: AttachmentKind, error: WeChatFailure) -> str:
    if isinstance(error, WeChatTooLarge):
        return f"{kind.label}太大，没有保存"
    return f"{error.meaning}，微信错误码 {error.code}" if isinstance(error, WeChatError) else str(error)


def _is_final(error: WeChatFailure) -> bool:
    if isinstance(error, WeChatTooLarge):
        return True
    return isinstance(error, WeChatError) and error.permanent and error.action not in _MENDED_BY_SOMEBODY


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
