"""Two complaints that belong together without being the same (相关诉求): tied and untied by staff."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from domain import audit
from domain.actors import Actor
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed
from domain.permissions import may_link, may_see
from models.complaint import Complaint, ComplaintLink
from models.staff import Staff
from models.upsert import insert_into

LONGEST_NOTE = 100


def link(
    session: Session, complaint: Complaint, *, other: Complaint, note: str, staff: Staff, now: datetime
) -> None:
    """Say that another complaint belongs to this one.

    Raises:
        NotAllowed: they play no part in this one.
        Invalid: it is this one itself, one they may not see, or linked already; or the note is too long.
    """
    _check(session, complaint, staff)
    note = cleaned(note)
    if not may_see(session, other, Actor.of_staff(staff)):
        raise Invalid(f"没有找到编号为 {other.number} 的诉求，请核对。", "other")
    if other.id == complaint.id:
        raise Invalid("这就是本件，请填写另一件诉求的编号。", "other")
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"说明太长，最多 {LONGEST_NOTE} 字。", "note")
    first, second = sorted((complaint.id, other.id))
    row = insert_into(session, ComplaintLink).values(
        complaint_id=first, other_id=second, note=note, linked_by_id=staff.id, linked_at=now
    )
    written = session.scalar(row.on_conflict_do_nothing().returning(ComplaintLink.complaint_id))
    if written is None:
        raise Invalid(f"已经与 {other.number} 关联。", "other")
    said = f"关联 {other.number}" + (f"：{note}" if note else "")
    _log(session, complaint, staff, verb="link", words=said, now=now)


def unlink(session: Session, complaint: Complaint, *, other: Complaint, staff: Staff, now: datetime) -> bool:
    """Untie two complaints.

    Returns:
        Whether they were tied.

    Raises:
        NotAllowed: they play no part in this one.
    """
    _check(session, complaint, staff)
    first, second = sorted((complaint.id, other.id))
    tie = delete(ComplaintLink).where(ComplaintLink.complaint_id == first, ComplaintLink.other_id == second)
    done = session.execute(tie.execution_options(synchronize_session=False))
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    _log(session, complaint, staff, verb="unlink", words=f"取消与 {other.number} 的关联", now=now)
    return True


def _check(session: Session, complaint: Complaint, staff: Staff) -> None:
    if not may_link(session, complaint, staff):
        raise NotAllowed("只有办理或督办这件诉求的工作人员能关联诉求。")


def _log(
    session: Session, complaint: Complaint, staff: Staff, *, verb: str, words: str, now: datetime
) -> None:
    audit.record(
        session,
        staff,
        action=f"complaint.{verb}",
        subject_kind="complaint",
        subject=complaint.number,
        words=f"诉求 {complaint.number}：{words}",
        now=now,
    )
