"""Asks the platform by which unionid it knows our followers, so that the mini program finds them again."""

import structlog

from domain import mini_people
from jobs.context import JobContext
from models.person import Person
from wechat.errors import WeChatFailure

log = structlog.get_logger(__name__)


def ask_unionids(context: JobContext) -> None:
    """Ask about some followers; without a mini program nobody needs to know."""
    if not context.settings.has_mini_program:
        return
    with context.database.reading() as session:
        openids = {
            person.id: person.openid or "" for person in mini_people.to_ask(session, now=context.clock())
        }
    if not openids:
        return
    try:
        told = context.client.unionids_of(list(openids.values()))
    except WeChatFailure as error:
        log.warning("unionids_not_asked", error=str(error))
        return
    with context.database.transaction() as session:
        for person_id, openid in openids.items():
            person = session.get(Person, person_id, with_for_update=True)
            if person is not None and person.openid == openid:
                mini_people.learn_unionid(session, person, told.get(openid), now=context.clock())
