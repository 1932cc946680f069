"""Forgetting what is no longer needed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from models.api_session import MiniProgramIdentity
from models.content_check import MediaVerdict
from models.delivery_receipt import DeliveryReceipt
from models.desk import ActDraft, MatterActDraft
from models.enums import InboundState
from models.inbound import InboundMessage
from models.joint_meeting import JointMeetingDraft
from models.person import AccessLink, Person
from models.scan_ticket import ScanTicket
from models.subscription_grant import SubscriptionTap

LINKS_KEPT = timedelta(days=1)
MESSAGES_KEPT = timedelta(days=90)
DRAFTS_KEPT = timedelta(days=90)
# The platform repeats nothing for as long, and answers every call much sooner.
RECEIPTS_KEPT = timedelta(days=7)
REPEATED_FOR = timedelta(hours=1)
# So that nobody waits long for the database meanwhile.
BATCH = 500


def drop_old_links(session: Session, *, now: datetime) -> int:
    """Delete access links whose time is long over, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    return _drop_some(session, AccessLink, AccessLink.expires_at < now - LINKS_KEPT)


def drop_old_scans(session: Session, *, now: datetime) -> int:
    """Delete codes for staff whose time is long over, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    return _drop_some(session, ScanTicket, ScanTicket.expires_at < now - LINKS_KEPT)


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


def empty_messages_of_nobody(session: Session, *, but: Collection[str], now: datetime) -> int:
    """Forget what was received from people we no longer know, and what we answered, all at once.

    Args:
        but: kinds that are about the account; see `forget_nobodys`.

    Returns:
        How many were emptied.
    """
    found = forget_nobodys(session, InboundMessage.received_at < now - REPEATED_FOR, but=but)
    # The answer stays as long as the platform may deliver the message again.
    answered = (InboundMessage.openid == "", InboundMessage.reply != "")
    change = update(InboundMessage).where(InboundMessage.received_at < now - REPEATED_FOR, *answered)
    done = session.execute(change.values(reply="").execution_options(synchronize_session=False))
    return found + int(done.rowcount)  # type: ignore[attr-defined]


def forget_nobodys(session: Session, which: ColumnElement[bool], *, but: Collection[str]) -> int:
    """Take the openid and the words out of handled messages whose openid is nobody's.

    Whoever left is told of by the platform for a while yet: receipts, taps that were on their way. That such
    a message came stays known by its key, so that a repeat has no effect.

    Args:
        which: the rows that are looked at.
        but: kinds that are about the account, whose sender never was a person.

    Returns:
        How many were emptied.
    """
    known = select(Person.id).where(Person.openid == InboundMessage.openid).exists()
    of_mini = select(MiniProgramIdentity.person_id).where(MiniProgramIdentity.openid == InboundMessage.openid)
    gone = (InboundMessage.openid != "", ~known, ~of_mini.exists(), InboundMessage.kind.not_in(but))
    change = update(InboundMessage).where(which, InboundMessage.state == InboundState.HANDLED, *gone)
    done = session.execute(change.values(openid="", body="").execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def drop_old_receipts(session: Session, *, now: datetime) -> int:
    """Delete receipts of messages that were never ours, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    return _drop_some(session, DeliveryReceipt, DeliveryReceipt.received_at < now - RECEIPTS_KEPT)


def drop_old_verdicts(session: Session, *, now: datetime) -> int:
    """Delete verdicts on photos that nobody here asked about, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    return _drop_some(session, MediaVerdict, MediaVerdict.received_at < now - RECEIPTS_KEPT)


def drop_old_drafts(session: Session, *, now: datetime) -> int:
    """Forget what staff typed into forms long ago and never sent, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    tables: tuple[type[Any], ...] = (ActDraft, MatterActDraft, JointMeetingDraft)
    return sum(_drop_some(session, table, table.changed_at < now - DRAFTS_KEPT) for table in tables)


def drop_old_taps(session: Session, *, now: datetime) -> int:
    """Forget which taps were counted once no repeat of them can come, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    return _drop_some(session, SubscriptionTap, SubscriptionTap.counted_at < now - RECEIPTS_KEPT)


def _drop_some(session: Session, table: type[Any], which: ColumnElement[bool]) -> int:
    """Delete BATCH of these rows, and give how many there were."""
    key = inspect(table).primary_key
    some = select(*key).where(which).limit(BATCH)
    gone = delete(table).where(tuple_(*key).in_(some))
    done = session.execute(gone.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
