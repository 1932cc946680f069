"""The person's judgement: solved or not, stars, words; and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import complaints, lifecycle
from domain.actors import Actor
from domain.acts import MAX_WORDS
from domain.errors import DomainError, Invalid, NotAllowed, NotFound
from domain.reporting import GOOD_FROM_STARS
from models.complaint import Complaint
from models.enums import StepName
from models.pending_upload import PendingUpload
from models.person import Person
from models.rating import Rating
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.complaint_view import view_of
from web.h5.frame import complaint_of, phone_blueprint
from web.h5.refusals import Answer, status_of
from web.uploads import MOST_PHOTOS, Upload, keep_photos, read_photos, still_there

blueprint: Blueprint = phone_blueprint("h5_rating", __name__)

STAR_WORDS = {1: "很不满意", 2: "不满意", 3: "一般", 4: "满意", 5: "很满意"}
# What people mostly mean; tapping one writes it into the box.
SUGGESTIONS = {
    "low": ("问题还在", "只处理了一部分", "等得太久", "没人联系我", "答复看不明白"),
    "middle": ("基本解决了", "有点慢", "希望说得更清楚"),
    "high": ("处理得很快", "彻底解决了", "态度很好", "说得很清楚"),
}


@dataclass(frozen=True)
class Judgement:
    """What the form says; empty where nothing was chosen yet."""

    solved: bool | None = None
    stars: int | None = None
    words: str = ""

    @classmethod
    def from_form(cls) -> "Judgement":
        """Read the form; nonsense counts as not chosen."""
        solved = {"yes": True, "no": False}.get(request.form.get("solved", ""))
        stars = request.form.get("stars", type=int)
        return cls(solved, stars if stars in STAR_WORDS else None, request.form.get("words", ""))


@blueprint.get("/complaints/<number>/rate")
def form(number: str) -> str | Response:
    """Show the form, or what was said before, or why there is nothing to judge yet."""
    session, person = current_session(), current_person()
    complaint = complaint_of(session, person, number)
    if not _may_rate(session, complaint, person):
        return _instead(session, complaint, person)
    return _page(complaint, person, Judgement())


@blueprint.post("/complaints/<number>/rate")
def rate(number: str) -> Answer | Response:
    """Take the judgement; the same one sent twice leads to the same result page."""
    said, judged_round = Judgement.from_form(), request.form.get("round", type=int)
    try:
        photos = read_photos()  # slow, so before the writing transaction begins
        session, person = current_session(), current_person()
        complaint = complaint_of(session, person, number)
        if _rating_for(session, complaint, judged_round) is None:
            _give(session, complaint, person, said, photos)
    except NotFound:
        raise
    except DomainError as error:
        return _refuse(number, said, error, judged_round)
    return _to_result(number)


@blueprint.get("/complaints/<number>/rated")
def result(number: str) -> str | Response:
    """Thank, and say what follows."""
    session, person = current_session(), current_person()
    complaint = complaint_of(session, person, number)
    rating = complaints.rating_of(session, complaint)
    if rating is None or rating.person_id != person.id:
        return redirect(url_for("h5_complaint.complaint", number=number))
    return render_template(
        "h5/rated.html",
        view=view_of(session, complaint, person, now=now()),
        rating=rating,
        good=rating.solved and rating.stars >= GOOD_FROM_STARS,
        star_words=STAR_WORDS,
    )


def _may_rate(session: Session, complaint: Complaint, person: Person) -> bool:
    return lifecycle.may(session, complaint, Actor.of_person(person), StepName.RATE, now=now())


def _instead(session: Session, complaint: Complaint, person: Person) -> Response:
    rating = complaints.rating_of(session, complaint)
    if rating is not None and rating.person_id == person.id:
        return _to_result(complaint.number)
    own = complaint.reporter_id == person.id
    flash("办结以后就可以评价。" if own else "这件诉求由提交人评价。")
    return redirect(url_for("h5_complaint.complaint", number=complaint.number))


def _rating_for(session: Session, complaint: Complaint, judged_round: int | None) -> Rating | None:
    query = select(Rating).where(Rating.complaint_id == complaint.id, Rating.round == judged_round)
    return session.scalar(query)


def _give(
    session: Session, complaint: Complaint, person: Person, said: Judgement, photos: Sequence[Upload]
) -> None:
    if said.solved is None:
        raise Invalid("请先选「解决了」或「没解决」。", "solved")
    if said.stars is None:
        raise Invalid("请点一下星星，打 1 到 5 星。", "stars")
    if not _may_rate(session, complaint, person):
        # Said before the photos are kept: a refused act must leave no files behind.
        raise NotAllowed("现在不能评价这件诉求。")
    complaints.rate(
        session,
        complaint,
        attachments=keep_photos(photos, now=now()),
        solved=said.solved,
        stars=said.stars,
        words=said.words,
        actor=Actor.of_person(person),
        seen=request.form.get("seen", type=int),
        now=now(),
    )


def _refuse(number: str, said: Judgement, error: DomainError, judged_round: int | None) -> Answer | Response:
    session = current_session()
    session.rollback()
    kept = still_there() if isinstance(error, Invalid) else ()
    person = current_person()
    complaint = complaint_of(session, person, number)
    if _rating_for(session, complaint, judged_round) is not None:  # the other of two taps was faster
        return _to_result(number)
    if not _may_rate(session, complaint, person):
        raise error
    field = error.field if isinstance(error, Invalid) else None
    return _page(complaint, person, said, refusal=error.message, field=field, kept=kept), status_of(error)


def _page(
    complaint: Complaint,
    person: Person,
    said: Judgement,
    *,
    refusal: str = "",
    field: str | None = None,
    kept: Sequence[PendingUpload] = (),
) -> str:
    return render_template(
        "h5/rate.html",
        view=view_of(current_session(), complaint, person, now=now()),
        said=said,
        refusal=refusal,
        field=field,
        kept=kept,
        most_photos=MOST_PHOTOS,
        star_words=STAR_WORDS,
        suggestions=SUGGESTIONS,
        good_from=GOOD_FROM_STARS,
        most_words=MAX_WORDS,
    )


def _to_result(number: str) -> Response:
    return redirect(url_for("h5_rating.result", number=number), HTTPStatus.SEE_OTHER)
