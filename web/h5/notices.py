"""消息: every notice to the person, whatever became of its delivery in the chat."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import notices, push_sending
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.entry_paths import phone_path
from web.h5.frame import phone_blueprint

PER_PAGE = 15

blueprint: Blueprint = phone_blueprint("h5_notices", __name__)


@blueprint.get("/notices")
def inbox() -> str:
    """Show one page, newest first; the script adds further pages below."""
    session, person = current_session(), current_person()
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    # One more than is shown tells whether there is another page.
    found = notices.inbox_of(session, person=person, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    return render_template(
        "h5/notices.html",
        notices=found[:PER_PAGE],
        page=page,
        has_more=len(found) > PER_PAGE,
        unread=notices.unread_count(session, person=person),
        phone_path=phone_path,
        told_to_all=push_sending.told_to_all(session, person, now=now()) if page == 1 else [],
    )


@blueprint.post("/notices/read")
def read_all() -> Response:
    """Mark all as read."""
    notices.mark_read(current_session(), person=current_person(), now=now())
    return redirect(url_for("h5_notices.inbox"), HTTPStatus.SEE_OTHER)
