"""Lists and look-ups of complaints that several front ends share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, joinedload

from domain.acts import LEADER_FROM_TRANSFER, cleaned
from domain.errors import NotFound
from domain.filters import (
    Filters,
    Order,
    Stretch,
    conditions_of,
    is_open,
    is_overdue,
    is_running,
    stretches,
)
from domain.paging import page_within
from domain.permissions import answered_for_by, visible_to, ways_to_see
from domain.search_index import each_with, has_words, is_found, reads_as, words_shown_to
from domain.search_words import SearchWord, search_words
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower, ComplaintRequest
from models.complaint_search import ComplaintSearch
from models.enums import (
    ACTIVE_STATUSES,
    WORKING_STATUSES,
    ComplaintStatus,
    RequestKind,
    RequestState,
    Role,
    Word,
)
from models.person import Person
from models.staff import Staff, StaffRole

S = ComplaintStatus
T = TypeVar("T")
_SIMILAR_WITHIN = timedelta(days=30)
# A list is counted and leafed through so far; who wants more narrows it, or exports it.
COUNTED = 10_000
SEARCHED = 1_000
# What is found lies in heaps: before a page is full, walking may pass by so many times as much as on average.
_UNEVEN = 10
# On its tab a number says how much work there is, and beyond this that it is too much.
COUNTED_ON_TABS = 1_000
_SHOWN_WITH = (
    joinedload(Complaint.category, innerjoin=True),
    joinedload(Complaint.service_point),
    joinedload(Complaint.team),
    joinedload(Complaint.handler),
)


class Tab(Word):
    """The tabs of the inbox."""

    TO_DISPATCH = "to_dispatch", "待受理"
    MINE = "mine", "我的待办"
    TO_DECIDE = "to_decide", "待审定"
    NEAR = "near", "临期"
    OVERDUE = "overdue", "超期"
    TO_RATE = "to_rate", "待评价"
    ALL = "all", "全部"


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        page: from 1.
        more: whether there are more than `total`, which nobody counted.
    """

    items: Sequence[T]
    total: int
    page: int
    per_page: int
    more: bool = False

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
    """Give the condition of a tab of the inbox; visibility is apart.

    Tabs of work hold what staff answer for now; what has moved on from them is under 全部 alone.
    """
    if tab is Tab.MINE:
        return and_(answered_for_by(staff), is_open(), or_(_mine(staff), _to_decide(staff)))
    return _ways_into(tab, staff, now=now)[0]


def _ways_into(tab: Tab, staff: Staff, *, now: datetime) -> Sequence[ColumnElement[bool]]:
    """Give the conditions that make up a tab; no complaint fulfils two of them.

    Apart, each is counted by an index of its own. That a complaint is open is said once, and only once: the
    database would take it for three conditions, and what is left for hardly anything.
    """
    mine, to_decide = _mine(staff), _to_decide(staff)
    near = and_(is_running(), Complaint.near_due_at <= now, Complaint.done_due_at > now)
    ways: dict[Tab, Sequence[ColumnElement[bool]]] = {
        Tab.TO_DISPATCH: [and_(is_open(), Complaint.status == S.SUBMITTED)],
        Tab.MINE: [and_(is_open(), mine), and_(is_open(), to_decide, mine.is_not(True))],
        Tab.TO_DECIDE: [and_(is_open(), to_decide)],
        Tab.NEAR: [near],
        Tab.OVERDUE: [is_overdue(now=now)],
        Tab.TO_RATE: [Complaint.status == S.RESOLVED],
        Tab.ALL: [true()],
    }
    return [one if tab is Tab.ALL else and_(answered_for_by(staff), one) for one in ways[tab]]


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
    if Role.INSPECTOR in staff.roles:
        supervised = Complaint.supervised_at.is_not(None)
        waits.append(supervised)
    return or_(*waits)


