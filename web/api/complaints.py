"""Filing complaints, and reading one's own and those one follows."""

from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import (
    complaints,
    content_checks,
    idempotency,
    limits,
    met_too,
    pending_uploads,
    report_checks,
)
from domain.actors import Actor
from domain.acts import cleaned
from domain.errors import Invalid
from domain.person_complaints import Narrowed, page_after, with_news
from domain.service_points import by_code
from models.attachment import Attachment
from models.category import Category
from models.complaint import Complaint
from models.enums import AttachmentKind, AttachmentState, Channel
from models.person import Person
from web.api.complaint_shapes import ComplaintOut, ComplaintPage, Joining, ListQuery, NewComplaint
from web.api.complaint_view import row_of, shown
from web.api.cursors import read_cursor, write_cursor
from web.api.operations import PREFIX, Key, api_blueprint, operation, set_location
from web.api.parsing import read_key
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.frame import complaint_of
from web.h5.reading_marks import read_notices_of
from web.parts import parts

TAG = "诉求"
# As many as the phone pages allow.
ACT_LIMIT = "20 per 10 minutes; 100 per day"
_RETIRED = "这个地点的二维码已停用，请重新选一下在哪里。"
# The rules name fields as the form does.
_FIELDS = {"words": "text", "place": "place_text"}

blueprint: Blueprint = api_blueprint("api_complaints", __name__)


@operation(
    blueprint,
    "POST",
    "/complaints",
    tag=TAG,
    summary="提交诉求",
    description=(
        "必须带请求头 Idempotency-Key：用户点一次提交生成一个，没有收到回答时用同一个重发，只会提交一件；"
        "七天内有效。收到 4xx 以后改了内容再提交，可以沿用；已经提交成功的不能再用于别的内容。"
    ),
    status=HTTPStatus.CREATED,
    key=Key.REQUIRED,
    limit=ACT_LIMIT,
    headers={"Location": "这件诉求的网址"},
)
def create_complaint(body: NewComplaint) -> ComplaintOut:
    """File what was written; the same request sent again gives the same complaint."""
    key = read_key(required=True) or ""
    _check(body)
    database, person = current_session(), current_person()
    asked = idempotency.fingerprint(request.path, body.model_dump_json())
    number = idempotency.seen_before(database, person, key=key, fingerprint=asked, now=now())
    if number is None:
        number = _file(database, person, body).number
        idempotency.keep_result(database, person, key=key, result=number)
    set_location(f"{PREFIX}/complaints/{number}")
    return shown(database, complaint_of(database, person, number), person)


def _check(body: NewComplaint) -> None:
    """Refuse what cannot be taken, with the fields named as the API names them."""
    try:
        report_checks.check_place(body.place_text, kind=body.kind, is_chosen=body.service_point is not None)
        report_checks.check_words(body.text, kind=body.kind, has_files=bool(body.uploads))
        if not body.anonymous:
            report_checks.check_contact(body.contact_name, body.contact_phone)
    except Invalid as error:
        raise Invalid(error.message, _FIELDS.get(error.field or "", error.field)) from None


def _file(database: Session, person: Person, body: NewComplaint) -> Complaint:
    place = by_code(database, cleaned(body.service_point)) if body.service_point is not None else None
    if body.service_point is not None and place is None:
        raise Invalid(_RETIRED, "service_point")
    limits.check_filing(database, person, words=body.text, now=now())
    attachments = [*take_uploads(database, person, body.uploads), *_position(body)]
    submission = complaints.Submission(
        text=body.text,
        channel=Channel.MINI_PROGRAM,
        kind=body.kind,
        reporter=person,
        service_point=place,
        place_text=body.place_text if place is None else "",
        category=_category(database, body.category),
        anonymous=body.anonymous,
        contact_name="" if body.anonymous else body.contact_name,
        contact_phone="" if body.anonymous else body.contact_phone,
        attachments=attachments,
    )
    filed = complaints.submit(database, submission, now=now())
    if parts().settings.checks_content:
        content_checks.begin(database, filed, attachments, now=now())
    return filed


