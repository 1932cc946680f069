"""What all pages for a known person share: their guard, their refusals, and finding the complaint."""

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from domain.errors import NotFound
from domain.queries import concerns
from models.complaint import Complaint
from models.person import Person
from models.staff import Staff
from web.guards import person_only
from web.h5.refusals import answer_refusals

# The same words for a number that does not exist and for one that is not theirs: neither is given away.
NOT_YOURS = "没有找到这件诉求。请看编号是否完整；只有提交人和关注人能打开。"


def phone_blueprint(name: str, import_name: str) -> Blueprint:
    """Make a blueprint below /h5/ that lets in only a person who came by a link from the chat."""
    blueprint = Blueprint(name, import_name, url_prefix="/h5")
    blueprint.before_request(person_only)
    answer_refusals(blueprint)
    return blueprint


def complaint_of(session: Session, person: Person, number: str) -> Complaint:
    """Give a complaint that this person raised or follows.

    Raises:
        NotFound: there is none with this number, or it is not theirs.
    """
    # One question for both: how long the answer takes gives nothing away either.
    query = select(Complaint).where(Complaint.number == number, concerns(person))
    query = query.options(
        joinedload(Complaint.service_point),
        joinedload(Complaint.team),
        joinedload(Complaint.category),
        joinedload(Complaint.merged_into),
        joinedload(Complaint.handler).lazyload(Staff.role_rows),
    )
    complaint = session.scalar(query)
    if complaint is None:
        raise NotFound(NOT_YOURS)
    return complaint
