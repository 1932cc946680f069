"""Lists and look-ups of complaints that several front ends share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain.acts import LEADER_FROM_TRANSFER, cleaned
from domain.errors import NotFound
from domain.permissions import visible_to
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower, ComplaintRequest
from models.enums import (
    ACTIVE_STATUSES,
    WORKING_STATUSES,
    ComplaintKind,
    ComplaintStatus,
    RequestKind,
    RequestState,
    Role,
    Word,
)
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff

S = ComplaintStatus
T = TypeVar("T")
_SIMILAR_WITHIN = timedelta(days=30)


class Tab(Word):
    """The tabs of the inbox."""

    TO_DISPATCH = "to_dispatch", "待受理"
    MINE = "mine", "我的待办"
    NEAR = "near", "临期"
    OVERDUE = "overdue", "超期"
    TO_RATE = "to_rate", "待评价"
    ALL = "all", "全部"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What narrows a list; empty values narrow nothing. `words` looks in number, text and place."""

    words: str = ""
    status: ComplaintStatus | None = None
    kind: ComplaintKind | None = None
    category_id: int | None = None
    team_id: int | None = None
    service_point_id: int | None = None
    urgent: bool | None = None
    filed_from: datetime | None = None
    filed_to: datetime | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        page: from 1.
    """

    items: Sequence[T]
    total: int
    page: int
    per_page: int

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True)
class Entry:
    """One entry of a timeline: an event with the attachments that came with it."""

    event: ComplaintEvent
    attachments: Sequence[Attachment]


def find(session: Session, complaint_id: int) -> Complaint:
    """Give a complaint by its id, or raise NotFound."""
    complaint = session.get(Complaint, complaint_id)
    if complaint is None:
        raise NotFound("没有找到这件诉求。")
    return complaint


def by_number(session: Session, number: str) -> Complaint:
    """Give a complaint by its public number, or raise NotFound."""
    number = cleaned(number)
    complaint = session.scalar(select(Complaint).where(Complaint.number == number))
    if complaint is None:
        raise NotFound(f"没有找到编号为 {number[:20]} 的诉求。")
    return complaint


def tab_condition(tab: Tab, staff: Staff, *, now: datetime) -> ColumnElement[bool]:
    """Give the condition of a tab of the inbox; visibility is apart."""
    running = ACTIVE_STATUSES - {S.WAITING, S.DEFERRED}
    conditions: dict[Tab, ColumnElement[bool]] = {
        Tab.TO_DISPATCH: Complaint.status == S.SUBMITTED,
        Tab.MINE: _mine(staff),
        Tab.NEAR: and_(
            Complaint.status.in_(running), Complaint.near_due_at <= now, Complaint.done_due_at > now
        ),
        Tab.OVERDUE: and_(
            Complaint.status.in_(running),
            or_(
                Complaint.done_due_at <= now,
                and_(Complaint.status == S.SUBMITTED, Complaint.dispatch_due_at <= now),
            ),
        ),
        Tab.TO_RATE: Complaint.status == S.RESOLVED,
        Tab.ALL: Complaint.id.is_not(None),
    }
    return conditions[tab]


def _mine(staff: Staff) -> ColumnElement[bool]:
    """Give what waits for this member of staff, by each of their roles."""
    waits: list[ColumnElement[bool]] = [false()]
    if Role.HANDLER in staff.roles:
        own = or_(Complaint.handler_id == staff.id, Complaint.handler_id.is_(None))
        waits.append(and_(Complaint.team_id == staff.team_id, Complaint.status.in_(WORKING_STATUSES), own))
    if Role.LEAD in staff.roles:
        waits.append(and_(Complaint.team_id == staff.team_id, Complaint.status.in_(WORKING_STATUSES)))
    if Role.DISPATCHER in staff.roles:
        waits.append(Complaint.status == S.SUBMITTED)
        waits.append(_asked(staff, RequestKind.TRANSFER, RequestKind.REJECTION))
    if Role.LEADER in staff.roles:
        waits.append(_asked(staff, RequestKind.DEFERRAL, RequestKind.REJECTION))
        waits.append(
            and_(_asked(staff, RequestKind.TRANSFER), Complaint.transfer_count >= LEADER_FROM_TRANSFER)
        )
    if Role.INSPECTOR in staff.roles:
        supervised = Complaint.supervised_at.is_not(None)
        waits.append(and_(supervised, Complaint.status.in_(ACTIVE_STATUSES)))
    return or_(*waits)


def _asked(staff: Staff, *kinds: RequestKind) -> ColumnElement[bool]:
    open_ones = select(ComplaintRequest.complaint_id).where(
        ComplaintRequest.state == RequestState.OPEN,
        ComplaintRequest.kind.in_(kinds),
        ComplaintRequest.requested_by_id != staff.id,
    )
    return Complaint.id.in_(open_ones)


def _narrow(query: Select[Complaint], filters: Filters) -> Select[Complaint]:
    exact = {
        Complaint.status: filters.status,
        Complaint.kind: filters.kind,
        Complaint.category_id: filters.category_id,
        Complaint.team_id: filters.team_id,
        Complaint.urgent: filters.urgent,
    }
    for column, value in exact.items():
        if value is not None:
            query = query.where(column == value)
    if filters.service_point_id is not None:
        query = query.where(Complaint.service_point_id.in_(_subtree(filters.service_point_id)))
    if filters.filed_from is not None:
        query = query.where(Complaint.filed_at >= filters.filed_from)
    if filters.filed_to is not None:
        query = query.where(Complaint.filed_at < filters.filed_to)
    for word in cleaned(filters.words).split()[:5]:
        query = query.where(_mentions(word))
    return query


def _subtree(point_id: int) -> Select[tuple[int]]:
    top = select(ServicePoint.id).where(ServicePoint.id == point_id).cte(recursive=True)
    below = top.union_all(select(ServicePoint.id).where(ServicePoint.parent_id == top.c.id))
    return select(below.c.id)


def _mentions(word: str) -> ColumnElement[bool]:
    places = select(ServicePoint.id).where(ServicePoint.full_name.icontains(word, autoescape=True))
    return or_(
        Complaint.number.icontains(word, autoescape=True),
        Complaint.text.icontains(word, autoescape=True),
        Complaint.place_text.icontains(word, autoescape=True),
        Complaint.service_point_id.in_(places),
    )


def inbox(
    session: Session,
    staff: Staff,
    *,
    tab: Tab,
    now: datetime,
    filters: Filters | None = None,
    page: int = 1,
    per_page: int = 20,
) -> Page[Complaint]:
    """Give a page of the inbox: urgent first, then by what is due next; closed and all by newest."""
    query = select(Complaint).where(visible_to(staff), tab_condition(tab, staff, now=now))
    query = _narrow(query, filters or Filters())
    total = session.scalar(query.with_only_columns(func.count())) or 0
    page = max(1, min(page, -(-total // per_page)))
    if tab in {Tab.ALL, Tab.TO_RATE}:
        query = query.order_by(Complaint.filed_at.desc(), Complaint.id.desc())
    else:
        undated = case((Complaint.done_due_at.is_(None), 1), else_=0)
        query = query.order_by(Complaint.urgent.desc(), undated, Complaint.done_due_at, Complaint.id)
    query = query.options(
        joinedload(Complaint.category),
        joinedload(Complaint.service_point),
        joinedload(Complaint.team),
        joinedload(Complaint.handler),
    )
    rows = session.scalars(query.limit(per_page).offset((page - 1) * per_page)).unique()
    return Page(list(rows), total, page, per_page)


def tab_counts(session: Session, staff: Staff, *, now: datetime) -> dict[Tab, int]:
    """Count each tab of the inbox for this member of staff, in one query."""
    sums = [func.coalesce(func.sum(case((tab_condition(tab, staff, now=now), 1), else_=0)), 0) for tab in Tab]
    row = session.execute(select(*sums).select_from(Complaint).where(visible_to(staff))).one()
    return {tab: int(count) for tab, count in zip(Tab, row, strict=True)}


def of_person(session: Session, person: Person, *, limit: int = 5, page: int = 1) -> Page[Complaint]:
    """Give what a person raised or follows, newest first; a page beyond the end gives the last."""
    followed = select(ComplaintFollower.complaint_id).where(ComplaintFollower.person_id == person.id)
    query = select(Complaint).where(or_(Complaint.reporter_id == person.id, Complaint.id.in_(followed)))
    total = session.scalar(query.with_only_columns(func.count())) or 0
    query = query.order_by(Complaint.filed_at.desc(), Complaint.id.desc())
    query = query.options(joinedload(Complaint.service_point), joinedload(Complaint.team))
    page = max(1, min(page, -(-total // limit)))
    return Page(list(session.scalars(query.limit(limit).offset((page - 1) * limit))), total, page, limit)


def attachments_of(session: Session, complaint: Complaint, *, for_public: bool = False) -> list[Attachment]:
    """List all attachments of a complaint, oldest first."""
    query = select(Attachment).where(Attachment.complaint_id == complaint.id)
    if for_public:
        query = query.where(Attachment.public)
    return list(session.scalars(query.order_by(Attachment.id)))


def timeline(session: Session, complaint: Complaint, *, for_public: bool) -> list[Entry]:
    """Give the record of a complaint, oldest first; `for_public` leaves out what only staff may read."""
    query = select(ComplaintEvent).where(ComplaintEvent.complaint_id == complaint.id)
    if for_public:
        query = query.where(ComplaintEvent.public)
    events = session.scalars(
        query.options(joinedload(ComplaintEvent.staff)).order_by(ComplaintEvent.id)
    ).unique()
    by_event: dict[int | None, list[Attachment]] = {}
    for attachment in attachments_of(session, complaint, for_public=for_public):
        by_event.setdefault(attachment.event_id, []).append(attachment)
    return [Entry(event, by_event.get(event.id, [])) for event in events]


def open_requests(session: Session, complaint: Complaint) -> list[ComplaintRequest]:
    """List what waits for a decision on this complaint."""
    query = select(ComplaintRequest).where(
        ComplaintRequest.complaint_id == complaint.id, ComplaintRequest.state == RequestState.OPEN
    )
    return list(
        session.scalars(
            query.options(joinedload(ComplaintRequest.requested_by)).order_by(ComplaintRequest.id)
        )
    )


def similar_open(session: Session, complaint: Complaint, *, limit: int = 5) -> list[Complaint]:
    """List open complaints at the same place and of the same category, lately raised."""
    if complaint.service_point_id is None:
        return []
    query = select(Complaint).where(
        Complaint.id != complaint.id,
        Complaint.service_point_id == complaint.service_point_id,
        Complaint.category_id == complaint.category_id,
        Complaint.status.in_(ACTIVE_STATUSES),
        Complaint.filed_at >= complaint.filed_at - _SIMILAR_WITHIN,
    )
    return list(session.scalars(query.order_by(Complaint.filed_at.desc()).limit(limit)))
