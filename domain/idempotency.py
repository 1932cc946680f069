"""Requests that may be sent again: with the same key they have their effect once."""

import hashlib
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.errors import Invalid
from models.api_session import IdempotentRequest
from models.person import Person
from models.upsert import insert_into


class KeyReused(Invalid):
    """The same key came with something else than the first time."""


def fingerprint(*parts: str) -> str:
    """Compute what tells one request from another: 64 hexadecimal digits."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()


def seen_before(session: Session, person: Person, *, key: str, fingerprint: str, now: datetime) -> str | None:
    """Keep a key in the transaction of its effect, or give the result of the request that had it before.

    Of two that come at once the second waits here until the first is done; one that fails leaves no trace.

    Returns:
        None the first time; later what `keep_result` was told.

    Raises:
        KeyReused: the earlier request with this key was another one.
    """
    row = insert_into(session, IdempotentRequest).values(
        person_id=person.id, key=key, fingerprint=fingerprint, result="", created_at=now
    )
    written = row.on_conflict_do_nothing().returning(IdempotentRequest.key)
    if session.scalar(written) is not None:
        return None
    known = session.execute(
        select(IdempotentRequest.fingerprint, IdempotentRequest.result).where(
            IdempotentRequest.person_id == person.id, IdempotentRequest.key == key
        )
    ).one()
    if known.fingerprint != fingerprint:
        raise KeyReused("这个 Idempotency-Key 已经用于另一个请求，请换一个新的。", "Idempotency-Key")
    return str(known.result)


def keep_result(session: Session, person: Person, *, key: str, result: str) -> None:
    """Note what came of the request."""
    row = update(IdempotentRequest).where(
        IdempotentRequest.person_id == person.id, IdempotentRequest.key == key
    )
    session.execute(row.values(result=result))