def _to_decide(staff: Staff) -> ColumnElement[bool]:
    """Give what a colleague has asked for and this member of staff may decide."""
    waits: list[ColumnElement[bool]] = [false()]
    if Role.DISPATCHER in staff.roles:
        waits.append(_asked(staff, RequestKind.TRANSFER, RequestKind.REJECTION))
    if Role.LEAD in staff.roles:
        waits.append(and_(Complaint.team_id == staff.team_id, _asked(staff, RequestKind.DEFERRAL)))
    if Role.LEADER in staff.roles:
        waits.append(_asked(staff, RequestKind.DEFERRAL, RequestKind.REJECTION))
        waits.append(
            and_(_asked(staff, RequestKind.TRANSFER), Complaint.transfer_count >= LEADER_FROM_TRANSFER)
        )
    return or_(*waits)


def _asked(staff: Staff, *kinds: RequestKind) -> ColumnElement[bool]:
    open_ones = select(ComplaintRequest.complaint_id).where(
        ComplaintRequest.state == RequestState.OPEN,
        ComplaintRequest.kind.in_(kinds),
        ComplaintRequest.requested_by_id != staff.id,
    )
    return Complaint.id.in_(open_ones)


def inbox(
    session: Session,
    staff: Staff,
    *,
    tab: Tab,
    now: datetime,
    filters: Filters | None = None,
    order: Order | None = None,
    page: int = 1,
    per_page: int = 20,
) -> Page[Complaint]:
    """Give a page of the inbox.

    Args:
        order: None for the usual one: the newest first where words are searched, things are over or all is
            listed; else what is urgent and due next.
    """
    filters = filters or Filters()
    words = search_words(cleaned(filters.words))
    narrowed = conditions_of(session, filters, now=now)
    wanted = [tab_condition(tab, staff, now=now), *narrowed]
    if words:
        seen = [visible_to(staff), *wanted]
        query, total = _search(session, staff, words, seen, per_page=per_page)
    else:
        ways = _ways_into(tab, staff, now=now)
        total = session.scalar(select(_number_of(staff, ways, narrowed, most=COUNTED))) or 0
        # Of very many, a page is soon come by.
        visible = visible_to(staff, row_by_row=True) if total > COUNTED else or_(*ways_to_see(staff))
        query = select(Complaint.id).where(visible, *wanted)
    counted = SEARCHED if words else COUNTED
    more, total = total > counted, min(total, counted)
    page = page_within(page, total, per_page)
    newest = bool(words) or tab in {Tab.ALL, Tab.TO_RATE}
    parts = stretches(
        order or (Order.NEWEST if newest else Order.USUAL), open_only=tab not in {Tab.ALL, Tab.TO_RATE}
    )
    ids = _ids_of_page(session, query, parts, limit=per_page, offset=(page - 1) * per_page)
    rows = select(Complaint).where(Complaint.id.in_(ids)).options(*_SHOWN_WITH)
    return Page(sorted(session.scalars(rows), key=lambda row: ids.index(row.id)), total, page, per_page, more)


def _ids_of_page(
    session: Session, query: Select[int], parts: Sequence[Stretch], *, limit: int, offset: int
) -> list[int]:
    """Read so many ids on, part after part; a part is counted only where a page begins behind it."""
    ids: list[int] = []
    for part in parts:
        these = query.where(part.condition)
        wanted = these.order_by(*part.columns).limit(limit - len(ids)).offset(offset)
        found = session.scalars(wanted).all()
        ids += found
        if len(ids) == limit:
            break
        if offset and not found:
            passed = select(func.count()).select_from(these.limit(offset).subquery())
            offset -= session.scalar(passed) or 0
        else:
            offset = 0
    return ids


