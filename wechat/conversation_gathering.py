"""Taking in what somebody tells us, message by message, into a draft."""

from datetime import datetime, timedelta

from domain import drafts
from models.conversation import Draft
from models.enums import ConversationState
from models.service_point import ServicePoint
from wechat import chat_texts as texts
from wechat.chat import Chat
from wechat.chat_pieces import Piece
from wechat.conversation_filing import URGENT, offer_submission
from wechat.conversation_places import ask_place, is_placed, take_position
from wechat.conversation_resuming import ask_to_resume
from wechat.conversation_targets import ask_target, waiting_complaints

# Photos that come so soon after one another are one burst.
_BURST = timedelta(seconds=60)


def take_in(chat: Chat, piece: Piece) -> str:
    """Keep a piece in the draft it belongs to, and say so in a line."""
    if chat.state in {ConversationState.RESUMING, ConversationState.CHOOSING_TARGET} and chat.draft:
        add(chat, chat.draft, piece)
        chat.offer(chat.row.options)
        content = _content(chat, chat.draft, piece)
        return f"{texts.received(content)}{texts.ANSWER_FIRST}"
    draft = chat.draft
    if draft is None:
        return _begin(chat, piece)
    if drafts.is_idle(draft, now=chat.now):
        return _come_back(chat, draft, piece)
    before = draft.updated_at
    add(chat, draft, piece)
    return acknowledge(chat, draft, piece, before=before)


def add(chat: Chat, draft: Draft, piece: Piece) -> None:
    """Put a piece into a draft."""
    if piece.text:
        drafts.add_text(
            chat.session,
            draft,
            piece.text,
            sent_at=chat.inbound.sent_at,
            message_id=chat.inbound.message_id,
            now=chat.now,
        )
    if piece.attachment is not None:
        drafts.add_attachment(chat.session, draft, piece.attachment, now=chat.now)
        take_position(chat, draft, piece.label)


def _begin(chat: Chat, piece: Piece, *, first: ServicePoint | None = None) -> str:
    forgotten = drafts.left_open(chat.session, chat.person)
    draft = drafts.begin(chat.session, chat.person, now=chat.now)
    add(chat, draft, piece)
    if forgotten is not None:
        return ask_to_resume(chat, forgotten, draft)
    waiting = waiting_complaints(chat)
    if waiting:
        return ask_target(chat, draft, waiting)
    return acknowledge(chat, draft, piece, before=None, first=first)


def _come_back(chat: Chat, old: Draft, piece: Piece) -> str:
    if drafts.content_of(chat.session, old).is_empty:
        # A code scanned long ago: where the person is now is asked again, with that place on top.
        drafts.cancel(old, now=chat.now)
        return _begin(chat, piece, first=old.service_point)
    new = drafts.begin(chat.session, chat.person, now=chat.now)
    add(chat, new, piece)
    return ask_to_resume(chat, old, new)


def acknowledge(
    chat: Chat,
    draft: Draft,
    piece: Piece,
    *,
    before: datetime | None,
    first: ServicePoint | None = None,
) -> str:
    """Say that a piece has arrived: at length the first time, in a few words within a burst.

    Args:
        before: when the draft was last added to.
        first: a place to offer before all others, where the place must be asked.
    """
    content = _content(chat, draft, piece)
    in_burst = before is not None and chat.now - before < _BURST and content.attachments > 1
    if piece.attachment is not None and in_burst:
        return texts.received(content, words=False)
    if is_placed(draft) or draft.kind_hint == URGENT:
        return offer_submission(chat, draft, content=content)
    if chat.state is ConversationState.CHOOSING_PLACE:
        chat.offer(chat.row.options)
        return f"{texts.received(content)}{texts.PLACE_SHORT}"
    if content.texts:
        return ask_place(chat, draft, lead="已记下。", first=first)
    lead = texts.ALSO_TELL if content.attachments == 1 else ""
    return lead + offer_submission(chat, draft, content=content)


def _content(chat: Chat, draft: Draft, piece: Piece) -> drafts.Content:
    """Count what is in a draft to which a piece was just added."""
    before, is_only_words = chat.content, piece.attachment is None
    if before is not None and is_only_words and draft is chat.draft:
        return before.with_text()
    return drafts.content_of(chat.session, draft)
