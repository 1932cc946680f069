"""Joint meetings (联席会): calling one, writing its papers, editing them, and recording what it decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from domain import audit
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound
from domain.figure_periods import Period
from domain.meeting_permissions import may_prepare_meetings, may_see_meetings
from domain.meeting_texts import write_part
from domain.paging import page_within
from domain.queries import Page
from models.joint_meeting import JointMeeting, JointMeetingSection, MeetingPart
from models.staff import Staff
from models.team import Team

LONGEST_TITLE = 60
LONGEST_PERIOD = 366


@dataclass(frozen=True, kw_only=True)
class MeetingWish:
    """How a meeting is to be.

    Attributes:
        first_day, last_day: of the period it looks back on.
        team_ids: the units that report, in this order of their ids.
    """

    title: str
    held_on: date
    first_day: date
    last_day: date
    team_ids: Sequence[int] = ()


def call(session: Session, wish: MeetingWish, *, staff: Staff, now: datetime) -> JointMeeting:
    """Call a meeting; the papers of all its units are written at once.

    Raises:
        NotAllowed: this member of staff prepares no meetings.
        Invalid: something is missing or wrong; says which field.
    """
    _only_preparing(staff)
    title, teams = _checked(session, wish)
    meeting = JointMeeting(
        title=title,
        held_on=wish.held_on,
        first_day=wish.first_day,
        last_day=wish.last_day,
        created_by_id=staff.id,
        created_at=now,
    )
    session.add(meeting)
    session.flush()
    for team in teams:
        _add_unit(session, meeting, team, staff=staff, now=now)
    _note(session, staff, meeting, "call", f"召集联席会「{title}」，{len(teams)} 个单位汇报", now)
    return meeting


def change(
    session: Session, meeting: JointMeeting, wish: MeetingWish, *, staff: Staff, now: datetime
) -> None:
    """Change title, days and units of a meeting; what is written stays until somebody has it written anew.

    Raises:
        NotAllowed, Invalid: as `call`; a unit whose paper was edited is not taken out.
    """
    _only_preparing(staff)
    title, teams = _checked(session, wish)
    wanted = {team.id for team in teams}
    for section in [one for one in meeting.sections if one.team_id not in wanted]:
        if section.edited_at is not None:
            raise Invalid(f"{section.team.name}的材料已经改写过，不能去掉。", "team_ids")
        meeting.sections.remove(section)
    present = {section.team_id for section in meeting.sections}
    meeting.title, meeting.held_on = title, wish.held_on
    meeting.first_day, meeting.last_day = wish.first_day, wish.last_day
    for team in teams:
        if team.id not in present:
            _add_unit(session, meeting, team, staff=staff, now=now)
    session.flush()
    _note(session, staff, meeting, "change", f"修改联席会「{title}」的安排", now)


def cancel(session: Session, meeting: JointMeeting, *, staff: Staff, now: datetime) -> None:
    """Delete a meeting and its papers; one that has decided something stays.

    Raises:
        NotAllowed: there are decisions, or it is not theirs to delete.
    """
    _only_preparing(staff)
    if meeting.decisions:
        raise NotAllowed("会上已有议定事项，不能删除。")
    _note(session, staff, meeting, "cancel", f"删除联席会「{meeting.title}」和它的材料", now)
    session.delete(meeting)
    session.flush()


def find(session: Session, meeting_id: int, staff: Staff) -> JointMeeting:
    """Give a meeting with its papers.

    Raises:
        NotAllowed: this member of staff may not read any.
        NotFound: there is none.
    """
    if not may_see_meetings(staff):
        raise NotAllowed("会议材料由单位负责人、受理员、分管领导、督导组和系统管理员查看。")
    query = select(JointMeeting).where(JointMeeting.id == meeting_id)
    sections = selectinload(JointMeeting.sections)
    shown = (
        sections.joinedload(JointMeetingSection.team),
        sections.joinedload(JointMeetingSection.edited_by),
    )
    meeting = session.scalar(query.options(*shown))
    if meeting is None:
        raise NotFound("没有找到这次联席会，可能已被删除。")
    return meeting


def meetings(session: Session, staff: Staff, *, page: int = 1, per_page: int = 20) -> Page[JointMeeting]:
    """List the meetings, the latest first.

    Raises:
        NotAllowed: this member of staff may not read any.
    """
    if not may_see_meetings(staff):
        raise NotAllowed("会议材料由单位负责人、受理员、分管领导、督导组和系统管理员查看。")
    total = session.scalar(select(func.count(JointMeeting.id))) or 0
    page = page_within(page, total, per_page)
    query = select(JointMeeting).options(
        selectinload(JointMeeting.sections), selectinload(JointMeeting.decisions)
    )
    newest = query.order_by(JointMeeting.held_on.desc(), JointMeeting.id.desc())
    rows = session.scalars(newest.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(rows, total, page, per_page)


def latest(session: Session) -> JointMeeting | None:
    """Give the meeting that was held, or is to be held, last."""
    newest = select(JointMeeting).order_by(JointMeeting.held_on.desc(), JointMeeting.id.desc())
    return session.scalars(newest.options(joinedload(JointMeeting.decisions)).limit(1)).unique().first()


def before(session: Session, meeting: JointMeeting) -> JointMeeting | None:
    """Give the meeting before this one."""
    query = select(JointMeeting).where(JointMeeting.held_on < meeting.held_on)
    return session.scalars(query.order_by(JointMeeting.held_on.desc(), JointMeeting.id.desc())).first()


def period_of(meeting: JointMeeting) -> Period:
    """Give the days a meeting looks back on."""
    return Period(meeting.first_day, meeting.last_day)


def _add_unit(session: Session, meeting: JointMeeting, team: Team, *, staff: Staff, now: datetime) -> None:
    for part in MeetingPart:
        text = write_part(session, team, part, period_of(meeting), staff=staff, now=now)
        meeting.sections.append(
            JointMeetingSection(team_id=team.id, team=team, part=part, text=text, generated_at=now)
        )
    session.flush()


def _only_preparing(staff: Staff) -> None:
    if not may_prepare_meetings(staff):
        raise NotAllowed("联席会由受理员和分管领导召集。")


def _checked(session: Session, wish: MeetingWish) -> tuple[str, list[Team]]:
    title = " ".join(cleaned(wish.title).split())
    if not title:
        raise Invalid("请填写会议名称。", "title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"会议名称最多 {LONGEST_TITLE} 字。", "title")
    if wish.last_day < wish.first_day:
        raise Invalid("期间的结束早于开始。", "last_day")
    if (wish.last_day - wish.first_day).days >= LONGEST_PERIOD:
        raise Invalid("期间最长一年。", "last_day")
    teams = session.scalars(
        select(Team).where(Team.id.in_(wish.team_ids), Team.active).order_by(Team.id)
    ).all()
    if not teams or len(teams) != len(set(wish.team_ids)):
        raise Invalid("请从列表中选择汇报的单位，至少一个。", "team_ids")
    return title, list(teams)


def _note(
    session: Session, staff: Staff, meeting: JointMeeting, verb: str, words: str, now: datetime
) -> None:
    audit.record(
        session,
        staff,
        action=f"meeting.{verb}",
        subject_kind="meeting",
        subject=str(meeting.id),
        words=words,
        details={
            "title": meeting.title,
            "held_on": meeting.held_on.isoformat(),
            "period": [meeting.first_day.isoformat(), meeting.last_day.isoformat()],
            "teams": sorted({section.team_id for section in meeting.sections}),
        },
        now=now,
    )
