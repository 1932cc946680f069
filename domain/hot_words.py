"""Hot words (热词): what people write of most, in how many of the complaints of a period."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.figure_rules import LEFT_OUT
from domain.filters import Filters, conditions_of
from models.complaint import Complaint

# So many of the newest are read; more take seconds and change little.
SAMPLE = 3_000
# A word that one or two people use says something of them, not of the office.
FEWEST = 3
MOST_WORDS = 60
_STOP_WORDS = frozenset(Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").split())


@dataclass(frozen=True)
class HotWord:
    """A word, and how many of the complaints read hold it."""

    word: str
    complaints: int


@dataclass(frozen=True)
class HotWords:
    """Words of a period.

    Attributes:
        read: how many complaints were read.
        all_read: whether that is all there are.
    """

    words: Sequence[HotWord]
    read: int
    all_read: bool


def hot_words(session: Session, filters: Filters, *, now: datetime) -> HotWords:
    """Give the words that most complaints hold; what was rejected, withdrawn or merged is not read."""
    conditions = conditions_of(session, filters, now=now)
    query = select(Complaint.text).where(*conditions, Complaint.status.not_in(LEFT_OUT))
    texts = session.scalars(query.order_by(Complaint.filed_at.desc()).limit(SAMPLE + 1)).all()
    read = texts[:SAMPLE]
    return HotWords(_counted(read), len(read), len(texts) <= SAMPLE)


def _counted(texts: Iterable[str]) -> list[HotWord]:
    # Its dictionary is large, and few processes are ever asked.
    import rjieba

    held: Counter[str] = Counter()
    for text in texts:
        held.update({word for word in rjieba.cut(text) if _tells_something(word)})
    return [HotWord(word, times) for word, times in held.most_common(MOST_WORDS) if times >= FEWEST]


def _tells_something(word: str) -> bool:
    """Tell whether a word may stand in the list: two Chinese characters or more, and no everyday word."""
    return len(word) > 1 and word not in _STOP_WORDS and all("\u4e00" <= char <= "\u9fff" for char in word)
