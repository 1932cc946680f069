"""接入系统: which programs of others may call us, with which key and which rights."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import connected_systems, webhook_log
from domain.connected_systems import Rights
from domain.errors import Invalid
from models.connected_system import ConnectedSystem
from models.connected_words import DeliveryState
from web.admin.settings.entering import by, settings_blueprint, typed
from web.clock import now
from web.database_session import current_session
from web.parts import parts

blueprint = settings_blueprint("admin_systems", __name__, "/systems")

Answer = str | tuple[str, int] | Response


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List all systems."""
    return render_template("admin/settings/systems.html", rows=connected_systems.listed(current_session()))


@blueprint.get("/new")
def form() -> str:
    """Show the form for another system."""
    return render_template("admin/settings/system_new.html", refusal=None, entered={"may_read": True})


@blueprint.post("/new")
def add() -> Answer:
    """Add a system, and show its key, this once."""
    session = current_session()
    try:
        system, key = connected_systems.add(
            session, name=_name(), contact=_contact(), rights=_rights(), **by()
        )
    except Invalid as refusal:
        session.rollback()
        page = render_template("admin/settings/system_new.html", refusal=refusal, entered=_entered())
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return shown_once(system, key, what="api_key")


@blueprint.get("/<int:system_id>")
def one(system_id: int) -> str:
    """Show a system, what it may do, and how it is told."""
    return system_page(connected_systems.find(current_session(), system_id))


@blueprint.post("/<int:system_id>")
def change(system_id: int) -> Answer:
    """Change what is written of a system and what it may do."""
    session = current_session()
    system = connected_systems.find(session, system_id, for_change=True)
    try:
        connected_systems.change(session, system, name=_name(), contact=_contact(), rights=_rights(), **by())
    except Invalid as refusal:
        session.rollback()
        found = connected_systems.find(session, system_id)
        return system_page(found, refusal=refusal, entered=_entered()), HTTPStatus.UNPROCESSABLE_ENTITY
    flash("已保存，马上生效。", "success")
    return back_to(system_id)


@blueprint.post("/<int:system_id>/key")
def renew_key(system_id: int) -> Answer:
    """Give another key, and show it, this once."""
    session = current_session()
    system = connected_systems.find(session, system_id, for_change=True)
    return shown_once(system, connected_systems.renew_key(session, system, **by()), what="api_key")


@blueprint.post("/<int:system_id>/<any(disable, enable):state>")
def set_state(system_id: int, state: str) -> Answer:
    """Take a system out of use, or into use again."""
    session, is_active = current_session(), state == "enable"
    system = connected_systems.find(session, system_id, for_change=True)
    connected_systems.set_active(session, system, active=is_active, **by())
    told = "已启用，原来的 api_key 仍然有效。" if is_active else "已停用，它的 api_key 马上失效，不再推送。"
    flash(f"「{system.name}」{told}", "success" if is_active else "info")
    return back_to(system_id)


def back_to(system_id: int) -> Response:
    """Lead to the page of a system."""
    return redirect(url_for("admin_systems.one", system_id=system_id), 303)


def shown_once(system: ConnectedSystem, secret: str, *, what: str) -> str:
    """Show a secret in the answer to the form itself: who leaves the page sees it never again."""
    return render_template(
        "admin/settings/system_secret.html", system=system, secret=secret, what=what, base=base_address()
    )


def base_address() -> str:
    """Give the address of the API, as the other side has to enter it."""
    return f"{parts().settings.base_url}open311/v2"


def system_page(
    system: ConnectedSystem,
    *,
    refusal: Invalid | None = None,
    entered: dict[str, object] | None = None,
    url: str | None = None,
) -> str:
    """Show a system; `entered` and `url` are what was refused."""
    session = current_session()
    counts = webhook_log.counts(session, system)
    return render_template(
        "admin/settings/system.html",
        system=system,
        refusal=refusal,
        entered=entered
        or {
            "name": system.name,
            "contact": system.contact,
            **{right: getattr(system, right) for right in _RIGHTS},
        },
        url=url if url is not None else (system.webhook.url if system.webhook else ""),
        counts=[(state, counts.get(state, 0)) for state in DeliveryState if counts.get(state)],
        base=base_address(),
        at=now(),
    )


_RIGHTS = ("may_read", "may_submit", "may_hook")


def _name() -> str:
    return typed("name", longest=connected_systems.LONGEST_NAME)


def _contact() -> str:
    return typed("contact", longest=connected_systems.LONGEST_CONTACT)


def _rights() -> Rights:
    read, submit, hook = (right in request.form for right in _RIGHTS)
    return Rights(read=read, submit=submit, hook=hook)


def _entered() -> dict[str, object]:
    rights = {right: right in request.form for right in _RIGHTS}
    return {"name": _name(), "contact": _contact(), **rights}
