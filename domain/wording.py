"""The words every message of the chat is held against, read fast: safety words and known questions.

Each message costs one read, of a revision by its primary key. Every change writes a new revision in its own
transaction, and a process keeps what belongs to a revision, so a change holds with the very next message and
nothing kept can be out of date. Revisions are random: a change that is rolled back leaves none that another
could take for its own.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from models.enums import AnswerMatch
from models.office_setting import OfficeSetting
from models.upsert import insert_into
from models.wording import KeywordAnswer, SafetyWord

_REVISION = "wording_revision"
REVISION_NOW = select(OfficeSetting.__table__.c.value).where(OfficeSetting.__table__.c.name == _REVISION)
_READ = "wording"
_MOST_KEPT = 8


@dataclass(frozen=True)
class KnownAnswer:
    """One question that the chat can answer by itself."""

    id: int
    word: str
    match: AnswerMatch
    answer: str


@dataclass(frozen=True)
class Wording:
    """What holds at one revision.

    Attributes:
        safety_words: those that make a complaint urgent.
        answers: in the order in which they are tried.
    """

    safety_words: tuple[str, ...]
    answers: tuple[KnownAnswer, ...]


_kept: dict[str, Wording] = {}


def wording(session: Session) -> Wording:
    """Give what holds now; asked for again in the same session, it costs nothing."""
    found: Wording | None = session.info.get(_READ)
    if found is None:
        found = hold(session, session.connection().scalar(REVISION_NOW))
    return found


def hold(session: Session, revision: str | None) -> Wording:
    """Have this session go by a revision that was just read along with something else (`REVISION_NOW`)."""
    found = session.info[_READ] = _of_revision(session, revision)
    return found


def has_changed(session: Session, *, now: datetime) -> None:
    """Begin a new revision, after words were changed in this transaction."""
    session.flush()
    fresh = {"value": secrets.token_hex(8), "changed_at": now}
    row = insert_into(session, OfficeSetting).values(name=_REVISION, **fresh)
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_=fresh))
    session.info.pop(_READ, None)


def _of_revision(session: Session, revision: str | None) -> Wording:
    if revision is None:  # never set up: nothing tells one state from the next
        return _read(session)
    found = _kept.get(revision)
    if found is None:
        found = _read(session)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[revision] = found
    return found


def _read(session: Session) -> Wording:
    words = session.execute(select(SafetyWord.word, SafetyWord.active).order_by(SafetyWord.id)).all()
    # An office without any row has never edited its words; no word at all would be no safety.
    safety_words = tuple(row.word for row in words if row.active) if words else catalogue().safety.words
    answers = session.scalars(
        select(KeywordAnswer)
        .where(KeywordAnswer.active)
        .order_by(KeywordAnswer.match.desc(), KeywordAnswer.position, KeywordAnswer.id)
    )
    return Wording(
        safety_words, tuple(KnownAnswer(row.id, row.word, row.match, row.answer) for row in answers)
    )
