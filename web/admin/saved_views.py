"""Saved views of the inbox: keeping the list one looks at, sharing it, and which opens first."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from domain import saved_views
from domain.errors import Invalid
from domain.queries import Tab
from models.desk import SavedView
from web.admin.inbox import view_address
from web.admin.inbox_chips import chips, choices
from web.admin.inbox_columns import columns_named
from web.admin.inbox_query import InboxQuery, read_query
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
    offered = choices(session)
    rows = [
        (
            view,
            view_address(view),
            chips(read_query(session, staff, _arguments(view)), offered),
            _tab_of(view),
        )
        for view in saved_views.views_for(session, staff)
    ]
    return render_template(
        "admin/views.html",
        mine=[row for row in rows if row[0].owner_id == staff.id],
        others=[row for row in rows if row[0].owner_id != staff.id],
        first_id=saved_views.preference(session, staff).first_view_id,
    )


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
    wanted = _list_in_form()
    chosen = [column.value for column in columns_named([*request.form.getlist("columns"), "number"])]
    if _ticked("always"):
        saved_views.prefer_columns(current_session(), current_staff(), chosen)
        flash("已设为您的默认列。", "success")
        return redirect(wanted.address(columns=None), 303)
    return redirect(wanted.address(columns=chosen), 303)


def _list_in_form() -> InboxQuery:
    return read_query(current_session(), current_staff(), request.form)


def _ticked(name: str) -> bool:
    return request.form.get(name) == "1"
