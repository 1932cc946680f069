"""隐私说明: what is kept of whom, why, for how long, and what one can do about it; open to all."""

from datetime import timedelta

from flask import Blueprint, render_template, session

from config.catalogue import catalogue
from domain.access_links import LIFETIME
from web.guards import PERSON_KEY, open_to_all
from web.h5 import privacy_notice
from web.h5.refusals import answer_refusals
from web.parts import parts

blueprint = Blueprint("h5_privacy", __name__, url_prefix="/h5")
blueprint.before_request(open_to_all)
blueprint.app_context_processor(lambda: {"privacy_news": privacy_notice.news})
answer_refusals(blueprint)


@blueprint.get("/privacy")
def page() -> str:
    """Say it in plain words, with the numbers that the rules work by."""
    words = catalogue()
    if PERSON_KEY in session:
        privacy_notice.note_seen()
    return render_template(
        "h5/privacy.html",
        notice=privacy_notice.current(),
        university=words.university,
        duty_phone=words.duty_phone,
        terms=privacy_notice.terms(parts().settings),
        link_minutes=LIFETIME // timedelta(minutes=1),
    )


@blueprint.get("/deleted")
def deleted() -> str:
    """Say goodbye; the page also empties what this phone kept of unfinished words."""
    return render_template("h5/deleted.html")
