"""What a joint meeting decided (议定事项), and telling it to those who are to act."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from domain import audit, matter_lifecycle, notices
from domain.actors import Actor
from domain.acts import required
from domain.difficulties import said_day
from domain.errors import Invalid, NotAllowed
from domain.matter_steps import MatterAudience
from domain.meeting_permissions import may_prepare_meetings
from models.enums import NoticeKind, Role
from models.joint_meeting import JointMeeting, JointMeetingDecision
from models.matter import Matter
from models.matter_words import MatterStepName
from models.staff import Staff
from models.team import Team

_TELLS = (
    (MatterAudience.TEAMS, NoticeKind.STAFF_SUPERVISED),
    (MatterAudience.LEAD_STAFF, NoticeKind.STAFF_SUPERVISED),
)


def record_decision(
    session: Session,
    meeting: JointMeeting,
    *,
    words: str,
    matter: Matter | None = None,
    team: Team | None = None,
    until: date | None = None,
    staff: Staff,
    now: datetime,
) -> JointMeetingDecision:
    """Write down what a meeting decided: a note in the matter's record, or a notice to the unit's leads.

    Raises:
        NotAllowed: this member of staff writes down no decisions.
        Invalid: nothing was decided, nobody is to act, or its day is before the meeting.
    """
    if not may_prepare_meetings(staff):
        raise NotAllowed("议定事项由受理员和分管领导记录。")
    words = required(words, "议定的内容")
    if until is not None and until < meeting.held_on:
        raise Invalid("完成时限早于会议日期。", "until")
    concerned = matter.team if matter is not None else team
    if matter is None and concerned is None:
        raise Invalid("请填写事项编号，或选择责任单位。", "matter")
    decision = JointMeetingDecision(
        matter_id=matter.id if matter is not None else None,
        matter=matter,
        team_id=concerned.id if concerned is not None else None,
        team=concerned,
        words=words,
        until=until,
        recorded_by_id=staff.id,
        recorded_at=now,
    )
    meeting.decisions.append(decision)
    session.flush()
    _pass_on(session, meeting, decision, staff=staff, now=now)
    audit.record(
        session,
        staff,
        action="meeting.decide",
        subject_kind="meeting",
        subject=str(meeting.id),
        words=f"记录联席会议定事项：{matter.number if matter is not None else concerned and concerned.name}",
        details={"decision": decision.id, "words": words},
        now=now,
    )
    return decision


def _pass_on(
    session: Session, meeting: JointMeeting, decision: JointMeetingDecision, *, staff: Staff, now: datetime
) -> None:
    """Write it into the record of the matter, which tells those at work; or tell the leads of the unit."""
    said = f"{meeting.title}（{said_day(meeting.held_on)}）议定：{decision.words}"
    if decision.matter is None:
        _tell_leads(session, meeting, decision, said, now)
        return
    until = {"until": decision.until.isoformat()} if decision.until else {}
    matter_lifecycle.advance(
        session,
        decision.matter,
        MatterStepName.NOTE,
        actor=Actor.of_staff(staff),
        now=now,
        words=said,
        details={"meeting": meeting.id, **until},
        tells=_TELLS,
    )


def _tell_leads(
    session: Session,
    meeting: JointMeeting,
    decision: JointMeetingDecision,
    said: str,
    now: datetime,
) -> None:
    until = f"\n请在{said_day(decision.until)}前完成。" if decision.until else ""
    for staff_id in notices.staff_with(session, Role.LEAD, team_id=decision.team_id):
        notices.queue(
            session,
            key=f"meeting:{decision.id}:staff:{staff_id}",
            kind=NoticeKind.STAFF_SUPERVISED,
            title="联席会有议定事项",
            body=f"{said}{until}",
            now=now,
            staff_id=staff_id,
            fields={
                "number": "",
                "subject": meeting.title[:20],
                "status": "议定事项",
                "time": said_day(meeting.held_on),
                "remark": said,
                "place": "",
                "team": decision.team.name if decision.team else "",
                "deadline": said_day(decision.until) if decision.until else "",
            },
            path=f"/admin/meetings/{meeting.id}",
        )
