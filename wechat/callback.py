"""The platform calls us: store first, then act, then answer; each message has its effect once.

https://developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption.html

The row of a message and all that it changes are one transaction, so a delivery cut short leaves nothing and
the platform's next try finds nothing done. A repeat finds the row and gets the same answer again. For which
of our accounts it calls, and who acts on it, tells `wechat/sides.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from config.settings import Settings
from domain.access_links import create_link
from domain.housekeeping import forget_nobodys
from domain.people import person_by_openid
from domain.safety_words import safety_word_in
from domain.secret_box import SecretBox
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from models.person import Person
from models.trouble import Trouble, trouble_of, words_for_log
from wechat import chat_limits, chat_texts
from wechat.envelope import Opened, RefusedError
from wechat.handled_together import Brought, handle_together, may_go_together
from wechat.inbound import Inbound, UnreadableError, read, unreadable_key
from wechat.inbound_rows import replies_to, store
from wechat.replies import text_reply, with_links
from wechat.sides import Side, official_side
from wechat.together import StillAtWork, Together

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 1024 * 1024
_MAX_UNREADABLE = 64 * 1024
# What `check-config --online` sends to see whether we can read what the platform encrypts.
PROBE = "check_config_probe"
# lock_not_available, deadlock_detected
_LOCK_STATES = frozenset({"55P03", "40P01"})


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"


# The platform takes this for "nothing to say" and does not send the message again.
SUCCESS = Answer(200, "success")
TOO_LARGE = Answer(413, "消息体超过 1 MB，不予接收。")
# Anything but 200 makes the platform send the message again.
UNAVAILABLE = Answer(503, "系统暂时不能处理，请稍后重发。")


def verify(
    settings: Settings, query: Mapping[str, str], *, now: datetime, side: Side | None = None
) -> Answer:
    """Answer the platform's check of our address (GET), as often as it asks; for `side` see `receive`."""
    try:
        (side or official_side(settings)).envelope.check(query, now=now)
    except RefusedError as refused:
        return _refuse(refused)
    return Answer(200, query.get("echostr", ""))


def receive(
    settings: Settings,
    database: Database,
    query: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    side: Side | None = None,
) -> Answer:
    """Take in a message or an event (POST) and answer it.

    Args:
        query: the address's parameters. Its openid is signed by nobody and never used.
        body: as it came.
        side: for which of our accounts the platform calls; the official account when None.
    """
    if len(body) > MAX_BODY_BYTES:
        return TOO_LARGE
    side = side or official_side(settings)
    try:
        opened = side.envelope.open(query, body, now=now)
        inbound = read(opened.body, app_id=side.app_id, takes_json=side.is_mini_program)
    except RefusedError as refused:
        return _refuse(refused)
    except UnreadableError as fault:
        return _keep_unreadable(side, database, opened.body, fault, now=now)
    if inbound.kind == f"event:{PROBE}":
        # Read is all it asks to be. A row would stand among the messages of people, one more for each check.
        return SUCCESS
    text = opened.body.decode("utf-8", "replace")
    try:
        reply = _together(settings, database, side, inbound, text, now=now)
        if reply is None:
            reply = _alone(settings, database, side, inbound, text, now=now)
    except SQLAlchemyError as error:
        return _unavailable(error, inbound.kind)
    except StillAtWork:
        log.warning("callback_not_done_yet", kind=inbound.kind)
        return UNAVAILABLE
    return _sealed(side, opened, inbound, reply, now=now)


def _alone(
    settings: Settings, database: Database, side: Side, inbound: Inbound, text: str, *, now: datetime
) -> str:
    """Handle one message in a transaction of its own, and give the answer."""
    held_back = None if side.is_mini_program else chat_limits.held_back(database, inbound, now=now)
    if held_back is not None:
        return held_back
    box = SecretBox(settings.secret_key.get_secret_value())
    with database.transaction() as session:
        reply = _reply_once(session, side, inbound, text, box=box, now=now)
        return with_links(reply, address=_addresses(session, settings, inbound, now=now))


def _together(
    settings: Settings, database: Database, side: Side, inbound: Inbound, text: str, *, now: datetime
) -> str | None:
    """Handle it with what others say at this moment, and give the answer; None where it is to go alone."""
    if side.is_mini_program or not may_go_together(inbound):
        return None

    def addresses(session: Session) -> Callable[[str], str]:
        return _addresses(session, settings, inbound, now=now)

    return _lots_of(database).bring(
        Brought(inbound, text, now, addresses), key=inbound.openid, handle=partial(_handle, database)
    )


