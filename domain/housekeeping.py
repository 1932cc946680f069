"""Messages whose sender is nobody we know any more."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from models.api_session import MiniProgramIdentity
from models.enums import InboundState
from models.inbound import InboundMessage
from models.person import Person


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
    change = update(InboundMessage).where(
        which, InboundMessage.state == InboundState.HANDLED, is_nobodys(but=but)
    )
    done = session.execute(change.values(openid="", body="").execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def is_nobodys(*, but: Collection[str]) -> ColumnElement[bool]:
    """Give the condition on InboundMessage that its openid is nobody's; see `forget_nobodys`."""
    known = select(Person.id).where(Person.openid == InboundMessage.openid).exists()
    of_mini = select(MiniProgramIdentity.person_id).where(MiniProgramIdentity.openid == InboundMessage.openid)
    return and_(InboundMessage.openid != "", ~known, ~of_mini.exists(), InboundMessage.kind.not_in(but))
