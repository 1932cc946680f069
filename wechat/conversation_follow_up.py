"""The minutes after submitting: what comes is added to the complaint; and safety words at any time."""

from config.limits import URGENT_PER_HOUR
from domain import complaints, drafts, limits
from domain.errors import DomainError
from domain.limit_texts import urgent_too_often
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, ConversationState
from wechat import chat_texts as texts
from wechat import chat_texts_complaints as complaint_texts
from wechat.chat import Chat
from wechat.chat_pieces import Piece
from wechat.conversation_filing import expect_additions, submit_urgently
from wechat.conversation_gathering import add, take_in


def followed_up(chat: Chat) -> Complaint | None:
    """Give the complaint that was submitted a moment ago."""
    return chat.complaint if chat.state is ConversationState.FOLLOWING_UP else None


def takes_words(complaint: Complaint | None) -> bool:
    """Tell whether words, too, go to the complaint: those about a danger do, others begin something new."""
    return complaint is not None and complaint.urgent and complaint.status in ACTIVE_STATUSES


def take_addition(chat: Chat, complaint: Complaint, piece: Piece) -> str:
    """Add a piece to the complaint submitted a moment ago; one that has ended meanwhile takes no more."""
    attachments = [piece.attachment] if piece.attachment else []
    try:
        with chat.session.begin_nested():
            complaints.supplement(
                chat.session,
                complaint,
                words=piece.text,
                attachments=attachments,
                actor=chat.actor,
                now=chat.now,
            )
    except DomainError:
        chat.rest()
        return take_in(chat, piece)
    expect_additions(chat, complaint)
    return complaint_texts.supplemented(complaint, piece.name)


def raise_alarm(chat: Chat, piece: Piece) -> str:
    """Submit at once what tells of a danger, with all that was gathered for it; add to what was submitted."""
    complaint = followed_up(chat)
    if complaint is not None and takes_words(complaint):
        return f"{texts.emergency_line()}\n{take_addition(chat, complaint, piece)}误报请回复 0 撤回。"
    if limits.urgent_beyond(chat.session, chat.person, now=chat.now):
        return _one_more_alarm(chat, piece)
    draft = chat.draft
    if draft is None or drafts.is_idle(draft, now=chat.now):
        draft = drafts.begin(chat.session, chat.person, now=chat.now)
    add(chat, draft, piece)
    return submit_urgently(chat, draft)


def _one_more_alarm(chat: Chat, piece: Piece) -> str:
    """Add to what those on duty know of already, from somebody who has raised alarm after alarm."""
    complaint = limits.urgent_at_work(chat.session, chat.person)
    if complaint is None:
        return urgent_too_often(URGENT_PER_HOUR)
    return f"{texts.emergency_line()}\n{take_addition(chat, complaint, piece)}"
