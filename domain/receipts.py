"""What the platform tells of a message after it took it: reached the phone, or not.

Such a receipt may come before our own call has returned with the number it goes by. Both sides write the same
row first, so that on PostgreSQL, too, the later of the two sees what the earlier did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.orm import Session

from models.api_session import MiniProgramIdentity
from models.delivery_receipt import DeliveryReceipt
from models.enums import NoticeChannel, NoticeState
from models.many_rows import Writing, among, insert_given, inserting, is_sqlite, write_many
from models.notice import Notice
from models.person import Person
from models.staff import Staff
from models.upsert import insert_into

# Made once, and carried out for many at a time.
_RECEIPT = cast("Table", DeliveryReceipt.__table__)
_NAMES = ("key", "succeeded", "words", "received_at")


def _first(*, for_sqlite: bool) -> Writing:
    new = insert_given(_RECEIPT, _NAMES, for_sqlite=for_sqlite).on_conflict_do_nothing()
    return inserting(new.returning(_RECEIPT.c.key), _NAMES, for_sqlite=for_sqlite)


_FIRST = {for_sqlite: _first(for_sqlite=for_sqlite) for for_sqlite in (True, False)}
_GONE = {
    for_sqlite: delete(_RECEIPT).where(among(_RECEIPT.c.key, "b_keys", for_sqlite=for_sqlite))
    for for_sqlite in (True, False)
}


def subscription_key(openid: str, template_id: str) -> str:
    """Name a 订阅通知 on its way: the answer to our call brings no number."""
    return f"subscription:{openid}:{template_id}"


def note_template_receipt(
    session: Session, message_id: str, *, succeeded: bool, words: str, now: datetime
) -> bool:
    """Take in what became of a template message.

    Args:
        message_id: the platform's number of the message.
        words: why it failed, in plain Chinese.

    Returns:
        Whether its notice is known already; else the receipt is kept until the call returns.
    """
    _keep(session, message_id, succeeded=succeeded, words=words, now=now)
    query = select(Notice.id).where(Notice.platform_message_id == message_id)
    notice_id = session.scalar(query.order_by(Notice.id.desc()).limit(1)) if message_id else None
    return _settle(session, message_id, notice_id, succeeded=succeeded, words=words, now=now)


def note_subscription_receipt(
    session: Session,
    openid: str,
    *,
    template_id: str,
    message_id: str,
    succeeded: bool,
    words: str,
    now: datetime,
    of_mini_program: bool = False,
) -> bool:
    """Take in what became of a 订阅通知; it belongs to the one sent longest ago that nothing is known of.

    Args:
        openid: theirs in the account that sent it.
        of_mini_program: whether that is the mini program.

    Returns:
        Whether its notice is known already; else the receipt is kept until the call returns.
    """
    key = subscription_key(openid, template_id)
    _keep(session, key, succeeded=succeeded, words=words, now=now)
    identity, way = MiniProgramIdentity, NoticeChannel.MINI_SUBSCRIPTION
    found = select(identity.person_id).where(identity.openid == openid)
    if not of_mini_program:
        found, way = select(Person.id).where(Person.openid == openid), NoticeChannel.SUBSCRIPTION
    person_id = found.scalar_subquery()
    staff_id = select(Staff.id).where(Staff.person_id == person_id).scalar_subquery()
    query = select(Notice.id).where(
        or_(Notice.person_id == person_id, Notice.staff_id == staff_id),
        Notice.state == NoticeState.SENT,
        Notice.channel == way,
        Notice.template_id == template_id,
        Notice.delivered_at.is_(None),
        Notice.platform_message_id.in_(["", message_id]),
    )
    notice_id = session.scalar(query.order_by(Notice.sent_at, Notice.id).limit(1))
    if notice_id is not None:
        change = update(Notice).where(Notice.id == notice_id).values(platform_message_id=message_id)
        session.execute(change.execution_options(synchronize_session=False))
    return _settle(session, key, notice_id, succeeded=succeeded, words=words, now=now)


@dataclass(frozen=True)
class Awaited:
    """A message that was just taken, whose receipt may have come before.

    Attributes:
        key: by which its receipt goes.
        since: a receipt from before this moment is about another message with the same key.
    """

    notice_id: int
    key: str
    since: datetime | None = None


def take_early(session: Session, messages: Sequence[Awaited], *, now: datetime) -> None:
    """Apply the receipts that came before our calls returned; the notices are marked as sent."""
    if not messages:
        return
    # In one order, so that two that do this at once do not wait for each other.
    keys = sorted({one.key for one in messages})
    row = {"succeeded": True, "words": "", "received_at": now}
    # An insert waits for whoever is writing the same row.
    new = write_many(session, _FIRST[is_sqlite(session)], [row | {"key": key} for key in keys])
    added = {row[0] for row in new}
    fresh = {"populate_existing": True}
    for one in messages:
        if one.key in added:
            continue
        found = session.get(DeliveryReceipt, one.key, execution_options=fresh)
        if found is not None and (one.since is None or found.received_at >= one.since):
            _apply(
                session, one.notice_id, succeeded=found.succeeded, words=found.words, now=found.received_at
            )
    _drop(session, keys)


def _keep(session: Session, key: str, *, succeeded: bool, words: str, now: datetime) -> None:
    row = insert_into(session, DeliveryReceipt).values(
        key=key, succeeded=succeeded, words=words[:200], received_at=now
    )
    told = {"succeeded": row.excluded.succeeded, "words": row.excluded.words, "received_at": now}
    session.execute(row.on_conflict_do_update(index_elements=["key"], set_=told))


def _settle(
    session: Session, key: str, notice_id: int | None, *, succeeded: bool, words: str, now: datetime
) -> bool:
    if notice_id is None:
        return False
    _apply(session, notice_id, succeeded=succeeded, words=words, now=now)
    _drop(session, [key])
    return True


def _drop(session: Session, keys: Sequence[str]) -> None:
    session.flush()
    session.connection().execute(_GONE[is_sqlite(session)], {"b_keys": list(keys)})


def _apply(session: Session, notice_id: int, *, succeeded: bool, words: str, now: datetime) -> None:
    change = update(Notice).where(Notice.id == notice_id, Notice.state == NoticeState.SENT)
    if succeeded:
        change = change.values(delivered_at=now)
    else:
        change = change.values(state=NoticeState.INBOX, delivered_at=None, error=f"微信未送达：{words}"[:300])
    session.execute(change.execution_options(synchronize_session=False))
