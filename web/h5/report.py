"""Raising something: at a place, from its page, or anywhere; and the receipt."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain import complaints, limits, met_too
from domain.errors import DomainError, Invalid
from domain.service_points import by_code
from domain.wording import wording
from models.complaint import Complaint
from models.enums import Channel, ComplaintKind
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.acts import LIMIT
from web.h5.frame import complaint_of, phone_blueprint
from web.h5.refusals import Answer, status_of
from web.h5.report_form import Report, kind_named, new_key
from web.h5.report_place import offer_asked_for
from web.h5.report_voice import check_voice, has_voice, keep_voice
from web.h5.subscribing import templates_on_offer
from web.h5.whats_next import whats_next
from web.uploads import MOST_PHOTOS, Upload, keep_photos, read_photos, still_there

_RETIRED = "这个地点的二维码已停用。您写的都还在，请重新选一下在哪里。"
# Buttons inside the form that ask for other places; whatever was typed comes back with them.
_LOOKING = frozenset({"find", "inside"})

blueprint: Blueprint = phone_blueprint("h5_report", __name__)


@blueprint.get("/report")
def start() -> str:
    """Show the form with no place in it."""
    return _page(Report(new_key(), kind_named(request.args.get("kind", ""))))


@blueprint.get("/p/<code>/report")
def at_place(code: str) -> str | Response:
    """Show the form with the place filled in; a code that is not in use leads to the page that says so."""
    if by_code(current_session(), code) is None:
        return redirect(url_for("h5_place.place", code=code))
    return _page(Report(new_key(), kind_named(request.args.get("kind", "")), place_code=code))


@blueprint.post("/report", defaults={"code": ""})
@blueprint.post("/p/<code>/report")
@LIMIT
def report(code: str) -> str | Answer | Response | tuple[Response, int]:
    """File what was written; the same form sent again leads to the same receipt."""
    said = Report.from_form(code)
    if _LOOKING & request.form.keys():
        return _page(said, kept=still_there())
    try:
        photos = read_photos()  # slow, so before the writing transaction begins
        voice = check_voice()
        said.check(has_files=bool(photos) or has_voice())
        return _to_receipt(_file(said, photos, voice))
    except DomainError as error:
        return _refused(said, error)


def _refused(said: Report, error: DomainError) -> Answer | tuple[Response, int]:
    """Say at the field what is wrong; the script shows it in the page, without it the form comes back."""
    current_session().rollback()
    field = error.field if isinstance(error, Invalid) else ""
    if _by_script():
        return jsonify(field=field, message=error.message), status_of(error)
    return _page(said, refusal=Invalid(error.message, field), kept=still_there()), status_of(error)


def _by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _file(said: Report, photos: Sequence[Upload], voice: tuple[bytes, str] | None) -> Complaint:
    database, person, moment = current_session(), current_person(), now()
    key = said.submission_key(person)
    before = database.scalar(select(Complaint).where(Complaint.submission_key == key))
    if before is not None:
        if before.text != said.words:
            flash("您之前已经提交成功，就是这一件。后来改的文字没有算进去，可以在进度页补充。")
        return before
    place = by_code(database, said.place_code) if said.place_code else None
    if said.place_code and place is None:
        raise Invalid(_RETIRED, "place")
    limits.check_filing(database, person, words=said.words, now=moment)
    submission = complaints.Submission(
        text=said.words,
        channel=Channel.WEB,
        kind=said.kind,
        reporter=person,
        service_point=place,
        place_text=said.place_words if place is None else "",
        anonymous=said.anonymous,
        contact_name=said.contact_name,
        contact_phone=said.contact_phone,
        submission_key=key,
        attachments=[*keep_photos(photos, now=moment), *keep_voice(voice), *said.position()],
    )
    return complaints.submit(database, submission, now=moment)


def _to_receipt(complaint: Complaint) -> Response:
    to = url_for("h5_report.receipt", number=complaint.number)
    return jsonify(to=to) if _by_script() else redirect(to, HTTPStatus.SEE_OTHER)


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


def _page(said: Report, *, refusal: Invalid | None = None, kept: Sequence[Any] = ()) -> str:
    database = current_session()
    person = current_person()
    place = by_code(database, said.place_code) if said.place_code else None
    found = met_too.raised_already(database, person=person, place=place, words=said.words, now=now())
    return render_template(
        "h5/report.html",
        said=said,
        place=place,
        offer=None if place else offer_asked_for(database, person),
        found=found,
        words=said.words,
        refusal=refusal,
        kept=kept,
        kinds=tuple(ComplaintKind),
        most_photos=MOST_PHOTOS,
        urgent_words=wording(database).safety_words,
        emergency_phone=catalogue().emergency_phone,
    )