def _handle(database: Database, lot: Sequence[Brought]) -> Sequence[str | None]:
    try:
        return handle_together(database, lot)
    except Exception as error:
        # Alone it would fail in the same way, and later.
        if trouble_of(error) in {Trouble.CROWDED, Trouble.GONE} or (
            database.is_sqlite and trouble_of(error) is Trouble.BUSY
        ):
            raise
        if not is_lock_timeout(error):  # what is still held when each is handled by itself, is told there
            log.warning(
                "messages_handled_apart", lot=len(lot), **(words_for_log(error) or {"exc_info": error})
            )
        return [None] * len(lot)


_lots: WeakKeyDictionary[Database, Together[Brought, str]] = WeakKeyDictionary()


def _lots_of(database: Database) -> Together[Brought, str]:
    return _lots.get(database) or _lots.setdefault(database, Together())


def _sealed(side: Side, opened: Opened, inbound: Inbound, reply: str, *, now: datetime) -> Answer:
    if not reply:
        return SUCCESS
    xml = text_reply(reply, to=inbound.openid, sender=inbound.account, at=now)
    return Answer(200, side.envelope.seal(opened, xml, now=now), "text/xml; charset=utf-8")


def _refuse(refused: RefusedError) -> Answer:
    log.warning("callback_refused", reason=refused.message)
    return Answer(403, refused.message)


def _unavailable(error: SQLAlchemyError, kind: str) -> Answer:
    # Never a "success", also where the first delivery of this very message seems to be at work still: it may
    # be undone yet, and the platform would not send the message again.
    log.error("callback_database_failed", kind=kind, **words_for_log(error))
    return UNAVAILABLE


def is_lock_timeout(error: Exception) -> bool:
    """Tell whether PostgreSQL gave up waiting for a row that somebody else holds."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _LOCK_STATES


def _addresses(
    session: Session, settings: Settings, inbound: Inbound, *, now: datetime
) -> Callable[[str], str]:
    """Give what makes a link's address: good once, for this person; made anew for each answer."""

    @cache
    def person() -> Person:
        return person_by_openid(session, inbound.openid, now=now)

    def address(path: str) -> str:
        return f"{settings.base_url}h5/enter/{create_link(session, person=person(), path=path, now=now)}"

    return address


def _reply_once(
    session: Session, side: Side, inbound: Inbound, body: str, *, box: SecretBox, now: datetime
) -> str:
    """Give the answer to a message: by acting on it, or from the row of its first delivery."""
    key, is_mini_program = inbound.dedupe_key, side.is_mini_program
    row_id = store(
        session,
        key,
        InboundState.HANDLED,
        body,
        now=now,
        is_mini_program=is_mini_program,
        inbound=inbound,
    )
    if row_id is None:
        return replies_to(session, [key])[key]
    state, error = InboundState.HANDLED, ""
    try:
        # What fails is undone to here; the row stays, so that the message is not lost.
        with session.begin_nested():
            reply = side.respond(session, inbound, box=box, now=now)
    except Exception as failure:
        log.exception("message_deferred", kind=inbound.kind, message_id=inbound.message_id)
        state, error = InboundState.DEFERRED, f"{type(failure).__name__}: {failure}"[:300]
        # A mini program has nothing that could show an answer.
        is_silent = side.is_mini_program or is_lock_timeout(failure)
        reply = "" if is_silent else _answer_later(session, inbound)
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.id == row_id)
        .values(state=state, reply=reply, error=error, handled_at=now)
    )
    # Whoever is answered in the chat is known.
    if state is InboundState.HANDLED and (inbound.is_event or not reply):
        forget_nobodys(session, InboundMessage.id == row_id, but=side.of_the_account)
    return reply


def _answer_later(session: Session, inbound: Inbound) -> str:
    if inbound.is_event:
        return ""
    danger = safety_word_in(session, inbound.field("Content"))
    return chat_texts.LATER + (f"\n{chat_texts.emergency_line()}" if danger else "")


def _keep_unreadable(
    side: Side, database: Database, body: bytes, fault: UnreadableError, *, now: datetime
) -> Answer:
    log.error("message_unreadable", reason=fault.reason)
    key = unreadable_key(body, app_id=side.app_id)
    text = body.decode("utf-8", "replace").replace("\0", "")[:_MAX_UNREADABLE]
    try:
        with database.transaction() as session:
            store(
                session,
                key,
                InboundState.UNREADABLE,
                text,
                now=now,
                is_mini_program=side.is_mini_program,
                error=fault.reason[:300],
            )
    except SQLAlchemyError as error:
        return _unavailable(error, "unreadable")
    return SUCCESS
