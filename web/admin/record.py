"""Filing a complaint for somebody else (代录): by telephone, letter box, visit or meeting."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import recording
from domain.categories import choosable
from domain.complaints import MAX_TEXT, Submission, submit
from domain.errors import Invalid, NotAllowed
from models.category import Category
from models.complaint import Complaint
from models.enums import Channel, ComplaintKind, Role
from models.pending_upload import PendingUpload
from models.service_point import ServicePoint
from models.staff import Staff
from web.admin.places import place_named
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.uploads import Upload, keep_photos, read_photos, still_there

blueprint = Blueprint("admin_record", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)

T = TypeVar("T")
# A word or two says nothing yet.
_ENOUGH_TO_JUDGE = 4
CHANNELS = (Channel.PHONE, Channel.LETTER_BOX, Channel.VISIT, Channel.MEETING)


@blueprint.get("/complaints/new")
def form() -> str:
    """Show the form."""
    _check_may_record(current_staff())
    return _page({"channel": Channel.PHONE.value, "submission_key": secrets.token_hex(16)}, None)


@blueprint.post("/complaints/new")
def record() -> Response | tuple[str, int]:
    """File it; the same form sent twice files one complaint."""
    try:
        uploads = read_photos()
        session, staff = current_session(), current_staff()
        _check_may_record(staff)
        complaint = _file(session, staff, request.form, uploads)
    except Invalid as refusal:
        current_session().rollback()
        return _page(request.form, refusal, kept=still_there()), 422
    flash(f"已代录，编号 {complaint.number}。", "success")
    return redirect(url_for("admin_complaints.complaint", number=complaint.number), 303)


@blueprint.post("/complaints/new/hints")
def while_writing() -> str:
    """Show what the words would do and what is like them, while somebody is still writing; stores nothing."""
    session, staff, entered = current_session(), current_staff(), request.form
    _check_may_record(staff)
    words = entered.get("text", "").strip()[:MAX_TEXT]
    place_words, chosen = entered.get("place", "").strip()[:200], entered.get("category", "")
    found = None
    if len(words) >= _ENOUGH_TO_JUDGE:
        found = recording.hints(
            session,
            words,
            place=_place_so_far(session, place_words, entered),
            place_text=place_words,
            category=session.get(Category, entered.get("category", 0, type=int)) if chosen else None,
            staff=staff,
            now=now(),
        )
    return render_template("admin/record_hints.html", hints=found, chosen=chosen)


def _place_so_far(session: Session, words: str, entered: Mapping[str, str]) -> ServicePoint | None:
    """Give the place if what is typed so far names one."""
    if not words or entered.get("place_as_text") == "1":
        return None
    try:
        return place_named(session, words)
    except Invalid:
        return None


def _check_may_record(staff: Staff) -> None:
    if Role.DISPATCHER not in staff.roles:
        raise NotAllowed("只有受理员可以代录诉求。")


def _file(session: Session, staff: Staff, entered: Mapping[str, str], uploads: list[Upload]) -> Complaint:
    def text(name: str) -> str:
        return entered.get(name, "").replace("\r\n", "\n").strip()

    channel = _chosen(text("channel"), Channel, "channel", "请选择诉求从哪里来。")
    if channel not in CHANNELS:
        raise Invalid("请选择诉求从哪里来。", "channel")
    if not text("text"):
        raise Invalid("请记下诉求人反映的内容。", "text")
    place, place_words = None, text("place")
    if place_words and text("place_as_text") != "1":
        place = place_named(session, place_words)
    category_id = _chosen(text("category"), int, "category", "请重新选择类别。") if text("category") else None
    key = text("submission_key")
    submission = Submission(
        text=text("text"),
        channel=channel,
        kind=_chosen(text("kind"), ComplaintKind, "kind", "请重新选择性质。") if text("kind") else None,
        service_point=place,
        place_text=text("place_detail") if place else place_words,
        category=session.get(Category, category_id) if category_id else None,
        contact_name=text("contact_name"),
        contact_phone=text("contact_phone"),
        recorded_by=staff,
        submission_key=f"staff:{staff.id}:{key[:32]}" if key else None,
        urgent=text("urgent") == "1",
        attachments=keep_photos(uploads, now=now()),
    )
    return submit(session, submission, now=now())


def _chosen(value: str, parse: Callable[[str], T], name: str, refusal: str) -> T:
    try:
        return parse(value)
    except ValueError as error:
        raise Invalid(refusal, name) from error


def _page(entered: Mapping[str, str], refusal: Invalid | None, *, kept: Sequence[PendingUpload] = ()) -> str:
    session = current_session()
    return render_template(
        "admin/record.html",
        entered=entered,
        refusal=refusal,
        kept=kept,
        field=refusal.field if refusal else None,
        channels=CHANNELS,
        kinds=list(ComplaintKind),
        categories=choosable(session),
        longest=MAX_TEXT,
    )
