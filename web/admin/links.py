"""Tying two complaints that belong together, and untying them."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from domain import complaint_links, queries
from domain.errors import Invalid, NotFound
from models.complaint import Complaint
from web.admin.complaint_page import find_visible
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_links", __name__, url_prefix="/admin/complaints/<number>/links")
blueprint.before_request(staff_only)


@blueprint.post("")
def link(number: str) -> Response:
    """Tie another complaint to this one; what cannot be tied is given back to be mended."""
    session, staff = current_session(), current_staff()
    complaint = find_visible(session, number, staff)
    other_number, note = request.form.get("other", "").strip()[:20], request.form.get("note", "")[:200]
    try:
        other = _named(other_number)
        complaint_links.link(session, complaint, other=other, note=note, staff=staff, now=now())
    except Invalid as refusal:
        flash(refusal.message, "danger")
        return _back(complaint, other=other_number, note=note)
    flash(f"已关联 {other.number}。", "success")
    return _back(complaint)


@blueprint.post("/<other>/remove")
def unlink(number: str, other: str) -> Response:
    """Untie two complaints."""
    session, staff = current_session(), current_staff()
    complaint = find_visible(session, number, staff)
    tied = find_visible(session, other, staff)
    if complaint_links.unlink(session, complaint, other=tied, staff=staff, now=now()):
        flash(f"已取消与 {tied.number} 的关联。", "success")
    else:
        flash(f"与 {tied.number} 的关联已经取消过了。", "info")
    return _back(complaint)


def _named(number: str) -> Complaint:
    try:
        return queries.by_number(current_session(), number)
    except NotFound as missing:
        raise Invalid(
            f"没有找到编号为 {number} 的诉求，请核对。" if number else "请填写编号。", "other"
        ) from missing


def _back(complaint: Complaint, *, other: str | None = None, note: str | None = None) -> Response:
    endpoint = "admin_complaints.complaint"
    # What is None does not appear in the address.
    address = url_for(endpoint, number=complaint.number, other=other, note=note, _anchor="related")
    return redirect(address, 303)
