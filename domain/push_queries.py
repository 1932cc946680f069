"""Finding pushes: those that wait, those under way, those that are over, and one by its address."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain.errors import NotFound
from domain.paging import page_within
from domain.permissions import may_plan_pushes
from domain.queries import Page
from models.push import PushRun, PushSchedule
from models.push_words import PushKind, PushState
from models.staff import Staff

NOT_FOUND = "没有找到这次推送。"
LIVE = (PushState.WAITING, PushState.RUNNING)
OUT = (PushState.RUNNING, PushState.DONE)
WITH_PEOPLE = (
    joinedload(PushRun.created_by),
    joinedload(PushRun.approved_by),
    joinedload(PushRun.ended_by),
    joinedload(PushRun.schedule),
)


def find(session: Session, run_id: int) -> PushRun:
    """Give a push, or raise NotFound."""
    run = session.get(PushRun, run_id, options=WITH_PEOPLE)
    if run is None:
        raise NotFound(NOT_FOUND)
    return run


def page_of(code: str) -> str:
    """Give the page that a push to people has where nothing else shows what it tells of."""
    return f"/h5/pushes/{code}"


def by_code(session: Session, code: str) -> PushRun:
    """Give a push whose page may be read, by the code in its address, or raise NotFound."""
    shown = PushRun.state.in_([PushState.WAITING, *OUT])
    run = session.scalar(select(PushRun).where(PushRun.code == code, shown, PushRun.path == page_of(code)))
    if run is None:
        raise NotFound("没有找到这一期。链接可能不完整，或者它已经撤下。")
    return run


def waiting(session: Session) -> Sequence[PushRun]:
    """Give the pushes that wait for an approval, the oldest first."""
    query = select(PushRun).where(PushRun.state == PushState.WAITING).options(*WITH_PEOPLE)
    return session.scalars(query.order_by(PushRun.id)).all()


def waiting_for(staff: Staff) -> Select[int]:
    """Give the query that counts the pushes that this member of staff may approve."""
    by_others = or_(PushRun.created_by_id.is_(None), PushRun.created_by_id != staff.id)
    is_theirs = by_others if may_plan_pushes(staff) else false()
    return select(func.count(PushRun.id)).where(PushRun.state == PushState.WAITING, is_theirs)


def running(session: Session) -> Sequence[PushRun]:
    """Give the pushes that are under way, the oldest first."""
    query = select(PushRun).where(PushRun.state == PushState.RUNNING).options(*WITH_PEOPLE)
    return session.scalars(query.order_by(PushRun.id)).all()


def live_of(session: Session, schedule: PushSchedule) -> PushRun | None:
    """Give a push of a schedule that waits or runs, or None."""
    live = PushRun.schedule_id == schedule.id, PushRun.state.in_(LIVE)
    return session.scalar(select(PushRun).where(*live).order_by(PushRun.id.desc()).limit(1))


def history(
    session: Session,
    *,
    kind: PushKind | None = None,
    schedule: PushSchedule | None = None,
    page: int,
    per_page: int,
) -> Page[PushRun]:
    """List the pushes that are over, the newest first; a page past the end is the last one."""
    shown: list[ColumnElement[bool]] = [PushRun.state.not_in(LIVE)]
    if kind is not None:
        shown.append(PushRun.kind == kind)
    if schedule is not None:
        shown.append(PushRun.schedule_id == schedule.id)
    total = session.scalar(select(func.count(PushRun.id)).where(*shown)) or 0
    page = page_within(page, total, per_page)
    query = select(PushRun).where(*shown).options(*WITH_PEOPLE)
    query = query.order_by(PushRun.due_at.desc(), PushRun.id.desc())
    here = session.scalars(query.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(here, total, page, per_page)
