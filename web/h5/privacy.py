"""隐私说明: what is kept of whom, why, for how long, and what one can do about it; open to all."""

from datetime import timedelta

from flask import Blueprint, render_template

from config.catalogue import catalogue
from domain.access_links import LIFETIME
from domain.housekeeping import MESSAGES_KEPT
from web.guards import open_to_all
from web.h5.refusals import answer_refusals

blueprint = Blueprint("h5_privacy", __name__, url_prefix="/h5")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)

_DAY = timedelta(days=1)


@blueprint.get("/privacy")
def page() -> str:
    """Say it in plain words, with the numbers that the rules work by."""
    words = catalogue()
    return render_template(
        "h5/privacy.html",
        university=words.university,
        duty_phone=words.duty_phone,
        messages_days=MESSAGES_KEPT // _DAY,
        link_minutes=LIFETIME // timedelta(minutes=1),
    )


@blueprint.get("/deleted")
def deleted() -> str:
    """Say goodbye; the page also empties what this phone kept of unfinished words."""
    return render_template("h5/deleted.html")
