"""What a push to colleagues says: the list of what is overdue, and the week in figures for the inspectors.

Nothing of what people wrote stands in it: numbers, teams, places and days are enough to look further.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from domain.figure_rules import COVERAGE, RESOLUTION, RESPONSE, SATISFACTION, Figure, rate_of
from domain.figures import count_where
from domain.filters import is_overdue
from domain.matter_queries import today_of
from domain.notice_texts import place_of
from domain.push_contents import Line, Occasion, PushContent, Section, fields_for
from domain.working_time import local_time
from models.complaint import Complaint
from models.enums import ComplaintStatus
from models.matter import Matter
from models.matter_words import MatterStatus
from models.team import Team

MOST_LISTED = 20
_MOST_TEAMS = 6
_DAY = timedelta(days=1)
_WORKED_ON = (MatterStatus.PLANNED, MatterStatus.IN_PROGRESS)


def overdue(session: Session, occasion: Occasion) -> PushContent | None:
    """List complaints and matters that should be done by now, those longest overdue first; None for none."""
    late = is_overdue(now=occasion.now)
    complaints = _complaints(session, late)
    matters = _late_matters(session, occasion.now)
    count = session.scalar(select(func.count(Complaint.id)).where(late)) or 0
    if not (count or matters):
        return None
    teams = Counter(
        {
            name or "还没有派单": number
            for name, number in session.execute(
                select(_team_name(), func.count(Complaint.id)).where(late).group_by(Complaint.team_id)
            )
        }
    )
    counted = f"超期诉求 {count} 件，超期事项 {len(matters)} 件。"
    by_team = "、".join(f"{name} {number}" for name, number in _most(teams))
    sections = [
        Section(
            f"超期诉求 {count} 件",
            [_complaint_line(one, occasion.now) for one in complaints],
            more=count - len(complaints),
        ),
        Section(
            f"超期事项 {len(matters)} 件",
            [_matter_line(one, occasion.now) for one in matters[:MOST_LISTED]],
            more=max(0, len(matters) - MOST_LISTED),
        ),
    ]
    return PushContent(
        title="超期清单",
        body="\n".join([counted, *([f"按单位：{by_team}。"] if by_team else []), "请督促尽快办理。"]),
        fields=fields_for("超期清单", "请督促", counted, occasion.now),
        sections=[section for section in sections if section.lines],
    )


def _most(teams: Counter[str]) -> list[tuple[str, int]]:
    return sorted(teams.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_TEAMS]


def _team_name() -> ColumnElement[str]:
    return select(Team.name).where(Team.id == Complaint.team_id).scalar_subquery()


def _complaints(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Complaint]:
    query = (
        select(Complaint)
        .where(*conditions)
        .options(joinedload(Complaint.team), joinedload(Complaint.service_point))
        .order_by(Complaint.done_due_at, Complaint.id)
    )
    return session.scalars(query.limit(MOST_LISTED)).all()


def _late_matters(session: Session, now: datetime) -> Sequence[Matter]:
    late = Matter.status.in_(_WORKED_ON), Matter.deadline < today_of(now)
    query = select(Matter).where(*late).options(joinedload(Matter.team))
    return session.scalars(query.order_by(Matter.deadline, Matter.id)).all()


def _complaint_line(complaint: Complaint, now: datetime) -> Line:
    due = complaint.done_due_at or complaint.dispatch_due_at
    days = (now - due) // _DAY if due else 0
    late = f"超期 {days} 天" if days else "刚过时限"
    team = complaint.team.name if complaint.team else "还没有派单"
    words = f"{complaint.number} {place_of(complaint) if complaint.service_point else ''}".strip()
    return Line(words, f"{team}，{late}", f"/admin/complaints/{complaint.number}")


def _matter_line(matter: Matter, now: datetime) -> Line:
    days = (today_of(now) - matter.deadline).days if matter.deadline else 0
    team = matter.team.name if matter.team else "责任单位待定"
    return Line(
        f"{matter.number} {matter.title}", f"{team}，超期 {days} 天", f"/admin/matters/{matter.number}"
    )


def supervision(session: Session, occasion: Occasion) -> PushContent:
    """Tell the inspectors of the week: what came in and was done, what is late, back, or supervised."""
    now = occasion.now
    counts = count_where(session, Complaint.filed_at > occasion.since, Complaint.filed_at <= now, now=now)
    rates = [
        ("响应率", rate_of(counts, RESPONSE)),
        ("解决率", rate_of(counts, RESOLUTION)),
        ("满意率", rate_of(counts, SATISFACTION)),
        ("评价覆盖率", rate_of(counts, COVERAGE)),
    ]
    running = Complaint.status.not_in([ComplaintStatus.CLOSED, ComplaintStatus.RESOLVED])
    supervised = _complaints(session, Complaint.supervised_at.is_not(None), running)
    late = session.scalar(select(func.count(Complaint.id)).where(is_overdue(now=now))) or 0
    matters, back = _late_matters(session, now), _relapsed(session)
    first, last = local_time(occasion.since + timedelta(minutes=1)), local_time(now)
    span = f"{first.month}月{first.day}日—{last.month}月{last.day}日"
    filed, resolved = counts[Figure.FILED].rounds, counts[Figure.RESOLVED].rounds
    head = f"{span}：新诉求 {filed} 件，办结 {resolved} 件，重办 {counts[Figure.REOPENED].rounds} 件。"
    rest = f"现在超期诉求 {late} 件、超期事项 {len(matters)} 件，疑似反弹 {len(back)} 件。"
    figures = [Line(name, f"{rate.words}（{rate.good}/{rate.of}）", "/admin/figures") for name, rate in rates]
    sections = [
        Section("三率", figures),
        Section("超期事项", [_matter_line(one, now) for one in matters[:MOST_LISTED]]),
        Section("疑似反弹", [_relapse_line(one) for one in back]),
        Section("督办中的诉求", [_complaint_line(one, now) for one in supervised]),
    ]
    return PushContent(
        title="督查周报",
        body=f"{head}\n{rest}",
        fields=fields_for("督查周报", "已汇总", head, now),
        sections=[section for section in sections if section.lines],
    )


def _relapsed(session: Session) -> Sequence[Matter]:
    back = select(Matter).where(Matter.relapsed_at.is_not(None)).options(joinedload(Matter.team))
    return session.scalars(back.order_by(Matter.relapsed_at.desc()).limit(MOST_LISTED)).all()


def _relapse_line(matter: Matter) -> Line:
    team = matter.team.name if matter.team else "责任单位待定"
    return Line(
        f"{matter.number} {matter.title}", f"{team}，销号后又有新诉求", f"/admin/matters/{matter.number}"
    )
