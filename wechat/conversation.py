"""The chat: what one message from the platform does, and what is answered.

A message is taken, in this order, for: a danger (safety words), a number on offer, a command, a question the
office has an answer to (when nothing is being written), the name of a place that was asked for, an addition
to what was just submitted, or a piece of what somebody has to tell.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from domain.errors import DomainError
from domain.limits import check_bytes
from domain.people import WindowKind, known_person, open_window, person_by_openid
from domain.safety_words import safety_word_in
from domain.secret_box import SecretBox
from models.enums import ConversationState
from wechat import chat_limits
from wechat import chat_texts as texts
from wechat.chat import Chat, open_chat
from wechat.chat_pieces import Piece, heard, piece_of
from wechat.chat_words import Words, understand
from wechat.conversation_answers import answer_question
from wechat.conversation_commands import do_command, do_option
from wechat.conversation_filing import URGENT
from wechat.conversation_follow_up import followed_up, raise_alarm, take_addition, takes_words
from wechat.conversation_gathering import take_in
from wechat.conversation_places import take_place_name
from wechat.conversation_resuming import go_on
from wechat.event_table import EVENTS, Report, Turn
from wechat.inbound import Inbound
from wechat.leaving import stays_away

_MESSAGES = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link"})
# What the platform puts in place of a sticker.
_STICKER = "收到不支持的消息类型"


def respond(session: Session, inbound: Inbound, *, box: SecretBox, now: datetime) -> str:
    """Act on a message or an event.

    Args:
        box: tells who had themselves deleted; see `wechat.leaving.stays_away`.

    Returns:
        The answer, with links marked (see `wechat.replies.with_links`); empty when there is nothing to say.
    """
    happening = EVENTS.get(inbound.kind) if inbound.is_event else None
    if isinstance(happening, Report):
        happening.take_in(session, inbound, now=now)
        return ""
    if inbound.is_event and not isinstance(happening, Turn):
        return ""
    person = known_person(session, inbound.openid)
    if person is None:
        if stays_away(session, inbound, box=box):
            return texts.FORGOTTEN if inbound.is_event else ""
        person = person_by_openid(session, inbound.openid, now=now)
    chat = open_chat(session, person, inbound, now=now)
    window = WindowKind.ACTION if inbound.is_event else WindowKind.MESSAGE
    open_window(
        session,
        person,
        seconds=window.seconds,
        messages=window.messages,
        now=window_opened_at(inbound, now=now),
    )
    return take_turn(chat)


def window_opened_at(inbound: Inbound, *, now: datetime) -> datetime:
    """Tell when a message opened its service window: one that waited for us, when it was sent."""
    return min(inbound.sent_at, now)


def take_turn(chat: Chat) -> str:
    """Act on what somebody said or did, whose conversation is held and whose window is open."""
    inbound = chat.inbound
    if not (inbound.is_event or chat.person.following):
        chat.person.following = True
    too_much = chat_limits.refusal(chat)
    if too_much is not None:
        return too_much
    happening = EVENTS.get(inbound.kind) if inbound.is_event else None
    return happening.act(chat) if isinstance(happening, Turn) else _hear(chat)


def _hear(chat: Chat) -> str:
    if chat.inbound.kind not in _MESSAGES:
        return texts.UNKNOWN_KIND
    piece = piece_of(chat)
    if piece is None:
        return texts.NOT_UNDERSTOOD if chat.inbound.kind == "text" else texts.MEDIA_MISSING
    if safety_word_in(chat.session, heard(chat.inbound)):
        return _tried(chat, lambda: raise_alarm(chat, piece))
    if chat.inbound.kind == "text":
        return _read(chat, piece)
    refused = _blocked(chat)
    return _tried(chat, lambda: _take_file(chat, piece)) if refused is None else refused


def _blocked(chat: Chat) -> str | None:
    """Answer who may tell nothing new for a while; what belongs to a danger is taken all the same."""
    of_danger = takes_words(followed_up(chat)) or (chat.draft is not None and chat.draft.kind_hint == URGENT)
    return None if of_danger else chat_limits.blocked(chat)


def _take_file(chat: Chat, piece: Piece) -> str:
    complaint = followed_up(chat)
    if not takes_words(complaint):  # of a danger, every photo is wanted
        check_bytes(chat.session, chat.person, 0, now=chat.now)
    return take_addition(chat, complaint, piece) if complaint else take_in(chat, piece)


def _read(chat: Chat, piece: Piece) -> str:
    words = understand(piece.text)
    if words.digit is not None:
        digit = words.digit
        return _tried(chat, lambda: do_option(chat, digit))
    if words.command is not None:
        return _tried(chat, lambda: do_command(chat, words))
    if _STICKER in piece.text:
        return texts.STICKER
    known = answer_question(chat, piece) or _polite(chat, words)
    if known is not None:
        return known
    refused = _blocked(chat)
    return _listen(chat, piece, words) if refused is None else refused


def _polite(chat: Chat, words: Words) -> str | None:
    """Answer a courtesy, which is nobody's complaint; None for anything else."""
    if not (words.is_courtesy or words.is_greeting):
        return None
    if chat.draft is not None and chat.state in {
        ConversationState.DRAFTING,
        ConversationState.CHOOSING_PLACE,
    }:
        return go_on(chat, chat.draft)
    return texts.GREETING if words.is_greeting else texts.COURTESY


def _listen(chat: Chat, piece: Piece, words: Words) -> str:
    draft, complaint = chat.draft, followed_up(chat)
    if complaint is not None and takes_words(complaint):
        return take_addition(chat, complaint, piece)
    if draft is not None and chat.state is ConversationState.CHOOSING_PLACE:
        answer = take_place_name(chat, draft, words.text)
        if answer is not None:
            return answer
    if draft is None and not words.has_substance:
        return texts.NOT_UNDERSTOOD
    return take_in(chat, piece)


def _tried(chat: Chat, act: Callable[[], str]) -> str:
    """Do an act; what the rules refuse is undone, and the reason is the answer."""
    try:
        with chat.session.begin_nested():
            return act()
    except DomainError as refusal:
        return refusal.message
