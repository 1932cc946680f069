"""Hiding words and photos with a reason (隐藏), wherever they show; and showing them again.

What the person raised is never hidden from who works on it. What was added later, photos, and what was
released to everybody can be; the original stays for those who may see it, and each act is in the audit log.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain import audit, board_version, search_index
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound
from domain.permissions import may_hide, may_see_hidden
from models.attachment import Attachment
from models.board import HiddenText
from models.board_words import BoardPart
from models.complaint import Complaint, ComplaintEvent
from models.enums import StepName
from models.notice import Notice
from models.staff import Staff

MAX_REASON = 100
REASONS = ("泄露个人信息", "辱骂、攻击他人", "内容不实", "广告、引流", "违法违规", "与本诉求无关")
_PUBLIC = {BoardPart.TEXT: "public_text", BoardPart.ANSWER: "public_answer"}


@dataclass(frozen=True)
class Target:
    """What is hidden: a part of a complaint; of words and photos also which."""

    part: BoardPart
    id: int = 0

    def __str__(self) -> str:
        return f"{self.part.value}-{self.id}"

    @classmethod
    def read(cls, said: str) -> "Target":
        """Read what `str()` wrote.

        Raises:
            NotFound: it is none.
        """
        name, _, number = said.partition("-")
        part = next((part for part in BoardPart if part.value == name), None)
        if part is None or not number.isdecimal() or len(number) > 9:
            raise NotFound("没有找到这条内容。")
        return cls(part, int(number))


def in_place_of(reason: str) -> str:
    """Say what stands where something is hidden."""
    return f"内容已隐藏：{reason}"


def words_shown(event: ComplaintEvent, *, sees_hidden: bool) -> str:
    """Give the words of an event as somebody reads them."""
    return in_place_of(event.hidden_reason) if event.hidden_reason and not sees_hidden else event.words


def may_open_file(attachment: Attachment, staff: Staff) -> bool:
    """Tell whether staff may open a file as far as hiding goes."""
    return not attachment.hidden_reason or may_see_hidden(staff)


def hidden_texts(session: Session, complaint: Complaint) -> dict[BoardPart, HiddenText]:
    """Give what is hidden of what was released of a complaint."""
    rows = session.scalars(select(HiddenText).where(HiddenText.complaint_id == complaint.id))
    return {row.part: row for row in rows}


def original_text(session: Session, complaint: Complaint, part: BoardPart) -> str:
    """Give a public text or answer as it was released, hidden or not."""
    found = session.get(HiddenText, (complaint.id, part))
    return found.original if found is not None else str(getattr(complaint, _PUBLIC[part]))


def reason_of(session: Session, complaint: Complaint, target: Target) -> str:
    """Tell why something is hidden; empty where it is not.

    Raises:
        NotFound: there is nothing of the kind.
    """
    if target.part in _PUBLIC:
        found = session.get(HiddenText, (complaint.id, target.part))
        return found.reason if found is not None else ""
    return _row(session, complaint, target).hidden_reason


def words_of(session: Session, complaint: Complaint, target: Target) -> str:
    """Give the words that are, or would be, hidden; empty for a photo."""
    if target.part in _PUBLIC:
        return original_text(session, complaint, target.part)
    row = _row(session, complaint, target)
    return row.words if isinstance(row, ComplaintEvent) else ""


def hide(
    session: Session, complaint: Complaint, target: Target, *, reason: str, staff: Staff, now: datetime
) -> None:
    """Hide something; what was hidden already gets the new reason.

    Raises:
        NotAllowed: this member of staff may not.
        NotFound: there is nothing of the kind.
        Invalid: the reason is missing or too long.
    """
    if not may_hide(staff):
        raise NotAllowed("隐藏内容由受理员或系统管理员操作。")
    reason = cleaned(reason)
    if not reason or len(reason) > MAX_REASON:
        raise Invalid(f"请写明隐藏的原因，最多 {MAX_REASON} 字。", "reason")
    if target.part in _PUBLIC:
        _hide_text(session, complaint, target.part, reason)
    else:
        _row(session, complaint, target).hidden_reason = reason
    if target.part is BoardPart.WORDS:
        _change_notices(session, target.id, in_place_of(reason))
    _show_everywhere(session, complaint)
    _write_down(session, complaint, target, staff=staff, reason=reason, now=now)


def _hide_text(session: Session, complaint: Complaint, part: BoardPart, reason: str) -> None:
    original = original_text(session, complaint, part)
    if not original:
        raise NotFound("这件诉求没有公开这部分内容。")
    session.merge(HiddenText(complaint_id=complaint.id, part=part, original=original, reason=reason))
    setattr(complaint, _PUBLIC[part], in_place_of(reason))


def show_again(
    session: Session, complaint: Complaint, target: Target, *, staff: Staff, now: datetime
) -> None:
    """Undo the hiding.

    Raises:
        NotAllowed: this member of staff may not.
        NotFound: it is not hidden.
    """
    if not may_hide(staff):
        raise NotAllowed("恢复显示由受理员或系统管理员操作。")
    if not reason_of(session, complaint, target):
        raise NotFound("这条内容没有隐藏。")
    if target.part in _PUBLIC:
        kept = session.get_one(HiddenText, (complaint.id, target.part))
        setattr(complaint, _PUBLIC[target.part], kept.original)
        session.delete(kept)
    else:
        _row(session, complaint, target).hidden_reason = ""
    if target.part is BoardPart.WORDS:
        _change_notices(session, target.id, "这段内容已恢复显示，请打开诉求查看。")
    _show_everywhere(session, complaint)
    _write_down(session, complaint, target, staff=staff, reason="", now=now)


def _change_notices(session: Session, event_id: int, body: str) -> None:
    """Take the words out of notices too: they stay in inboxes, and some may not have gone out yet."""
    told = update(Notice).where(Notice.key.startswith(f"event:{event_id}:", autoescape=True))
    session.execute(told.values(body=body))


def forget_texts(session: Session, complaint: Complaint) -> None:
    """Drop what was kept of hidden public words: others have been released in their place."""
    session.execute(delete(HiddenText).where(HiddenText.complaint_id == complaint.id))


def _row(session: Session, complaint: Complaint, target: Target) -> ComplaintEvent | Attachment:
    found: ComplaintEvent | Attachment | None
    if target.part is BoardPart.WORDS:
        found = session.get(ComplaintEvent, target.id)
    else:
        found = session.get(Attachment, target.id)
    if found is None or found.complaint_id != complaint.id:
        raise NotFound("没有找到这条内容。")
    # What was raised is the complaint itself; that is hidden from nobody who works on it.
    if isinstance(found, ComplaintEvent) and (found.step is StepName.SUBMIT or not found.words):
        raise NotFound("没有找到这条内容。")
    return found


def _show_everywhere(session: Session, complaint: Complaint) -> None:
    session.flush()
    search_index.write_entry(session, complaint, complaint.events)
    board_version.touch_for(session, complaint)


def _write_down(
    session: Session, complaint: Complaint, target: Target, *, staff: Staff, reason: str, now: datetime
) -> None:
    audit.record(
        session,
        staff,
        action="complaint.hide" if reason else "complaint.show",
        subject_kind="complaint",
        subject=complaint.number,
        words=f"诉求 {complaint.number} 的{target.part.label}："
        + (f"隐藏，原因：{reason}" if reason else "恢复显示"),
        details={"part": str(target), "reason": reason},
        now=now,
    )
