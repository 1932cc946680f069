"""What narrows a list of complaints, and what orders it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, literal_column, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.figure_rules import Figure, is_behind
from models.attachment import Attachment
from models.category import Category
from models.complaint import Complaint
from models.enums import (
    ACTIVE_STATUSES,
    AttachmentKind,
    Channel,
    Closing,
    ComplaintKind,
    ComplaintStatus,
    Word,
)
from models.service_point import ServicePoint

S = ComplaintStatus
_CLOCK_STANDS = frozenset({S.WAITING, S.DEFERRED})
RUNNING_STATUSES = ACTIVE_STATUSES - _CLOCK_STANDS


class Order(Word):
    """What a list is sorted by, with the way round that people want first."""

    USUAL = "usual", "紧急和先到期的在前"
    NEWEST = "newest", "新提交的在前"
    OLDEST = "oldest", "早提交的在前"
    DUE = "due", "先到期的在前"
    DUE_LAST = "due_last", "后到期的在前"
    CLOSED = "closed", "新销号的在前"
    CLOSED_FIRST = "closed_first", "早销号的在前"
    TEAM = "team", "同一单位的排在一起"
    REOPENED = "reopened", "重办多的在前"
    REOPENED_LEAST = "reopened_least", "重办少的在前"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What narrows a list; empty values narrow nothing, and of several any will do.

    Attributes:
        words: as typed into the search box.
        ids: of complaints that were picked one by one.
        category_ids: with the categories below them.
        service_point_id: with the places below it.
        stars: of the last rating.
        unrated: closed by the clock because nobody rated.
        figure: counted in this figure of 「统计」.
        filed_to: and the other ends: the first moment that is too late.
    """

    words: str = ""
    ids: Collection[int] = ()
    statuses: Collection[ComplaintStatus] = ()
    kind: ComplaintKind | None = None
    channel: Channel | None = None
    category_ids: Collection[int] = ()
    team_id: int | None = None
    handler_id: int | None = None
    service_point_id: int | None = None
    urgent: bool | None = None
    overdue: bool = False
    reopened: bool = False
    supervised: bool = False
    with_photos: bool = False
    unrated: bool = False
    stars: Collection[int] = ()
    rejection_reason: str = ""
    figure: Figure | None = None
    filed_from: datetime | None = None
    filed_to: datetime | None = None
    closed_from: datetime | None = None
    closed_to: datetime | None = None
    deferred_from: datetime | None = None
    deferred_to: datetime | None = None


def conditions_of(session: Session, filters: Filters, *, now: datetime) -> list[ColumnElement[bool]]:
    """Give the conditions on Complaint of all filters but the words."""
    conditions = [column == value for column, value in _same(filters) if value is not None]
    conditions += _ranges(filters)
    if filters.ids:
        conditions.append(Complaint.id.in_(filters.ids))
    if filters.statuses:
        conditions.append(Complaint.status.in_(filters.statuses))
    if filters.category_ids:
        conditions.append(Complaint.category_id.in_(_below(session, Category, filters.category_ids)))
    if filters.service_point_id is not None:
        conditions.append(
            Complaint.service_point_id.in_(_below(session, ServicePoint, [filters.service_point_id]))
        )
    if filters.stars:
        conditions.append(Complaint.last_stars.in_(filters.stars))
    if filters.rejection_reason:
        conditions.append(Complaint.rejection_reason.startswith(filters.rejection_reason, autoescape=True))
    if filters.figure is not None:
        conditions.append(is_behind(filters.figure, now=now))
    only = {
        "overdue": is_overdue(now=now),
        "reopened": Complaint.reopen_count > 0,
        "supervised": Complaint.supervised_at.is_not(None),
        "with_photos": _has_photos(),
        "unrated": Complaint.closing == Closing.UNRATED,
    }
    return conditions + [condition for name, condition in only.items() if getattr(filters, name)]


def _same(filters: Filters) -> list[tuple[InstrumentedAttribute[Any], Any]]:
    return [
        (Complaint.kind, filters.kind),
        (Complaint.channel, filters.channel),
        (Complaint.team_id, filters.team_id),
        (Complaint.handler_id, filters.handler_id),
        (Complaint.urgent, filters.urgent),
    ]


def _ranges(filters: Filters) -> list[ColumnElement[bool]]:
    ranges = [
        (Complaint.filed_at, filters.filed_from, filters.filed_to),
        (Complaint.closed_at, filters.closed_from, filters.closed_to),
        (Complaint.deferred_until, filters.deferred_from, filters.deferred_to),
    ]
    starts = [column >= start for column, start, _ in ranges if start is not None]
    ends = [column < end for column, _, end in ranges if end is not None]
    if filters.deferred_from is not None or filters.deferred_to is not None:
        starts.append(Complaint.status == S.DEFERRED)
    return [*starts, *ends]


