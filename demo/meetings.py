"""Two joint meetings of the invented university: one that decided something, one being prepared."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import joint_meetings, meeting_sections
from domain.joint_meetings import MeetingWish
from domain.meeting_decisions import record_decision
from domain.working_time import LOCAL
from models.enums import Role
from models.joint_meeting import JointMeeting, MeetingPart
from models.matter import Matter
from models.staff import Staff, StaffRole
from models.team import Team

# What the unit said at the last meeting, before it was decided upon.
_SAID = {
    MeetingPart.DONE: "明德楼 2 层地漏已全部更换，午间保洁增加一次。",
    MeetingPart.PROBLEMS: "通风机停产，配件要从外地调。",
    MeetingPart.NEXT_STEPS: "配件到货后三天内装好，随机询问 20 名师生。",
}


def seed_meetings(session: Session, *, now: datetime) -> None:
    """Hold a meeting three weeks ago, and call the next one for the day after tomorrow."""
    desk = session.scalars(
        select(Staff).join(StaffRole).where(StaffRole.role == Role.DISPATCHER).order_by(Staff.id)
    ).first()
    matter = session.scalars(select(Matter).where(Matter.title == "明德楼卫生间异味整改")).first()
    if desk is None or matter is None or matter.team_id is None:
        return
    held = (now - timedelta(days=21)).astimezone(LOCAL).replace(hour=10, minute=0, second=0, microsecond=0)
    last = _call(session, held, 30, [matter.team_id], desk=desk, now=held)
    for section in last.sections:
        text = _SAID[section.part]
        meeting_sections.edit(session, section, text=text, seen=None, staff=desk, now=held)
    until = (now + timedelta(days=3)).astimezone(LOCAL).date()
    words = "通风机配件由维修服务中心协助采购，物业环境中心三天内装好。"
    record_decision(session, last, words=words, matter=matter, until=until, staff=desk, now=held)
    teams = session.scalars(select(Team.id).where(Team.active).order_by(Team.id)).all()
    _call(session, now + timedelta(days=2), 21, list(teams), desk=desk, now=now)


def _call(
    session: Session, held: datetime, days: int, teams: list[int], *, desk: Staff, now: datetime
) -> JointMeeting:
    day, today = held.astimezone(LOCAL).date(), now.astimezone(LOCAL).date()
    wish = MeetingWish(
        title=f"{day.month}月后勤联席会",
        held_on=day,
        first_day=today - timedelta(days=days - 1),
        last_day=today,
        team_ids=teams,
    )
    return joint_meetings.call(session, wish, staff=desk, now=now)
