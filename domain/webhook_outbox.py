"""Webhooks on their way: one is claimed, sent with no transaction open, and what came of it written down.

A receiver gets one at a time, so that what concerns a complaint arrives in its order. Two things can go
wrong, and each waits by itself:

- The receiver is not there (no answer, too busy): all that is for it waits, and the oldest is tried again
  after a pause that grows to a quarter of an hour. After three days it is stopped, and somebody has to look.
- The receiver is there and refuses one: that one is tried again after the delays of DELAYS, and later events
  of the same complaint wait behind it; then it is given up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from domain.secret_box import SecretBox, Unreadable
from models.connected_system import ConnectedSystem, Webhook, WebhookAttempt, WebhookDelivery
from models.connected_words import DeliveryState

_SECONDS = (10, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 72_000)
# What one waits before it is tried again; in all some three days.
DELAYS = tuple(timedelta(seconds=seconds) for seconds in _SECONDS)
# What all wait whose receiver is not there; the last goes on.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 120, 300, 600, 900))
GONE_FOR_GOOD = timedelta(days=3)
# Longer than any try may take.
STUCK_AFTER = timedelta(minutes=2)
LONGEST_ANSWER, LONGEST_WORDS = 500, 300
INTERRUPTED = "推送途中程序停止，结果未知"
# Far more than an office tells in the time it takes to write a line.
_CANDIDATES = 50


class Fate(Enum):
    """What a try says about the receiver."""

    TAKEN = "taken"
    REFUSED = "refused"
    AWAY = "away"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One webhook with all that sending needs.

    Attributes:
        secrets: those that sign it, the present one first.
        claimed_by, claimed_at: the claim under which it is sent.
    """

    delivery_id: int
    system_id: int
    message_id: str
    url: str
    body: str
    secrets: tuple[str, ...]
    claimed_by: str
    claimed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a try.

    Attributes:
        status: of HTTP; None when no answer came.
        words: what went wrong, in Chinese; empty when it was taken.
        answer: how the answer began.
    """

    fate: Fate
    milliseconds: int
    status: int | None = None
    words: str = ""
    answer: str = ""


_EARLIER, _UNDER_WAY = aliased(WebhookDelivery), aliased(WebhookDelivery)
_WAITING = (DeliveryState.PENDING, DeliveryState.SENDING)


def _may_go(now: datetime) -> ColumnElement[bool]:
    """Give the condition on WebhookDelivery that nothing before it, and nobody, keeps it back."""
    before = exists().where(
        _EARLIER.system_id == WebhookDelivery.system_id,
        _EARLIER.complaint_id == WebhookDelivery.complaint_id,
        _EARLIER.id < WebhookDelivery.id,
        _EARLIER.state.in_(_WAITING),
    )
    busy = exists().where(
        _UNDER_WAY.system_id == WebhookDelivery.system_id, _UNDER_WAY.state == DeliveryState.SENDING
    )
    return and_(WebhookDelivery.state == DeliveryState.PENDING, WebhookDelivery.due_at <= now, ~before, ~busy)


def _takes_now(now: datetime) -> ColumnElement[bool]:
    """Give the condition on Webhook and ConnectedSystem that it is to be told now."""
    return and_(
        Webhook.stopped_at.is_(None),
        or_(Webhook.paused_until.is_(None), Webhook.paused_until <= now),
        ConnectedSystem.active,
        ConnectedSystem.may_hook,
    )


def anything_due(session: Session, *, now: datetime) -> bool:
    """Tell whether a worker would find something to send."""
    due = (
        select(WebhookDelivery.id)
        .join(Webhook, Webhook.system_id == WebhookDelivery.system_id)
        .join(ConnectedSystem, ConnectedSystem.id == WebhookDelivery.system_id)
        .where(_takes_now(now), _may_go(now))
    )
    return session.scalar(due.limit(1)) is not None


def claim(session: Session, *, worker: str, box: SecretBox, now: datetime) -> Parcel | None:
    """Take the webhook that waits longest for a receiver that gets nothing else right now.

    Args:
        worker: who takes it; unique among running workers.
        box: opens the secrets.

    Returns:
        None when nothing is due.
    """
    waiting = exists().where(WebhookDelivery.system_id == Webhook.system_id, _may_go(now))
    query = select(Webhook).join(Webhook.system).where(_takes_now(now), waiting)
    # Who holds the row of a receiver is the only one who sends to it.
    held = query.order_by(Webhook.system_id).limit(_CANDIDATES).with_for_update(of=Webhook, skip_locked=True)
    for webhook in session.scalars(held.execution_options(populate_existing=True)).all():
        # Asked anew, because another may have taken one since, and have let go of the row.
        first = select(WebhookDelivery).where(WebhookDelivery.system_id == webhook.system_id, _may_go(now))
        first = first.order_by(WebhookDelivery.id).limit(1).execution_options(populate_existing=True)
        delivery = session.scalar(first)
        keys = _secrets(webhook, box=box, now=now)
        if delivery is None or keys is None:
            continue
        delivery.state, delivery.claimed_at, delivery.claimed_by = DeliveryState.SENDING, now, worker
        session.flush()
        return Parcel(
            delivery_id=delivery.id,
            system_id=webhook.system_id,
            message_id=delivery.message_id,
            url=webhook.url,
            body=delivery.payload,
            secrets=keys,
            claimed_by=worker,
            claimed_at=now,
        )
    return None


def owner_of(system_id: int) -> str:
    """Name the owner of a sealed secret; see `SecretBox`."""
    return f"webhook:{system_id}"


def _secrets(webhook: Webhook, *, box: SecretBox, now: datetime) -> tuple[str, ...] | None:
    """Open what signs; stop a webhook whose secrets cannot be opened any more."""
    sealed = [webhook.secret]
    if webhook.former_secret and webhook.former_until is not None and webhook.former_until > now:
        sealed.append(webhook.former_secret)
    try:
        return tuple(box.open(one, owner=owner_of(webhook.system_id)) for one in sealed)
    except Unreadable:
        _stop(webhook, "签名密钥打不开（SECRET_KEY 换过），请重新生成", now=now)
        return None


def record(session: Session, parcel: Parcel, outcome: Outcome, *, now: datetime) -> None:
    """Write down what came of a try; nothing, when the claim was taken away meanwhile."""
    webhook = session.get(Webhook, parcel.system_id, with_for_update=True, populate_existing=True)
    delivery = session.get_one(
        WebhookDelivery, parcel.delivery_id, with_for_update=True, populate_existing=True
    )
    session.add(
        WebhookAttempt(
            delivery_id=delivery.id,
            at=now,
            status=outcome.status,
            milliseconds=outcome.milliseconds,
            words=outcome.words[:LONGEST_WORDS],
            answer=outcome.answer[:LONGEST_ANSWER].replace("\0", ""),
        )
    )
    ours = delivery.state is DeliveryState.SENDING and delivery.claimed_by == parcel.claimed_by
    if not ours or delivery.claimed_at != parcel.claimed_at:
        return
    delivery.claimed_at = None
    if outcome.fate is Fate.TAKEN:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now
    elif outcome.fate is Fate.REFUSED:
        _put_off(delivery, now=now)
    else:
        delivery.state, delivery.due_at = DeliveryState.PENDING, now
    if webhook is not None:
        _note(webhook, outcome, now=now)
    session.flush()


def _put_off(delivery: WebhookDelivery, *, now: datetime) -> None:
    """Let one that was refused be tried later, or give it up."""
    if delivery.attempts >= len(DELAYS):
        delivery.state = DeliveryState.GIVEN_UP
    else:
        delivery.state, delivery.due_at = DeliveryState.PENDING, now + DELAYS[delivery.attempts]
    delivery.attempts += 1


def _note(webhook: Webhook, outcome: Outcome, *, now: datetime) -> None:
    """Keep in mind whether the receiver is there."""
    if outcome.fate in {Fate.TAKEN, Fate.REFUSED}:
        webhook.failures, webhook.failing_since, webhook.paused_until = 0, None, None
        return
    webhook.failing_since = webhook.failing_since or now
    webhook.paused_until = now + PAUSES[min(webhook.failures, len(PAUSES) - 1)]
    webhook.failures += 1
    if outcome.fate is Fate.UNSUBSCRIBED:
        _stop(webhook, "对方回答 410：不再接收推送", now=now)
    elif now - webhook.failing_since >= GONE_FOR_GOOD:
        _stop(webhook, outcome.words, now=now)


def _stop(webhook: Webhook, why: str, *, now: datetime) -> None:
    webhook.stopped_at, webhook.stopped_why = now, why[:LONGEST_WORDS]


def release_stuck(session: Session, *, now: datetime, longer_than: timedelta = STUCK_AFTER) -> int:
    """Free what has been on its way for too long, as its worker must be gone.

    Returns:
        How many were freed.
    """
    return _release(session, WebhookDelivery.claimed_at <= now - longer_than, now=now)


def release_of(session: Session, worker: str, *, now: datetime) -> int:
    """Free what a worker had in hand that is known to be gone.

    Returns:
        How many were freed.
    """
    return _release(session, WebhookDelivery.claimed_by == worker, now=now)


def _release(session: Session, whose: ColumnElement[bool], *, now: datetime) -> int:
    stuck = select(WebhookDelivery).where(WebhookDelivery.state == DeliveryState.SENDING, whose)
    found = session.scalars(stuck.with_for_update(skip_locked=True)).all()
    for delivery in found:
        session.add(WebhookAttempt(delivery_id=delivery.id, at=now, milliseconds=0, words=INTERRUPTED))
        delivery.state, delivery.due_at, delivery.claimed_at = DeliveryState.PENDING, now, None
    session.flush()
    return len(found)


def drop_pending(session: Session, system_id: int) -> None:
    """Call off what still waits for a system that is not to be told any more."""
    waiting = update(WebhookDelivery).where(
        WebhookDelivery.system_id == system_id, WebhookDelivery.state == DeliveryState.PENDING
    )
    session.execute(
        waiting.values(state=DeliveryState.DROPPED).execution_options(synchronize_session="fetch")
    )


def open_webhook(session: Session, system_id: int) -> Webhook | None:
    """Give the webhook of a system, to be changed."""
    return session.get(Webhook, system_id, with_for_update=True, populate_existing=True)
