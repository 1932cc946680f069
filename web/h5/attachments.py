"""Photos and recordings of a complaint, for its people."""

from flask import Blueprint
from werkzeug.wrappers import Response

from domain.actors import Actor
from domain.disclosure import closeness_of, may_open_file
from domain.errors import NotFound
from domain.permissions import may_see
from models.attachment import Attachment
from models.complaint import Complaint
from models.person import Person
from web.database_session import current_session
from web.file_answers import file_answer, has_file, small_answer
from web.file_links import check_signed
from web.guards import current_person
from web.h5.frame import phone_blueprint

_LARGEST_ID = 2**31 - 1

blueprint: Blueprint = phone_blueprint("h5_attachments", __name__)


@blueprint.get("/attachments/<int:attachment_id>")
def attachment(attachment_id: int) -> Response:
    """Send one file, in parts if the browser asks for parts."""
    check_signed(attachment_id)
    return file_answer(file_of(attachment_id))


@blueprint.get("/attachments/<int:attachment_id>/small")
def small(attachment_id: int) -> Response:
    """Send a small picture of a photo."""
    check_signed(attachment_id)
    return small_answer(file_of(attachment_id))


def file_of(attachment_id: int) -> Attachment:
    """Give an attachment that the person behind this request may open.

    Raises:
        NotFound: there is none with this id, or it is not for them.
    """
    session = current_session()
    found = session.get(Attachment, attachment_id) if attachment_id <= _LARGEST_ID else None
    complaint = session.get(Complaint, found.complaint_id) if found and found.complaint_id else None
    if found is None or complaint is None or not _may_open(found, complaint, current_person()):
        raise NotFound("没有找到这个附件。")
    return found


def _may_open(found: Attachment, complaint: Complaint, person: Person) -> bool:
    session = current_session()
    if not has_file(found) or not may_see(session, complaint, Actor.of_person(person)):
        return False
    return may_open_file(found, closeness_of(session, complaint, person))
