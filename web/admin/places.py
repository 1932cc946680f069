"""Finding a place by what somebody types."""

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from domain.errors import Invalid
from domain.service_points import search
from models.service_point import ServicePoint
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_places", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)

_OFFERED = 12


@blueprint.get("/places/named")
def places() -> str:
    """Give the places whose names fit what has been typed so far, as options of a list."""
    words = request.args.get("place", "").strip()[:100]
    return render_template("admin/places.html", places=search(current_session(), words, _OFFERED))


def place_named(session: Session, words: str) -> ServicePoint:
    """Give the one place that these words name.

    Raises:
        Invalid: none does, or several do; names those that fit.
    """
    found = search(session, words, 4)
    if len(found) == 1 or (found and found[0].full_name == words):
        return found[0]
    if not found:
        raise Invalid(f"没有找到「{words[:40]}」，请换个说法，或从提示里选一个。", "place")
    names = "、".join(place.full_name for place in found)
    raise Invalid(f"有几个相近的地点：{names}。请选一个，写完整名称。", "place")
