"""Notices to the member of staff who is signed in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from domain import notices as rules
from domain.errors import NotFound
from domain.paging import page_within
from domain.queries import Page
from models.notice import Notice
from web.admin.login import local_path
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_notices", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)

PER_PAGE = 30


@blueprint.get("/notices")
def notices() -> str:
    """List them, newest first."""
    session, staff = current_session(), current_staff()
    total = session.scalar(select(func.count(Notice.id)).where(Notice.staff_id == staff.id)) or 0
    page = page_within(request.args.get("page", 1, type=int), total, PER_PAGE)
    items = rules.inbox_of(session, staff=staff, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    return render_template("admin/notices.html", found=Page(items, total, page, PER_PAGE))


@blueprint.post("/notices/<int:notice_id>/open")
def open_notice(notice_id: int) -> Response:
    """Mark a notice as read, with the others about the same complaint, and go to what it tells of."""
    session, staff = current_session(), current_staff()
    notice = session.get(Notice, notice_id) if notice_id < 2**31 else None
    if notice is None or notice.staff_id != staff.id:
        raise NotFound("没有找到这条通知。")
    if notice.complaint is not None:
        rules.mark_read(session, staff=staff, complaint=notice.complaint, now=now())
    else:
        notice.read_at = notice.read_at or now()
    return redirect(local_path(notice.path), 303)


@blueprint.post("/notices/read")
def read_all() -> Response:
    """Mark all as read."""
    rules.mark_read(current_session(), staff=current_staff(), now=now())
    flash("全部通知已标为已读。", "success")
    return redirect(url_for("admin_notices.notices"), 303)
