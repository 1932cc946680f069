"""Coming in by a link from the chat.

Opening the link only shows a page with a form, which a script sends at once: WeChat, link previews and virus
scanners fetch addresses too, and would otherwise use the link up before the person does. The form carries a
CSRF token as every other, so a foreign page cannot make a phone come in as somebody else unseen.
"""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, session
from werkzeug.wrappers import Response

from domain import access_links
from domain.errors import NotAllowed, NotFound
from models.person import AccessLink, Person
from web.clock import now
from web.database_session import current_session
from web.guards import PERSON_KEY, open_to_all, sign_in_person
from web.h5.entry_paths import phone_path
from web.h5.refusals import LINK_IS_DEAD, Answer, answer_refusals, refusal_page
from web.parts import parts
from web.rate_limits import OPEN_PAGE

blueprint = Blueprint("h5_enter", __name__, url_prefix="/h5")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)


@blueprint.get("/enter/<token>")
@OPEN_PAGE
def door(token: str) -> str | Answer | Response:
    """Show the form that uses the link; who is in already goes on, and a dead link says so."""
    link = access_links.look_up(current_session(), token)
    if link is None:
        return _dead()
    if _is_in(link):
        return redirect(phone_path(link.path))
    if not access_links.is_open(link, now=now()):
        return _dead()
    return render_template("h5/enter.html", token=token)


@blueprint.post("/enter")
@OPEN_PAGE
def enter() -> Answer | Response:
    """Use the link up and begin a session of the person it was made for."""
    token = request.form.get("token", "")
    # A link that leaked is tried by thousands; they must not stand in line with those who write.
    with parts().database.reading() as reading:
        link = access_links.look_up(reading, token)
    if link is None or not access_links.is_open(link, now=now()):
        return _used_up(link)
    database = current_session()
    try:
        link = access_links.redeem(database, token, now=now())
    except (NotFound, NotAllowed):  # another tap came first
        return _used_up(access_links.look_up(database, token))
    sign_in_person(database.get_one(Person, link.person_id))
    return redirect(phone_path(link.path), HTTPStatus.SEE_OTHER)


def _used_up(link: AccessLink | None) -> Answer | Response:
    """Lead on who is in already, as when the button was tapped twice."""
    if link is not None and _is_in(link):
        return redirect(phone_path(link.path), HTTPStatus.SEE_OTHER)
    # The second tap may have left before the answer to the first brought the cookie: show the way on.
    return refusal_page(HTTPStatus.GONE, *LINK_IS_DEAD, way_in=link is not None)


def _is_in(link: AccessLink) -> bool:
    """Tell whether this phone has a session of the person the link was made for."""
    return bool(session.get(PERSON_KEY) == link.person_id)


def _dead() -> Answer:
    return refusal_page(HTTPStatus.GONE, *LINK_IS_DEAD)
