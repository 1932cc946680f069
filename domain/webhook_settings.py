"""What administrators do with the webhook of a connected system: where it leads, its secret, trying it."""

import base64
import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from domain import office_changes
from domain.errors import Invalid, NotAllowed
from domain.secret_box import SecretBox, Unreadable
from domain.webhook_addresses import AddressRules, check_url
from domain.webhook_log import find_delivery
from domain.webhook_outbox import drop_pending, open_webhook, owner_of
from domain.webhooks import queue_test
from models.connected_system import ConnectedSystem, Webhook, WebhookDelivery
from models.connected_words import DeliveryState
from models.staff import Staff

# Both secrets sign for so long, so that the receiver can change over without a gap.
FORMER_KEPT = timedelta(hours=24)
# https://www.standardwebhooks.com/: 24 to 64 bytes.
_SECRET_BYTES = 32
PREFIX = "whsec_"


def set_address(
    session: Session,
    system: ConnectedSystem,
    *,
    url: str,
    rules: AddressRules,
    box: SecretBox,
    staff: Staff,
    now: datetime,
) -> str | None:
    """Have a system told at an address; another address gets what waits too.

    Returns:
        The secret, of which only a sealed copy is kept; None where there was one already.

    Raises:
        Invalid: the address is none that we call.
        NotAllowed: the system may not be told.
    """
    if not system.may_hook:
        raise NotAllowed("这个系统没有接收推送的权限，请先勾选并保存。")
    url = check_url(url, rules=rules)
    webhook = open_webhook(session, system.id)
    if webhook is None:
        secret = _new_secret()
        session.add(Webhook(system_id=system.id, url=url, secret=_sealed(box, system, secret)))
        _note(session, system, "system.set_webhook", f"推送到 {url}", staff, now)
        session.expire(system, ["webhook"])
        return secret
    if webhook.url != url:
        before, webhook.url = webhook.url, url
        _begin_anew(webhook)
        _note(session, system, "system.set_webhook", f"推送改到 {url}，原来是 {before}", staff, now)
    return None


def remove(session: Session, system: ConnectedSystem, *, staff: Staff, now: datetime) -> None:
    """Tell a system nothing any more, and call off what waits."""
    webhook = open_webhook(session, system.id)
    if webhook is None:
        return
    drop_pending(session, system.id)
    _note(session, system, "system.remove_webhook", f"不再推送到 {webhook.url}", staff, now)
    session.delete(webhook)
    session.flush()
    session.expire(system, ["webhook"])


def renew_secret(
    session: Session, system: ConnectedSystem, *, box: SecretBox, staff: Staff, now: datetime
) -> str:
    """Give another secret; the one before signs beside it for a day."""
    webhook = _webhook_of(session, system)
    secret = _new_secret()
    # One that was sealed with another key signs nothing, and would stop the webhook again.
    former = webhook.secret if _opens(box, webhook) else ""
    webhook.former_secret, webhook.former_until = former, now + FORMER_KEPT
    webhook.secret = _sealed(box, system, secret)
    _note(session, system, "system.renew_secret", "更换了推送的签名密钥", staff, now)
    return secret


def resume(session: Session, system: ConnectedSystem, *, staff: Staff, now: datetime) -> None:
    """Go on telling a system that was stopped; all that waits goes out in its order."""
    webhook = _webhook_of(session, system)
    _begin_anew(webhook)
    _note(session, system, "system.resume_webhook", "恢复推送", staff, now)


def send_test(session: Session, system: ConnectedSystem, *, staff: Staff, now: datetime) -> WebhookDelivery:
    """Have an event sent that tells of nothing; it is tried at once, also in a pause."""
    webhook = _webhook_of(session, system)
    webhook.paused_until = None
    delivery = queue_test(session, system, now=now)
    _note(session, system, "system.test_webhook", "发了一条测试推送", staff, now)
    return delivery


def resend(
    session: Session, system: ConnectedSystem, delivery_id: int, *, staff: Staff, now: datetime
) -> WebhookDelivery:
    """Have one sent again, under the same id; the receiver may drop it as a repeat.

    Raises:
        NotAllowed: it is under way, or nothing can be sent to this system.
    """
    webhook = _webhook_of(session, system)
    if not (system.active and system.may_hook):
        raise NotAllowed("这个系统已停用或没有接收推送的权限。")
    delivery = find_delivery(session, system, delivery_id, for_change=True)
    if delivery.state is DeliveryState.SENDING:
        raise NotAllowed("这条正在推送，请稍后刷新。")
    delivery.state, delivery.due_at, delivery.attempts = DeliveryState.PENDING, now, 0
    webhook.paused_until = None
    words = f"重新推送「{delivery.type.label}」{delivery.message_id}"
    _note(session, system, "system.resend_webhook", words, staff, now)
    return delivery


def _begin_anew(webhook: Webhook) -> None:
    webhook.failures, webhook.failing_since, webhook.paused_until = 0, None, None
    webhook.stopped_at, webhook.stopped_why = None, ""


def _webhook_of(session: Session, system: ConnectedSystem) -> Webhook:
    webhook = open_webhook(session, system.id)
    if webhook is None:
        raise Invalid("还没有填写推送网址。", "url")
    return webhook


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _sealed(box: SecretBox, system: ConnectedSystem, secret: str) -> str:
    return box.seal(secret, owner=owner_of(system.id))


def _opens(box: SecretBox, webhook: Webhook) -> bool:
    try:
        box.open(webhook.secret, owner=owner_of(webhook.system_id))
    except Unreadable:
        return False
    return True


def _note(
    session: Session, system: ConnectedSystem, action: str, words: str, staff: Staff, now: datetime
) -> None:
    session.flush()
    told = f"接入系统「{system.name}」：{words}"
    office_changes.note(session, staff, action=action, subject=system.id, words=told, now=now)
