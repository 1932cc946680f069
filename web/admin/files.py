"""Photos, voice and video of complaints, for those who may see the complaint."""

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import queries
from domain.actors import Actor
from domain.errors import NotAllowed, NotFound, TooLate
from domain.fetching import fetch_again
from domain.hiding import may_open_file
from domain.permissions import may_see
from models.access_words import Seen, SeenIn
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import AttachmentPurpose
from web.access_notes import note
from web.admin.complaint_page import find_visible
from web.admin.deeds import write_down
from web.admin.file_offers import MOST_LOOKS, offers_for
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.file_answers import file_answer, has_file, small_answer
from web.file_links import check_signed
from web.guards import staff_only

log = structlog.get_logger(__name__)

blueprint = Blueprint("admin_files", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)


@blueprint.get("/attachments/<int:attachment_id>")
def attachment(attachment_id: int) -> Response:
    """Send one file, in parts if the browser asks for parts."""
    check_signed(attachment_id)
    found = _stored(attachment_id)
    if found.complaint_id is not None and found.purpose is AttachmentPurpose.REPORT:
        note([found.complaint_id], Seen.FILE, SeenIn.PAGE)
    return file_answer(found)


@blueprint.get("/attachments/<int:attachment_id>/small")
def small(attachment_id: int) -> Response:
    """Send a small picture of a photo."""
    check_signed(attachment_id)
    return small_answer(_stored(attachment_id))


@blueprint.post("/attachments/<int:attachment_id>/fetch")
def fetch(attachment_id: int) -> Response:
    """Have a file that could not be had fetched once more."""
    found, complaint = _visible(attachment_id)
    try:
        fetch_again(current_session(), complaint, found, actor=Actor.of_staff(current_staff()), now=now())
    except (NotAllowed, TooLate) as refusal:
        flash(refusal.message, "warning")
    else:
        write_down(
            "complaint.fetch",
            f"重新下载诉求 {complaint.number} 的{found.kind.label}",
            subject=complaint.number,
        )
        log.info("file_asked_again", attachment=found.id, staff=current_staff().id)
        flash(f"正在重新下载{found.kind.label}，通常几秒钟就好。", "success")
    return redirect(url_for("admin_complaints.complaint", number=complaint.number), 303)


@blueprint.get("/complaints/<number>/arrived")
def arrived(number: str) -> str:
    """Give those of the files a page waits for that have come or failed, and what it still waits for."""
    session, staff = current_session(), current_staff()
    complaint = find_visible(session, number, staff)
    waited_for = set(request.args.get("files", "").split(","))
    files = [each for each in queries.attachments_of(session, complaint) if str(each.id) in waited_for]
    looks = request.args.get("looks", MOST_LOOKS, type=int)
    offers = offers_for(session, complaint, files, staff, now=now(), looks=looks)
    return render_template("admin/files_arrived.html", complaint=complaint, files=files, offers=offers)


def _visible(attachment_id: int) -> tuple[Attachment, Complaint]:
    session = current_session()
    found = session.get(Attachment, attachment_id) if attachment_id < 2**31 else None
    complaint = session.get(Complaint, found.complaint_id) if found and found.complaint_id else None
    if found is None or complaint is None or not may_see(session, complaint, Actor.of_staff(current_staff())):
        raise NotFound("没有找到这个附件。")
    return found, complaint


def _stored(attachment_id: int) -> Attachment:
    found, _ = _visible(attachment_id)
    if not has_file(found) or not may_open_file(found, current_staff()):
        raise NotFound("没有找到这个附件。")
    return found
