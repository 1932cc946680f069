"""What every act on a complaint has in common."""

from datetime import datetime
from typing import NotRequired, TypedDict

from domain.actors import Actor
from domain.errors import Invalid

MAX_WORDS = 5_000
# After this many moves between teams only a leader moves a complaint again.
LEADER_FROM_TRANSFER = 2


class Act(TypedDict):
    """What every act needs to know besides the complaint.

    `seen` is the revision of the page that the actor looked at; without it only the status is guarded.
    """

    actor: Actor
    now: datetime
    seen: NotRequired[int | None]


def cleaned(words: str) -> str:
    """Give the words without blanks around them, and without the one character PostgreSQL cannot keep."""
    return words.replace("\0", "").strip()


def required(words: str, what: str) -> str:
    """Give the words without blanks around them.

    Raises:
        Invalid: there are none, or too many.
    """
    words = cleaned(words)
    if not words:
        raise Invalid(f"请填写{what}。", "words")
    if len(words) > MAX_WORDS:
        raise Invalid(f"{what}太长，最多 {MAX_WORDS} 字。", "words")
    return words
