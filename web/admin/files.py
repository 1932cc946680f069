"""Photos, voice and video of complaints, for those who may see the complaint."""

from io import BytesIO

from flask import Blueprint, send_file
from werkzeug.wrappers import Response

from domain.actors import Actor
from domain.errors import NotFound
from domain.permissions import may_see
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import AttachmentState
from web.auth import current_staff
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

blueprint = Blueprint("admin_files", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)

_SHOWN_IN_PAGE = ("image/", "audio/", "video/")


@blueprint.get("/attachments/<int:attachment_id>")
def attachment(attachment_id: int) -> Response:
    """Send one file, in parts if the browser asks for parts."""
    session = current_session()
    found = session.get(Attachment, attachment_id) if attachment_id < 2**31 else None
    complaint = session.get(Complaint, found.complaint_id) if found and found.complaint_id else None
    if (
        found is None
        or complaint is None
        or found.state is not AttachmentState.STORED
        or not found.file_key
        or not may_see(session, complaint, Actor.of_staff(current_staff()))
    ):
        raise NotFound("没有找到这个附件。")
    return file_answer(found)


def file_answer(found: Attachment) -> Response:
    """Send the file of an attachment that the caller has been allowed to see."""
    shown = found.content_type.startswith(_SHOWN_IN_PAGE) and "svg" not in found.content_type
    answer = send_file(
        BytesIO(parts().file_store.read(found.file_key)),
        mimetype=found.content_type if shown else "application/octet-stream",
        as_attachment=not shown,
        download_name=f"{found.id}.{found.file_key.rpartition('.')[2]}",
        conditional=True,
    )
    # Kept files never change under one id, but who may see them can.
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
