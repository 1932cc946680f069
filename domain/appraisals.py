"""Terms of appraisal (考核周期): begun, changed, closed; what is entered in one while it is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import approvals, office_changes
from domain.acts import cleaned
from domain.approvals import Approval
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.figure_periods import LONGEST, Period, Span, period_of
from domain.permissions import may_manage_appraisal
from domain.working_time import local_time
from models.appraisal import AnnualScore, AppraisalTerm, Inspection, LeaderRemark, PeerRound
from models.appraisal_words import AppraisalPart, TermState
from models.staff import Staff

LONGEST_NAME = 40
PART_NAMES = {part.value: part.label for part in AppraisalPart}
USUAL_PART_WEIGHTS: Mapping[str, int] = {
    AppraisalPart.DAILY: 40,
    AppraisalPart.ANNUAL: 20,
    AppraisalPart.SURVEY: 30,
    AppraisalPart.INSPECTION: 10,
}


class By(TypedDict):
    """Who does it, and when."""

    staff: Staff
    now: datetime


@dataclass(frozen=True, kw_only=True)
class TermEntry:
    """What is entered about a term; weights in per cent, by part, 100 together."""

    name: str
    first_day: date
    last_day: date
    weights: Mapping[str, int]


def listed(session: Session) -> Sequence[AppraisalTerm]:
    """List all terms, the newest first."""
    order = (AppraisalTerm.first_day.desc(), AppraisalTerm.id.desc())
    return session.scalars(select(AppraisalTerm).order_by(*order)).all()


def running(session: Session) -> AppraisalTerm | None:
    """Give the newest term that is open."""
    return next((term for term in listed(session) if term.state is TermState.OPEN), None)


def find(session: Session, term_id: int) -> AppraisalTerm:
    """Give a term, or raise NotFound."""
    term = session.get(AppraisalTerm, term_id)
    if term is None:
        raise NotFound("没有找到这个考核周期。")
    return term


def hold(session: Session, term_id: int) -> AppraisalTerm:
    """Give an open term, and hold it until the transaction ends.

    Raises:
        NotFound: there is none.
        TooLate: it is closed.
    """
    term = session.get(AppraisalTerm, term_id, with_for_update=True, populate_existing=True)
    if term is None:
        raise NotFound("没有找到这个考核周期。")
    if term.state is TermState.CLOSED:
        raise TooLate(f"「{term.name}」已经归档，不能再改。")
    return term


def hold_running(session: Session) -> AppraisalTerm:
    """Give the newest open term, and hold it until the transaction ends.

    Raises:
        Invalid: there is none.
    """
    term = running(session)
    if term is None:
        raise Invalid("先新建一个考核周期，再发起互评。")
    return hold(session, term.id)


def period_of_term(term: AppraisalTerm) -> Period:
    """Give the days of a term."""
    return Period(term.first_day, term.last_day)


def suggested(session: Session, *, now: datetime) -> TermEntry:
    """Suggest a term for the form: the half year that runs, weighted as the last one."""
    today = local_time(now).date()
    first = period_of(Span.TERM, today=today).first
    autumn = first.month == 8
    last = date(first.year + 1, 1, 31) if autumn else date(first.year, 7, 31)
    newest = next(iter(listed(session)), None)
    weights = newest.weights if newest is not None else USUAL_PART_WEIGHTS
    return TermEntry(
        name=f"{first.year}年{'秋' if autumn else '春'}季学期",
        first_day=first,
        last_day=last,
        weights=weights,
    )


def begin(session: Session, entry: TermEntry, *, staff: Staff, now: datetime) -> AppraisalTerm:
    """Begin a term.

    Raises:
        Invalid: see `_checked`.
        NotAllowed: this is not for them to do.
    """
    only_managers(staff)
    entry = _checked(session, entry, None)
    term = AppraisalTerm(**_values(entry), created_at=now)
    session.add(term)
    session.flush()
    _note(session, term, "begin", f"新建考核周期「{term.name}」", staff, now, after=_said(entry))
    return term


def change(session: Session, term: AppraisalTerm, entry: TermEntry, *, staff: Staff, now: datetime) -> None:
    """Change name, days and weights of a term, which is from `hold`.

    Raises:
        Invalid: see `_checked`.
        NotAllowed: this is not for them to do.
    """
    only_managers(staff)
    entry = _checked(session, entry, term)
    before = TermEntry(name=term.name, first_day=term.first_day, last_day=term.last_day, weights=term.weights)
    # Who was to confirm the close would confirm something else now.
    term.close_asked_by_id = term.close_asked_at = None
    for name, value in _values(entry).items():
        setattr(term, name, value)
    session.flush()
    words = f"修改考核周期「{term.name}」"
    _note(session, term, "change", words, staff, now, before=_said(before), after=_said(entry))


def remove(session: Session, term: AppraisalTerm, *, staff: Staff, now: datetime) -> None:
    """Delete a term that was begun by mistake; it is from `hold`.

    Raises:
        Invalid: something was entered in it.
        NotAllowed: this is not for them to do.
    """
    only_managers(staff)
    for entered in (AnnualScore, Inspection, LeaderRemark, PeerRound):
        if session.scalar(select(entered.term_id).where(entered.term_id == term.id).limit(1)) is not None:
            raise Invalid(f"「{term.name}」里已经录了内容，不能删除。")
    session.delete(term)
    session.flush()
    _note(session, term, "remove", f"删除考核周期「{term.name}」", staff, now)


def may_close(term: AppraisalTerm, staff: Staff) -> bool:
    """Tell whether staff may confirm that a term is closed: not who asked for it."""
    asked = term.state is TermState.OPEN and term.close_asked_by_id is not None
    return asked and may_manage_appraisal(staff) and term.close_asked_by_id != staff.id


def ask_to_close(session: Session, term: AppraisalTerm, *, staff: Staff, now: datetime) -> None:
    """Ask a colleague to close a term, which is from `hold`: it cannot be undone, so two look at it.

    Raises:
        NotAllowed: this is not for them to do.
        TooLate: somebody has asked already.
    """
    only_managers(staff)
    if term.close_asked_by_id is not None:
        raise TooLate(f"「{term.name}」已经有人申请归档。")
    term.close_asked_by_id, term.close_asked_at = staff.id, now
    session.flush()
    _note(session, term, "ask_close", f"申请归档考核周期「{term.name}」", staff, now)
    words = "归档。归档后不能撤销，请核对各单位的得分再确认。"
    asked = _approval(term, now)
    approvals.call(session, asked, may=may_manage_appraisal, by=staff, but=(staff.id,), words=words, now=now)


def keep_open(session: Session, term: AppraisalTerm, *, staff: Staff, now: datetime) -> None:
    """Let a term from `hold` go on that somebody asked to close.

    Raises:
        NotAllowed: this is not for them to do.
        TooLate: nobody asks for it any more.
    """
    only_managers(staff)
    asked_by, asked_at = term.close_asked_by_id, term.close_asked_at
    if asked_by is None or asked_at is None:
        raise TooLate(f"「{term.name}」没有等待确认的归档申请。")
    term.close_asked_by_id = term.close_asked_at = None
    session.flush()
    _note(session, term, "keep_open", f"考核周期「{term.name}」暂不归档", staff, now)
    if asked_by != staff.id:
        waited = _approval(term, asked_at)
        approvals.answer(session, waited, to=(asked_by,), outcome="暂不归档", now=now)


def _approval(term: AppraisalTerm, asked_at: datetime) -> Approval:
    key, path = f"appraisal-close:{term.id}:{asked_at:%Y%m%d%H%M%S%f}", f"/admin/appraisals/{term.id}"
    return Approval(key, "考核归档", term.name, path)


def only_managers(staff: Staff) -> None:
    """Refuse who may not set terms.

    Raises:
        NotAllowed: this is not for them to do.
    """
    if not may_manage_appraisal(staff):
        raise NotAllowed("考核周期和权重由分管领导或系统管理员设置。")


def note(
    session: Session,
    term: AppraisalTerm,
    verb: str,
    sentence: str,
    *,
    staff: Staff,
    now: datetime,
    **values: object,
) -> None:
    """Write a deed within a term into the audit log, with what was entered."""
    after = {name: value for name, value in values.items() if value not in (None, "")}
    _note(session, term, verb, sentence, staff, now, after=after)


def _note(
    session: Session,
    term: AppraisalTerm,
    verb: str,
    words: str,
    staff: Staff,
    now: datetime,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    office_changes.note(
        session,
        staff,
        action=f"appraisal.{verb}",
        subject=term.name,
        words=words,
        before=before,
        after=after,
        now=now,
    )


def _values(entry: TermEntry) -> dict[str, object]:
    return {
        "name": entry.name,
        "first_day": entry.first_day,
        "last_day": entry.last_day,
        "weights": dict(entry.weights),
    }


def _said(entry: TermEntry) -> dict[str, object]:
    days = {"first_day": entry.first_day.isoformat(), "last_day": entry.last_day.isoformat()}
    return {"name": entry.name, **days, "weights": dict(entry.weights)}


def _checked(session: Session, entry: TermEntry, term: AppraisalTerm | None) -> TermEntry:
    name = " ".join(cleaned(entry.name).split())
    if not name:
        raise Invalid("请填写考核周期的名称。", "name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"名称最多 {LONGEST_NAME} 字。", "name")
    namesake = session.scalar(select(AppraisalTerm).where(AppraisalTerm.name == name))
    if namesake is not None and (term is None or namesake.id != term.id):
        raise Invalid(f"已经有「{name}」了。", "name")
    if entry.last_day < entry.first_day:
        raise Invalid("结束日期早于开始日期。", "last_day")
    if entry.last_day - entry.first_day > LONGEST:
        raise Invalid("一个考核周期最多五年。", "last_day")
    return TermEntry(
        name=name, first_day=entry.first_day, last_day=entry.last_day, weights=dict(entry.weights)
    )
