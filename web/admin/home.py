"""Where people land: what waits for them today, by what they are here for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from domain import background_tasks, connected_systems, queries
from domain.matter_queries import MatterView, view_counts
from domain.permissions import may_manage_settings, may_see_system_state, may_triage, visible_to
from domain.working_time import local_time
from models.background_task import BackgroundTask
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, Role
from models.notice import Notice
from models.staff import Staff
from web.admin.inbox_query import read_query
from web.admin.rows import Row, rows_of
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.system_checks import Check, urgent

blueprint = Blueprint("admin_home", __name__)
blueprint.before_request(staff_only)

SHOWN = 5
_TASKS_SHOWN = 3
_MATTER_VIEWS = (MatterView.TO_DECIDE, MatterView.OVERDUE, MatterView.RELAPSED, MatterView.MINE)
R = Role
_WATCHING = frozenset({R.LEADER, R.INSPECTOR, R.ADMIN})
_ACTIVE = sorted(status.value for status in ACTIVE_STATUSES)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list of the home page: the beginning of a list of the inbox.

    Attributes:
        roles: who needs it.
        given: the parameters of the inbox's address.
        empty: what is said when nothing is in it.
    """

    key: str
    title: str
    roles: frozenset[Role]
    given: dict[str, list[str]] = field(default_factory=dict)
    empty: str


_LISTINGS = (
    Listing(
        key="desk",
        title="待受理",
        roles=frozenset({R.DISPATCHER}),
        given={"tab": ["to_dispatch"]},
        empty="都派出去了。新诉求来了会排在这里，也会发通知给您。",
    ),
    Listing(
        key="decide",
        title="等我审定",
        roles=frozenset({R.DISPATCHER, R.LEAD, R.LEADER}),
        given={"tab": ["to_decide"]},
        empty="没有等您审定的转办、挂账或不予受理申请。",
    ),
    Listing(
        key="mine",
        title="我的待办",
        roles=frozenset({R.HANDLER, R.LEAD}),
        given={"tab": ["mine"]},
        empty="没有等您办理的工单。派给您或您单位的会出现在这里，也会发通知给您。",
    ),
    Listing(
        key="overdue",
        title="超期",
        roles=frozenset(R),
        given={"tab": ["overdue"]},
        empty="没有超期的诉求。",
    ),
    Listing(
        key="near",
        title="临期",
        roles=frozenset({R.HANDLER, R.LEAD, R.DISPATCHER}),
        given={"tab": ["near"]},
        empty="没有快到期的诉求。",
    ),
    Listing(
        key="supervised",
        title="督办中",
        roles=frozenset({R.LEADER, R.INSPECTOR}),
        given={"tab": ["all"], "supervised": ["1"], "status": _ACTIVE, "sort": ["due"]},
        empty="没有正在督办的诉求。在诉求页按「督办」可以提出要求和期限。",
    ),
    Listing(
        key="reopened",
        title="退回重办",
        roles=frozenset({R.LEAD, R.LEADER, R.INSPECTOR}),
        given={"tab": ["all"], "reopened": ["1"], "status": _ACTIVE, "sort": ["reopened"]},
        empty="没有被师生退回重办的诉求。",
    ),
    Listing(
        key="rate",
        title="已办结，等师生评价",
        roles=frozenset({R.HANDLER, R.LEAD, R.INSPECTOR}),
        given={"tab": ["to_rate"]},
        empty="没有等待评价的诉求。",
    ),
    Listing(
        key="today",
        title="今天新提交的",
        roles=frozenset({R.DISPATCHER}) | _WATCHING,
        given={"tab": ["all"]},
        empty="今天还没有新诉求。",
    ),
)


@dataclass(frozen=True)
class Block:
    """A list with its first rows.

    Attributes:
        count: how many there are, as it is written.
        address: of the whole list.
    """

    listing: Listing
    count: str
    address: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Figures:
    """The day in figures, of what this member of staff may see."""

    filed: int
    closed: int
    open: int


@blueprint.get("/")
def root() -> Response:
    """Lead to the home page."""
    return redirect(url_for("admin_home.home"))


@blueprint.get("/admin/")
def home() -> str:
    """Show what waits for this member of staff; as many queries for much as for little."""
    session, staff = current_session(), current_staff()
    midnight = local_time(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    blocks = _blocks(session, staff, midnight)
    tasks = background_tasks.list_for(session, staff, page=1).items
    return render_template(
        "admin/home.html",
        blocks=[block for block in blocks if block.rows],
        empty=[block for block in blocks if not block.rows],
        figures=_figures(session, staff, midnight),
        today=midnight,
        tasks=[task for task in tasks if _is_news(task, midnight)][:_TASKS_SHOWN],
        unread=_unread(session, staff),
        may_triage=may_triage(staff),
        open_statuses=_ACTIVE,
        matters=_matters(session, staff),
        state_alerts=_state_alerts(session, staff),
        stopped_systems=connected_systems.stopped(session) if may_manage_settings(staff) else [],
    )


def _state_alerts(session: Session, staff: Staff) -> list[Check]:
    """Give what somebody must see to, for who may see how the system is doing."""
    if not may_see_system_state(staff):
        return []
    return urgent(session, parts().database, parts().settings, now=now())


def _matters(session: Session, staff: Staff) -> list[tuple[MatterView, int]]:
    """Give the views of the ledger that hold something to look after."""
    counts = view_counts(session, staff, now=now())
    decides = Role.LEADER in staff.roles
    views = [view for view in _MATTER_VIEWS if decides or view is not MatterView.TO_DECIDE]
    return [(view, counts[view]) for view in views if counts[view]]


def _blocks(session: Session, staff: Staff, midnight: datetime) -> list[Block]:
    found = []
    for listing in _LISTINGS:
        if not listing.roles & staff.roles:
            continue
        given = listing.given | ({"from": [f"{midnight:%Y-%m-%d}"]} if listing.key == "today" else {})
        arguments = MultiDict((name, value) for name, values in given.items() for value in values)
        wanted = read_query(session, staff, arguments)
        page = queries.inbox(
            session,
            staff,
            tab=wanted.tab,
            filters=wanted.filters,
            order=wanted.order,
            per_page=SHOWN,
            now=now(),
        )
        found.append((listing, wanted.address(), page))
    shown = {row.id: row for _, _, page in found for row in page.items}
    rows = {row.complaint.id: row for row in rows_of(session, list(shown.values()), now=now())}
    return [
        Block(
            listing,
            f"{page.total}{'+' if page.more else ''}",
            address,
            [rows[complaint.id] for complaint in page.items],
        )
        for listing, address, page in found
    ]


def _figures(session: Session, staff: Staff, midnight: datetime) -> Figures:
    seen = visible_to(staff)
    counts = [
        select(func.count(Complaint.id)).where(seen, condition).scalar_subquery()
        for condition in (
            Complaint.filed_at >= midnight,
            Complaint.closed_at >= midnight,
            Complaint.status.in_(ACTIVE_STATUSES),
        )
    ]
    return Figures(*session.execute(select(*counts)).one())


def _is_news(task: BackgroundTask, midnight: datetime) -> bool:
    return task.state in background_tasks.UNFINISHED or (task.finished_at or midnight) > midnight - timedelta(
        days=1
    )


def _unread(session: Session, staff: Staff) -> Sequence[Notice]:
    query = select(Notice).where(Notice.staff_id == staff.id, Notice.read_at.is_(None))
    return session.scalars(query.order_by(Notice.id.desc()).limit(SHOWN)).all()
