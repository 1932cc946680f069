"""The ledger of matters (台账): as a list, as a board by status, as a calendar of deadlines, on paper."""

from calendar import Calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import matter_ledger, matter_queries, saved_views
from domain.matter_fields import choosable_leads
from domain.matter_permissions import may_export_matters, may_list_matters
from domain.matter_queries import MatterFilters, MatterOrder, MatterView, is_overdue, today_of
from domain.meeting_permissions import may_see_meetings
from domain.saved_views import LIST, Listing
from models.matter import Matter, MatterMilestone
from models.matter_words import MatterKind, MatterSource, MatterStatus
from models.staff import Staff
from models.team import Team
from web.admin.view_links import view_address, view_links
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_matters", __name__, url_prefix="/admin/matters")
blueprint.before_request(staff_only)

T = TypeVar("T")
PER_PAGE = 25
# A board or a sheet of paper has no second page.
MOST_AT_ONCE = 500
_NARROWING = ("q", "kind", "status", "source", "team", "lead", "from", "to")
_BOARD = (
    MatterStatus.PLANNED,
    MatterStatus.IN_PROGRESS,
    MatterStatus.SUBMITTED,
    MatterStatus.DEFERRED,
    MatterStatus.CLOSED,
    MatterStatus.CANCELLED,
)


@dataclass(frozen=True)
class LedgerQuery:
    """What the address asks for; `given` are the narrowing parameters as written.

    Attributes:
        view_id: the saved view that was opened; the filters are those of the address all the same.
    """

    view: MatterView
    order: MatterOrder
    page: int
    filters: MatterFilters
    given: Mapping[str, str]
    view_id: int | None = None
    columns: None = None
    view_parameter: ClassVar[str] = "saved"

    def address(self, endpoint: str = "admin_matters.ledger", **changes: object) -> str:
        """Give an address with the same filters, with some parameters other; None leaves one out."""
        parameters: dict[str, object] = {**self.given, "view": self.view.value, "sort": self.order.value}
        if endpoint == "admin_matters.ledger":
            parameters["saved"] = self.view_id
        parameters |= changes
        kept = {name: value for name, value in parameters.items() if value not in (None, "")}
        return url_for(endpoint, **kept)  # type: ignore[arg-type]

    def without(self, name: str) -> str:
        """Give the address without a filter."""
        changes: dict[str, object] = {name: None}
        return self.address("admin_matters.ledger", **changes)

    def saved(self) -> dict[str, list[str]]:
        """Give what a saved view keeps of this address."""
        kept = {LIST: [Listing.MATTERS.value], "view": [self.view.value], "sort": [self.order.value]}
        return kept | {name: [value] for name, value in self.given.items()}


def read_ledger_query(given: Mapping[str, str]) -> LedgerQuery:
    """Read the address; what makes no sense in it is left out rather than refused."""
    named = {name: given[name].strip()[:100] for name in _NARROWING if given.get(name, "").strip()}
    filters = MatterFilters(
        words=named.get("q", ""),
        kind=_parsed(named.get("kind"), MatterKind),
        status=_parsed(named.get("status"), MatterStatus),
        source=_parsed(named.get("source"), MatterSource),
        team_id=_parsed(named.get("team"), _row_id),
        lead_staff_id=_parsed(named.get("lead"), _row_id),
        due_from=_parsed(named.get("from"), date.fromisoformat),
        due_to=_parsed(named.get("to"), date.fromisoformat),
    )
    return LedgerQuery(
        view=_parsed(given.get("view"), MatterView) or MatterView.OPEN,
        order=_parsed(given.get("sort"), MatterOrder) or MatterOrder.DEADLINE,
        page=max(1, min(_parsed(given.get("page"), int) or 1, 10_000)),
        filters=filters,
        given=named,
        view_id=_parsed(given.get("saved"), _row_id),
    )


def _parsed(text: str | None, parse: Callable[[str], T]) -> T | None:
    try:
        return parse(text) if text else None
    except ValueError:
        return None


def _row_id(text: str) -> int:
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError(text)
    return number


