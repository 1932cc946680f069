"""Hiding a photo of a matter that should not be seen: a face, a number plate, a name on a door."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain import audit
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed
from domain.hiding import MAX_REASON
from domain.permissions import may_hide
from models.attachment import Attachment
from models.matter import Matter
from models.staff import Staff


def hide_photo(
    session: Session, matter: Matter, photo: Attachment, *, reason: str, staff: Staff, now: datetime
) -> None:
    """Hide a photo everywhere; one that was hidden already gets the new reason.

    Raises:
        NotAllowed: this member of staff may not.
        Invalid: the reason is missing or too long.
    """
    _only_hiding(staff)
    reason = cleaned(reason)
    if not reason or len(reason) > MAX_REASON:
        raise Invalid(f"请写明隐藏的原因，最多 {MAX_REASON} 字。", "reason")
    photo.hidden_reason = reason
    _note(session, matter, photo, "hide", f"隐藏事项 {matter.number} 的一张照片：{reason}", staff, now)


def show_photo(session: Session, matter: Matter, photo: Attachment, *, staff: Staff, now: datetime) -> None:
    """Show a hidden photo again, to whoever saw it before.

    Raises:
        NotAllowed: this member of staff may not.
    """
    _only_hiding(staff)
    photo.hidden_reason = ""
    _note(session, matter, photo, "show", f"恢复显示事项 {matter.number} 的一张照片", staff, now)


def _only_hiding(staff: Staff) -> None:
    if not may_hide(staff):
        raise NotAllowed("隐藏内容由受理员或系统管理员操作。")


def _note(  # noqa: PLR0917 (one line of the log, in its order)
    session: Session, matter: Matter, photo: Attachment, verb: str, words: str, staff: Staff, now: datetime
) -> None:
    session.flush()
    audit.record(
        session,
        staff,
        action=f"matter_photo.{verb}",
        subject_kind="matter",
        subject=matter.number,
        words=words,
        details={"photo": photo.id, "reason": photo.hidden_reason},
        now=now,
    )
