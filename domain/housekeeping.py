"""Forgetting what is no longer needed."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from models.delivery_receipt import DeliveryReceipt
from models.desk import ActDraft
from models.inbound import InboundMessage
from models.person import AccessLink
from models.scan_ticket import ScanTicket
from models.subscription_grant import SubscriptionTap

LINKS_KEPT = timedelta(days=1)
MESSAGES_KEPT = timedelta(days=90)
DRAFTS_KEPT = timedelta(days=90)
# The platform repeats nothing for as long, and answers every call much sooner.
RECEIPTS_KEPT = timedelta(days=7)
# So that nobody waits long for the database meanwhile.
BATCH = 500


def drop_old_links(session: Session, *, now: datetime) -> int:
    """Delete access links whose time is long over, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    old = select(AccessLink.id).where(AccessLink.expires_at < now - LINKS_KEPT).limit(BATCH)
    done = session.execute(
        delete(AccessLink).where(AccessLink.id.in_(old)).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def drop_old_scans(session: Session, *, now: datetime) -> int:
    """Delete codes for staff whose time is long over, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    old = select(ScanTicket.id).where(ScanTicket.expires_at < now - LINKS_KEPT).limit(BATCH)
    done = session.execute(
        delete(ScanTicket).where(ScanTicket.id.in_(old)).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def empty_old_messages(session: Session, *, now: datetime) -> int:
    """Forget what old messages said, some at a time; that they came stays known.

    Returns:
        How many were emptied; 0 when none are left.
    """
    old = (
        select(InboundMessage.id)
        .where(InboundMessage.received_at < now - MESSAGES_KEPT, InboundMessage.body != "")
        .limit(BATCH)
    )
    done = session.execute(
        update(InboundMessage)
        .where(InboundMessage.id.in_(old))
        .values(body="", reply="")
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def drop_old_receipts(session: Session, *, now: datetime) -> int:
    """Delete receipts of messages that were never ours, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    old = select(DeliveryReceipt.key).where(DeliveryReceipt.received_at < now - RECEIPTS_KEPT).limit(BATCH)
    done = session.execute(
        delete(DeliveryReceipt)
        .where(DeliveryReceipt.key.in_(old))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def drop_old_drafts(session: Session, *, now: datetime) -> int:
    """Forget what staff typed into forms long ago and never sent, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    old = (
        select(ActDraft.staff_id, ActDraft.complaint_id, ActDraft.step)
        .where(ActDraft.changed_at < now - DRAFTS_KEPT)
        .limit(BATCH)
    )
    keys = tuple_(ActDraft.staff_id, ActDraft.complaint_id, ActDraft.step)
    done = session.execute(delete(ActDraft).where(keys.in_(old)).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def drop_old_taps(session: Session, *, now: datetime) -> int:
    """Forget which taps were counted once no repeat of them can come, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    keys = select(SubscriptionTap.event_key).where(SubscriptionTap.counted_at < now - RECEIPTS_KEPT)
    done = session.execute(
        delete(SubscriptionTap)
        .where(SubscriptionTap.event_key.in_(keys.limit(BATCH)))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
