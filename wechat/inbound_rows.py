"""The rows of what the platform sent: each message has one, by the key that makes it this message."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from models.enums import InboundState
from models.inbound import InboundMessage
from models.many_rows import Writing, insert_given, inserting, is_sqlite, update_given, write_many
from models.prepared import KEEPING_TO_PLANS
from models.upsert import insert_into
from wechat.inbound import Inbound

_TABLE = cast("Table", InboundMessage.__table__)


def store(
    session: Session,
    dedupe_key: str,
    state: InboundState,
    body: str,
    *,
    now: datetime,
    is_mini_program: bool,
    inbound: Inbound | None = None,
    error: str = "",
) -> int | None:
    """Keep what came, and give its row's number; None when it is there already.

    On PostgreSQL this waits for a first delivery that is still at work.
    """
    row = _row(
        dedupe_key, state, body, now=now, is_mini_program=is_mini_program, inbound=inbound, error=error
    )
    new = insert_into(session, InboundMessage).values(row)
    new = new.on_conflict_do_nothing(index_elements=["dedupe_key"])
    new_id: int | None = session.scalar(new.returning(InboundMessage.id))
    return new_id


def store_all(session: Session, came: Sequence[tuple[Inbound, str, datetime]]) -> dict[str, int]:
    """Keep messages of the official account that this transaction handles, each with its body and time.

    What the transaction asks after it is asked by plans that PostgreSQL keeps.

    Returns:
        The new rows' numbers by key; what is there already is missing.
    """
    rows = [
        _row(one.dedupe_key, InboundState.HANDLED, body, now=now, is_mini_program=False, inbound=one)
        | {"handled_at": now}
        for one, body, now in came
    ]
    # In one order everywhere, so that two who keep the same messages never wait for each other.
    rows.sort(key=lambda row: row["dedupe_key"])
    found = write_many(session, _storing(for_sqlite=is_sqlite(session)), rows)
    return {row[0]: row[1] for row in found}


@cache
def _storing(*, for_sqlite: bool) -> Writing:
    names = [column.name for column in _TABLE.columns if column.name != "id"]
    new = insert_given(_TABLE, names, for_sqlite=for_sqlite)
    new = new.on_conflict_do_nothing(index_elements=["dedupe_key"])
    more = () if for_sqlite else (KEEPING_TO_PLANS,)
    new = new.returning(_TABLE.c.dedupe_key, _TABLE.c.id, *more)
    return inserting(new, names, for_sqlite=for_sqlite)


@cache
def keeping_replies(*, for_sqlite: bool) -> Writing:
    """Give the statement that keeps what was answered, for rows of `id` and `reply`."""
    return update_given(_TABLE, "id", ["reply"], for_sqlite=for_sqlite)


def forget(session: Session, row_ids: Collection[int]) -> None:
    """Take back rows of this transaction, as if nothing had come yet."""
    if row_ids:
        session.connection().execute(delete(_TABLE).where(_TABLE.c.id.in_(row_ids)))


def replies_to(session: Session, dedupe_keys: Collection[str]) -> dict[str, str]:
    """Give what was answered to messages that are there."""
    if not dedupe_keys:
        return {}
    query = select(_TABLE.c.dedupe_key, _TABLE.c.reply).where(_TABLE.c.dedupe_key.in_(dedupe_keys))
    return {row[0]: row[1] for row in session.connection().execute(query)}


def _row(
    dedupe_key: str,
    state: InboundState,
    body: str,
    *,
    now: datetime,
    is_mini_program: bool,
    inbound: Inbound | None = None,
    error: str = "",
) -> dict[str, Any]:
    return {
        "dedupe_key": dedupe_key,
        "openid": inbound.openid if inbound else "",
        "kind": inbound.kind if inbound else "",
        "body": body,
        "state": state,
        "reply": "",
        "received_at": now,
        "error": error,
        "attempts": 0,
        "from_mini_program": is_mini_program,
    }
