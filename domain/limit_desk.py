"""What staff see of who was limited, and may do about it: lift a limit, or keep somebody from submitting.

Nobody learns who it is: a row is about "one person", as complaints may be anonymous. A block says for which
complaint it is, and that is all that leads anywhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload

from domain import audit, queries
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.limits import holds
from domain.paging import page_within
from domain.permissions import may_limit_people
from domain.queries import Page
from domain.working_time import local_time
from models.complaint import Complaint
from models.person_limit import LimitKind, PersonLimit
from models.staff import Staff

# Days of a block on offer; none is for good.
DAYS = (1, 3, 7, 30)
REASONS = ("反复发送无关内容", "反复提交虚假诉求", "辱骂、恐吓他人", "冒用他人信息")
LONGEST_REASON = 100
# What is over is told for so long.
SHOWN_FOR = timedelta(days=90)
_NOT_YOURS = "限制由受理员或系统管理员设置和解除。"


@dataclass(frozen=True)
class Listed:
    """One row of the list.

    Attributes:
        complaint_number: what a block is for; empty for a limit that was met.
        in_force: whether it holds now.
    """

    limit: PersonLimit
    complaint_number: str
    in_force: bool


def listing(session: Session, *, over: bool, page: int, per_page: int, now: datetime) -> Page[Listed]:
    """List who is limited now, or was lately; the newest first."""
    in_force = holds(now)
    wanted = and_(~in_force, PersonLimit.began_at > now - SHOWN_FOR) if over else in_force
    total = session.scalar(select(func.count(PersonLimit.id)).where(wanted)) or 0
    page = page_within(page, total, per_page)
    rows = session.execute(
        select(PersonLimit, Complaint.number)
        .outerjoin(Complaint, Complaint.id == PersonLimit.complaint_id)
        .where(wanted)
        .options(
            joinedload(PersonLimit.imposed_by).lazyload("*"), joinedload(PersonLimit.lifted_by).lazyload("*")
        )
        .order_by(PersonLimit.began_at.desc(), PersonLimit.id.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    listed = [Listed(limit, number or "", not over) for limit, number in rows]
    return Page(listed, total, page, per_page)


def lift(session: Session, limit_id: int, *, why: str, staff: Staff, now: datetime) -> PersonLimit:
    """End a limit before its time; what was counted until now counts no more.

    Raises:
        NotAllowed: this member of staff may not, or it is a limit of pages, which ends in minutes.
        NotFound: there is none.
        TooLate: it has ended already.
        Invalid: the reason is missing or too long.
    """
    _need_right(staff)
    why = _reason(why, "why")
    limit = session.scalar(select(PersonLimit).where(PersonLimit.id == limit_id).with_for_update())
    if limit is None:
        raise NotFound("没有找到这条限制，请刷新页面。")
    if limit.kind is LimitKind.PAGES:
        raise NotAllowed("网页操作的限制几分钟内自己结束，不用解除。")
    if limit.lifted_at is not None or limit.until <= now:
        raise TooLate("这条限制已经结束，请刷新页面。")
    limit.lifted_at, limit.lifted_by_id, limit.lifted_why = now, staff.id, why
    _write_down(
        session, limit, staff, action="limit.lift", words=f"解除「{limit.kind.label}」：{why}", now=now
    )
    return limit


def block_reporter(
    session: Session, number: str, *, days: int, reason: str, staff: Staff, now: datetime
) -> PersonLimit:
    """Keep who raised a complaint from submitting for some days; anonymous or not, nobody learns who it is.

    Raises:
        NotAllowed: this member of staff may not.
        NotFound: there is no such complaint.
        Invalid: nobody can be kept from anything by it; or days or reason cannot be used.
    """
    _need_right(staff)
    complaint = queries.by_number(session, cleaned(number))
    if complaint.reporter_id is None:
        words = "这件诉求没有可以限制的提交人：是代录的、其他平台转来的，或者提交人已注销。"
        raise Invalid(words, "number")
    subject = f"诉求 {complaint.number} 的提交人"
    block = _block(session, complaint.reporter_id, subject, days, reason, staff, now=now)
    block.complaint_id = complaint.id
    return block


def block_limited(
    session: Session, limit_id: int, *, days: int, reason: str, staff: Staff, now: datetime
) -> PersonLimit:
    """Keep who met a limit from submitting for some days.

    Raises:
        NotAllowed: this member of staff may not.
        NotFound: there is no such limit.
        Invalid: days or reason cannot be used.
    """
    _need_right(staff)
    limit = session.get(PersonLimit, limit_id)
    if limit is None:
        raise NotFound("没有找到这条限制，请刷新页面。")
    subject = f"{local_time(limit.began_at):%m月%d日 %H:%M}「{limit.kind.label}」的人"
    return _block(session, limit.person_id, subject, days, reason, staff, now=now)


def _block(
    session: Session, person_id: int, subject: str, days: int, reason: str, staff: Staff, *, now: datetime
) -> PersonLimit:
    if days not in DAYS:
        raise Invalid("请选暂停几天。", "days")
    reason = _reason(reason, "reason")
    block = PersonLimit(
        person_id=person_id,
        kind=LimitKind.BLOCK,
        began_at=now,
        until=now + timedelta(days=days),
        refused=0,
        reason=reason,
        imposed_by_id=staff.id,
    )
    session.add(block)
    session.flush()
    words = f"暂停{subject}提交 {days} 天：{reason}"
    _write_down(session, block, staff, action="limit.block", words=words, now=now)
    return block


def _reason(words: str, field: str) -> str:
    words = cleaned(words)
    if not words or len(words) > LONGEST_REASON:
        raise Invalid(f"请写明理由，最多 {LONGEST_REASON} 字。", field)
    return words


def _need_right(staff: Staff) -> None:
    if not may_limit_people(staff):
        raise NotAllowed(_NOT_YOURS)


def _write_down(
    session: Session, limit: PersonLimit, staff: Staff, *, action: str, words: str, now: datetime
) -> None:
    details = {"kind": limit.kind.value, "until": limit.until.isoformat(), "refused": limit.refused}
    audit.record(
        session,
        staff,
        action=action,
        subject_kind="limit",
        subject=str(limit.id),
        words=words,
        details=details,
        now=now,
    )
