"""What a person does to a complaint: add, urge, take back, open again, appeal, stop following."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.limits import ACTS
from domain import complaints, lifecycle, notices
from domain.actors import Actor
from domain.errors import DomainError, Invalid, NotAllowed
from domain.pending_uploads import already_on
from models.complaint import Complaint, ComplaintEvent
from models.enums import StepName
from models.person import Person
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.complaint import Refused, complaint_page
from web.h5.frame import complaint_of, phone_blueprint
from web.h5.refusals import Answer, status_of
from web.rate_limits import by_person, limiter
from web.uploads import Upload, has_files, keep_photos, named_uploads, read_photos, still_there

# A second tap on the same button, or the same form sent again when the network was slow.
_SENT_TWICE_WITHIN = timedelta(minutes=2)

blueprint: Blueprint = phone_blueprint("h5_acts", __name__)


# By person: a campus shares few addresses.
LIMIT = limiter.limit(ACTS, key_func=by_person)

Do = Callable[[Session, Complaint, Actor], object]


def _perform(number: str, act: StepName, do: Do, done: str) -> Answer | Response:
    """Do an act and go back to the complaint; when it is refused, show why in the act's own form."""
    database, person = current_session(), current_person()
    complaint = complaint_of(database, person, number)
    if not (has_files() or named_uploads()) and _sent_twice(complaint, person, act):
        return _back(number)
    try:
        do(database, complaint, Actor.of_person(person))
    except DomainError as error:
        return _refuse(number, act, error)
    flash(done)
    return _back(number)


def _refuse(number: str, act: StepName, error: DomainError) -> Answer:
    database = current_session()
    database.rollback()
    photos = still_there() if isinstance(error, Invalid) else ()  # else the form is gone as well
    refused = Refused(act, error.message, _words(), photos)
    person = current_person()
    complaint = complaint_of(database, person, number)
    unread = notices.unread_count(database, person=person)
    return complaint_page(complaint, person, unread=unread, refused=refused), status_of(error)


def _back(number: str) -> Response:
    return redirect(url_for("h5_complaint.complaint", number=number), HTTPStatus.SEE_OTHER)


def _words() -> str:
    return request.form.get("words", "")


def _seen() -> int | None:
    return request.form.get("seen", type=int)


def _sent_twice(complaint: Complaint, person: Person, act: StepName) -> bool:
    last: ComplaintEvent | None = complaint.events[-1] if complaint.events else None
    return (
        last is not None
        and last.step is act
        and last.person_id == person.id
        and last.words == _words().strip()
        and now() - last.at < _SENT_TWICE_WITHIN
    )


@blueprint.post("/complaints/<number>/supplement")
@LIMIT
def supplement(number: str) -> Answer | Response:
    """Add words and photos."""
    photos: Sequence[Upload] = ()
    try:
        photos = read_photos()  # slow, so before the writing transaction begins
    except Invalid as error:
        return _refuse(number, StepName.SUPPLEMENT, error)

    def do(database: Session, complaint: Complaint, actor: Actor) -> object:
        if already_on(database, actor, named_uploads(), complaint_id=complaint.id):
            return None  # the same form came again, as the first answer was lost on its way
        if not lifecycle.may(database, complaint, actor, StepName.SUPPLEMENT, now=now()):
            # Said before the photos are kept: a refused act must leave no files behind.
            raise NotAllowed(f"现在的状态是「{complaint.status.label}」，不能再补充。")
        kept = keep_photos(photos, now=now())
        return complaints.supplement(
            database, complaint, words=_words(), attachments=kept, actor=actor, now=now()
        )

    return _perform(number, StepName.SUPPLEMENT, do, "已收到您的补充，会马上转给经办人。")


@blueprint.post("/complaints/<number>/urge")
@LIMIT
def urge(number: str) -> Answer | Response:
    """Ask the team to hurry."""
    return _perform(
        number,
        StepName.URGE,
        lambda database, complaint, actor: complaints.urge(
            database, complaint, words=_words(), actor=actor, now=now()
        ),
        "已催办，经办人和单位负责人都会收到提醒。",
    )


@blueprint.post("/complaints/<number>/withdraw")
@LIMIT
def withdraw(number: str) -> Answer | Response:
    """Take the complaint back; the form itself asked whether they are sure."""
    return _perform(
        number,
        StepName.WITHDRAW,
        lambda database, complaint, actor: complaints.withdraw(
            database, complaint, words=_words(), actor=actor, seen=_seen(), now=now()
        ),
        "已撤回。",
    )


@blueprint.post("/complaints/<number>/reopen")
@LIMIT
def reopen(number: str) -> Answer | Response:
    """Open a closed complaint again."""
    return _perform(
        number,
        StepName.REOPEN,
        lambda database, complaint, actor: complaints.reopen(
            database, complaint, words=_words(), actor=actor, seen=_seen(), now=now()
        ),
        "已重新打开，会退回责任单位接着办。",
    )


@blueprint.post("/complaints/<number>/appeal")
@LIMIT
def appeal(number: str) -> Answer | Response:
    """Object to a refusal."""
    return _perform(
        number,
        StepName.APPEAL,
        lambda database, complaint, actor: complaints.appeal(
            database, complaint, words=_words(), actor=actor, seen=_seen(), now=now()
        ),
        "已收到您的申诉，会由另外的人重新审核。",
    )


@blueprint.post("/complaints/<number>/unfollow")
@LIMIT
def unfollow(number: str) -> Response:
    """Stop following; from then on the page is closed to them."""
    database, person = current_session(), current_person()
    complaints.unfollow(database, complaint_of(database, person, number), person=person)
    flash("已取消关注，不再收到这件诉求的通知。")
    return redirect(url_for("h5_complaint_list.complaints"), HTTPStatus.SEE_OTHER)
