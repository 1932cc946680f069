"""Judging a place by its stars (评价一下): from its page to two taps and a word of thanks."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import place_ratings
from domain.errors import Invalid, NotFound
from domain.place_ratings import GOOD_TAGS, MOST_WORDS, STARS, TAGS
from domain.service_points import by_code
from models.service_point import ServicePoint
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.acts import LIMIT
from web.h5.frame import phone_blueprint
from web.h5.refusals import Answer, status_of

blueprint: Blueprint = phone_blueprint("h5_place_rate", __name__)


@dataclass(frozen=True)
class Judgement:
    """What the form says; no stars where none were tapped yet."""

    stars: int = 0
    tags: tuple[str, ...] = ()
    words: str = ""

    @classmethod
    def from_form(cls) -> "Judgement":
        """Read the form; stars that are no number count as none."""
        return cls(
            stars=request.form.get("stars", 0, type=int),
            tags=tuple(request.form.getlist("tags")),
            words=request.form.get("words", "").replace("\r\n", "\n"),
        )


@blueprint.get("/p/<code>/rate")
def form(code: str) -> str:
    """Show the form, with the star that was tapped on the place's page; or what was said today."""
    database = current_session()
    place = _place(database, code)
    said = place_ratings.of_today(database, place, person=current_person(), now=now())
    if said is not None:
        return render_template("h5/place_rated.html", place=place, said=said, star_words=STARS)
    return _page(place, Judgement(stars=request.args.get("stars", 0, type=int)))


@blueprint.post("/p/<code>/rate")
@LIMIT
def rate(code: str) -> Answer | Response:
    """Take the judgement; of several in a day the first holds, so sending it twice does no harm."""
    said, database, person = Judgement.from_form(), current_session(), current_person()
    place = _place(database, code)
    try:
        place_ratings.rate(
            database, place, person=person, stars=said.stars, tags=said.tags, words=said.words, now=now()
        )
    except Invalid as refusal:
        database.rollback()
        return _page(_place(database, code), said, refusal), status_of(refusal)
    return redirect(url_for("h5_place_rate.form", code=code), HTTPStatus.SEE_OTHER)


def _place(database: Session, code: str) -> ServicePoint:
    place = by_code(database, code)
    if place is None:
        raise NotFound("这个二维码已停用，不能再评价。")
    return place


def _page(place: ServicePoint, said: Judgement, refusal: Invalid | None = None) -> str:
    return render_template(
        "h5/place_rate.html",
        place=place,
        said=said,
        refusal=refusal,
        star_words=STARS,
        tags=TAGS,
        good_tags=GOOD_TAGS,
        most_words=MOST_WORDS,
    )
