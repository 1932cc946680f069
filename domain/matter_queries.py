"""Lists and look-ups of matters: the ledger, the public list, the record of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, nulls_last, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from domain.acts import cleaned
from domain.matter_permissions import matters_visible_to
from domain.paging import page_within
from domain.queries import Page
from domain.working_time import LOCAL
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState, RequestState, Role, Word
from models.matter import Matter, MatterComplaint, MatterEvent, MatterRequest
from models.matter_words import OPEN_MATTER_STATUSES, MatterKind, MatterSource, MatterStatus
from models.staff import Staff

_RUNNING = (MatterStatus.PLANNED, MatterStatus.IN_PROGRESS)


class MatterView(Word):
    """What of the ledger one looks at."""

    OPEN = "open", "在办"
    MINE = "mine", "与我有关"
    TO_DECIDE = "to_decide", "待审定"
    OVERDUE = "overdue", "已超期"
    RELAPSED = "relapsed", "疑似反弹"
    CLOSED = "closed", "已销号"
    ALL = "all", "全部"


class MatterOrder(Word):
    """In which order they stand."""

    DEADLINE = "deadline", "时限近的在前"
    NEWEST = "newest", "新立项的在前"
    NUMBER = "number", "按编号"


@dataclass(frozen=True, kw_only=True)
class MatterFilters:
    """What narrows the ledger; None and empty narrow nothing."""

    words: str = ""
    kind: MatterKind | None = None
    status: MatterStatus | None = None
    source: MatterSource | None = None
    team_id: int | None = None
    lead_staff_id: int | None = None
    due_from: date | None = None
    due_to: date | None = None


@dataclass(frozen=True)
class MatterEntry:
    """One entry of the record: an event with the photos that came with it, and for staff the documents."""

    event: MatterEvent
    photos: Sequence[Attachment]
    documents: Sequence[Attachment] = ()


def today_of(now: datetime) -> date:
    """Give the day of the office's wall clock."""
    return now.astimezone(LOCAL).date()


def is_overdue(matter: Matter, *, now: datetime) -> bool:
    """Tell whether a matter should be done by now; what waits for its acceptance is not late."""
    return matter.status in _RUNNING and matter.deadline is not None and matter.deadline < today_of(now)


def view_condition(view: MatterView, staff: Staff, *, now: datetime) -> ColumnElement[bool]:
    """Give the condition of a view; visibility is apart."""
    waiting = select(MatterRequest.matter_id).where(
        MatterRequest.state == RequestState.OPEN, MatterRequest.requested_by_id != staff.id
    )
    mine: list[ColumnElement[bool]] = [Matter.lead_staff_id == staff.id]
    if staff.team_id is not None:
        mine += [Matter.team_id == staff.team_id, Matter.supporting.any(id=staff.team_id)]
    if Role.LEADER in staff.roles:
        mine.append(Matter.id.in_(waiting))
    is_open = Matter.status.in_(OPEN_MATTER_STATUSES)
    conditions: dict[MatterView, ColumnElement[bool]] = {
        MatterView.OPEN: is_open,
        MatterView.MINE: and_(is_open, or_(*mine)),
        MatterView.TO_DECIDE: Matter.id.in_(waiting),
        MatterView.OVERDUE: and_(Matter.status.in_(_RUNNING), Matter.deadline < today_of(now)),
        MatterView.RELAPSED: Matter.relapsed_at.is_not(None),
        MatterView.CLOSED: Matter.status == MatterStatus.CLOSED,
        MatterView.ALL: Matter.id.is_not(None),
    }
    return conditions[view]


def conditions_of(filters: MatterFilters) -> list[ColumnElement[bool]]:
    """Give the conditions on Matter of these filters."""
    found: list[ColumnElement[bool]] = []
    columns = (Matter.number, Matter.title, Matter.goal, Matter.problem, Matter.measures)
    words = cleaned(filters.words).split()[:5]
    found += [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words]
    named = {name: getattr(filters, name) for name in ("kind", "status", "source", "lead_staff_id")}
    found += [getattr(Matter, name) == value for name, value in named.items() if value is not None]
    if filters.team_id is not None:
        found.append(or_(Matter.team_id == filters.team_id, Matter.supporting.any(id=filters.team_id)))
    if filters.due_from is not None:
        found.append(Matter.deadline >= filters.due_from)
    if filters.due_to is not None:
        found.append(Matter.deadline <= filters.due_to)
    return found