@blueprint.get("", strict_slashes=False)
def ledger() -> str | Response:
    """Show the ledger."""
    session, staff = current_session(), current_staff()
    if set(request.args) == {"saved"}:
        view_id = request.args.get("saved", 0, type=int)
        return redirect(view_address(saved_views.find(session, staff, view_id, listing=Listing.MATTERS)))
    wanted = read_ledger_query(request.args)
    found = matter_queries.ledger(
        session,
        staff,
        wanted.filters,
        view=wanted.view,
        order=wanted.order,
        page=wanted.page,
        per_page=PER_PAGE,
        now=now(),
    )
    saved = view_links(session, staff, wanted, Listing.MATTERS)
    return render_template(
        "admin/matters.html",
        found=found,
        latest=matter_queries.latest_events(session, found.items),
        counts=matter_queries.view_counts(session, staff, now=now()),
        saved=saved,
        opened=next((link for link in saved if link.current), None),
        **ledger_frame(session, staff, wanted),
    )


@blueprint.get("/board")
def board() -> str:
    """Show the matters as cards in columns by status."""
    session, staff = current_session(), current_staff()
    wanted = read_ledger_query({**request.args, "view": MatterView.ALL.value})
    rows = _all(session, staff, wanted)
    wanted_columns = [status for status in _BOARD if wanted.filters.status in {None, status}]
    columns = [(status, [one for one in rows if one.status is status]) for status in wanted_columns]
    return render_template("admin/matter_board.html", columns=columns, **ledger_frame(session, staff, wanted))


@blueprint.get("/calendar")
def calendar() -> str:
    """Show one month with the deadlines of matters and of their milestones."""
    session, staff = current_session(), current_staff()
    month = _parsed(f"{request.args.get('month', '')}-01", date.fromisoformat)
    month = month if month and 2000 <= month.year < 2100 else today_of(now()).replace(day=1)
    wanted = read_ledger_query({**request.args, "view": MatterView.ALL.value})
    due: dict[date, list[tuple[Matter, MatterMilestone | None]]] = {}
    for matter in _all(session, staff, wanted):
        if matter.deadline:
            due.setdefault(matter.deadline, []).append((matter, None))
        for part in matter.milestones:
            if part.deadline:
                due.setdefault(part.deadline, []).append((matter, part))
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    later = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    earlier = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return render_template(
        "admin/matter_calendar.html",
        weeks=weeks,
        due=due,
        month=month,
        earlier=f"{earlier:%Y-%m}",
        later=f"{later:%Y-%m}",
        **ledger_frame(session, staff, wanted),
    )


@blueprint.get("/print")
def printed() -> str:
    """Show the ledger as a table to be printed."""
    session, staff = current_session(), current_staff()
    wanted = read_ledger_query(request.args)
    rows = _all(session, staff, wanted)
    latest = matter_queries.latest_events(session, rows)
    return render_template(
        "admin/matter_print.html", rows=rows, latest=latest, **ledger_frame(session, staff, wanted)
    )


@blueprint.post("/export")
def export() -> Response:
    """Have the worker write what the list shows into a workbook."""
    wanted = read_ledger_query(request.args)
    task = matter_ledger.ask(
        current_session(),
        current_staff(),
        wanted.filters,
        view=wanted.view,
        order=wanted.order,
        now=now(),
    )
    return redirect(url_for("admin_tasks.task", task_id=task.id), 303)


def _all(session: Session, staff: Staff, wanted: LedgerQuery) -> list[Matter]:
    found = matter_queries.ledger(
        session,
        staff,
        wanted.filters,
        view=wanted.view,
        order=wanted.order,
        per_page=MOST_AT_ONCE,
        now=now(),
    )
    return list(found.items)


def ledger_frame(session: Session, staff: Staff, wanted: LedgerQuery) -> dict[str, Any]:
    """Give what all pages of the ledger show around their own."""
    return {
        "wanted": wanted,
        "views": list(MatterView),
        "orders": list(MatterOrder),
        "kinds": list(MatterKind),
        "statuses": list(MatterStatus),
        "sources": list(MatterSource),
        "teams": session.scalars(select(Team).where(Team.active).order_by(Team.id)).all(),
        "leads": choosable_leads(session),
        "may_list": may_list_matters(staff),
        "may_export": may_export_matters(staff),
        "sees_meetings": may_see_meetings(staff),
        "is_overdue": lambda matter: is_overdue(matter, now=now()),
        "today": today_of(now()),
    }
