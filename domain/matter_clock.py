"""What the clock does to matters: reminders of deadlines, what was deferred coming back, relapses."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from domain import matter_lifecycle, office_settings
from domain.actors import CLOCK
from domain.matter_relapse import complaints_since
from domain.matter_settings import NEAR_DAYS, RELAPSE_THRESHOLD
from domain.matter_steps import MatterAudience, MatterTell
from domain.matter_work import resume
from domain.working_time import LOCAL
from models.enums import NoticeKind, Role
from models.matter import Matter, MatterMilestone
from models.matter_words import MatterStatus, MatterStepName

# Reminders come in the morning, when people are at work.
_MORNING = timedelta(hours=8)
_RUNNING = frozenset({MatterStatus.PLANNED, MatterStatus.IN_PROGRESS})
_NEAR: tuple[MatterTell, ...] = ((MatterAudience.TEAMS, NoticeKind.STAFF_NEAR_DUE),)
_OVERDUE: tuple[MatterTell, ...] = (
    (MatterAudience.TEAMS, NoticeKind.STAFF_OVERDUE),
    (MatterAudience.LEAD_STAFF, NoticeKind.STAFF_OVERDUE),
    (MatterAudience.INSPECTORS, NoticeKind.STAFF_OVERDUE),
)
# Where no leader is named to answer for it, all leaders hear.
_NO_LEADER: tuple[MatterTell, ...] = ((MatterAudience.LEADERS, NoticeKind.STAFF_OVERDUE),)


def office_day(now: datetime) -> date:
    """Give the day that counts for reminders; it begins at eight in the morning."""
    return (now.astimezone(LOCAL) - _MORNING).date()


def due_matters(session: Session, *, now: datetime) -> list[int]:
    """List the matters on which something falls due by the clock."""
    today = office_day(now)
    near = today + timedelta(days=office_settings.read(session, NEAR_DAYS))
    part_due = select(MatterMilestone.matter_id).where(
        MatterMilestone.accepted_at.is_(None), _untold(MatterMilestone, today, near)
    )
    running = Matter.status.in_(_RUNNING)
    ordered = (Matter.supervised_until < today) & Matter.supervised_told_for.is_distinct_from(
        Matter.supervised_until
    )
    deferred = (Matter.status == MatterStatus.DEFERRED) & (Matter.deferred_until <= today)
    watched = (
        (Matter.status == MatterStatus.CLOSED) & (Matter.watch_until >= now) & Matter.relapsed_at.is_(None)
    )
    query = select(Matter.id).where(
        or_(running & (_untold(Matter, today, near) | Matter.id.in_(part_due) | ordered), deferred, watched)
    )
    return list(session.scalars(query.order_by(Matter.id)))


def _untold(table: type[Matter | MatterMilestone], today: date, near: date) -> ColumnElement[bool]:
    day = table.deadline
    near_told = table.near_told_for.is_not_distinct_from(day)
    overdue_told = table.overdue_told_for.is_not_distinct_from(day)
    return ((day <= near) & (day >= today) & ~near_told) | ((day < today) & ~overdue_told)


def turn(session: Session, matter_id: int, *, now: datetime) -> Sequence[str]:
    """Do on one matter what the clock has to; harmless when another worker did it before.

    Returns:
        What was done, in words for the log.
    """
    matter = session.get_one(Matter, matter_id)
    matter_lifecycle.hold(session, matter)
    today = office_day(now)
    if matter.status is MatterStatus.DEFERRED and matter.deferred_until and matter.deferred_until <= today:
        resume(session, matter, words="挂账承诺的日期到了，恢复推进。", actor=CLOCK, now=now)
        return ["resumed"]
    if matter.status in _RUNNING:
        near = today + timedelta(days=office_settings.read(session, NEAR_DAYS))
        parts: list[Matter | MatterMilestone] = [
            matter,
            *(one for one in matter.milestones if one.accepted_at is None),
        ]
        said = [said for one in parts if (said := _remind(session, matter, one, today, near, now))]
        return said + _press(session, matter, today, now)
    return ["relapse"] if _watch(session, matter, now=now) else []


def _remind(
    session: Session, matter: Matter, about: Matter | MatterMilestone, today: date, near: date, now: datetime
) -> str:
    day = about.deadline
    if day is None or day > near:
        return ""
    overdue = day < today
    if (about.overdue_told_for if overdue else about.near_told_for) == day:
        return ""
    what = "时限" if about is matter else f"节点「{about.title}」的时限"
    if overdue:
        about.overdue_told_for = day
        words = f"{what} {day.month}月{day.day}日已过，请说明原因并尽快完成。"
    else:
        about.near_told_for = day
        words = f"{what}是 {day.month}月{day.day}日，还有 {(day - today).days} 天，请抓紧推进。"
    _say(session, matter, words, _overdue_tells(matter) if overdue else _NEAR, now)
    return "overdue" if overdue else "near"


def _press(session: Session, matter: Matter, today: date, now: datetime) -> list[str]:
    """Tell that the day has passed that a leader or inspector had set."""
    day = matter.supervised_until
    if day is None or day >= today or matter.supervised_told_for == day:
        return []
    matter.supervised_told_for = day
    words = f"督办的期限 {day.month}月{day.day}日已过，请立即报告办理情况。"
    _say(session, matter, words, _overdue_tells(matter), now)
    return ["supervised"]


def _overdue_tells(matter: Matter) -> tuple[MatterTell, ...]:
    lead = matter.lead_staff
    led = lead is not None and lead.active and Role.LEADER in lead.roles
    return _OVERDUE if led else (*_OVERDUE, *_NO_LEADER)


def _say(session: Session, matter: Matter, words: str, tells: Sequence[MatterTell], now: datetime) -> None:
    matter_lifecycle.advance(
        session, matter, MatterStepName.REMIND, actor=CLOCK, now=now, words=words, tells=tells
    )


def _watch(session: Session, matter: Matter, *, now: datetime) -> bool:
    """Flag a closed matter when as many complaints came in as the office takes for a relapse."""
    if matter.status is not MatterStatus.CLOSED or matter.relapsed_at is not None:
        return False
    numbers = [one.number for one in complaints_since(session, matter)]
    if len(numbers) < office_settings.read(session, RELAPSE_THRESHOLD):
        return False
    matter_lifecycle.advance(
        session,
        matter,
        MatterStepName.FLAG_RELAPSE,
        actor=CLOCK,
        now=now,
        words=f"销号以后，同一地点、同一类别又有 {len(numbers)} 件新诉求，疑似反弹，请核实。",
        changes={"relapsed_at": now},
        details={"complaints": numbers[:50]},
    )
    return True
