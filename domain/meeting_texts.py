"""What a unit reports to a joint meeting, written from the ledger: done, problems, next steps."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from domain.difficult_points import DifficultFilters, difficult_points
from domain.difficulties import DifficultPoint, local_day, said_day
from domain.disclosure import masked
from domain.figure_periods import Period
from domain.figure_rules import COVERAGE, RESOLUTION, RESPONSE, SATISFACTION, Figure, rate_of
from domain.figures import count_all
from domain.filters import Filters
from domain.matter_queries import today_of
from models.joint_meeting import MeetingPart
from models.matter import Matter, MatterEvent, MatterMilestone
from models.matter_words import OPEN_MATTER_STATUSES, MatterStatus, MatterStepName
from models.staff import Staff
from models.team import Team

# So far ahead does a meeting look.
AHEAD = timedelta(days=90)
# A paper that lists every complaint is read by nobody.
MOST_COMPLAINTS = 10
_LONGEST_REASON = 200


def write_part(
    session: Session, team: Team, part: MeetingPart, period: Period, *, staff: Staff, now: datetime
) -> str:
    """Write one part of a unit's report.

    Args:
        period: what the meeting looks back on.
        staff: who has it written; it holds what they may see.
    """
    if part is MeetingPart.DONE:
        return _done(session, team, period, now)
    if part is MeetingPart.PROBLEMS:
        return _problems(session, team, staff, now)
    return _next_steps(session, team, now)


def _numbered(lines: Iterable[str]) -> list[str]:
    return [f"{number}. {line}" for number, line in enumerate(lines, start=1)]


def _named(matter: Matter) -> str:
    return f"{matter.title}（{matter.number}）"


def _sentence(words: str) -> str:
    """Give words as one line that ends as a sentence does."""
    line = " ".join(words.split())
    line = line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"
    return line if line.endswith(("。", "！", "？", "…")) else f"{line}。"


def _done(session: Session, team: Team, period: Period, now: datetime) -> str:
    closed = session.scalars(
        select(Matter)
        .where(
            Matter.team_id == team.id,
            Matter.status == MatterStatus.CLOSED,
            Matter.closed_at >= period.start,
            Matter.closed_at < period.end,
        )
        .order_by(Matter.closed_at)
    ).all()
    accepted = _acceptance(session, closed)
    lines = [f"{_named(one)}，{_when(one, now)}验收销号：{_sentence(accepted[one.id])}" for one in closed]
    head = f"销号事项 {len(lines)} 件：" if lines else "本期没有销号的事项。"
    parts = _parts_accepted(session, team, period)
    more = [f"另有 {len(parts)} 个节点通过验收：{'；'.join(parts)}。"] if parts else []
    return "\n".join([head, *_numbered(lines), *more, _figures(session, team, period, now)])


def _when(matter: Matter, now: datetime) -> str:
    return said_day(local_day(matter.closed_at or now))


def _acceptance(session: Session, matters: Sequence[Matter]) -> dict[int, str]:
    last = select(func.max(MatterEvent.id)).where(
        MatterEvent.matter_id.in_([one.id for one in matters]), MatterEvent.step == MatterStepName.ACCEPT
    )
    rows = session.execute(
        select(MatterEvent.matter_id, MatterEvent.words).where(
            MatterEvent.id.in_(last.group_by(MatterEvent.matter_id))
        )
    )
    return {row[0]: row[1] for row in rows}


def _parts_accepted(session: Session, team: Team, period: Period) -> list[str]:
    rows = session.execute(
        select(MatterMilestone.title, Matter.title)
        .join(Matter, MatterMilestone.matter_id == Matter.id)
        .where(
            Matter.team_id == team.id,
            Matter.status.in_(OPEN_MATTER_STATUSES),
            MatterMilestone.accepted_at >= period.start,
            MatterMilestone.accepted_at < period.end,
        )
        .order_by(MatterMilestone.accepted_at)
    )
    return [f"{part}（{matter}）" for part, matter in rows]


def _figures(session: Session, team: Team, period: Period, now: datetime) -> str:
    filters = Filters(team_id=team.id, filed_from=period.start, filed_to=period.end)
    counts = count_all(session, filters, now=now)
    if not counts[Figure.COUNTED].rounds:
        return "本期没有计入统计的师生诉求。"
    rates = {
        "按时答复率": RESPONSE,
        "解决率": RESOLUTION,
        "满意率": SATISFACTION,
        "评价率": COVERAGE,
    }
    said = []
    for name, pair in rates.items():
        rate = rate_of(counts, pair)
        share = f"{rate.good}/{rate.of}"
        # Of a few, a share says nothing but who they were.
        counted = f"{name} {rate.words}（{share}）" if rate.enough else f"{name} {share}"
        said.append(counted if rate.of else f"{name}暂无")
    numbers = f"计入统计 {counts[Figure.COUNTED].rounds} 件，办结 {counts[Figure.RESOLVED].rounds} 件次"
    return f"师生诉求{numbers}，重办 {counts[Figure.REOPENED].rounds} 件；{'，'.join(said)}。"


def _problems(session: Session, team: Team, staff: Staff, now: datetime) -> str:
    points = difficult_points(session, staff, DifficultFilters(team_id=team.id), now=now)
    matters = [one for one in points if one.is_matter]
    complaints = [one for one in points if not one.is_matter]
    shown = [*matters, *complaints[:MOST_COMPLAINTS]]
    if not shown:
        return "没有超期、挂账和上报的难点。"
    left = len(complaints) - MOST_COMPLAINTS
    more = [f"另有 {left} 件诉求，见「难点堵点」。"] if left > 0 else []
    return "\n".join([*_numbered(_problem(one) for one in shown), *more])


def _problem(point: DifficultPoint) -> str:
    reason = _sentence(masked(point.reason)) if point.reason else "没有说明原因。"
    since = f"自{said_day(point.since)}"
    needed = f"需要：{_sentence(point.needed)}" if point.needed else ""
    return f"【{point.why.label}】{point.title}（{point.subject.number}），{since}：{reason}{needed}"


def _next_steps(session: Session, team: Team, now: datetime) -> str:
    today, matters = today_of(now), _open(session, team)
    dated = [line for one in matters for line in _ahead(one, today)]
    lines = [f"{said_day(day)}前：{what}" for day, what in sorted(dated)]
    waiting = [_named(one) for one in matters if one.status is MatterStatus.SUBMITTED]
    lasting = [_named(one) for one in matters if one.deadline is None and one.deadline_words]
    more = [f"等待验收：{'；'.join(waiting)}。"] if waiting else []
    more += [f"长期推进：{'；'.join(lasting)}。"] if lasting else []
    return "\n".join([*_numbered(lines), *more]) or "近期没有到期的事项和节点。"


def _open(session: Session, team: Team) -> Sequence[Matter]:
    query = select(Matter).where(Matter.team_id == team.id, Matter.status.in_(OPEN_MATTER_STATUSES))
    return session.scalars(query.options(selectinload(Matter.milestones)).order_by(Matter.id)).all()


def _ahead(matter: Matter, today: date) -> list[tuple[date, str]]:
    """Give the days ahead of a matter, each with what is to be reached by then."""
    if matter.status is MatterStatus.SUBMITTED:
        return []
    if matter.status is MatterStatus.DEFERRED and matter.deferred_until is not None:
        return [(matter.deferred_until, f"恢复推进{_named(matter)}。")]
    found = [
        (one.deadline, f"完成「{one.title}」（{matter.title}的节点）。")
        for one in matter.milestones
        if one.deadline is not None and one.accepted_at is None and today <= one.deadline <= today + AHEAD
    ]
    if matter.deadline is not None and today <= matter.deadline <= today + AHEAD:
        found.append((matter.deadline, f"完成{_named(matter)}，目标：{_sentence(matter.goal)}"))
    return found
