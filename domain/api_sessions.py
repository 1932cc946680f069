"""Sessions of the mini program and other programs: one for each device, by a token that is kept nowhere."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from domain.acts import cleaned
from domain.errors import NotAllowed, NotFound
from models.api_session import ApiSession
from models.person import Person

# Each use moves the end, up to the longest; then the program asks WeChat anew who it is.
LIFETIME = timedelta(days=30)
LONGEST = timedelta(days=180)
# So that reading a list does not write to the database each time.
TOUCHED_EVERY = timedelta(hours=1)
# More than anybody has phones; a program that signs in again and again pushes its own old ones out.
MOST_DEVICES = 10
_TOKEN_BYTES = 32
_KEY_BYTES = 16
_LONGEST_NAME = 60


class Over(Enum):
    """Why a token opens nothing."""

    UNKNOWN = "token_unknown"
    ENDED = "session_ended"
    EXPIRED = "session_expired"


_WORDS = {
    Over.UNKNOWN: "登录凭证无效，请重新登录。",
    Over.ENDED: "这台设备已退出登录，请重新登录。",
    Over.EXPIRED: "登录已过期，请重新登录。",
}


class SessionOver(NotAllowed):
    """A token opens nothing (any more).

    Attributes:
        why: what became of the session.
    """

    def __init__(self, why: Over) -> None:
        super().__init__(_WORDS[why])
        self.why = why


def begin(session: Session, person: Person, *, device: str, now: datetime) -> tuple[ApiSession, str]:
    """Begin a session on a device, and give its token, of which only a digest is kept."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    opened = ApiSession(
        key=secrets.token_urlsafe(_KEY_BYTES),
        token_hash=_hash(token),
        person_id=person.id,
        device=cleaned(device)[:_LONGEST_NAME],
        created_at=now,
        last_seen_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(opened)
    session.flush()
    for surplus in sessions_of(session, person, now=now)[MOST_DEVICES:]:
        surplus.ended_at = now
    return opened, token


def find(session: Session, token: str, *, now: datetime) -> ApiSession:
    """Give the session of a token.

    The program's own clock plays no part; ours may lie behind the one of the machine that began the session.

    Raises:
        SessionOver: there is none, or it is over.
    """
    query = select(ApiSession).where(ApiSession.token_hash == _hash(token))
    found = session.scalar(query.options(joinedload(ApiSession.person)))
    if found is None:
        raise SessionOver(Over.UNKNOWN)
    if found.ended_at is not None:
        raise SessionOver(Over.ENDED)
    if now >= found.expires_at:
        raise SessionOver(Over.EXPIRED)
    return found


def is_due(opened: ApiSession, *, now: datetime) -> bool:
    """Tell whether it is worth writing down that the session was used."""
    return now - opened.last_seen_at >= TOUCHED_EVERY


def touch(session: Session, opened: ApiSession, *, now: datetime) -> None:
    """Move the end of a session that is used, up to the longest; an earlier moment changes nothing."""
    later = update(ApiSession).where(ApiSession.id == opened.id, ApiSession.last_seen_at < now)
    expires_at = min(now + LIFETIME, opened.created_at + LONGEST)
    session.execute(later.values(last_seen_at=now, expires_at=expires_at))


def sessions_of(session: Session, person: Person, *, now: datetime) -> Sequence[ApiSession]:
    """List the sessions of a person that are open, the one used last first."""
    query = select(ApiSession).where(
        ApiSession.person_id == person.id, ApiSession.ended_at.is_(None), ApiSession.expires_at > now
    )
    return session.scalars(query.order_by(ApiSession.last_seen_at.desc(), ApiSession.id.desc())).all()


def end(session: Session, person: Person, *, key: str, now: datetime) -> None:
    """End one session of a person.

    Raises:
        NotFound: they have none with this key that is open.
    """
    ended = update(ApiSession).where(
        ApiSession.person_id == person.id, ApiSession.key == key, ApiSession.ended_at.is_(None)
    )
    if session.scalar(ended.values(ended_at=now).returning(ApiSession.id)) is None:
        raise NotFound("没有找到这个登录。它可能已经退出。")


def end_all(session: Session, person: Person, *, but: ApiSession | None = None, now: datetime) -> None:
    """End all sessions of a person, or all but one."""
    ended = update(ApiSession).where(ApiSession.person_id == person.id, ApiSession.ended_at.is_(None))
    if but is not None:
        ended = ended.where(ApiSession.id != but.id)
    session.execute(ended.values(ended_at=now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
