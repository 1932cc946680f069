"""Acting later on messages that could not be acted on when they came."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from config.settings import Settings
from domain import notices
from domain.housekeeping import forget_nobodys
from domain.people import known_person
from domain.secret_box import SecretBox
from models.database import Database
from models.enums import InboundState, NoticeKind
from models.inbound import InboundMessage
from models.person import Person
from wechat.inbound import read
from wechat.replies import fit, without_links
from wechat.sides import Side, side_of

log = structlog.get_logger(__name__)

# How long after the last try the next one is made; after these a human has to look.
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 300, 3600, 6 * 3600))


def handle_deferred(settings: Settings, database: Database, *, now: datetime, limit: int = 50) -> int:
    """Act on deferred messages that are due, each in a transaction of its own.

    What would have been answered in the chat goes out as a notice.

    Returns:
        How many were handled.
    """
    with database.reading() as session:
        due = session.scalars(_due(now).order_by(InboundMessage.received_at).limit(limit)).all()
    box = SecretBox(settings.secret_key.get_secret_value())
    return sum(_handle(settings, database, row_id, box=box, now=now) for row_id in due)


def _due(now: datetime) -> Select[int]:
    waited = (
        and_(InboundMessage.attempts == attempts, InboundMessage.handled_at <= now - delay)
        for attempts, delay in enumerate(DELAYS)
    )
    return select(InboundMessage.id).where(InboundMessage.state == InboundState.DEFERRED, or_(*waited))


def _handle(settings: Settings, database: Database, row_id: int, *, box: SecretBox, now: datetime) -> bool:
    with database.transaction() as session:
        # Of several workers one has it; the others go on to the next.
        row = session.scalar(
            select(InboundMessage)
            .where(InboundMessage.id == row_id, InboundMessage.state == InboundState.DEFERRED)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return False
        side = side_of(settings, is_mini_program=row.from_mini_program)
        row.attempts += 1
        row.handled_at = now
        try:
            with session.begin_nested():
                _act(session, side, row, box=box, now=now)
        except Exception as failure:
            is_last = row.attempts >= len(DELAYS)
            log.exception("deferred_message_failed", kind=row.kind, attempts=row.attempts, gave_up=is_last)
            row.error = f"{type(failure).__name__}: {failure}"[:300]
            return False
        row.state, row.error = InboundState.HANDLED, ""
        session.flush()
        forget_nobodys(session, InboundMessage.id == row_id, but=side.of_the_account)
        return True


def _act(session: Session, side: Side, row: InboundMessage, *, box: SecretBox, now: datetime) -> None:
    inbound = read(row.body, app_id=side.app_id, takes_json=side.is_mini_program)
    reply = side.respond(session, inbound, box=box, now=now)
    person = known_person(session, inbound.openid)
    if reply and person is not None:
        _queue_reply(session, row, person, reply, now=now)


def _queue_reply(session: Session, row: InboundMessage, person: Person, reply: str, *, now: datetime) -> None:
    # Made for one use and half an hour, the links themselves do not keep; the notice has one of its own.
    body = fit(without_links(reply))
    row.reply = body
    notices.queue(
        session,
        key=f"inbound:{row.id}",
        kind=NoticeKind.CHAT_REPLY,
        person_id=person.id,
        title=NoticeKind.CHAT_REPLY.label,
        body=body,
        path="/h5/complaints",
        urgent=True,
        now=now,
    )
