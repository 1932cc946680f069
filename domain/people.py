"""People who write to us: known by openid, following or not, and how long we may write to them freely."""

from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session

from models.many_rows import Writing, insert_given, inserting, is_sqlite, write_many
from models.person import Person, ServiceWindow
from models.upsert import insert_into


class WindowKind(Enum):
    """What opens a service window: for how many seconds, and for how many messages.

    https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
    """

    MESSAGE = (48 * 3600, 5)
    ACTION = (60, 3)

    @property
    def seconds(self) -> int:
        """How long it stays open."""
        return self.value[0]

    @property
    def messages(self) -> int:
        """How many messages may be sent meanwhile."""
        return self.value[1]


def person_by_openid(session: Session, openid: str, *, now: datetime) -> Person:
    """Give the person with this openid; a new one is kept, whichever process meets them first."""
    found = session.scalar(select(Person).where(Person.openid == openid))
    if found is not None:
        return found
    insert = insert_into(session, Person).values(openid=openid, following=True, created_at=now)
    session.execute(insert.on_conflict_do_nothing(index_elements=["openid"]))
    return session.scalars(select(Person).where(Person.openid == openid)).one()


def known_person(session: Session, openid: str) -> Person | None:
    """Give the person with this openid, if there is one; nobody is made known by asking."""
    return session.scalar(select(Person).where(Person.openid == openid)) if openid else None


def is_known(session: Session, openid: str) -> bool:
    """Tell whether there is a person with this openid."""
    return known_person(session, openid) is not None


def follow(person: Person, *, now: datetime) -> None:
    """Note that the person follows the account."""
    person.following = True
    person.followed_at = now


def unfollow(person: Person, *, now: datetime) -> None:
    """Note that the person no longer follows the account, and cannot be written to."""
    person.following = False
    person.unfollowed_at = now


def open_window(session: Session, person: Person, *, seconds: int, messages: int, now: datetime) -> None:
    """Note that the account may write freely to the person for a while.

    Of this window and the one there may be, the better stays: one that is closed or used up counts for
    nothing, else the one that closes later.

    Args:
        seconds: how long it stays open.
        messages: how many messages may be sent meanwhile.
        now: the moment at which it opened.
    """
    opened = opened_window(person.id, now, seconds=seconds, messages=messages)
    write_many(session, opening(for_sqlite=is_sqlite(session)), [opened])


def opened_window(person_id: int, opened_at: datetime, *, seconds: int, messages: int) -> dict[str, Any]:
    """Give the row of a window, for `opening`."""
    closes_at = opened_at + timedelta(seconds=seconds)
    return {"person_id": person_id, "closes_at": closes_at, "remaining": messages}


@cache
def opening(*, for_sqlite: bool) -> Writing:
    """Give the statement that keeps windows, as `open_window` says.

    It is made once: it is part of every message, and making it costs more than running it.
    """
    table, names = cast("Table", ServiceWindow.__table__), ("person_id", "closes_at", "remaining")
    insert = insert_given(table, names, for_sqlite=for_sqlite)
    there, new = table.c, insert.excluded
    better = insert.on_conflict_do_update(
        index_elements=["person_id"],
        set_={"closes_at": new.closes_at, "remaining": new.remaining},
        # One that is closed by now closes earlier than one that opens now.
        where=or_(there.remaining == 0, there.closes_at <= new.closes_at),
    )
    return inserting(better, names, for_sqlite=for_sqlite)
