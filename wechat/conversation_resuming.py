"""Coming back to a draft that was left alone, or having one back that was dropped."""

from domain import drafts
from models.conversation import Draft
from models.enums import ConversationState
from wechat import chat_texts as texts
from wechat.chat import Chat, Option
from wechat.conversation_filing import URGENT, offer_submission
from wechat.conversation_places import ask_place, is_placed


def ask_to_resume(chat: Chat, old: Draft, new: Draft) -> str:
    """Ask whether what was just sent goes on with the old draft or is something else; both are kept."""
    options: list[Option] = [
        {"key": "1", "do": "resume", "old": old.id},
        {"key": "2", "do": "begin_anew", "old": old.id},
        {"key": "0", "do": "drop_both", "old": old.id},
    ]
    left_at = old.updated_at
    chat.expect(ConversationState.RESUMING, options, draft=new)
    about = texts.about_draft(drafts.text_of(chat.session, old), drafts.content_of(chat.session, old))
    return texts.resume_question(about, left_at, now=chat.now)


def repeat_resume_question(chat: Chat, new: Draft) -> str:
    """Ask again, when something else was said that needs the answer first."""
    return ask_to_resume(chat, _old(chat, chat.row.options[0]), new)


def resume(chat: Chat, new: Draft, option: Option) -> str:
    """Go on with the old draft; what was just sent goes into it."""
    old, lead = _old(chat, option), ""
    if new.service_point is not None:
        # Scanned just now: that is where the person is.
        old.service_point, old.place_text = new.service_point, ""
        lead = texts.here(new.service_point)
    drafts.merge(chat.session, new, into=old, now=chat.now)
    return lead + go_on(chat, old)


def begin_anew(chat: Chat, new: Draft, option: Option) -> str:
    """Drop the old draft and go on with what was just sent."""
    drafts.cancel(_old(chat, option), now=chat.now)
    return go_on(chat, new)


def drop_both(chat: Chat, new: Draft, option: Option) -> str:
    """Drop both; for ten minutes both can be had back."""
    drafts.cancel(_old(chat, option), now=chat.now)
    drafts.cancel(new, now=chat.now)
    chat.rest()
    return texts.CANCELLED


def restore(chat: Chat) -> str:
    """Have back what was dropped last; next to a draft in hand, ask how the two belong together."""
    restored = drafts.restore(chat.session, chat.person, now=chat.now)
    if not restored:
        return texts.NOTHING_TO_RESTORE
    in_hand = chat.draft
    if in_hand is not None and not drafts.content_of(chat.session, in_hand).is_empty:
        restored.append(in_hand)
    if len(restored) == 1:
        return texts.RESTORED + go_on(chat, restored[0])
    for draft in restored[1:-1]:
        drafts.merge(chat.session, draft, into=restored[0], now=chat.now)
    return texts.RESTORED + ask_to_resume(chat, restored[0], restored[-1])


def go_on(chat: Chat, draft: Draft) -> str:
    """Ask for what a draft still lacks."""
    has_words = drafts.content_of(chat.session, draft).texts > 0
    if has_words and not is_placed(draft) and draft.kind_hint != URGENT:
        return ask_place(chat, draft)
    return offer_submission(chat, draft)


def _old(chat: Chat, option: Option) -> Draft:
    return chat.session.get_one(Draft, option["old"])