@cache
def is_running() -> ColumnElement[bool]:
    """Give the condition that the clock of a complaint runs: open, and neither waited for nor put off.

    Said as what is taken away from the open ones: said twice in other words, the database would think that
    hardly any are left, and read them all to sort them.
    """
    return and_(is_open(), Complaint.status.not_in(_CLOCK_STANDS))


def is_overdue(*, now: datetime) -> ColumnElement[bool]:
    """Give the condition that a clock which still runs has run out."""
    return and_(
        is_running(),
        or_(
            Complaint.done_due_at <= now,
            and_(Complaint.status == S.SUBMITTED, Complaint.dispatch_due_at <= now),
        ),
    )


def _has_photos() -> ColumnElement[bool]:
    photo = select(literal(1)).where(
        Attachment.complaint_id == Complaint.id, Attachment.kind == AttachmentKind.PHOTO
    )
    # The OFFSET keeps PostgreSQL from beginning with all photos, where another filter leaves few rows.
    return photo.correlate(Complaint).offset(0).exists()


def _below(
    session: Session, tree: type[Category] | type[ServicePoint], ids: Collection[int]
) -> Sequence[int]:
    """Look up these and all below them; knowing them, the database finds the index that leaves few rows."""
    top = select(tree.id).where(tree.id.in_(ids)).cte(recursive=True)
    below = top.union(select(tree.id).where(tree.parent_id == top.c.id))
    return session.scalars(select(below.c.id)).all()


@cache
def is_open() -> ColumnElement[bool]:
    """Give the condition that a complaint is not over, word for word as the indexes of the open ones do."""
    return Complaint.status.in_([literal_column(f"'{status.value}'") for status in sorted(ACTIVE_STATUSES)])


@dataclass(frozen=True)
class Stretch:
    """A part of a list that is read in its order from an index.

    Attributes:
        condition: on Complaint, of what belongs to it.
        columns: to sort by; no two complaints are alike in them, so that no two pages overlap.
    """

    condition: ColumnElement[bool]
    columns: Sequence[ColumnElement[Any]]


def stretches(order: Order, *, open_only: bool = False) -> Sequence[Stretch]:
    """Give the parts of a list in this order, one after the other.

    A list in which some have no date, or most are alike, is no single walk along an index; its parts are.

    Args:
        open_only: whether all in the list is open.
    """
    newest = (Complaint.filed_at.desc(), Complaint.id.desc())
    next_due = (Complaint.done_due_at.asc().nulls_last(), Complaint.id.asc())
    reopened, once = Complaint.reopen_count > 0, Stretch(Complaint.reopen_count == 0, newest)
    orders: dict[Order, list[Stretch]] = {
        Order.NEWEST: [Stretch(true(), newest)],
        Order.OLDEST: [Stretch(true(), (Complaint.filed_at.asc(), Complaint.id.asc()))],
        Order.REOPENED: [Stretch(reopened, (Complaint.reopen_count.desc(), *newest)), once],
        Order.REOPENED_LEAST: [once, Stretch(reopened, (Complaint.reopen_count.asc(), *newest))],
        Order.DUE: [Stretch(true(), next_due)],
        Order.DUE_LAST: _dated(Complaint.done_due_at, Complaint.done_due_at.desc(), Complaint.id.desc()),
        Order.CLOSED: _dated(Complaint.closed_at, Complaint.closed_at.desc(), Complaint.id.desc()),
        Order.CLOSED_FIRST: _dated(Complaint.closed_at, Complaint.closed_at.asc(), Complaint.id.asc()),
        Order.TEAM: _dated(Complaint.team_id, Complaint.team_id.desc(), *newest),
        Order.USUAL: [
            Stretch(and_(is_open(), Complaint.urgent.is_(True)), next_due),
            Stretch(and_(is_open(), Complaint.urgent.is_(False)), next_due),
            Stretch(not_(is_open()), newest),
        ],
    }
    if open_only and order is Order.USUAL:
        return [Stretch(Complaint.urgent.is_(urgent), next_due) for urgent in (True, False)]
    return orders[order]


def _dated(key: InstrumentedAttribute[Any], *columns: ColumnElement[Any]) -> list[Stretch]:
    """Read what has the key first, and then what has none."""
    without = Stretch(key.is_(None), (Complaint.filed_at.desc(), Complaint.id.desc()))
    return [Stretch(key.is_not(None), columns), without]
