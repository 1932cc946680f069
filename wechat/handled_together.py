"""Plain words of many people, handled in one transaction: asked for together, written together.

Most messages add a few words to what somebody is telling, and most of what such a message costs is asked of
the database in statements that differ in a key only. Here the same rules act on each of them
(`wechat.conversation.take_turn`), over what was read for all. Whatever is more than plain words of somebody
we know is left alone, and so is who is being written to by somebody else just now: it is handled by itself,
as if nothing had been here (docs/decisions/0037).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from domain import drafts, keyword_answers, wording
from domain.people import WindowKind, opened_window, opening
from domain.safety_words import safety_word_in
from models.conversation import Conversation, Draft
from models.database import Database
from models.enums import ConversationState
from models.many_rows import among, is_sqlite, write_all
from models.person import Person, ServiceWindow
from models.prepared import Prepared, columns_of, loaded, parted
from models.service_point import ServicePoint
from models.touched import take_touched, touching
from wechat.chat import Chat, Said, begin_turn
from wechat.chat_limits import said_columns, said_from, said_since
from wechat.chat_words import understand
from wechat.conversation import take_turn, window_opened_at
from wechat.inbound import Inbound
from wechat.inbound_rows import forget, keeping_replies, replies_to, store_all
from wechat.replies import with_links

_TOUCHED = (Draft, Conversation)


@dataclass(frozen=True)
class Brought:
    """One message.

    Attributes:
        body: as it is kept.
        now: when it came.
        addresses: gives what makes the address of a link to a path, in this session.
    """

    inbound: Inbound
    body: str
    now: datetime
    addresses: Callable[[Session], Callable[[str], str]]


def may_go_together(inbound: Inbound) -> bool:
    """Tell whether a message is plain words, which touch nothing but what their writer is telling."""
    if inbound.kind != "text":
        return False
    words = understand(inbound.field("Content"))
    return bool(words.text) and words.digit is None and words.command is None


def handle_together(database: Database, lot: Sequence[Brought]) -> list[str | None]:
    """Handle what is plain of these messages, each of another person.

    Returns:
        The answers with their links, in the same order; None for what is to be handled by itself.
    """
    with database.transaction() as session:
        # Before any conversation is held, as is done with one: so who waits for whom never goes in a circle.
        ids = store_all(session, [(one.inbound, one.body, one.now) for one in lot])
        fresh = {key: one for one in lot if (key := one.inbound.dedupe_key) in ids}
        chats = _open_chats(session, list(fresh.values()))
        drafts.gather_texts(session)
        replies = {chat.inbound.dedupe_key: take_turn(chat) for chat in chats}
        if chats:
            _write(session, chats, {ids[key]: reply for key, reply in replies.items()})
        forget(session, [row_id for key, row_id in ids.items() if key not in replies])
        replies |= replies_to(session, [key for one in lot if (key := one.inbound.dedupe_key) not in ids])
        return [_answer(session, one, replies.get(one.inbound.dedupe_key)) for one in lot]


def _write(session: Session, chats: Sequence[Chat], replies: Mapping[int, str]) -> None:
    """Write what the turns changed, and their answers by the numbers of their messages' rows."""
    for_sqlite = is_sqlite(session)
    texts = drafts.take_texts(session)
    touched = {kind: take_touched(session, kind) for kind in _TOUCHED}
    # Whatever else they changed.
    session.flush()
    window = WindowKind.MESSAGE
    windows = [
        opened_window(
            one.person.id,
            window_opened_at(one.inbound, now=one.now),
            seconds=window.seconds,
            messages=window.messages,
        )
        for one in sorted(chats, key=lambda chat: chat.person.id)
    ]
    answers = [{"id": row_id, "reply": reply} for row_id, reply in sorted(replies.items())]
    write_all(
        session,
        {
            opening(for_sqlite=for_sqlite): windows,
            drafts.writing(for_sqlite=for_sqlite): texts,
            **{touching(kind, for_sqlite=for_sqlite): rows for kind, rows in touched.items()},
            keeping_replies(for_sqlite=for_sqlite): answers,
        },
    )


def _answer(session: Session, one: Brought, reply: str | None) -> str | None:
    return None if reply is None else with_links(reply, address=one.addresses(session))


