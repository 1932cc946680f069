"""The webhook of a connected system: where it leads, its secret, trying it, and the log of what went out."""

from collections.abc import Callable
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for

from domain import connected_systems, webhook_log, webhook_settings
from domain.errors import Invalid
from domain.webhook_addresses import LONGEST_URL, AddressRules
from models.connected_system import ConnectedSystem
from models.connected_words import DeliveryState
from web.admin.settings.entering import LARGEST_ID, by, settings_blueprint, typed
from web.admin.settings.systems import Answer, back_to, shown_once, system_page
from web.clock import now
from web.database_session import current_session
from web.parts import parts

blueprint = settings_blueprint("admin_system_webhooks", __name__, "/systems/<int:system_id>")

PER_PAGE = 20


@blueprint.post("/webhook")
def set_address(system_id: int) -> Answer:
    """Have the system told at an address; the first time, show the secret, this once."""
    session = current_session()
    system = connected_systems.find(session, system_id, for_change=True)
    settings, url = parts().settings, typed("url", longest=LONGEST_URL)
    rules = AddressRules.of(allow_http=settings.webhook_allow_http, private_hosts=settings.webhook_hosts)
    try:
        secret = webhook_settings.set_address(
            session, system, url=url, rules=rules, box=parts().secret_box, **by()
        )
    except Invalid as refusal:
        return _refused(system_id, refusal, url)
    if secret is not None:
        return shown_once(system, secret, what="签名密钥")
    flash("推送网址已保存。建议发一条测试。", "success")
    return back_to(system_id)


@blueprint.post("/webhook/remove")
def remove(system_id: int) -> Answer:
    """Tell the system nothing any more."""
    return _done(system_id, webhook_settings.remove, "已取消推送，还没送出的不再送。")


@blueprint.post("/webhook/secret")
def renew_secret(system_id: int) -> Answer:
    """Give another secret, and show it, this once."""
    session = current_session()
    system = connected_systems.find(session, system_id, for_change=True)
    try:
        secret = webhook_settings.renew_secret(session, system, box=parts().secret_box, **by())
    except Invalid as refusal:
        return _refused(system_id, refusal)
    return shown_once(system, secret, what="签名密钥")


@blueprint.post("/webhook/resume")
def resume(system_id: int) -> Answer:
    """Go on telling a system that was stopped."""
    return _done(system_id, webhook_settings.resume, "已恢复，积压的会按先后送出。")


@blueprint.post("/webhook/test")
def send_test(system_id: int) -> Answer:
    """Send an event that tells of nothing."""
    told = "测试推送已排队，几秒后在推送记录里看结果。"
    return _done(system_id, webhook_settings.send_test, told, leads="admin_system_webhooks.deliveries")


@blueprint.get("/deliveries")
def deliveries(system_id: int) -> str:
    """List what went out, and how each try ended."""
    session = current_session()
    system = connected_systems.find(session, system_id)
    wanted = request.args.get("state", "")
    state = next((one for one in DeliveryState if one.value == wanted), None)
    number = request.args.get("page", 1, type=int)
    found = webhook_log.deliveries(session, system, state=state, page=min(number, 100_000), per_page=PER_PAGE)
    kept = state.value if state is not None else None
    here = "admin_system_webhooks.deliveries"
    return render_template(
        "admin/settings/system_deliveries.html",
        system=system,
        found=found,
        attempts=webhook_log.attempts_of(session, found.items),
        states=list(DeliveryState),
        state=state,
        page_address=lambda at: url_for(here, system_id=system_id, state=kept, page=at),
        at=now(),
    )


@blueprint.post("/deliveries/<int:delivery_id>/resend")
def resend(system_id: int, delivery_id: int) -> Answer:
    """Send one again."""
    session, who = current_session(), by()
    system = connected_systems.find(session, system_id, for_change=True)
    webhook_settings.resend(session, system, min(delivery_id, LARGEST_ID), **who)
    flash("已排队重新推送，几秒后刷新看结果。", "success")
    return redirect(url_for("admin_system_webhooks.deliveries", system_id=system_id), 303)


def _done(
    system_id: int,
    act: Callable[..., object],
    told: str,
    *,
    leads: str = "admin_systems.one",
) -> Answer:
    session, who = current_session(), by()
    system: ConnectedSystem = connected_systems.find(session, system_id, for_change=True)
    try:
        act(session, system, **who)
    except Invalid as refusal:
        return _refused(system_id, refusal)
    flash(told, "success")
    return redirect(url_for(leads, system_id=system_id), 303)


def _refused(system_id: int, refusal: Invalid, url: str | None = None) -> tuple[str, int]:
    session = current_session()
    session.rollback()
    page = system_page(connected_systems.find(session, system_id), refusal=refusal, url=url)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY
