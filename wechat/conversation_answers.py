"""Questions that the office has answered beforehand (关键词回复).

The rule: nobody's complaint is lost to an answer. So one is given only while nothing is being written, chosen
or followed up, and no question of staff waits for this person's reply; after safety words, numbers and
commands; and to a word within a message only where that is short and asks something
(`domain.keyword_answers`). What was said then is still at hand: 1 takes it as the beginning of a complaint.
"""

from domain import keyword_answers
from models.enums import AnswerMatch, ConversationState
from wechat.chat import Chat, Option
from wechat.chat_pieces import Piece
from wechat.conversation_gathering import take_in
from wechat.conversation_targets import waiting_complaints

_TELL_AFTER_ALL = "\n\n不是想问这个，而是要反映问题？回复 1，就把您刚才的话记下来。"


def answer_question(chat: Chat, piece: Piece) -> str | None:
    """Answer a known question; None where there is none, or something else is under way."""
    if chat.state is not ConversationState.IDLE or chat.draft is not None:
        return None
    known = keyword_answers.known_answer(chat.session, piece.text)
    if known is None or waiting_complaints(chat):
        return None
    keyword_answers.count_asked(chat.session, known)
    if known.match is AnswerMatch.EXACT:
        return known.answer
    chat.expect(ConversationState.IDLE, [{"key": "1", "do": "tell_after_all", "text": piece.text}])
    return known.answer + _TELL_AFTER_ALL


def tell_after_all(chat: Chat, option: Option) -> str:
    """Take what was answered as a question for what it was: the beginning of a complaint."""
    return take_in(chat, Piece(str(option["text"])))
