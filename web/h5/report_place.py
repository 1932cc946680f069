"""Choosing where: by what is typed, by what was used lately, by going through the tree, by what is near."""

from dataclasses import dataclass

from flask import Blueprint, jsonify, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import places_to_choose
from domain.places_to_choose import Choice
from domain.service_points import by_code
from models.person import Person
from models.service_point import ServicePoint
from web.database_session import current_session
from web.guards import current_person
from web.h5.frame import phone_blueprint

_LONGEST_SEARCH = 60

blueprint: Blueprint = phone_blueprint("h5_report_place", __name__)


@dataclass(frozen=True)
class Offer:
    """A list of places to choose from.

    Attributes:
        title: what the list is.
        inside: the place whose inside is shown, to be chosen itself.
        note: what to do when nothing was found; empty otherwise.
    """

    title: str
    choices: list[Choice]
    inside: ServicePoint | None = None
    note: str = ""


@blueprint.get("/places")
def places() -> str:
    """Give the list for what was typed, opened, or where the reader stands, as part of a page."""
    return render_template(
        "h5/report_places.html", offer=offer_asked_for(current_session(), current_person())
    )


@blueprint.get("/places/scanned")
def scanned() -> Response:
    """Name the place whose code was scanned; empty for a code that is not ours."""
    place = places_to_choose.scanned(current_session(), request.args.get("text", "")[:500])
    if place is None:
        return jsonify(code="", name="")
    return jsonify(code=place.code, name=place.full_name)


def offer_asked_for(database: Session, person: Person) -> Offer:
    """Give the list this request asks for: `q` to search, `inside` to open, `lat` and `lng` to look around.

    The same names serve the script, which asks by address, and the form without it, which is sent as a whole.
    """
    asked = request.values
    latitude, longitude = asked.get("lat", type=float), asked.get("lng", type=float)
    if latitude is not None and longitude is not None:
        found = places_to_choose.near(database, latitude, longitude)
        note = "" if found else "附近没有登记过位置的地点，请搜一下或从列表里选。"
        return Offer("离您最近的", found, note=note)
    if "inside" in asked:
        return _inside(database, asked["inside"])
    words = asked.get("q", asked.get("place_words", "")).strip()[:_LONGEST_SEARCH]
    if words:
        found = places_to_choose.matching(database, words)
        note = "" if found else "没有找到。没关系，照这样写就行，受理员会看懂。"
        return Offer("是这里吗？", found, note=note)
    recent = places_to_choose.recent(database, person)
    return Offer("您最近反映过的", recent) if recent else _inside(database, "")


def _inside(database: Session, code: str) -> Offer:
    place = by_code(database, code) if code else None
    title = f"{place.full_name}里面" if place else "全部地点"
    return Offer(title, places_to_choose.inside(database, place), inside=place)
