"""Keyword answers (关键词回复): questions that the chat answers by itself, such as when the canteen opens."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain import office_changes, wording
from domain.acts import cleaned
from domain.errors import Invalid, NotFound
from domain.wording import KnownAnswer
from models.enums import AnswerMatch
from models.staff import Staff
from models.wording import KeywordAnswer

LONGEST_WORD = 40
# The platform takes 2048 bytes; a line of ours may have to follow.
MOST_BYTES = 1900
# A question is short; what is longer tells of something.
_LONGEST_QUESTION = 30
_ASKS = re.compile(
    r"[?？]|吗|呢$|几点|多久|多少|什么|哪里|哪儿|在哪|怎么|如何|请问|咨询|电话|时间|地址|开门|营业|能不能|可以"
)


@dataclass(frozen=True, kw_only=True)
class AnswerWish:
    """How a keyword answer is to be."""

    word: str
    match: AnswerMatch
    answer: str


def known_answer(session: Session, text: str) -> KnownAnswer | None:
    """Find the answer to a message: the one whose word it is, else the first whose word a question holds.

    A word within a message counts only where the message is short and asks something; 食堂的菜是凉的 tells of
    something, even though 食堂 stands in it.
    """
    said = dense(text)
    asks = len(text) <= _LONGEST_QUESTION and _ASKS.search(text) is not None
    for known in wording.wording(session).answers:
        word = dense(known.word)
        if said == word or (known.match is AnswerMatch.CONTAINS and asks and word in said):
            return known
    return None


def count_asked(session: Session, known: KnownAnswer) -> None:
    """Note that it was given once more."""
    row = update(KeywordAnswer).where(KeywordAnswer.id == known.id)
    session.execute(row.values(asked=KeywordAnswer.asked + 1).execution_options(synchronize_session=False))


def dense(text: str) -> str:
    """Give the letters, figures and characters of a text alone, in one form."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).lower() if sign.isalnum())


def listed(session: Session) -> Sequence[KeywordAnswer]:
    """Give all answers in the order in which they are tried, those out of use last."""
    in_order = (KeywordAnswer.active.desc(), KeywordAnswer.match.desc(), KeywordAnswer.position)
    return session.scalars(select(KeywordAnswer).order_by(*in_order, KeywordAnswer.id)).all()


def find(session: Session, answer_id: int) -> KeywordAnswer:
    """Give an answer by its id, or raise NotFound."""
    row = session.get(KeywordAnswer, answer_id)
    if row is None:
        raise NotFound("没有找到这条关键词回复，可能已被删除，请刷新页面。")
    return row


def add(session: Session, wish: AnswerWish, *, staff: Staff, now: datetime) -> KeywordAnswer:
    """Add an answer, to be tried after the others.

    Raises:
        Invalid: word or answer cannot be used.
    """
    values = _checked(session, None, wish)
    last = session.scalar(select(func.max(KeywordAnswer.position))) or 0
    row = KeywordAnswer(**values, position=last + 1, active=True)
    session.add(row)
    _note(session, row, "add", f"新增关键词回复「{row.word}」", staff=staff, now=now, after=values)
    return row


def change(session: Session, row: KeywordAnswer, wish: AnswerWish, *, staff: Staff, now: datetime) -> None:
    """Change an answer.

    Raises:
        Invalid: word or answer cannot be used.
    """
    before: dict[str, Any] = {"word": row.word, "match": row.match, "answer": row.answer}
    after = _checked(session, row, wish)
    if before == after:
        return
    row.word, row.match, row.answer = after["word"], wish.match, after["answer"]
    words = f"修改关键词回复「{row.word}」"
    _note(session, row, "change", words, staff=staff, now=now, before=before, after=after)


def set_active(session: Session, row: KeywordAnswer, *, active: bool, staff: Staff, now: datetime) -> None:
    """Take an answer out of use, or into use again."""
    if row.active is not active:
        row.active = active
        verb, deed = ("enable", "启用") if active else ("disable", "停用")
        _note(session, row, verb, f"{deed}关键词回复「{row.word}」", staff=staff, now=now)


def remove(session: Session, row: KeywordAnswer, *, staff: Staff, now: datetime) -> None:
    """Delete an answer; the audit log keeps what it said."""
    before = {"word": row.word, "match": row.match, "answer": row.answer, "asked": row.asked}
    words = f"删除关键词回复「{row.word}」"
    _note(session, row, "remove", words, staff=staff, now=now, before=before)
    session.delete(row)
    wording.has_changed(session, now=now)


def move(session: Session, row: KeywordAnswer, *, by: int, staff: Staff, now: datetime) -> None:
    """Have an answer tried before (-1) or after (1) its neighbour of the same kind."""
    rows = [each for each in listed(session) if each.active and each.match is row.match]
    at = next((index for index, each in enumerate(rows) if each.id == row.id), None)
    if at is None or not 0 <= at + by < len(rows):
        return
    rows[at], rows[at + by] = rows[at + by], rows[at]
    for position, each in enumerate(rows, start=1):
        each.position = position
    deed = "提前" if by < 0 else "推后"
    _note(session, row, "move", f"把关键词回复「{row.word}」{deed}一位", staff=staff, now=now)


def _note(
    session: Session,
    row: KeywordAnswer,
    verb: str,
    words: str,
    *,
    staff: Staff,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    wording.has_changed(session, now=now)
    action = f"keyword_answer.{verb}"
    office_changes.note(
        session, staff, action=action, subject=row.id, words=words, before=before, after=after, now=now
    )


def _checked(session: Session, row: KeywordAnswer | None, wish: AnswerWish) -> dict[str, Any]:
    word, answer = cleaned(wish.word), cleaned(wish.answer.replace("\r\n", "\n"))
    if not dense(word):
        raise Invalid("请填写关键词，至少一个汉字、字母或数字。", "word")
    if len(word) > LONGEST_WORD:
        raise Invalid(f"关键词最多 {LONGEST_WORD} 字。", "word")
    if wish.match is AnswerMatch.CONTAINS and len(dense(word)) < 2:
        raise Invalid("「消息里有这个词」的关键词至少两个字，不然太容易碰上。", "word")
    if not answer:
        raise Invalid("请填写回复内容。", "answer")
    if len(answer.encode()) > MOST_BYTES:
        raise Invalid(
            f"回复太长：微信一条文字最多约 {MOST_BYTES // 3} 个汉字，现在多了约"
            f" {-(-(len(answer.encode()) - MOST_BYTES) // 3)} 个。",
            "answer",
        )
    for each in session.scalars(select(KeywordAnswer).where(KeywordAnswer.match == wish.match)):
        if dense(each.word) == dense(word) and (row is None or each.id != row.id):
            raise Invalid(f"已经有「{each.word}」的回复了，请直接修改那一条。", "word")
    return {"word": word, "match": wish.match, "answer": answer}
