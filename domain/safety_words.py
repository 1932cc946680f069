"""Safety words (紧急词): what makes a complaint urgent, edited by the office."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain import office_changes, wording
from domain.acts import cleaned
from domain.errors import Invalid, NotFound
from models.complaint import Complaint
from models.staff import Staff
from models.upsert import insert_into
from models.wording import SafetyWord

LONGEST_WORD = 20
LONGEST_NOTE = 100
# One character stands in too many harmless words: 火 in 火腿肠.
_SHORTEST_WORD = 2
_LOOKED_BACK = timedelta(days=30)


def first_in(words: Iterable[str], text: str) -> str | None:
    """Give the first of these words that stands in the text; blanks between characters do not hide it."""
    dense = "".join(text.split())
    return next((word for word in words if word in dense), None)


def safety_word_in(session: Session, text: str) -> str | None:
    """Give the first safety word in the text, if any."""
    return first_in(wording.wording(session).safety_words, text)


def listed(session: Session) -> Sequence[SafetyWord]:
    """Give all words, those in use first."""
    return session.scalars(select(SafetyWord).order_by(SafetyWord.active.desc(), SafetyWord.id)).all()


def seed(session: Session, *, now: datetime) -> None:
    """Copy the catalogue's words into an office that has none yet."""
    if session.scalar(select(SafetyWord.id).limit(1)) is not None:
        return
    for word in catalogue().safety.words:
        row = insert_into(session, SafetyWord).values(word=word, note="", active=True)
        session.execute(row.on_conflict_do_nothing(index_elements=["word"]))
    wording.has_changed(session, now=now)


def add(session: Session, *, word: str, note: str, staff: Staff, now: datetime) -> SafetyWord:
    """Add a word; it holds with the next message.

    Raises:
        Invalid: it is too short, too long, or there already.
    """
    seed(session, now=now)
    word = "".join(cleaned(word).split())
    if len(word) < _SHORTEST_WORD:
        raise Invalid("紧急词至少两个字；一个字会把很多平常的话判为紧急。", "word")
    if len(word) > LONGEST_WORD:
        raise Invalid(f"紧急词最多 {LONGEST_WORD} 个字，写最短的说法就行。", "word")
    existing = session.scalar(select(SafetyWord).where(SafetyWord.word == word))
    if existing is not None:
        state = "已经在用" if existing.active else "在列表里，只是停用了，点「启用」就行"
        raise Invalid(f"「{word}」{state}。", "word")
    row = SafetyWord(word=word, note=_note(note), active=True)
    session.add(row)
    wording.has_changed(session, now=now)
    office_changes.note(
        session, staff, action="safety_word.add", subject=word, words=f"新增紧急词「{word}」", now=now
    )
    return row


def set_active(session: Session, word_id: int, *, active: bool, staff: Staff, now: datetime) -> SafetyWord:
    """Take a word out of use, or into use again.

    Raises:
        NotFound: there is no such word.
    """
    row = session.get(SafetyWord, word_id)
    if row is None:
        raise NotFound("没有找到这个紧急词，请刷新页面。")
    if row.active is not active:
        row.active = active
        wording.has_changed(session, now=now)
        deed = "启用" if active else "停用"
        office_changes.note(
            session,
            staff,
            action="safety_word.enable" if active else "safety_word.disable",
            subject=row.word,
            words=f"{deed}紧急词「{row.word}」",
            now=now,
        )
    return row


def recently_heard(session: Session, word: str, *, now: datetime) -> int:
    """Count the complaints of the last 30 days in which these words stand, urgent or not."""
    holding = Complaint.text.contains(word, autoescape=True)
    query = select(func.count(Complaint.id)).where(Complaint.filed_at >= now - _LOOKED_BACK, holding)
    return session.scalar(query) or 0


def _note(note: str) -> str:
    note = cleaned(note)
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"说明最多 {LONGEST_NOTE} 字。", "note")
    return note
