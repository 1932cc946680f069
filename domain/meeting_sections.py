"""Editing what a unit reports to a joint meeting: drafts, saving, and having it written anew."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from domain import audit
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.joint_meetings import period_of
from domain.meeting_permissions import may_edit_section, may_see_meetings
from domain.meeting_texts import write_part
from domain.working_time import describe_moment
from models.joint_meeting import JointMeetingDraft, JointMeetingSection
from models.staff import Staff
from models.upsert import insert_into

LONGEST_TEXT = 8_000


def find_section(
    session: Session, meeting_id: int, section_id: int, staff: Staff, *, hold: bool = False
) -> JointMeetingSection:
    """Give a part of a meeting's papers that this member of staff may edit.

    Args:
        hold: whether others who want it wait until this transaction ends.

    Raises:
        NotFound: there is none.
        NotAllowed: it is not theirs to edit.
    """
    if not may_see_meetings(staff):
        raise NotAllowed("会议材料由单位负责人、受理员、分管领导、督导组和系统管理员查看。")
    query = select(JointMeetingSection).where(
        JointMeetingSection.id == section_id, JointMeetingSection.meeting_id == meeting_id
    )
    # What was read before may have been changed by somebody else meanwhile.
    query = query.options(joinedload(JointMeetingSection.team)).execution_options(populate_existing=True)
    if hold:
        query = query.with_for_update(of=JointMeetingSection)
    section = session.scalar(query)
    if section is None:
        raise NotFound("没有找到这部分材料，可能已被去掉。")
    if not may_edit_section(section, staff):
        raise NotAllowed("会议材料由受理员、分管领导和本单位负责人修改。")
    return section


def edit(
    session: Session,
    section: JointMeetingSection,
    *,
    text: str,
    seen: int | None,
    staff: Staff,
    now: datetime,
) -> bool:
    """Put other words in place of what stands there.

    Args:
        seen: the revision that the writer began from.

    Returns:
        Whether anything differs.

    Raises:
        TooLate: somebody else changed it meanwhile.
        Invalid: it is too long.
    """
    text = cleaned(text.replace("\r\n", "\n"))
    _check_seen(section, seen, now)
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"材料太长，最多 {LONGEST_TEXT} 字。", "text")
    drop_draft(session, section, staff=staff)
    if text == section.text:
        return False
    _note(session, staff, section, "edit", "修改", before=section.text, after=text, now=now)
    section.text, section.edited_at, section.edited_by_id = text, now, staff.id
    section.revision += 1
    session.flush()
    return True


def written_anew(session: Session, section: JointMeetingSection, *, staff: Staff, now: datetime) -> str:
    """Give what would stand there if it were written anew now; nothing is changed."""
    period = period_of(section.meeting)
    return write_part(session, section.team, section.part, period, staff=staff, now=now)


def write_anew(
    session: Session, section: JointMeetingSection, *, seen: int | None, staff: Staff, now: datetime
) -> None:
    """Have a part written from the ledger again; what was edited by hand is gone, but for the audit log.

    Raises:
        TooLate: somebody changed it after the writer had looked.
    """
    _check_seen(section, seen, now)
    text = written_anew(session, section, staff=staff, now=now)
    _note(session, staff, section, "write_anew", "重新生成", before=section.text, after=text, now=now)
    section.text, section.generated_at = text, now
    section.edited_at = section.edited_by_id = None
    section.revision += 1
    drop_draft(session, section, staff=staff)
    session.flush()


def _check_seen(section: JointMeetingSection, seen: int | None, now: datetime) -> None:
    if seen is None or seen == section.revision:
        return
    who = section.edited_by.name if section.edited_by else "有人"
    when = describe_moment(section.edited_at or section.generated_at, now=now)
    raise TooLate(f"{who} {when}先改过这部分，您的改动没有保存。请看过最新内容再改。")


def keep_draft(
    session: Session, section: JointMeetingSection, *, text: str, staff: Staff, now: datetime
) -> bool:
    """Keep what somebody has typed and not saved; tells whether there is anything to keep."""
    text = text.replace("\0", "").replace("\r\n", "\n")[:LONGEST_TEXT]
    if text.strip() == section.text:
        drop_draft(session, section, staff=staff)
        return False
    row = insert_into(session, JointMeetingDraft).values(
        staff_id=staff.id, section_id=section.id, text=text, changed_at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["staff_id", "section_id"],
            set_={"text": row.excluded.text, "changed_at": row.excluded.changed_at},
        )
    )
    return True


def draft_of(session: Session, section: JointMeetingSection, *, staff: Staff) -> JointMeetingDraft | None:
    """Give what somebody has typed and not saved, if anything."""
    return session.get(JointMeetingDraft, (staff.id, section.id), populate_existing=True)


def drop_draft(session: Session, section: JointMeetingSection, *, staff: Staff) -> None:
    """Forget what somebody has typed and not saved."""
    mine = delete(JointMeetingDraft).where(
        JointMeetingDraft.staff_id == staff.id, JointMeetingDraft.section_id == section.id
    )
    session.execute(mine.execution_options(synchronize_session=False))


def _note(
    session: Session,
    staff: Staff,
    section: JointMeetingSection,
    verb: str,
    deed: str,
    *,
    before: str,
    after: str,
    now: datetime,
) -> None:
    audit.record(
        session,
        staff,
        action=f"meeting.{verb}",
        subject_kind="meeting",
        subject=str(section.meeting_id),
        words=f"{deed}联席会材料：{section.team.name}「{section.part.label}」",
        details={"section": section.id, "before": before, "after": after},
        now=now,
    )
