"""Numbers and commands: what each does."""

from collections.abc import Callable

from domain import drafts
from models.complaint import Complaint
from models.conversation import Draft
from models.enums import ConversationState
from wechat import chat_texts as texts
from wechat import conversation_complaints as of_complaints
from wechat.chat import Chat, Option
from wechat.chat_words import Command, Words
from wechat.conversation_answers import tell_after_all
from wechat.conversation_filing import URGENT, cancel, receipt_of, submit
from wechat.conversation_follow_up import followed_up
from wechat.conversation_places import ask_place, choose_place, is_placed, keep_own_words
from wechat.conversation_resuming import begin_anew, drop_both, go_on, repeat_resume_question, restore, resume
from wechat.conversation_targets import ask_target, is_new, supplement, waiting_complaints

_QUESTIONS = frozenset({ConversationState.RESUMING, ConversationState.CHOOSING_TARGET})


def do_option(chat: Chat, digit: str) -> str:
    """Do what a number stands for."""
    option = chat.option(digit)
    if option is None:
        return _no_such_choice(chat)
    if chat.is_double_tap(digit) and chat.draft is not None:
        answer = go_on(chat, chat.draft)
    else:
        answer = _do(chat, option)
    chat.note_digit(digit)
    return answer


def _no_such_choice(chat: Chat) -> str:
    if not chat.row.options:
        return texts.NOTHING_TO_SUBMIT
    if chat.draft is not None and chat.state not in _QUESTIONS:
        return f"{texts.NO_SUCH_CHOICE}\n{go_on(chat, chat.draft)}"
    return texts.NO_SUCH_CHOICE


def _do(chat: Chat, option: Option) -> str:
    name, draft = option["do"], chat.draft
    if name in _WITH_COMPLAINT:
        complaint = (
            chat.session.get(Complaint, option["complaint"]) if "complaint" in option else chat.complaint
        )
        return _WITH_COMPLAINT[name](chat, complaint) if complaint else texts.NOTHING_TO_SUBMIT
    if name in _WITH_DRAFT:
        return _WITH_DRAFT[name](chat, draft, option) if draft else texts.NOTHING_TO_SUBMIT
    return _OTHERS[name](chat, option)


def do_command(chat: Chat, words: Words) -> str:
    """Do what a word asks for."""
    if words.command in _ABOUT_COMPLAINTS:
        return _ABOUT_COMPLAINTS[words.command](chat, words.number)
    if words.command is Command.HELP:
        return texts.helping()
    if words.command is Command.RESTORE:
        return restore(chat)
    draft = chat.draft or drafts.left_open(chat.session, chat.person)
    if draft is None:
        return _without_draft(chat, words.command)
    if chat.state in _QUESTIONS and chat.draft is not None:
        return _on_question(chat, chat.draft, words.command)
    if words.command is Command.CANCEL:
        return cancel(chat, draft)
    if words.command is Command.CHANGE_PLACE:
        return ask_place(chat, draft)
    return _submit(chat, draft, anonymous=words.command is Command.SUBMIT_ANONYMOUSLY)


def _without_draft(chat: Chat, command: Command | None) -> str:
    complaint = followed_up(chat)
    if command is Command.CANCEL:
        return of_complaints.ask_withdrawal(chat, complaint) if complaint else texts.NOTHING_TO_CANCEL
    if complaint is not None:
        return receipt_of(chat, complaint)
    return texts.NOTHING_TO_SUBMIT


def _on_question(chat: Chat, draft: Draft, command: Command | None) -> str:
    resuming = chat.state is ConversationState.RESUMING
    if command is Command.CANCEL:
        return drop_both(chat, draft, chat.row.options[0]) if resuming else cancel(chat, draft)
    if resuming:
        return repeat_resume_question(chat, draft)
    waiting = waiting_complaints(chat)
    return ask_target(chat, draft, waiting) if waiting else is_new(chat, draft)


def _submit(chat: Chat, draft: Draft, *, anonymous: bool) -> str:
    if drafts.content_of(chat.session, draft).is_empty:
        return texts.EMPTY_DRAFT
    never_asked = chat.state is ConversationState.DRAFTING and not is_placed(draft)
    if never_asked and draft.kind_hint != URGENT:
        return ask_place(chat, draft, then="submit_anonymously" if anonymous else "submit")
    return submit(chat, draft, anonymous=anonymous)


def _submit_as_ordinary(chat: Chat, draft: Draft) -> str:
    draft.kind_hint = ""
    return _submit(chat, draft, anonymous=False)


_ABOUT_COMPLAINTS: dict[Command | None, Callable[[Chat, str | None], str]] = {
    Command.PROGRESS: of_complaints.progress,
    Command.URGE: of_complaints.ask_to_urge,
    Command.WITHDRAW: of_complaints.ask_to_withdraw,
    Command.RATE: of_complaints.to_rate,
}
_WITH_DRAFT: dict[str, Callable[[Chat, Draft, Option], str]] = {
    "submit": lambda chat, draft, _: _submit(chat, draft, anonymous=False),
    "submit_anonymously": lambda chat, draft, _: _submit(chat, draft, anonymous=True),
    "submit_as_ordinary": lambda chat, draft, _: _submit_as_ordinary(chat, draft),
    "cancel": lambda chat, draft, _: cancel(chat, draft),
    "choose_place": choose_place,
    "own_words": keep_own_words,
    "resume": resume,
    "begin_anew": begin_anew,
    "drop_both": drop_both,
    "supplement": supplement,
    "is_new": lambda chat, draft, _: is_new(chat, draft),
}
_WITH_COMPLAINT: dict[str, Callable[[Chat, Complaint], str]] = {
    "receipt": receipt_of,
    "ask_withdrawal": of_complaints.ask_withdrawal,
    "withdraw": of_complaints.withdraw,
}
_OTHERS: dict[str, Callable[[Chat, Option], str]] = {
    "urge": of_complaints.urge,
    "keep": lambda chat, _: of_complaints.keep(chat),
    "tell_after_all": tell_after_all,
}