@cache
def _people(*, for_sqlite: bool) -> Prepared:
    # Whose rows somebody else holds is passed over: no lot waits for anybody, so none waits for another.
    return Prepared(
        select(*columns_of(Conversation), *columns_of(Person))
        .select_from(Conversation)
        .join(Person, Person.id == Conversation.person_id)
        .join(ServiceWindow, ServiceWindow.person_id == Person.id)
        .where(among(Person.openid, "openids", for_sqlite=for_sqlite))
        .with_for_update(of=[Conversation, ServiceWindow], skip_locked=True)
    )


@cache
def _held_parts() -> Sequence[int]:
    """Tell of how many columns the parts of a row of `_people` are."""
    return len(columns_of(Conversation)), len(columns_of(Person))


@dataclass(frozen=True)
class _Known:
    """What is known of one whose conversation is held."""

    draft: Draft | None
    said: Said
    content: drafts.Content | None


@cache
def _knowing(*, for_sqlite: bool) -> Prepared:
    return Prepared(
        select(
            Conversation.person_id,
            wording.REVISION_NOW.scalar_subquery(),
            *drafts.content_columns(),
            *said_columns(),
            *columns_of(Draft),
            *columns_of(ServicePoint),
        )
        .select_from(Conversation)
        .join(Person, Person.id == Conversation.person_id)
        .outerjoin(Draft, Draft.id == Conversation.draft_id)
        .outerjoin(ServicePoint, ServicePoint.id == Draft.service_point_id)
        .where(among(Person.id, "people", for_sqlite=for_sqlite))
    )


@cache
def _known_parts() -> Sequence[int]:
    """Tell the same of `_knowing`; the first part is the person and the revision."""
    rows = (columns_of(Draft), columns_of(ServicePoint))
    return 2, len(drafts.COUNTS), len(said_columns()), *map(len, rows)


def _known_of(session: Session, people: Sequence[int], *, now: datetime) -> dict[int, _Known]:
    """Read what there is of each, now that they are held; before, it may be older than who held them."""
    found = {}
    given = {"people": people} | said_since(now)
    for row in _knowing(for_sqlite=is_sqlite(session)).rows(session, given):
        (person_id, revision), counts, said, of_draft, of_place = parted(row, _known_parts())
        wording.hold(session, revision)
        draft = None if of_draft[0] is None else loaded(session, Draft, of_draft)
        if draft is not None:
            place = None if of_place[0] is None else loaded(session, ServicePoint, of_place)
            set_committed_value(draft, "service_point", place)
        content = None if draft is None else drafts.content_from(counts)
        found[person_id] = _Known(draft, said_from(said), content)
    return found


def _open_chats(session: Session, fresh: Sequence[Brought]) -> list[Chat]:
    """Begin the turns of whom we know and nobody else holds, as far as it is plain words."""
    if not fresh:
        return []
    brought = {one.inbound.openid: one for one in fresh}
    rows = _people(for_sqlite=is_sqlite(session)).rows(session, {"openids": list(brought)})
    held = [parted(row, _held_parts()) for row in rows]
    people = [row[0] for row, _ in held]
    known = _known_of(session, people, now=max(one.now for one in fresh)) if people else {}
    chats = []
    for of_row, of_person in held:
        row, person = loaded(session, Conversation, of_row), loaded(session, Person, of_person)
        of_them, one = known[person.id], brought[person.openid or ""]
        set_committed_value(row, "draft", of_them.draft)
        chat = begin_turn(session, person, row, one.inbound, now=one.now)
        chat.said, chat.content = of_them.said, of_them.content
        if _is_plain(chat):
            chats.append(chat)
    return chats


def _is_plain(chat: Chat) -> bool:
    """Tell whether these words only go on with what is being told: no limit, no danger, nothing filed."""
    words, said = chat.inbound.field("Content"), chat.said
    is_free = said is not None and not (said.over or said.is_limited or said.is_blocked)
    is_about_another = chat.state is ConversationState.FOLLOWING_UP
    if not is_free or is_about_another or safety_word_in(chat.session, words) is not None:
        return False
    # What is counted for all who ask, such as a known question, would be held for as long as the lot lasts.
    return chat.draft is not None or keyword_answers.known_answer(chat.session, words) is None