def _category(database: Session, code: str | None) -> Category | None:
    if code is None:
        return None
    found = database.scalar(select(Category).where(Category.code == cleaned(code), Category.active))
    if found is None:
        raise Invalid("没有这个类别，请重新选择。", "category")
    return found


def _position(body: NewComplaint) -> list[Attachment]:
    """Give where they stand as an attachment; none when a place says it better."""
    if body.service_point is not None or body.latitude is None or body.longitude is None:
        return []
    row = Attachment(
        kind=AttachmentKind.LOCATION,
        state=AttachmentState.STORED,
        latitude=body.latitude,
        longitude=body.longitude,
        label=body.place_text,
        created_at=now(),
    )
    return [row]


def have_checked(database: Session, complaint: Complaint, photos: list[Attachment]) -> None:
    """Have photos checked that were added, before others may see them."""
    if parts().settings.checks_content:
        content_checks.begin_photos(database, complaint, photos, now=now())


def take_uploads(database: Session, person: Person, ids: list[str]) -> list[Attachment]:
    """Make attachments of photos that came before."""
    if not ids:
        return []
    try:
        return pending_uploads.take(database, Actor.of_person(person), list(dict.fromkeys(ids)), now=now())
    except Invalid as error:
        raise Invalid(error.message, "uploads") from None


@operation(
    blueprint,
    "GET",
    "/complaints",
    tag=TAG,
    summary="我的诉求",
    description="自己提交的和关注的，最新的在前。",
)
def list_complaints(query: ListQuery) -> ComplaintPage:
    """List some of one's own."""
    database, person = current_session(), current_person()
    narrowed = Narrowed(cleaned(query.q), query.whose)
    name = f"complaints {person.id} {query.tab} {query.whose} {narrowed.words}"
    after = read_cursor(query.cursor, of=name)
    found = page_after(
        database,
        person,
        tab=query.tab,
        narrowed=narrowed,
        after=(datetime.fromisoformat(after[0]), after[1]) if after else None,
        limit=query.limit + 1,
    )
    listed = found[: query.limit]
    news = with_news(database, person, listed)
    is_last = len(found) <= query.limit
    return ComplaintPage(
        items=[row_of(each, person, has_news=each.id in news) for each in listed],
        next_cursor=None
        if is_last
        else write_cursor([listed[-1].filed_at.isoformat(), listed[-1].id], of=name),
    )


@operation(
    blueprint,
    "GET",
    "/complaints/<number>",
    tag=TAG,
    summary="一件诉求",
    description="读它的同时，关于它的通知算作读过。",
)
def read_complaint(number: str) -> ComplaintOut:
    """Show one."""
    database, person = current_session(), current_person()
    found = complaint_of(database, person, number)
    read_notices_of(database, person, found)
    return shown(database, found, person)


@operation(
    blueprint,
    "PUT",
    "/complaints/<number>/following",
    tag=TAG,
    summary="我也遇到了／关注",
    description="只能加入公开的、还在办理的诉求。已经加入的再加入，没有变化。",
    limit=ACT_LIMIT,
)
def join_complaint(number: str, body: Joining) -> ComplaintOut:
    """Join one that was released to the public."""
    database, person = current_session(), current_person()
    found = met_too.join(database, number, person=person, met=body.met, now=now())
    return shown(database, complaint_of(database, person, found.number), person)


@operation(
    blueprint,
    "DELETE",
    "/complaints/<number>/following",
    tag=TAG,
    summary="取消关注",
    description="以后不再收到通知，也不能再打开。",
    status=HTTPStatus.NO_CONTENT,
    limit=ACT_LIMIT,
)
def unfollow_complaint(number: str) -> None:
    """Stop hearing of a complaint of others."""
    database, person = current_session(), current_person()
    complaints.unfollow(database, complaint_of(database, person, number), person=person)