def _search(
    session: Session,
    staff: Staff,
    words: Sequence[SearchWord],
    conditions: Sequence[ColumnElement[bool]],
    *,
    per_page: int,
) -> tuple[Select[int], int]:
    """Find complaints by words; give a query of their ids, and their number, one beyond SEARCHED at most.

    Where they are not many, the index finds them all. Where they are very many, or more is asked than words,
    walking down the list soon comes by a page of them. The database knows too little of words to choose
    between the two, so it is told.
    """
    conditions = [one for one in conditions if one is not true()]
    found = [has_words(session, words, staff=staff), words_shown_to(words, staff)]
    few = each_with(session, ComplaintSearch, conditions).where(*found)
    ids = session.scalars(few.limit(SEARCHED + 1)).all()
    if len(ids) <= SEARCHED:
        return select(Complaint.id).where(Complaint.id.in_(ids)), len(ids)
    if not conditions and not _walking_is_shorter(session, ids, per_page=per_page):
        return select(Complaint.id).where(is_found(session, found)), len(ids)
    return each_with(session, Complaint, [reads_as(words)]).where(*conditions), len(ids)


def _walking_is_shorter(session: Session, some: Sequence[int], *, per_page: int) -> bool:
    """Tell whether walking down the list comes by a page sooner than all that is found is put in order.

    Args:
        some: ids of what is found that lay side by side. Entries lie about in the order of their ids; a few
            that were written anew lie elsewhere, and are left out.
    """
    ids = sorted(some)[len(some) // 20 : -(len(some) // 20) or None]
    density = len(ids) / (ids[-1] - ids[0] + 1)
    newest = session.scalar(select(func.max(Complaint.id))) or 0
    return per_page / density * _UNEVEN < newest * density


def _number_of(
    staff: Staff,
    into: Sequence[ColumnElement[bool]],
    narrowed: Sequence[ColumnElement[bool]] = (),
    *,
    most: int,
) -> ScalarSelect[int]:
    """Count what this member of staff sees of all these ways, one beyond `most` at most."""
    ways = ways_to_see(staff)
    if narrowed or any(each is not true() for each in into):
        # Only all there is is counted way by way: in indexes alone, and mostly full before the second begins.
        ways = [or_(*ways)]
    each = (select(Complaint.id).where(way, one, *narrowed) for way in ways for one in into)
    return select(func.count()).select_from(union_all(*each).limit(most + 1).subquery()).scalar_subquery()


def tab_counts(session: Session, staff: Staff, *, now: datetime) -> dict[Tab, int]:
    """Count each tab of the inbox for somebody, in one query; one beyond COUNTED_ON_TABS at most."""
    query = _tab_counts_of(staff.id, staff.team_id, staff.roles, active=staff.active, most=COUNTED_ON_TABS)
    row = session.execute(query, {"now": now}).one()
    return {tab: int(count) for tab, count in zip(Tab, row, strict=True)}


@lru_cache(maxsize=128)
def _tab_counts_of(
    staff_id: int, team_id: int | None, roles: frozenset[Role], *, active: bool, most: int
) -> Select[*tuple[Any, ...]]:
    """Make the query once for each of those at work: to make it costs three times what it costs to ask."""
    staff = Staff(
        id=staff_id, team_id=team_id, role_rows=[StaffRole(role=role) for role in roles], active=active
    )
    now = cast("datetime", bindparam("now"))
    counts = [_number_of(staff, _ways_into(tab, staff, now=now), most=most) for tab in Tab]
    return select(*counts)


def concerns(person: Person) -> ColumnElement[bool]:
    """Give the condition on Complaint that a person raised or follows it; agrees with `may_see`."""
    followed = select(ComplaintFollower.complaint_id).where(ComplaintFollower.person_id == person.id)
    return or_(Complaint.reporter_id == person.id, Complaint.id.in_(followed))


def of_person(session: Session, person: Person, *, limit: int = 5, page: int = 1) -> Page[Complaint]:
    """Give what a person raised or follows, newest first; a page beyond the end gives the last."""
    query = select(Complaint).where(concerns(person))
    total = session.scalar(query.with_only_columns(func.count())) or 0
    query = query.order_by(Complaint.filed_at.desc(), Complaint.id.desc())
    query = query.options(joinedload(Complaint.service_point), joinedload(Complaint.team))
    page = page_within(page, total, limit)
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
