"""The inbox: what waits, for whom, and for how long still."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import queries
from domain.permissions import visible_to
from domain.queries import Page, Tab
from models.category import Category
from models.complaint import Complaint
from models.enums import ComplaintKind, ComplaintStatus
from models.staff import Staff
from models.team import Team
from web.admin.inbox_query import InboxQuery, read_query
from web.admin.rows import rows_of
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_inbox", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)

PER_PAGE = 25
_FULL_NUMBER = re.compile(r"\d{4}-\d{4}-\d{4,}")


@dataclass(frozen=True)
class TabLink:
    """One tab with its count and address."""

    tab: Tab
    count: int
    current: bool
    address: str


@blueprint.get("/inbox")
def inbox() -> str | Response:
    """Show one tab of the inbox, narrowed as the address says."""
    session, staff = current_session(), current_staff()
    wanted = read_query(session, staff, request.args)
    if _FULL_NUMBER.fullmatch(wanted.filters.words) and _can_open(session, staff, wanted.filters.words):
        return redirect(url_for("admin_complaints.complaint", number=wanted.filters.words))
    found: Page[Complaint] = Page([], 0, 1, PER_PAGE)
    if not wanted.unknown_place:
        found = queries.inbox(
            session,
            staff,
            tab=wanted.tab,
            filters=wanted.filters,
            page=wanted.page,
            per_page=PER_PAGE,
            now=now(),
        )
    return render_template(
        "admin/inbox.html",
        wanted=wanted,
        found=found,
        rows=rows_of(session, found.items, now=now()),
        tabs=_tabs(session, staff, wanted),
        newest=_newest_id(session, staff),
        arrived=0,
        page_address=lambda page: _address(wanted, page=page),
        without=lambda name: _address(wanted, without=name),
        **_choices(session),
    )


@blueprint.get("/inbox/counts")
def counts() -> str:
    """Give the tabs with fresh counts, and how many complaints came in since the page was drawn."""
    session, staff = current_session(), current_staff()
    wanted = read_query(session, staff, request.args)
    newest = request.args.get("newest", 0, type=int)
    arrived = select(func.count(Complaint.id)).where(visible_to(staff), Complaint.id > newest)
    return render_template(
        "admin/inbox_tabs.html",
        wanted=wanted,
        tabs=_tabs(session, staff, wanted),
        newest=newest,
        arrived=session.scalar(arrived) or 0,
    )


def _can_open(session: Session, staff: Staff, number: str) -> bool:
    query = select(Complaint.id).where(visible_to(staff), Complaint.number == number)
    return session.scalar(query) is not None


def _newest_id(session: Session, staff: Staff) -> int:
    return session.scalar(select(func.max(Complaint.id)).where(visible_to(staff))) or 0


def _tabs(session: Session, staff: Staff, wanted: InboxQuery) -> list[TabLink]:
    numbers = queries.tab_counts(session, staff, now=now())
    return [TabLink(tab, numbers[tab], tab is wanted.tab, _address(wanted, tab=tab)) for tab in Tab]


def _address(
    wanted: InboxQuery, *, tab: Tab | None = None, page: int | None = None, without: str | None = None
) -> str:
    kept: dict[str, Any] = {name: value for name, value in wanted.given.items() if name != without}
    if page is not None and page > 1:
        kept["page"] = page
    return url_for("admin_inbox.inbox", tab=(tab or wanted.tab).value, **kept)


def _choices(session: Session) -> dict[str, Any]:
    categories = select(Category).where(Category.active).order_by(Category.position, Category.id)
    teams = select(Team).where(Team.active).order_by(Team.id)
    return {
        "categories": session.scalars(categories).all(),
        "teams": session.scalars(teams).all(),
        "kinds": list(ComplaintKind),
        "statuses": list(ComplaintStatus),
    }
