"""Saved views of the inbox and the ledger: keeping the list one looks at, sharing it, what opens first."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from domain import saved_views
from domain.errors import Invalid, NotFound
from domain.queries import Tab
from domain.saved_views import LIST, Listing, listing_of
from models.desk import SavedView
from web.admin.inbox_chips import Chip, chips, choices
from web.admin.inbox_columns import columns_named
from web.admin.inbox_query import InboxQuery, read_query
from web.admin.ledger_chips import ledger_chips, ledger_choices
from web.admin.matters import read_ledger_query
from web.admin.view_links import ListQuery, view_address
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_views", __name__, url_prefix="/admin/views")
blueprint.before_request(staff_only)


@blueprint.get("")
def page() -> str:
    """List one's views and those of colleagues, with what each lists."""
    session, staff = current_session(), current_staff()
    inbox, ledger = choices(session), ledger_choices(session)
    rows = []
    for view in saved_views.views_for(session, staff):
        if listing_of(view) is Listing.MATTERS:
            wanted = read_ledger_query(_arguments(view))
            said, part = ledger_chips(wanted, ledger), wanted.view.label
        else:
            said = chips(read_query(session, staff, _arguments(view)), inbox)
            part = _tab_of(view)
        rows.append(ViewRow(view, listing_of(view), view_address(view), part, said))
    return render_template(
        "admin/views.html",
        mine=_by_list([row for row in rows if row.view.owner_id == staff.id]),
        others=_by_list([row for row in rows if row.view.owner_id != staff.id]),
        first_id=saved_views.preference(session, staff).first_view_id,
    )


@dataclass(frozen=True)
class ViewRow:
    """One view with what it lists: the part of its list, and the conditions in words."""

    view: SavedView
    listing: Listing
    address: str
    part: str
    chips: Sequence[Chip]


def _by_list(rows: Sequence[ViewRow]) -> list[ViewRow]:
    return [row for listing in Listing for row in rows if row.listing is listing]


def _arguments(view: SavedView) -> MultiDict[str, str]:
    return MultiDict((name, value) for name, values in view.query.items() for value in values)


def _tab_of(view: SavedView) -> str:
    name = next(iter(view.query.get("tab", ())), "")
    return Tab(name).label if name in set(Tab) else ""


@blueprint.post("")
def save() -> Response:
    """Keep the list that the form carries, under a new name."""
    wanted = _list_in_form()
    try:
        view = saved_views.save(
            current_session(),
            current_staff(),
            name=request.form.get("name", ""),
            query=wanted.saved(),
            columns=[column.value for column in wanted.columns or ()],
            shared=_ticked("shared"),
            now=now(),
        )
    except Invalid as refusal:
        flash(refusal.message, "danger")
        return redirect(wanted.address(), 303)
    if _ticked("first"):
        saved_views.open_first(current_session(), current_staff(), view.id)
    flash(f"已保存视图「{view.name}」{'，同事也能打开' if view.shared else ''}。", "success")
    return redirect(view_address(view), 303)


@blueprint.post("/<int:view_id>/list")
def change(view_id: int) -> Response:
    """Let a view list what the form carries."""
    wanted = _list_in_form()
    columns = [column.value for column in wanted.columns or ()]
    view = saved_views.own(current_session(), current_staff(), view_id)
    if listing_of(view).value != wanted.saved().get(LIST, [Listing.INBOX.value])[0]:
        raise NotFound("这个视图不是这张列表的，请回到列表重试。")
    saved_views.change(
        current_session(),
        current_staff(),
        view_id,
        query=wanted.saved(),
        columns=columns or view.columns,
        now=now(),
    )
    flash(f"视图「{view.name}」已更新。", "success")
    return redirect(view_address(view), 303)


@blueprint.post("/<int:view_id>")
def rename(view_id: int) -> Response:
    """Give a view another name, and share it or no longer."""
    try:
        name, shared = request.form.get("name", ""), _ticked("shared")
        saved_views.rename(current_session(), current_staff(), view_id, name=name, shared=shared, now=now())
    except Invalid as refusal:
        flash(refusal.message, "danger")
    else:
        flash("已保存。", "success")
    return redirect(url_for("admin_views.page"), 303)


@blueprint.post("/<int:view_id>/up")
def move_up(view_id: int) -> Response:
    """Put a view before the one above it."""
    saved_views.move_up(current_session(), current_staff(), view_id)
    return redirect(url_for("admin_views.page"), 303)


@blueprint.post("/<int:view_id>/delete")
def delete(view_id: int) -> Response:
    """Delete a view."""
    saved_views.delete(current_session(), current_staff(), view_id, now=now())
    flash("视图已删除。", "success")
    return redirect(url_for("admin_views.page"), 303)


@blueprint.post("/first")
def open_first() -> Response:
    """Open this view first from now on, or the usual tab."""
    saved_views.open_first(current_session(), current_staff(), request.form.get("view", type=int))
    flash(
        "已设置：下次打开收件箱就是这个视图。" if request.form.get("view") else "已改回按角色打开。",
        "success",
    )
    return redirect(url_for("admin_views.page"), 303)


@blueprint.post("/columns")
def columns() -> Response:
    """Show other columns: in this list only, or wherever no view says otherwise."""
    wanted = _inbox_in_form()
    chosen = [column.value for column in columns_named([*request.form.getlist("columns"), "number"])]
    if _ticked("always"):
        saved_views.prefer_columns(current_session(), current_staff(), chosen)
        flash("已设为您的默认列。", "success")
        return redirect(wanted.address(columns=None), 303)
    return redirect(wanted.address(columns=chosen), 303)


def _list_in_form() -> ListQuery:
    if request.form.get(LIST) == Listing.MATTERS.value:
        return read_ledger_query(request.form)
    return _inbox_in_form()


def _inbox_in_form() -> InboxQuery:
    return read_query(current_session(), current_staff(), request.form)


def _ticked(name: str) -> bool:
    return request.form.get(name) == "1"
