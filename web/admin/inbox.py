"""The inbox: what waits, for whom, and for how long still."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import queries, saved_views
from domain.acts import cleaned
from domain.filters import Order
from domain.permissions import visible_to
from domain.queries import COUNTED_ON_TABS, Page, Tab
from domain.saved_views import Listing
from domain.search_index import is_filling
from domain.search_words import search_words
from models.complaint import Complaint
from models.desk import SavedView
from models.enums import Channel, ComplaintKind, ComplaintStatus
from models.staff import Staff
from web.admin.bulk import offer_for
from web.admin.highlight import marked
from web.admin.inbox_chips import RANGE_LABELS, YES_LABELS, chips, choices
from web.admin.inbox_columns import SORTS, USUAL, Column, aria_sort, columns_named, next_order
from web.admin.inbox_query import InboxQuery, read_query
from web.admin.rows import rows_of
from web.admin.view_links import view_address, view_links
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_inbox", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)

PER_PAGE = 25
# As people type it: with and without the strokes, the full width of a Chinese keyboard too.
_FULL_NUMBER = re.compile(r"(\d{4})[-－—]?(\d{4})[-－—]?(\d{4,})")


@dataclass(frozen=True)
class TabLink:
    """One tab with its count and address."""

    tab: Tab
    count: str
    current: bool
    address: str


@blueprint.get("/inbox")
def inbox() -> str | Response:
    """Show one tab of the inbox, narrowed as the address says."""
    session, staff = current_session(), current_staff()
    opened = _view_to_open(session, staff)
    if opened is not None:
        return redirect(view_address(opened))
    wanted = read_query(session, staff, request.args)
    number = _FULL_NUMBER.fullmatch(wanted.filters.words)
    if number and _can_open(session, staff, "-".join(number.groups())):
        return redirect(url_for("admin_complaints.complaint", number="-".join(number.groups())))
    found: Page[Complaint] = Page([], 0, 1, PER_PAGE)
    if not wanted.unknown_place:
        found = queries.inbox(
            session,
            staff,
            tab=wanted.tab,
            filters=wanted.filters,
            order=wanted.order,
            page=wanted.page,
            per_page=PER_PAGE,
            now=now(),
        )
    words = search_words(cleaned(wanted.filters.words))
    offered = choices(session)
    return render_template(
        "admin/inbox.html",
        wanted=wanted,
        found=found,
        rows=rows_of(session, found.items, now=now(), words=words, staff=staff),
        marked=lambda text: marked(text, words),
        filling=bool(words) and is_filling(session),
        tabs=_tabs(session, staff, wanted),
        newest=session.scalar(select(func.max(Complaint.id))) or 0,
        arrived=0,
        chips=chips(wanted, offered),
        offered=offered,
        bulk=offer_for(staff),
        **_views_and_columns(session, staff, wanted),
        **_WORDS,
    )


_WORDS: dict[str, Any] = {
    "kinds": list(ComplaintKind),
    "statuses": list(ComplaintStatus),
    "channels": list(Channel),
    "orders": list(Order),
    "sorts": SORTS,
    "all_columns": list(Column),
    "yes_labels": YES_LABELS,
    "range_labels": RANGE_LABELS,
    "next_order": next_order,
    "aria_sort": aria_sort,
}


@blueprint.get("/inbox/counts")
def counts() -> str:
    """Give the tabs with fresh counts, and how many complaints came in since the page was drawn."""
    session, staff = current_session(), current_staff()
    wanted = read_query(session, staff, request.args)
    newest = request.args.get("newest", 0, type=int)
    arrived = select(func.count(Complaint.id)).where(
        visible_to(staff, row_by_row=True), Complaint.id > newest
    )
    return render_template(
        "admin/inbox_tabs.html",
        wanted=wanted,
        tabs=_tabs(session, staff, wanted),
        newest=newest,
        arrived=session.scalar(arrived) or 0,
    )


def _view_to_open(session: Session, staff: Staff) -> SavedView | None:
    """Give the view that an address without filters means: the one it names, or the person's first."""
    names = set(request.args)
    if names == {"view"}:
        view_id = request.args.get("view", 0, type=int)
        return saved_views.find(session, staff, view_id, listing=Listing.INBOX)
    first_id = saved_views.preference(session, staff).first_view_id if not names else None
    if first_id is None:
        return None
    views = saved_views.views_of(session, staff, Listing.INBOX)
    return next((view for view in views if view.id == first_id), None)


def _views_and_columns(session: Session, staff: Staff, wanted: InboxQuery) -> dict[str, Any]:
    links = view_links(session, staff, wanted, Listing.INBOX)
    opened = next((link for link in links if link.current), None)
    columns = wanted.columns or columns_named(opened.view.columns if opened else ())
    if not columns:
        columns = columns_named(saved_views.preference(session, staff).columns) or USUAL
    return {"views": links, "opened": opened, "columns": columns, "page_address": _page_address(wanted)}


def _page_address(wanted: InboxQuery) -> Any:  # noqa: ANN401 (a function for the template)
    return lambda page: wanted.address(page=page if page > 1 else None)


def _can_open(session: Session, staff: Staff, number: str) -> bool:
    query = select(Complaint.id).where(visible_to(staff), Complaint.number == number)
    return session.scalar(query) is not None


def _tabs(session: Session, staff: Staff, wanted: InboxQuery) -> list[TabLink]:
    numbers = queries.tab_counts(session, staff, now=now())
    return [
        TabLink(
            tab,
            str(numbers[tab]) if numbers[tab] <= COUNTED_ON_TABS else f"{COUNTED_ON_TABS}+",
            tab is wanted.tab,
            wanted.address(tab=tab.value, view=None),
        )
        for tab in Tab
    ]
