"""设置: what a person hears in WeChat, at which hours, and whether they want pushes."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.wechat_templates import load_templates
from domain import message_templates, personal_settings
from domain.errors import Invalid
from domain.notices import ALWAYS_SENT, SORTS
from domain.open_ways import open_ways
from models.enums import NoticeChannel, NoticeKind
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.h5.frame import phone_blueprint
from web.h5.refusals import Answer
from web.h5.subscribing import PUSHES, templates_on_offer
from web.parts import parts

blueprint: Blueprint = phone_blueprint("h5_settings", __name__)


@blueprint.get("/settings")
def form() -> str:
    """Show what holds, and by which ways we could write now."""
    choices = personal_settings.read(current_session(), current_person())
    return _page(
        heard={sort.key for sort in SORTS if choices.hears(sort)},
        quiet=(f"{choices.quiet_hours.start:%H:%M}", f"{choices.quiet_hours.end:%H:%M}"),
        wants_digest=choices.wants_digest,
    )


@blueprint.post("/settings")
def save() -> Answer | Response:
    """Keep the choices."""
    heard = set(request.form.getlist("heard"))
    quiet = request.form.get("quiet_from", ""), request.form.get("quiet_to", "")
    wants_digest = request.form.get("digest") == "yes"
    try:
        personal_settings.save(
            current_session(),
            current_person(),
            heard=heard,
            quiet_from=quiet[0],
            quiet_to=quiet[1],
            wants_digest=wants_digest,
            now=now(),
        )
    except Invalid as refusal:
        page = _page(heard=heard, quiet=quiet, wants_digest=wants_digest, refusal=refusal)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    flash("已保存，马上生效。")
    return redirect(url_for("h5_settings.form"), HTTPStatus.SEE_OTHER)


def _page(
    *, heard: set[str], quiet: tuple[str, str], wants_digest: bool, refusal: Invalid | None = None
) -> str:
    database, person = current_session(), current_person()
    return render_template(
        "h5/settings.html",
        sorts=SORTS,
        heard=heard,
        quiet=quiet,
        wants_digest=wants_digest,
        offered=templates_on_offer(database, person, kinds=PUSHES) if wants_digest else (),
        refusal=refusal,
        always_sent=ALWAYS_SENT,
        ways=open_ways(database, person, mapped=mapped_ways(database), now=now()),
    )


def mapped_ways(session: Session) -> dict[NoticeChannel, frozenset[str]]:
    """Tell for which ways the office has templates, in the file or set in its pages, and which these are."""
    book = load_templates(parts().settings.wechat_templates_file)
    found = {
        way: frozenset(message_templates.ids_for(session, book, NoticeKind, way))
        for way in message_templates.WAYS
    }
    return {way: templates for way, templates in found.items() if templates}
