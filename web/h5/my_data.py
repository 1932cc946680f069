"""我的数据: take it all away as one file, or have it deleted."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, Response, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain import my_data, my_data_deletion
from domain.access_links import LIFETIME, create_link
from domain.my_data_deletion import CONFIRMATION
from domain.my_data_package import package
from domain.working_time import local_time
from models.person import Person
from web.clock import now
from web.database_session import current_session
from web.guards import PERSON_KEY, current_person
from web.h5.acts import LIMIT
from web.h5.frame import phone_blueprint
from web.h5.refusals import Answer
from web.parts import parts
from web.rate_limits import limiter
from web.wechat_browser import inside_wechat

blueprint: Blueprint = phone_blueprint("h5_my_data", __name__)


def _who() -> str:
    return f"person:{session.get(PERSON_KEY)}"


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
@limiter.limit("10 per hour", key_func=_who)
def file() -> Response:
    """Send all we hold of the person, packed while it is sent."""
    moment = now()
    data = my_data.collect(current_session(), current_person(), box=parts().secret_box, now=moment)
    readable = render_template("h5/my_data_file.html", content=data.content)
    answer = Response(package(data, readable, parts().file_store, now=moment), mimetype="application/zip")
    name = quote(f"我的数据-{local_time(moment):%Y%m%d}.zip")
    answer.headers["Content-Disposition"] = f"attachment; filename=my-data.zip; filename*=UTF-8''{name}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


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
    if request.form.get("word", "").strip(' 　「」"“”') != CONFIRMATION:
        refusal = f"没有删除。确定要删除，请在框里输入「{CONFIRMATION}」两个字。"
        return _sure(refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    _delete(g.known_person.id)
    for key in (PERSON_KEY, "_flashes"):
        session.pop(key, None)
    return redirect(url_for("h5_privacy.deleted"), HTTPStatus.SEE_OTHER)


def _delete(person_id: int) -> None:
    # A transaction of its own: the files go when it is kept, and not before.
    with parts().database.transaction() as writing:
        person = writing.get_one(Person, person_id, with_for_update=True)
        gone = my_data_deletion.delete_person(writing, person, box=parts().secret_box, now=now())
    for key in gone.file_keys:
        parts().file_store.delete(key)
