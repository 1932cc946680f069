"""The page of one complaint."""

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup

from domain import notices, qr_drawings
from domain.errors import NotFound
from models.access_words import Seen, SeenIn
from web.access_notes import note_first
from web.admin.complaint_page import find_visible, gather, note_name
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

blueprint = Blueprint("admin_complaints", __name__, url_prefix="/admin/complaints")
blueprint.before_request(staff_only)


@blueprint.get("/<number>")
def complaint(number: str) -> str:
    """Show a complaint with its record and what this person may do."""
    session, staff = current_session(), current_staff()
    found = find_visible(session, number, staff)
    page = gather(session, found, staff, now=now())
    note_name(page)
    return render_template("admin/complaint.html", page=page)


@blueprint.get("/<number>/print")
def printed(number: str) -> str:
    """Lay a complaint out on A4 paper; what is for staff alone only when it is asked for."""
    session, staff = current_session(), current_staff()
    found = find_visible(session, number, staff)
    page = gather(session, found, staff, now=now())
    with_contact = "contact" in request.args and page.shows_contact
    if with_contact and (found.contact_name or found.contact_phone):
        note_first([found.id], Seen.CONTACT, SeenIn.PRINT)
    address = parts().settings.base_url.rstrip("/") + url_for("admin_complaints.complaint", number=number)
    return render_template(
        "admin/complaint_print.html",
        page=page,
        complaint=found,
        with_internal="internal" in request.args,
        with_contact=with_contact,
        without_photos="plain" in request.args,
        # Drawn here, from an address of ours.
        code=Markup(qr_drawings.svg(address)),  # noqa: S704
    )


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
