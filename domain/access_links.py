"""Links in the chat that open the phone pages once, for one person, within half an hour."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from domain.errors import Invalid, NotAllowed, NotFound
from models.many_rows import insert_given, inserting, is_sqlite, write_many
from models.person import AccessLink, Person

LIFETIME = timedelta(minutes=30)
# 24 bytes: 192 bits, 32 characters that need no escaping in an address.
_TOKEN_BYTES = 24
# Made once, and carried out for many at a time.
_NAMES = ("token_hash", "person_id", "path", "expires_at")
_LINK = cast("Table", AccessLink.__table__)
_KEPT = {
    one: inserting(insert_given(_LINK, _NAMES, for_sqlite=one), _NAMES, for_sqlite=one)
    for one in (True, False)
}
_AGAIN = "请回到公众号，发送「进度」获取新的链接。"


def create_link(session: Session, *, person: Person, path: str, now: datetime) -> str:
    """Make a link and give its token, which is kept nowhere: the table holds its SHA-256 only.

    Args:
        path: the page of ours it leads to, such as `/h5/complaints/2026-1121-0007`.

    Raises:
        Invalid: the path is none of ours.
    """
    token, row = new_link(person.id, path, now=now)
    session.add(AccessLink(**row))
    return token


def new_link(person_id: int, path: str, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """Make a link of many that are kept together by `keep`: its token and its row; see `create_link`.

    Raises:
        Invalid: the path is none of ours.
    """
    # Two slashes in front would lead to another host.
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise Invalid("链接只能指向本站页面。", "path")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = {"token_hash": _hash(token), "person_id": person_id, "path": path, "expires_at": now + LIFETIME}
    return token, row


def keep(session: Session, links: Sequence[dict[str, Any]]) -> None:
    """Keep the rows of new links."""
    if links:
        write_many(session, _KEPT[is_sqlite(session)], links)


def look_up(session: Session, token: str) -> AccessLink | None:
    """Give the link with this token, used or not, without using it up."""
    return session.scalar(select(AccessLink).where(AccessLink.token_hash == _hash(token)))


def is_open(link: AccessLink, *, now: datetime) -> bool:
    """Tell whether the link can still be used."""
    return link.used_at is None and now < link.expires_at


def redeem(session: Session, token: str, *, now: datetime) -> AccessLink:
    """Use a link up; of two that come at once, one succeeds.

    Raises:
        NotFound: no link has this token.
        NotAllowed: it was used before, or its time is over.
    """
    link = look_up(session, token)
    if link is None:
        raise NotFound(f"这个链接无效。{_AGAIN}")
    if link.expires_at <= now:
        raise NotAllowed(f"这个链接已过期（30 分钟内有效）。{_AGAIN}")
    unused = update(AccessLink).where(AccessLink.id == link.id, AccessLink.used_at.is_(None))
    if session.scalar(unused.values(used_at=now).returning(AccessLink.id)) is None:
        raise NotAllowed(f"这个链接已使用过，每个链接只能打开一次。{_AGAIN}")
    session.refresh(link)
    return link


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
