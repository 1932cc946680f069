"""What people enter about a team in a term: inspections, the yearly score, remarks of leaders."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from domain import appraisals
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound
from domain.paging import page_within
from domain.permissions import may_inspect, may_manage_appraisal, may_remark
from domain.queries import Page
from domain.scoreboard import points
from domain.working_time import local_time
from models.appraisal import AnnualScore, AppraisalTerm, Inspection, LeaderRemark
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

LEAST_POINTS, MOST_POINTS = -30, 10
LONGEST_WORDS = 1000
LONGEST_REASON = 200
PER_PAGE = 30


def inspect(
    session: Session,
    term: AppraisalTerm,
    team: Team,
    *,
    day: date,
    points: int,
    words: str,
    place: ServicePoint | None = None,
    photo_file_key: str = "",
    staff: Staff,
    now: datetime,
) -> Inspection:
    """Enter what was found on the spot.

    Args:
        term: from `appraisals.hold`.
        points: what is taken from 100 (a minus), or added to it.

    Raises:
        Invalid: the day lies outside the term or ahead, the points are out of range, or nothing is said.
        NotAllowed: this is not for them to do, or it is their own team.
    """
    check_inspector(staff)
    _need_other_team(staff, team.id)
    if not term.first_day <= day <= min(term.last_day, local_time(now).date()):
        raise Invalid(f"督查日期要在{term.name}之内，也不能晚于今天。", "day")
    if not LEAST_POINTS <= points <= MOST_POINTS:
        raise Invalid(f"加减分须是 {LEAST_POINTS} 到 {MOST_POINTS} 的整数。".replace("-", "−"), "points")
    found = Inspection(
        term_id=term.id,
        team=team,
        service_point=place,
        day=day,
        points=points,
        words=_said(words, "督查情况"),
        photo_file_key=photo_file_key,
        entered_by_id=staff.id,
        entered_at=now,
    )
    session.add(found)
    session.flush()
    about = f"录入对「{team.name}」的督查（{term.name}，{signed(points)} 分）"
    at = place.full_name if place else ""
    appraisals.note(
        session, term, "inspect", about, staff=staff, now=now, points=points, words=found.words, place=at
    )
    return found


def signed(number: int) -> str:
    """Write points with their sign, as print does: +2, −3, 0."""
    return f"{number:+d}".replace("-", "−") if number else "0"


def check_inspector(staff: Staff) -> None:
    """Refuse who may not enter inspections.

    Raises:
        NotAllowed: this is not for them to do.
    """
    if not may_inspect(staff):
        raise NotAllowed("督查情况由督导组或分管领导录入。")


def judges(staff: Staff, team_id: int) -> bool:
    """Tell whether staff may judge this team, whatever roles they hold: nobody their own."""
    return staff.team_id != team_id


def _need_other_team(staff: Staff, team_id: int) -> None:
    if not judges(staff, team_id):
        raise NotAllowed("不能给自己所在的单位打分或点评，请由单位以外的人录入。")


def find_inspection(session: Session, inspection_id: int) -> Inspection:
    """Give an inspection, or raise NotFound."""
    found = session.get(Inspection, inspection_id)
    if found is None:
        raise NotFound("没有找到这条督查记录。")
    return found


def void(
    session: Session, term: AppraisalTerm, inspection: Inspection, *, reason: str, staff: Staff, now: datetime
) -> None:
    """Let an inspection count no longer; it stays to be read.

    Raises:
        Invalid: no reason, or it does not count already.
        NotAllowed: it is somebody else's, and they are no leader; or it is about their own team.
    """
    if inspection.entered_by_id != staff.id and not may_manage_appraisal(staff):
        raise NotAllowed("督查记录由录入的人、分管领导或系统管理员作废。")
    _need_other_team(staff, inspection.team_id)
    reason = cleaned(reason)
    if not reason:
        raise Invalid("请写明为什么作废。", "reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"原因最多 {LONGEST_REASON} 字。", "reason")
    if inspection.void_reason:
        raise Invalid("这条督查记录已经作废了。")
    inspection.void_reason = reason
    session.flush()
    words = f"作废对「{inspection.team.name}」的督查（{term.name}，{signed(inspection.points)} 分）"
    appraisals.note(session, term, "void_inspection", words, staff=staff, now=now, reason=reason)


def inspections(
    session: Session, term: AppraisalTerm, *, team_id: int | None = None, page: int = 1
) -> Page[Inspection]:
    """List what inspectors found in a term, the newest first."""
    here: list[ColumnElement[bool]] = [Inspection.term_id == term.id]
    if team_id is not None:
        here.append(Inspection.team_id == team_id)
    total = session.scalar(select(func.count(Inspection.id)).where(*here)) or 0
    page = page_within(page, total, PER_PAGE)
    query = select(Inspection).where(*here).order_by(Inspection.day.desc(), Inspection.id.desc())
    query = query.options(joinedload(Inspection.service_point), joinedload(Inspection.entered_by))
    return Page(
        session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all(), total, page, PER_PAGE
    )


def set_annual(
    session: Session,
    term: AppraisalTerm,
    team: Team,
    *,
    tenths: int,
    reason: str,
    staff: Staff,
    now: datetime,
) -> None:
    """Enter the yearly score of a team, or correct it.

    Raises:
        Invalid: it is not from 0 to 100, or there is no reason.
        NotAllowed: this is not for them to do, or it is their own team.
    """
    if not may_manage_appraisal(staff):
        raise NotAllowed("年度考核分由分管领导或系统管理员录入。")
    _need_other_team(staff, team.id)
    if not 0 <= tenths <= 1000:
        raise Invalid("年度考核分须是 0 到 100，最多一位小数。", "score")
    reason = _said(reason, "得分依据", "reason")
    row = session.get(AnnualScore, (term.id, team.id))
    before = points(row.tenths) if row is not None else ""
    if row is None:
        row = AnnualScore(term_id=term.id, team_id=team.id)
        session.add(row)
    row.tenths, row.reason, row.entered_by_id, row.entered_at = tenths, reason, staff.id, now
    session.flush()
    words = f"录入「{team.name}」的年度考核分 {points(tenths)}（{term.name}）" + (
        f"，原为 {before}" if before else ""
    )
    appraisals.note(session, term, "annual", words, staff=staff, now=now, reason=reason)


def read_tenths(text: str) -> int:
    """Read a score as it is typed: 92, 92.5.

    Raises:
        Invalid: it is none.
    """
    whole, _, tenth = text.strip().partition(".")
    if not (whole.isascii() and whole.isdecimal() and len(whole) <= 3) or (
        tenth and not (tenth.isascii() and tenth.isdecimal() and len(tenth) == 1)
    ):
        raise Invalid("年度考核分须是 0 到 100，最多一位小数。", "score")
    return 10 * int(whole) + int(tenth or 0)


def annual_of(session: Session, term: AppraisalTerm, team_id: int) -> AnnualScore | None:
    """Give the yearly score of a team, if it was entered."""
    return session.get(AnnualScore, (term.id, team_id))


def remark(
    session: Session, term: AppraisalTerm, team: Team, *, words: str, staff: Staff, now: datetime
) -> LeaderRemark:
    """Remark on a team's work.

    Raises:
        Invalid: nothing is said, or too much.
        NotAllowed: they are no leader, or it is their own team.
    """
    if not may_remark(staff):
        raise NotAllowed("点评由分管领导填写。")
    _need_other_team(staff, team.id)
    made = LeaderRemark(
        term_id=term.id, team_id=team.id, words=_said(words, "点评"), staff_id=staff.id, at=now
    )
    session.add(made)
    session.flush()
    about = f"点评「{team.name}」（{term.name}）"
    appraisals.note(session, term, "remark", about, staff=staff, now=now, words=made.words)
    return made


def take_back(session: Session, term: AppraisalTerm, remark_id: int, *, staff: Staff, now: datetime) -> None:
    """Delete one's own remark.

    Raises:
        NotFound: there is none of theirs in this term.
    """
    row = session.get(LeaderRemark, remark_id)
    if row is None or row.staff_id != staff.id or row.term_id != term.id:
        raise NotFound("没有找到您的这条点评。")
    team = session.get_one(Team, row.team_id)
    session.delete(row)
    session.flush()
    about = f"删除对「{team.name}」的点评（{term.name}）"
    appraisals.note(session, term, "take_back_remark", about, staff=staff, now=now, words=row.words)


def remarks(session: Session, term: AppraisalTerm, team_id: int) -> Sequence[LeaderRemark]:
    """List the remarks on a team, the newest first."""
    query = select(LeaderRemark).where(LeaderRemark.term_id == term.id, LeaderRemark.team_id == team_id)
    return session.scalars(query.order_by(LeaderRemark.at.desc(), LeaderRemark.id.desc())).all()


def _said(words: str, what: str, field: str = "words") -> str:
    words = cleaned(words)
    if not words:
        raise Invalid(f"请填写{what}。", field)
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"{what}最多 {LONGEST_WORDS} 字。", field)
    return words