_ORDERS = {
    MatterOrder.DEADLINE: (nulls_last(Matter.deadline), Matter.id),
    MatterOrder.NEWEST: (Matter.listed_at.desc(), Matter.id.desc()),
    MatterOrder.NUMBER: (Matter.number,),
}
_SHOWN_WITH = (
    joinedload(Matter.team),
    joinedload(Matter.lead_staff),
    selectinload(Matter.supporting),
    selectinload(Matter.milestones),
)


def ledger(
    session: Session,
    staff: Staff,
    filters: MatterFilters,
    *,
    view: MatterView = MatterView.ALL,
    order: MatterOrder = MatterOrder.DEADLINE,
    page: int = 1,
    per_page: int = 25,
    now: datetime,
) -> Page[Matter]:
    """List the matters that staff may see."""
    shown = [matters_visible_to(staff), view_condition(view, staff, now=now), *conditions_of(filters)]
    total = session.scalar(select(func.count(Matter.id)).where(*shown)) or 0
    page = page_within(page, total, per_page)
    query = select(Matter).where(*shown).options(*_SHOWN_WITH).order_by(*_ORDERS[order])
    rows = session.scalars(query.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(rows, total, page, per_page)


def view_counts(session: Session, staff: Staff, *, now: datetime) -> dict[MatterView, int]:
    """Count what each view holds for this member of staff."""
    counted = [
        func.count(Matter.id).filter(view_condition(view, staff, now=now)).label(view.value)
        for view in MatterView
    ]
    row = session.execute(select(*counted).where(matters_visible_to(staff))).one()
    return dict(zip(MatterView, row, strict=True))


def latest_events(
    session: Session, matters: Sequence[Matter], *, public: bool = False
) -> dict[int, MatterEvent]:
    """Give the newest event with words of each of these matters."""
    said = select(func.max(MatterEvent.id)).where(
        MatterEvent.matter_id.in_([one.id for one in matters]), MatterEvent.words != ""
    )
    if public:
        said = said.where(MatterEvent.public)
    rows = session.scalars(
        select(MatterEvent).where(MatterEvent.id.in_(said.group_by(MatterEvent.matter_id)))
    )
    return {row.matter_id: row for row in rows}


def record_of(session: Session, matter: Matter, *, for_public: bool) -> list[MatterEntry]:
    """Give the whole record of a matter, the newest first, with its photos."""
    query = (
        select(MatterEvent).where(MatterEvent.matter_id == matter.id).options(joinedload(MatterEvent.staff))
    )
    if for_public:
        query = query.where(MatterEvent.public)
    events = session.scalars(query.order_by(MatterEvent.id.desc())).all()
    wanted = select(Attachment).where(Attachment.matter_event_id.in_([event.id for event in events]))
    shown = _open_to_all() if for_public else (Attachment.state == AttachmentState.STORED,)
    files: dict[tuple[int | None, AttachmentKind], list[Attachment]] = {}
    for file in session.scalars(wanted.where(*shown).order_by(Attachment.id)):
        files.setdefault((file.matter_event_id, file.kind), []).append(file)
    return [
        MatterEntry(
            each,
            files.get((each.id, AttachmentKind.PHOTO), []),
            files.get((each.id, AttachmentKind.DOCUMENT), []),
        )
        for each in events
    ]


def _open_to_all() -> tuple[ColumnElement[bool], ...]:
    """Give what makes a file of a public event one that everybody may see: photos that nobody has hidden."""
    return (
        Attachment.kind == AttachmentKind.PHOTO,
        Attachment.state == AttachmentState.STORED,
        Attachment.public.is_(True),
        Attachment.hidden_reason == "",
    )


def before_and_after(entries: Sequence[MatterEntry]) -> tuple[list[Attachment], list[Attachment]]:
    """Give the photos of how it was, and those of the newest result, out of a record."""
    photos = [photo for entry in entries for photo in entry.photos]
    before = [one for one in photos if one.purpose is AttachmentPurpose.REPORT]
    results = [
        after
        for entry in entries
        if (after := [one for one in entry.photos if one.purpose is AttachmentPurpose.AFTER])
    ]
    return before, results[0] if results else []


def public_pairs(
    session: Session, matters: Sequence[Matter]
) -> dict[int, tuple[Attachment | None, Attachment | None]]:
    """Give a photo of how each of these was, and one of its newest result, that everybody may see."""
    query = (
        select(MatterEvent.matter_id, Attachment)
        .join(MatterEvent, Attachment.matter_event_id == MatterEvent.id)
        .where(
            MatterEvent.matter_id.in_([one.id for one in matters]),
            MatterEvent.public,
            Attachment.purpose.in_((AttachmentPurpose.REPORT, AttachmentPurpose.AFTER)),
            *_open_to_all(),
        )
        .order_by(MatterEvent.id, Attachment.id)
    )
    pairs: dict[int, tuple[Attachment | None, Attachment | None]] = {}
    for matter_id, photo in session.execute(query):
        before, after = pairs.get(matter_id, (None, None))
        if photo.purpose is AttachmentPurpose.REPORT:
            pairs[matter_id] = (before or photo, after)
        elif after is None or after.matter_event_id != photo.matter_event_id:
            pairs[matter_id] = (before, photo)
    return pairs


def file_of(
    session: Session, file_id: int, *, for_public: bool
) -> tuple[Attachment, MatterEvent, Matter] | None:
    """Give a file of a matter with what it belongs to; None when there is none with this id.

    Args:
        for_public: only a photo that everybody may see, of a matter that is public.
    """
    query = (
        select(Attachment, MatterEvent, Matter)
        .join(MatterEvent, Attachment.matter_event_id == MatterEvent.id)
        .join(Matter, MatterEvent.matter_id == Matter.id)
        .where(Attachment.id == file_id, Attachment.state == AttachmentState.STORED)
    )
    if for_public:
        query = query.where(MatterEvent.public, Matter.public, *_open_to_all())
    row = session.execute(query).one_or_none() if file_id < 2**31 else None
    return (row[0], row[1], row[2]) if row else None


def complaints_of(session: Session, matter: Matter) -> list[Complaint]:
    """List the complaints that became part of a matter, the oldest first."""
    query = select(Complaint).join(MatterComplaint, MatterComplaint.complaint_id == Complaint.id)
    query = query.where(MatterComplaint.matter_id == matter.id)
    return list(session.scalars(query.order_by(Complaint.id)))


def matters_with(session: Session, complaint: Complaint) -> list[Matter]:
    """List the matters that a complaint became part of, the newest first."""
    query = select(Matter).join(MatterComplaint, MatterComplaint.matter_id == Matter.id)
    query = query.where(MatterComplaint.complaint_id == complaint.id)
    return list(session.scalars(query.order_by(Matter.id.desc())))


def public_list(
    session: Session,
    *,
    done: bool,
    kind: MatterKind | None = None,
    page: int = 1,
    per_page: int = 10,
) -> Page[Matter]:
    """List the matters that everybody may read: those at work by deadline, or those done, newest first."""
    statuses = [MatterStatus.CLOSED] if done else list(OPEN_MATTER_STATUSES)
    shown: list[ColumnElement[bool]] = [Matter.public.is_(True), Matter.status.in_(statuses)]
    if kind is not None:
        shown.append(Matter.kind == kind)
    total = session.scalar(select(func.count(Matter.id)).where(*shown)) or 0
    page = page_within(page, total, per_page)
    order = (Matter.closed_at.desc(), Matter.id.desc()) if done else _ORDERS[MatterOrder.DEADLINE]
    query = select(Matter).where(*shown).options(*_SHOWN_WITH).order_by(*order)
    return Page(
        session.scalars(query.limit(per_page).offset((page - 1) * per_page)).all(), total, page, per_page
    )


def newest_public(session: Session, *, limit: int) -> list[Matter]:
    """List the public matters at work that were listed last."""
    query = select(Matter).where(Matter.public, Matter.status.in_(OPEN_MATTER_STATUSES))
    return list(session.scalars(query.order_by(Matter.listed_at.desc(), Matter.id.desc()).limit(limit)))


def closed_between(session: Session, start: datetime, end: datetime) -> list[Matter]:
    """List the public matters that were closed from `start` up to `end` and are closed still."""
    query = select(Matter).where(
        Matter.public, Matter.status == MatterStatus.CLOSED, Matter.closed_at >= start, Matter.closed_at < end
    )
    return list(session.scalars(query.options(joinedload(Matter.team)).order_by(Matter.closed_at, Matter.id)))
