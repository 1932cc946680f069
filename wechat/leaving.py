"""People who leave: by unsubscribing, by closing their WeChat account, by taking back what they authorized.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
https://developers.weixin.qq.com/doc/service/guide/h5/authorization_change.html
"""

from datetime import datetime

from sqlalchemy.orm import Session

from domain import former_people
from domain.people import known_person
from domain.secret_box import SecretBox
from domain.unlinking import unlink
from wechat.inbound import Inbound


def unsubscribed(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Unlink who left from what they wrote; a report that comes after they are back changes nothing."""
    person = known_person(session, inbound.openid)
    came_back = person is not None and person.followed_at is not None and person.followed_at > inbound.sent_at
    if person is not None and not came_back:
        unlink(session, person, now=now)


def account_closed(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Unlink who closed their WeChat account. FromUserName is not the person."""
    person = known_person(session, _concerned(inbound))
    if person is not None:
        unlink(session, person, now=now)


def authorization_revoked(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Unlink who took back what they authorized on the pages, unless they follow: then the chat knows them.

    FromUserName is not the person.
    """
    person = known_person(session, _concerned(inbound))
    if person is not None and not person.following:
        unlink(session, person, now=now)


def stays_away(session: Session, inbound: Inbound, *, box: SecretBox) -> bool:
    """Tell whether this, from nobody we know, is of somebody who had themselves deleted and stays away.

    Only what they write themselves afterwards does. What they sent before may come late, and taps and scans
    are told by the platform without anybody having asked to be known again.
    """
    mark = former_people.mark_of(inbound.openid, box=box)
    left_at = former_people.left_at(session, mark)
    if left_at is None:
        return False
    if inbound.is_event or inbound.sent_at <= left_at:
        return True
    former_people.welcome_back(session, mark)
    return False


def _concerned(inbound: Inbound) -> str:
    return inbound.field("OpenID") or inbound.field("openid")
