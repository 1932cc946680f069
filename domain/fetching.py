"""Having a file fetched from the platform once more, when the worker has given up on it."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.actors import Actor
from domain.errors import NotAllowed, TooLate
from domain.permissions import Part, parts_in
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import AttachmentState

# So long the platform keeps what a person sent.
KEPT_BY_PLATFORM = timedelta(days=3)
# Who oversees without handling looks on.
_HANDLING = frozenset({Part.HANDLER, Part.LEAD, Part.DISPATCHER, Part.ADMIN})


def may_fetch_again(session: Session, complaint: Complaint, actor: Actor) -> bool:
    """Tell whether the actor may have files of this complaint fetched again."""
    return bool(parts_in(session, complaint, actor) & _HANDLING)


def is_still_there(attachment: Attachment, *, now: datetime) -> bool:
    """Tell whether the platform still has the file, as far as we know."""
    return bool(attachment.media_id) and now - attachment.created_at < KEPT_BY_PLATFORM


def fetch_again(
    session: Session, complaint: Complaint, attachment: Attachment, *, actor: Actor, now: datetime
) -> None:
    """Have the worker fetch a file at once, with all its attempts before it again.

    Raises:
        NotAllowed: the actor does not handle this complaint, or the platform no longer has the file.
        TooLate: it has not failed, or somebody asked for it meanwhile.
    """
    if not may_fetch_again(session, complaint, actor):
        raise NotAllowed("只有办理这件诉求的工作人员能重新下载附件。")
    if not is_still_there(attachment, now=now):
        raise NotAllowed("微信只保留三天，已经不能重新下载。可以请诉求人重新发送。")
    asked = session.execute(
        update(Attachment)
        .where(Attachment.id == attachment.id, Attachment.state == AttachmentState.FAILED)
        .values(state=AttachmentState.PENDING, attempts=0, next_attempt_at=now, error="")
        .execution_options(synchronize_session=False)
    )
    if not asked.rowcount:  # type: ignore[attr-defined]
        raise TooLate("这个附件不需要重新下载，请刷新页面看最新情况。")
    session.refresh(attachment)
