"""People who leave: by unsubscribing, by closing their WeChat account, by taking back what they authorized.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
https://developers.weixin.qq.com/doc/service/guide/h5/authorization_change.html
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.unlinking import unlink
from models.person import Person
from wechat.inbound import Inbound


def unsubscribed(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Unlink who left from what they wrote; a report that comes after they are back changes nothing."""
    person = _known(session, inbound.openid)
    came_back = person is not None and person.followed_at is not None and person.followed_at > inbound.sent_at
    if person is not None and not came_back:
        unlink(session, person, now=now)


def account_closed(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Unlink who closed their WeChat account. FromUserName is not the person."""
    person = _known(session, _concerned(inbound))
    if person is not None:
        unlink(session, person, now=now)


def authorization_revoked(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Unlink who took back what they authorized on the pages, unless they follow: then the chat knows them.

    FromUserName is not the person.
    """
    person = _known(session, _concerned(inbound))
    if person is not None and not person.following:
        unlink(session, person, now=now)


def _concerned(inbound: Inbound) -> str:
    return inbound.field("OpenID") or inbound.field("openid")


def _known(session: Session, openid: str) -> Person | None:
    return session.scalar(select(Person).where(Person.openid == openid)) if openid else None
