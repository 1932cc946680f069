"""Reports of abuse (举报) about what stands on the public board, and what is decided on them.

Anybody may report, signed in or not; who it was is not kept. Several reports about one thing are decided at
once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from domain import audit, hiding
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed
from domain.hiding import Target
from domain.paging import page_within
from domain.permissions import may_hide
from domain.queries import Page
from models.board import AbuseReport
from models.board_words import AbuseReason, AbuseState, BoardPart
from models.complaint import Complaint
from models.staff import Staff

MAX_WORDS = 500
# One thing reported a hundred times says no more than reported so often.
_ENOUGH_OPEN = 50
_LONGEST_DECISION = 200


@dataclass(frozen=True)
class Case:
    """All reports in one state about one thing.

    Attributes:
        target: what they are about.
        reports: the newest first.
    """

    complaint: Complaint
    target: Target
    reports: Sequence[AbuseReport]


def report(
    session: Session, complaint: Complaint, target: Target, *, reason: AbuseReason, words: str, now: datetime
) -> None:
    """Take a report; beyond what is enough to be looked at, one more is thanked for and not kept.

    Raises:
        Invalid: the words are too long, or missing where the reason says nothing.
    """
    words = cleaned(words)
    if len(words) > MAX_WORDS:
        raise Invalid(f"说明太长，最多 {MAX_WORDS} 字。", "words")
    if reason is AbuseReason.OTHER and not words:
        raise Invalid("选「其他」时，请写一句说明。", "words")
    waiting = select(func.count(AbuseReport.id)).where(
        AbuseReport.complaint_id == complaint.id, AbuseReport.state == AbuseState.OPEN
    )
    if (session.scalar(waiting) or 0) >= _ENOUGH_OPEN:
        return
    session.add(
        AbuseReport(
            complaint_id=complaint.id,
            part=target.part,
            attachment_id=target.id if target.part is BoardPart.PHOTO else None,
            reason=reason,
            words=words,
            reported_at=now,
        )
    )
    session.flush()


def undecided() -> Select[int]:
    """Give the query that counts the reports that wait for a decision."""
    return select(func.count(AbuseReport.id)).where(AbuseReport.state == AbuseState.OPEN)


def cases(session: Session, *, decided: bool, page: int, per_page: int) -> Page[Case]:
    """List what was reported, by thing; what waits longest first, what was decided last first."""
    is_open = AbuseReport.state == AbuseState.OPEN
    keys = (AbuseReport.complaint_id, AbuseReport.part, AbuseReport.attachment_id)
    order = func.max(AbuseReport.decided_at).desc() if decided else func.min(AbuseReport.reported_at)
    groups = select(*keys).where(~is_open if decided else is_open).group_by(*keys)
    total = session.scalar(select(func.count()).select_from(groups.subquery())) or 0
    page = page_within(page, total, per_page)
    ordered = groups.order_by(order, func.min(AbuseReport.id))
    rows = session.execute(ordered.limit(per_page).offset((page - 1) * per_page)).all()
    found = session.scalars(
        select(AbuseReport)
        .where(AbuseReport.complaint_id.in_([row[0] for row in rows]), ~is_open if decided else is_open)
        .options(joinedload(AbuseReport.complaint), joinedload(AbuseReport.decided_by).lazyload("*"))
        .order_by(AbuseReport.reported_at.desc(), AbuseReport.id.desc())
    ).all()
    listed = []
    for row in rows:
        about = [one for one in found if (one.complaint_id, one.part, one.attachment_id) == tuple(row)]
        listed.append(Case(about[0].complaint, target_of(about[0]), about))
    return Page(listed, total, page, per_page)


def what_is_reported(session: Session, listed: Sequence[Case]) -> dict[int, str]:
    """Give the reported words, as they were released, by the id of the newest report of each case."""
    return {
        case.reports[0].id: hiding.words_of(session, case.complaint, case.target)
        for case in listed
        if case.target.part is not BoardPart.PHOTO
    }


def target_of(report: AbuseReport) -> Target:
    """Give what a report is about."""
    return Target(report.part, report.attachment_id or 0)


def decide(
    session: Session,
    complaint: Complaint,
    target: Target,
    *,
    hide: bool,
    words: str,
    staff: Staff,
    now: datetime,
) -> int:
    """Decide on all open reports about one thing: hide it, or leave it where it is; always with words.

    Returns:
        How many reports were decided on.

    Raises:
        NotAllowed: this member of staff may not, or a colleague has decided already.
        Invalid: the words are missing or too long.
    """
    if not may_hide(staff):
        raise NotAllowed("举报由受理员或系统管理员处理。")
    words = cleaned(words)
    if not words or len(words) > _LONGEST_DECISION:
        raise Invalid(f"请写明理由，最多 {_LONGEST_DECISION} 字。", "words")
    query = select(AbuseReport).where(
        AbuseReport.complaint_id == complaint.id,
        AbuseReport.part == target.part,
        AbuseReport.attachment_id == (target.id or None),
        AbuseReport.state == AbuseState.OPEN,
    )
    waiting = session.scalars(query.with_for_update()).all()
    if not waiting:
        raise NotAllowed("这条举报已经处理过了。")
    if hide:
        hiding.hide(session, complaint, target, reason=words, staff=staff, now=now)
    for one in waiting:
        one.state = AbuseState.HIDDEN if hide else AbuseState.KEPT
        one.decided_by_id, one.decided_at, one.decision = staff.id, now, words
    audit.record(
        session,
        staff,
        action="abuse.hide" if hide else "abuse.keep",
        subject_kind="complaint",
        subject=complaint.number,
        words=f"处理诉求 {complaint.number} 的{target.part.label}收到的 {len(waiting)} 条举报："
        f"{'隐藏' if hide else '保留'}，{words}",
        details={"part": str(target), "reports": [one.id for one in waiting]},
        now=now,
    )
    session.flush()
    return len(waiting)
