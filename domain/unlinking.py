"""Forgetting who somebody was: the work orders stay, nothing leads from them to a WeChat user any more."""

from datetime import datetime

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from domain import drafts
from domain.people import unfollow
from models.api_session import MiniProgramIdentity
from models.conversation import Conversation, Draft
from models.enums import ConversationState, DraftState, InboundState
from models.inbound import InboundMessage
from models.person import AccessLink, Person, ServiceWindow
from models.staff import Staff
from models.subscription_grant import SubscriptionGrant


def unlink(session: Session, person: Person, *, now: datetime) -> None:
    """Let go of a person's openid and of all that hangs on it; whoever comes back with it is somebody new.

    What was submitted stays as it is, under a row that no longer says whose it was; notices about it go to
    the inbox page. Drafts are dropped, links and leave to write end, staff have to bind their WeChat again.
    Who also uses the mini program still finds everything there: that is another account, which they did not
    leave.
    """
    openid = person.openid
    # A message of theirs that is being handled comes first.
    chat = session.scalar(select(Conversation).where(Conversation.person_id == person.id).with_for_update())
    if chat is not None:
        chat.state, chat.options, chat.draft, chat.complaint_id = ConversationState.IDLE, [], None, None
    for draft in session.scalars(_open_drafts(person)):
        drafts.cancel(draft, now=now)
    # What was allowed to the mini program holds; of the other account nothing can be sent without an openid.
    stays = session.get(MiniProgramIdentity, person.id) is not None
    for table in (ServiceWindow, AccessLink) if stays else (ServiceWindow, AccessLink, SubscriptionGrant):
        gone = delete(table).where(table.person_id == person.id)
        session.execute(gone.execution_options(synchronize_session="fetch"))
    session.execute(update(Staff).where(Staff.person_id == person.id).values(person_id=None))
    unfollow(person, now=now)
    person.openid = person.unionid = person.unionid_asked_at = None
    if openid is not None:
        _empty_messages(session, openid)
    session.flush()


def _open_drafts(person: Person) -> Select[Draft]:
    return select(Draft).where(Draft.person_id == person.id, Draft.state == DraftState.OPEN)


def _empty_messages(session: Session, openid: str) -> None:
    """Forget what was received from them; messages that still wait to be acted on keep what they say."""
    theirs = update(InboundMessage).where(
        InboundMessage.openid == openid, InboundMessage.state == InboundState.HANDLED
    )
    session.execute(theirs.values(openid="", body="").execution_options(synchronize_session=False))
