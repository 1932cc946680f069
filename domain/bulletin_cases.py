"""Typical cases of a bulletin: chosen by staff, only from what everybody may read already.

What stands in a bulletin is a text of its own, edited there. It is shown as long as the complaint can be read
on the public board: what is taken back or hidden there is gone here too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain import board
from domain.disclosure import released
from domain.errors import Invalid, NotFound
from domain.figure_periods import Period
from domain.figure_times import minutes_words
from domain.filters import RUNNING_STATUSES, is_overdue
from domain.working_time import local_time
from models.board import HiddenText
from models.bulletin import Bulletin, BulletinCase
from models.bulletin_words import BulletinState, CaseSide
from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.enums import ComplaintKind
from models.rating import Rating
from models.service_point import ServicePoint

MOST_CASES = 10
MOST_SUGGESTED = 6
BAD_TO_STARS = 2
BEST_STARS = 5
# Answering a question, or passing praise on, is no work that others could learn from.
_WORK = (ComplaintKind.COMPLAINT, ComplaintKind.REPAIR, ComplaintKind.SUGGESTION)
# What stands where a case can no longer be read.
GONE = "这件诉求已从公示栏撤下，内容不再显示。"


@dataclass(frozen=True)
class Suggestion:
    """A complaint that could stand as a case, and why."""

    complaint: Complaint
    reason: str


@dataclass(frozen=True)
class ShownCase:
    """A case as readers find it.

    Attributes:
        is_shown: whether its words may still be read; else only that it is gone.
    """

    case: BulletinCase
    number: str
    is_shown: bool

    @property
    def heading(self) -> str:
        """What it was about, where, and whose it is."""
        facts = self.case.facts
        return " · ".join(one for one in (facts["what"], facts["where"], facts["team"]) if one)

    @property
    def told(self) -> str:
        """Its days, and what makes it a case."""
        return "；".join(one for one in (self.case.facts["days"], self.case.facts["reason"]) if one)


def suggestions(session: Session, bulletin: Bulletin, side: CaseSide, *, now: datetime) -> list[Suggestion]:
    """Give complaints of the period that could stand on a side, the plainest first."""
    period = Period(bulletin.first_day, bulletin.last_day)
    chosen = select(BulletinCase.complaint_id).where(BulletinCase.bulletin_id == bulletin.id)
    query = _good(period) if side is CaseSide.GOOD else _bad(period, now=now)
    query = query.where(_may_be_read(), Complaint.id.not_in(chosen)).options(*_LOADED_WITH)
    found = session.execute(query.limit(MOST_SUGGESTED)).all()
    return [Suggestion(row[0], reason_of(session, row[0], side, now=now)) for row in found]


def count_not_released(session: Session, bulletin: Bulletin, side: CaseSide, *, now: datetime) -> int:
    """Count those that could stand on a side if somebody released them to the board first."""
    period = Period(bulletin.first_day, bulletin.last_day)
    query = _good(period) if side is CaseSide.GOOD else _bad(period, now=now)
    waiting = query.where(Complaint.published_at.is_(None), Complaint.public_text == "").order_by(None)
    return session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


_LOADED_WITH = (
    joinedload(Complaint.category, innerjoin=True),
    joinedload(Complaint.service_point).joinedload(ServicePoint.parent),
    joinedload(Complaint.team),
)


def _may_be_read() -> ColumnElement[bool]:
    hidden = exists().where(HiddenText.complaint_id == Complaint.id)
    return and_(released(), ~hidden)


def _of(period: Period) -> ColumnElement[bool]:
    """Give the condition that it was filed or resolved in the period."""
    moments = Complaint.filed_at, Complaint.resolved_at
    return or_(*(and_(moment >= period.start, moment < period.end) for moment in moments))


def _good(period: Period) -> Select[Complaint]:
    """Ask for what was solved at the first go and judged best, the quickest first."""
    rating = and_(Rating.complaint_id == Complaint.id, Rating.round == Complaint.round)
    work = and_(ComplaintRound.complaint_id == Complaint.id, ComplaintRound.round == Complaint.round)
    return (
        select(Complaint)
        .join(Rating, rating)
        .join(ComplaintRound, work)
        .where(_of(period), Complaint.kind.in_(_WORK), Complaint.reopen_count == 0)
        .where(Rating.solved, Rating.stars == BEST_STARS)
        .order_by(func.coalesce(ComplaintRound.done_minutes, 10**6), Complaint.id)
    )


def _bad(period: Period, *, now: datetime) -> Select[Complaint]:
    """Ask for what was sent back, late or judged badly, what came back most often first."""
    late = exists().where(ComplaintRound.complaint_id == Complaint.id, ComplaintRound.spare_minutes < 0)
    disliked = exists().where(Rating.complaint_id == Complaint.id, Rating.stars <= BAD_TO_STARS)
    wrong = or_(Complaint.reopen_count > 0, late, disliked, is_overdue(now=now))
    return (
        select(Complaint)
        .where(_of(period), wrong)
        .order_by(Complaint.reopen_count.desc(), Complaint.filed_at, Complaint.id)
    )


def reason_of(session: Session, complaint: Complaint, side: CaseSide, *, now: datetime) -> str:
    """Say in a few words what makes it a case; never who it was or what they wrote."""
    ratings = session.scalars(select(Rating).where(Rating.complaint_id == complaint.id)).all()
    rounds = session.scalars(
        select(ComplaintRound)
        .where(ComplaintRound.complaint_id == complaint.id)
        .order_by(ComplaintRound.round)
    ).all()
    said: list[str] = []
    if side is CaseSide.GOOD:
        minutes = rounds[-1].done_minutes if rounds else None
        if minutes is not None:
            said.append(f"{minutes_words(minutes)}办结（工作时间）")
        said += [f"诉求人评 {one.stars} 星" for one in ratings if one.round == complaint.round]
    else:
        if complaint.reopen_count:
            said.append(f"退回重办 {complaint.reopen_count} 次")
        if any(one.spare_minutes is not None and one.spare_minutes < 0 for one in rounds):
            said.append("超期办结")
        if complaint.status in RUNNING_STATUSES and complaint.done_due_at and complaint.done_due_at <= now:
            said.append("超期还没有办结")
        worst = min((one.stars for one in ratings), default=BEST_STARS)
        if worst <= BAD_TO_STARS:
            said.append(f"诉求人评 {worst} 星")
    return "，".join(said)


def choose(
    session: Session, bulletin: Bulletin, number: str, side: CaseSide, *, now: datetime
) -> BulletinCase:
    """Add a complaint as a case, with the words that were released of it.

    Raises:
        NotFound: the public board shows no words of such a complaint.
        Invalid: it stands in the bulletin already, or there are too many.
    """
    query = select(Complaint).where(Complaint.number == number, _may_be_read()).options(*_LOADED_WITH)
    complaint = session.scalar(query)
    if complaint is None:
        raise NotFound(f"公示栏里没有 {number[:20]}。只有已经公开的诉求才能选作典型，请先到「公示」公开它。")
    if any(case.complaint_id == complaint.id for case in bulletin.cases):
        raise Invalid(f"{complaint.number} 已经选过了。", "number")
    mine = [case for case in bulletin.cases if case.side is side]
    if len(mine) >= MOST_CASES:
        raise Invalid(f"{side.label}最多选 {MOST_CASES} 件。", "number")
    case = BulletinCase(
        complaint_id=complaint.id,
        complaint=complaint,
        side=side,
        position=max((case.position for case in mine), default=0) + 1,
        text=complaint.public_text,
        answer=complaint.public_answer,
        comment="",
        facts=_facts(complaint, reason_of(session, complaint, side, now=now)),
    )
    bulletin.cases.append(case)
    session.flush()
    return case


def _facts(complaint: Complaint, reason: str) -> dict[str, str]:
    days = [f"{local_time(complaint.filed_at):%-m月%-d日}提出"]
    if complaint.resolved_at is not None:
        days.append(f"{local_time(complaint.resolved_at):%-m月%-d日}办结")
    return {
        "what": f"{complaint.kind.label} · {complaint.category.name}",
        "where": board.Item(complaint, complaint.public_text, "").where,
        "team": complaint.team.name if complaint.team else "",
        "days": "，".join(days),
        "reason": reason,
    }


def case_of(bulletin: Bulletin, case_id: int) -> BulletinCase:
    """Give one of its cases, or raise NotFound."""
    found = next((case for case in bulletin.cases if case.id == case_id), None)
    if found is None:
        raise NotFound("这件典型已经去掉了。")
    return found


def drop(session: Session, bulletin: Bulletin, case_id: int) -> BulletinCase:
    """Take a case out again."""
    case = case_of(bulletin, case_id)
    bulletin.cases.remove(case)
    session.flush()
    return case


def move(session: Session, bulletin: Bulletin, case_id: int, *, by: int) -> None:
    """Move a case up (-1) or down (1) among those of its side; at the end it stays."""
    case = case_of(bulletin, case_id)
    row = [one for one in bulletin.cases if one.side is case.side]
    at = row.index(case)
    to = min(max(at + by, 0), len(row) - 1)
    row.insert(to, row.pop(at))
    for position, one in enumerate(row, start=1):
        one.position = position
    session.flush()
    session.expire(bulletin, ["cases"])


def shown(session: Session, bulletin: Bulletin) -> Mapping[CaseSide, Sequence[ShownCase]]:
    """Give the cases of both sides, and whether their words may be read now."""
    ids = [case.complaint_id for case in bulletin.cases]
    query = select(Complaint.id, Complaint.number).where(Complaint.id.in_(ids))
    numbers = {row[0]: row[1] for row in session.execute(query)}
    readable = set(session.scalars(select(Complaint.id).where(Complaint.id.in_(ids), _may_be_read())))
    return {side: list(_on(bulletin, side, numbers, readable)) for side in CaseSide}


def _on(
    bulletin: Bulletin, side: CaseSide, numbers: Mapping[int, str], readable: set[int]
) -> Iterable[ShownCase]:
    for case in bulletin.cases:
        if case.side is side:
            yield ShownCase(case, numbers[case.complaint_id], case.complaint_id in readable)


def out_with(session: Session, complaint: Complaint) -> Sequence[Bulletin]:
    """Give the published bulletins in which a complaint stands as a case, the newest first.

    Their pages follow when it is taken back or hidden; Word files and articles that are out cannot.
    """
    cited = exists().where(BulletinCase.bulletin_id == Bulletin.id, BulletinCase.complaint_id == complaint.id)
    query = select(Bulletin).where(cited, Bulletin.state == BulletinState.PUBLISHED)
    return session.scalars(query.order_by(Bulletin.published_at.desc(), Bulletin.id.desc())).all()
