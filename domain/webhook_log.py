"""The log of webhooks: what went out, and how each try ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from domain.errors import NotFound
from domain.paging import page_within
from domain.queries import Page
from models.connected_system import ConnectedSystem, WebhookAttempt, WebhookDelivery
from models.connected_words import DeliveryState

# What a stopped receiver missed longer ago than this, it gets no more.
PENDING_KEPT = timedelta(days=30)


def deliveries(
    session: Session, system: ConnectedSystem, *, state: DeliveryState | None, page: int, per_page: int
) -> Page[WebhookDelivery]:
    """List what a system was told, the newest first; `state` narrows it."""
    theirs = [WebhookDelivery.system_id == system.id]
    if state is not None:
        theirs.append(WebhookDelivery.state == state)
    total = session.scalar(select(func.count(WebhookDelivery.id)).where(*theirs)) or 0
    page = page_within(page, total, per_page)
    query = select(WebhookDelivery).where(*theirs).options(joinedload(WebhookDelivery.complaint))
    query = query.order_by(WebhookDelivery.id.desc()).limit(per_page).offset((page - 1) * per_page)
    return Page(session.scalars(query).all(), total, page, per_page)


def attempts_of(session: Session, rows: Sequence[WebhookDelivery]) -> Mapping[int, Sequence[WebhookAttempt]]:
    """Give the tries of each delivery by its id, the newest first."""
    ids = [row.id for row in rows]
    found: dict[int, list[WebhookAttempt]] = {delivery_id: [] for delivery_id in ids}
    tries = (
        select(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(ids)).order_by(WebhookAttempt.id.desc())
    )
    for attempt in session.scalars(tries) if ids else ():
        found[attempt.delivery_id].append(attempt)
    return found


def counts(session: Session, system: ConnectedSystem) -> Mapping[DeliveryState, int]:
    """Count what a system was told by where it stands."""
    query = select(WebhookDelivery.state, func.count()).where(WebhookDelivery.system_id == system.id)
    return {row[0]: row[1] for row in session.execute(query.group_by(WebhookDelivery.state))}


def find_delivery(
    session: Session, system: ConnectedSystem, delivery_id: int, *, for_change: bool = False
) -> WebhookDelivery:
    """Give one of a system's deliveries.

    Raises:
        NotFound: there is none with this id, or it is another's.
    """
    found = session.get(WebhookDelivery, delivery_id, with_for_update=for_change or None)
    if found is None or found.system_id != system.id:
        raise NotFound("没有找到这条推送，可能已经清理。")
    return found


def call_off_late(session: Session, *, now: datetime) -> int:
    """Call off what waited for too long; how long it is kept after that is told by domain/retention.py.

    Returns:
        How many were called off.
    """
    late = update(WebhookDelivery).where(
        WebhookDelivery.state == DeliveryState.PENDING, WebhookDelivery.created_at < now - PENDING_KEPT
    )
    dropped = late.values(state=DeliveryState.DROPPED).execution_options(synchronize_session=False)
    return int(session.execute(dropped).rowcount)  # type: ignore[attr-defined]
