"""The page of one complaint."""

from flask import Blueprint, Response, render_template, request

from domain import notices
from domain.errors import NotFound
from web.admin.complaint_page import find_visible, gather
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_complaints", __name__, url_prefix="/admin/complaints")
blueprint.before_request(staff_only)


@blueprint.get("/<number>")
def complaint(number: str) -> str:
    """Show a complaint with its record and what this person may do."""
    session, staff = current_session(), current_staff()
    found = find_visible(session, number, staff)
    return render_template("admin/complaint.html", page=gather(session, found, staff, now=now()))


@blueprint.post("/<number>/read")
def read(number: str) -> Response:
    """Mark the notices about this complaint as read; the page asks for it when it has been opened."""
    session, staff = current_session(), current_staff()
    notices.mark_read(session, staff=staff, complaint=find_visible(session, number, staff), now=now())
    return Response(status=204)


@blueprint.get("/preview")
def preview() -> str:
    """Show in two lines which complaint a number stands for, before two are merged."""
    session, staff = current_session(), current_staff()
    number = request.args.get("into", "").strip()[:20]
    try:
        found = find_visible(session, number, staff) if number else None
    except NotFound:
        found = None
    return render_template("admin/preview.html", complaint=found, number=number)
