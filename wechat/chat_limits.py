"""How much of one person the chat acts on. The platform calls for all of them, and is itself never limited.

Who sends more is told so once, with the time from which on they are heard again; what comes until then is
acknowledged and leaves no row. What tells of a danger is let through all the same, now and then, and the next
few messages with it; between those it is answered with the emergency numbers.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, Table, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from config.limits import (
    ALARM_EVERY,
    CHAT_PAUSE,
    MESSAGES_AFTER_ALARM,
    TELL_BLOCKED_EVERY,
    limits,
)
from domain import limit_texts
from domain.limit_counts import counts_of
from domain.limits import counted_from, current, holds
from domain.safety_words import safety_word_in
from domain.working_time import local_time
from models.database import Database
from models.inbound import InboundMessage
from models.person import Person
from models.person_limit import LimitKind, PersonLimit
from wechat.chat import Chat, Said
from wechat.chat_pieces import heard
from wechat.chat_texts import emergency_line
from wechat.conversation_filing import URGENT
from wechat.event_table import EVENTS, Turn
from wechat.inbound import Inbound

_TURNS = frozenset(kind for kind, means in EVENTS.items() if isinstance(means, Turn))
# It says that somebody is there again, and must be known whatever else they did.
_NEVER_LIMITED = "event:subscribe"
_MINUTE = timedelta(minutes=1)


class Verdict(Enum):
    """What becomes of a message of somebody who is limited."""

    ALARM = auto()
    PASS = auto()
    TELL = auto()
    RING = auto()
    SILENT = auto()


def held_back(database: Database, inbound: Inbound, *, now: datetime) -> str | None:
    """Give the answer to what is not even stored; None for nearly everything, which goes its way.

    Reads only, so that a flood of messages keeps nobody from writing.
    """
    if not _is_limited_kind(inbound):
        return None
    with database.reading() as session:
        limit = session.scalar(
            select(PersonLimit)
            .join(Person, Person.id == PersonLimit.person_id)
            .where(Person.openid == inbound.openid, PersonLimit.kind == LimitKind.CHAT, holds(now))
            .order_by(PersonLimit.until.desc())
            .limit(1)
        )
        if limit is None:
            return None
        verdict = _verdict(limit, is_alarming=_is_alarming(session, inbound), now=now)
        if verdict not in {Verdict.RING, Verdict.SILENT} or _is_known(session, inbound):
            return None
    counts_of(database).add([(limit.person_id, LimitKind.CHAT, limit.until)])
    return emergency_line() if verdict is Verdict.RING else ""


def refusal(chat: Chat) -> str | None:
    """Give the answer to what is not acted on any more; None for what is within the limits."""
    inbound, now, session = chat.inbound, chat.now, chat.session
    said = chat.said or _said_of(session, chat.person.id, now=now)
    chat.is_blocked = said.is_blocked
    # What had to wait for us is not held against who sent it.
    if not _is_limited_kind(inbound) or inbound.sent_at < now - _MINUTE:
        return None
    limit = current(session, chat.person.id, LimitKind.CHAT, now=now) if said.is_limited else None
    if limit is None:
        until = _free_again(session, chat.person.id, inbound.openid, now=now) if said.over else None
        if until is None:
            return None
        limit = PersonLimit(
            person_id=chat.person.id, kind=LimitKind.CHAT, began_at=now, until=until, refused=0, alarm_left=0
        )
        session.add(limit)
    return _answer(limit, _verdict(limit, is_alarming=_is_alarming(session, inbound), now=now), now=now)


def _answer(limit: PersonLimit, verdict: Verdict, *, now: datetime) -> str | None:
    if verdict is Verdict.ALARM:
        limit.alarm_at, limit.alarm_left = now, MESSAGES_AFTER_ALARM
        return None
    if verdict is Verdict.PASS:
        limit.alarm_left -= 1
        return None
    limit.refused, limit.last_refused_at = limit.refused + 1, now
    if verdict is Verdict.TELL:
        limit.told_at = now
        words = limit_texts.chat_too_fast if _is_pause(limit) else limit_texts.chat_too_much
        return words(limit.until, now=now)
    return emergency_line() if verdict is Verdict.RING else ""


def blocked(chat: Chat) -> str | None:
    """Give the answer to what somebody wants to tell who may not for a while; None for everybody else."""
    holding = (chat.person.id, LimitKind.BLOCK)
    block = current(chat.session, *holding, now=chat.now) if chat.is_blocked else None
    if block is None:
        return None
    block.refused, block.last_refused_at = block.refused + 1, chat.now
    if block.told_at is not None and block.told_at > chat.now - TELL_BLOCKED_EVERY:
        return ""
    block.told_at = chat.now
    return limit_texts.blocked(block.reason, block.until, now=chat.now)


def _verdict(limit: PersonLimit, *, is_alarming: bool, now: datetime) -> Verdict:
    lately = limit.alarm_at is not None and limit.alarm_at > now - ALARM_EVERY
    if is_alarming and not lately:
        return Verdict.ALARM
    if lately and limit.alarm_left > 0:
        return Verdict.PASS
    if is_alarming:
        return Verdict.RING
    return Verdict.SILENT if limit.told_at is not None else Verdict.TELL


def _is_limited_kind(inbound: Inbound) -> bool:
    if inbound.is_event:
        return inbound.kind in _TURNS and inbound.kind != _NEVER_LIMITED
    return True


def _is_alarming(session: Session, inbound: Inbound) -> bool:
    if inbound.is_event:
        return inbound.kind == "event:click" and inbound.field("EventKey") == URGENT
    return safety_word_in(session, heard(inbound)) is not None


def _is_known(session: Session, inbound: Inbound) -> bool:
    """Tell whether this is another delivery of what was acted on: it is answered as the first was."""
    query = select(InboundMessage.id).where(InboundMessage.dedupe_key == inbound.dedupe_key)
    return session.scalar(query) is not None


def _is_pause(limit: PersonLimit) -> bool:
    return limit.until - limit.began_at <= CHAT_PAUSE + _MINUTE


def _said_of(session: Session, person_id: int, *, now: datetime) -> Said:
    return said_from(session.execute(_saying(), {"person_id": person_id} | said_since(now)).one())


def said_since(now: datetime) -> dict[str, datetime]:
    """Give the moments that the columns of `said_columns` are asked with."""
    return {"minute": now - _MINUTE, "day": _midnight(now), "now": now}


def said_columns() -> list[ColumnElement[Any]]:
    """Give the columns that tell what the person of a row has said lately, for `said_from`."""
    person, limit = (cast("Table", one.__table__) for one in (Person, PersonLimit))
    minute, day, now = (bindparam(name, type_=limit.c.until.type) for name in ("minute", "day", "now"))
    limited = (
        exists().where(
            limit.c.person_id == person.c.id,
            limit.c.kind == kind,
            limit.c.until > now,
            limit.c.lifted_at.is_(None),
        )
        for kind in (LimitKind.CHAT, LimitKind.BLOCK)
    )
    return [*_counts(person.c.openid, minute=minute, day=day, now=now), *limited]


def said_from(row: Sequence[Any]) -> Said:
    """Read what the columns of `said_columns` tell."""
    return Said(_over(row[0], row[1]), *map(bool, row[2:]))


@cache
def _saying() -> Select[Any]:
    """Make the query once: with each message it is asked, and making it costs more than asking it."""
    person = cast("Table", Person.__table__)
    return select(*said_columns()).select_from(person).where(person.c.id == bindparam("person_id"))


def _free_again(session: Session, person_id: int, openid: str, *, now: datetime) -> datetime | None:
    """Tell until when somebody has said enough, where only what came since staff lifted the limit counts."""
    minute, day = (
        counted_from(session, person_id, LimitKind.CHAT, since) for since in (now - _MINUTE, _midnight(now))
    )
    today, lately = _counts(openid, minute=minute, day=day, now=now)
    over = _over(*session.execute(select(today, lately)).one())
    if over == "day":
        return _midnight(now) + timedelta(days=1)
    return (now + CHAT_PAUSE + _MINUTE).replace(second=0, microsecond=0) if over else None


def _midnight(now: datetime) -> datetime:
    return local_time(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _over(today: int, lately: int) -> str:
    if today > limits().chat_per_day:
        return "day"
    return "minute" if lately > limits().chat_per_minute else ""


def _counts(openid: Any, *, minute: Any, day: Any, now: Any) -> list[ScalarSelect[int]]:  # noqa: ANN401 (values, or what stands for them)
    """Count messages and taps since either moment; reports of the platform about somebody are not theirs."""
    row = cast("Table", InboundMessage.__table__).c
    theirs = (
        row.openid == openid,
        row.received_at <= now,
        or_(row.kind.not_like("event:%"), *(row.kind == kind for kind in _TURNS)),
    )
    return [
        select(func.count()).where(*theirs, row.received_at > since).scalar_subquery()
        for since in (day, minute)
    ]
