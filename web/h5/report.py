"""Raising something at a place from its page, and joining what others have raised there."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain import complaints, place_records
from domain.acts import cleaned
from domain.errors import DomainError, Invalid, NotFound
from domain.service_points import by_code
from models.complaint import Complaint
from models.enums import Channel, ComplaintKind
from models.person import Person
from models.service_point import ServicePoint
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.acts import LIMIT
from web.h5.frame import complaint_of, phone_blueprint
from web.h5.refusals import Answer, status_of
from web.h5.subscribing import templates_on_offer
from web.h5.whats_next import whats_next
from web.uploads import FIELD, MOST_PHOTOS, Upload, keep_photos, read_photos

MOST_WORDS = 2000
# Made with each form, so that the same form sent twice files one complaint.
_KEY = re.compile(r"[\w-]{16,40}", re.ASCII)

blueprint: Blueprint = phone_blueprint("h5_report", __name__)


@dataclass(frozen=True)
class Report:
    """What the form says."""

    key: str
    kind: ComplaintKind
    words: str = ""
    anonymous: bool = False
    contact_name: str = ""
    contact_phone: str = ""

    @classmethod
    def from_form(cls) -> "Report":
        """Read the form; a kind or key that is none is replaced."""
        key = request.form.get("key", "")
        return cls(
            key=key if _KEY.fullmatch(key) else _new_key(),
            kind=_kind(request.form.get("kind", "")),
            words=request.form.get("words", ""),
            anonymous=request.form.get("anonymous") == "yes",
            contact_name=request.form.get("contact_name", ""),
            contact_phone=request.form.get("contact_phone", ""),
        )

    def submission_key(self, person: Person) -> str:
        """Name this form for `Submission`; nobody can name that of another."""
        return f"h5:{person.id}:{self.key}"


def _new_key() -> str:
    return secrets.token_urlsafe(16)


def _kind(value: str) -> ComplaintKind:
    return next((kind for kind in ComplaintKind if kind.value == value), ComplaintKind.COMPLAINT)


@blueprint.get("/p/<code>/report")
def form(code: str) -> str:
    """Show the form, with the place filled in."""
    place = _place(current_session(), code)
    return _page(place, Report(_new_key(), _kind(request.args.get("kind", ""))))


@blueprint.post("/p/<code>/report")
@LIMIT
def report(code: str) -> Answer | Response:
    """File what was written; the same form sent again leads to the same receipt."""
    said = Report.from_form()
    photos: Sequence[Upload] = ()
    try:
        photos = read_photos()  # slow, so before the writing transaction begins
        _check(said, photos)
        return _to_receipt(_file(code, said, photos))
    except NotFound:
        raise
    except DomainError as error:
        database = current_session()
        database.rollback()
        place = _place(database, code)
        lost = len([file for file in request.files.getlist(FIELD) if file])
        return _page(place, said, refusal=error.message, lost_photos=lost), status_of(error)


def _check(said: Report, photos: Sequence[Upload]) -> None:
    """Refuse before the photos are kept: what is refused must leave no files behind."""
    words = cleaned(said.words)
    if not words and not photos:
        raise Invalid("请写几句话说明情况，或附上照片。", "words")
    if len(words) > MOST_WORDS:
        raise Invalid(f"文字太长，最多 {MOST_WORDS} 字。", "words")


def _file(code: str, said: Report, photos: Sequence[Upload]) -> Complaint:
    database, person, moment = current_session(), current_person(), now()
    place = _place(database, code)
    key = said.submission_key(person)
    before = database.scalar(select(Complaint).where(Complaint.submission_key == key))
    if before is not None:
        return before
    submission = complaints.Submission(
        text=said.words,
        channel=Channel.WEB,
        kind=said.kind,
        reporter=person,
        service_point=place,
        anonymous=said.anonymous,
        # A name would undo what was promised to who asked not to be known.
        contact_name="" if said.anonymous else said.contact_name,
        contact_phone="" if said.anonymous else said.contact_phone,
        submission_key=key,
        attachments=keep_photos(photos, now=moment),
    )
    return complaints.submit(database, submission, now=moment)


@blueprint.get("/complaints/<number>/filed")
def receipt(number: str) -> str | Response:
    """Confirm what was filed: its number, and by when what happens."""
    database, person = current_session(), current_person()
    complaint = complaint_of(database, person, number)
    if complaint.reporter_id != person.id:
        return redirect(url_for("h5_complaint.complaint", number=number))
    return render_template(
        "h5/filed.html",
        complaint=complaint,
        next=whats_next(complaint, own=True, now=now()),
        subscription=templates_on_offer(database),
    )


@blueprint.get("/p/<code>/join/<number>")
def join_form(code: str, number: str) -> str | Response:
    """Show what was released of a complaint, and what joining it means."""
    database, person = current_session(), current_person()
    place = _place(database, code)
    complaint = place_records.joinable_at(database, place, number)
    if place_records.concerned(database, person, [complaint]):
        return redirect(url_for("h5_complaint.complaint", number=number))
    return render_template("h5/join.html", place=place, complaint=complaint)


@blueprint.post("/p/<code>/join/<number>")
@LIMIT
def join(code: str, number: str) -> Response:
    """Join it; who joined before, or raised it, is simply led to it."""
    database, person = current_session(), current_person()
    if place_records.join_at(database, _place(database, code), number, person=person, now=now()):
        flash("已记下您也遇到了，有进展会通知您。")
    return redirect(url_for("h5_complaint.complaint", number=number), HTTPStatus.SEE_OTHER)


def _place(database: Session, code: str) -> ServicePoint:
    place = by_code(database, code)
    if place is None:
        raise NotFound("这个二维码已停用，认不出是哪里。请回到公众号，直接发文字、照片或语音，写清地点。")
    return place


def _to_receipt(complaint: Complaint) -> Response:
    return redirect(url_for("h5_report.receipt", number=complaint.number), HTTPStatus.SEE_OTHER)


def _page(place: ServicePoint, said: Report, *, refusal: str = "", lost_photos: int = 0) -> str:
    return render_template(
        "h5/report.html",
        place=place,
        said=said,
        refusal=refusal,
        lost_photos=lost_photos,
        kinds=tuple(ComplaintKind),
        most_photos=MOST_PHOTOS,
        most_words=MOST_WORDS,
        emergency_phone=catalogue().emergency_phone,
    )
