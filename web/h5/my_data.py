"""我的数据: take it all away as one file, or have it deleted."""

from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, Response, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from config.limits import DATA_EXPORTS
from domain import my_data_deletion
from domain.access_links import LIFETIME, create_link
from domain.errors import Invalid
from domain.my_data_deletion import CONFIRMATION
from web.clock import now
from web.database_session import current_session
from web.guards import PERSON_KEY, current_person
from web.h5.acts import LIMIT
from web.h5.frame import phone_blueprint
from web.h5.refusals import Answer
from web.my_data_answers import delete_for_good, file_answer
from web.parts import parts
from web.rate_limits import by_person, limiter
from web.wechat_browser import inside_wechat

blueprint: Blueprint = phone_blueprint("h5_my_data", __name__)


@blueprint.get("/my-data")
def page() -> str:
    """Say what can be done."""
    return _page()


def _page(link: str = "") -> str:
    return render_template(
        "h5/my_data.html", link=link, minutes=LIFETIME // timedelta(minutes=1), in_wechat=inside_wechat()
    )


@blueprint.post("/my-data/link")
@LIMIT
def link() -> str:
    """Make a link by which another browser, which can keep files, comes to this page."""
    path = url_for("h5_my_data.page")
    token = create_link(current_session(), person=current_person(), path=path, now=now())
    return _page(f"{parts().settings.base_url}h5/enter/{token}")


@blueprint.get("/my-data/file")
@limiter.limit(DATA_EXPORTS, key_func=by_person)
def file() -> Response:
    """Send all we hold of the person, packed while it is sent."""
    return file_answer(current_session(), current_person())


@blueprint.get("/my-data/delete")
def sure() -> str:
    """Say what deleting means, before it is asked for."""
    return _sure()


def _sure(refusal: str = "") -> str:
    waiting = my_data_deletion.open_complaints(current_session(), current_person())
    return render_template("h5/delete_me.html", confirmation=CONFIRMATION, waiting=waiting, refusal=refusal)


@blueprint.post("/my-data/delete")
@LIMIT
def delete() -> Answer | BaseResponse:
    """Delete the person, when they have typed the word, and sign them out."""
    try:
        my_data_deletion.check_word(request.form.get("word", ""))
    except Invalid as refusal:
        return _sure(refusal.message), HTTPStatus.UNPROCESSABLE_ENTITY
    delete_for_good(g.known_person.id)
    for key in (PERSON_KEY, "_flashes"):
        session.pop(key, None)
    return redirect(url_for("h5_privacy.deleted"), HTTPStatus.SEE_OTHER)
