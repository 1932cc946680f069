"""The stories that complaints of the demo are made from, as demo/stories/*.toml and words.toml tell them."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from models.enums import ComplaintKind, Complexity, Outcome

FOLDER = Path(__file__).with_name("stories")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Telling(_Part):
    """One person's words for a story; `place` is where it must be, by its full name."""

    text: str
    place: str = ""


class Deferral(_Part):
    """Why it has to wait, for how many days, and what is said of the plan meanwhile."""

    reason: str
    days: int
    done: str


class Rejection(_Part):
    """Which reason of the catalogue (from 1), with which words; `appeal` is what the person says to it."""

    reason: int
    words: str
    appeal: str = ""


class Transfer(_Part):
    """Which team it should go to and why; `refused` holds the desk's words where it has to stay."""

    to: str
    reason: str
    refused: str = ""


class Story(_Part):
    """Something that happens at a university, as several people tell it, and what came of it.

    Attributes:
        at: groups of places where it may be (see university.toml); without any, `spots` in people's own
            words, the n-th for the n-th telling.
        team: who answers where no place names a team.
        chosen: people tell it on the web page, where they choose the category.
        photo: the scene of demo/drawings that shows it, before and after.
        disliked, redo: how a person sends it back, and the second result.
    """

    code: str
    category: str
    team: str
    kind: ComplaintKind = ComplaintKind.COMPLAINT
    at: tuple[str, ...] = ()
    spots: tuple[str, ...] = ()
    texts: tuple[Telling, ...] = Field(min_length=1)
    photo: str = ""
    chosen: bool = False
    urgent: bool = False
    complexity: Complexity = Complexity.ORDINARY
    progress: tuple[str, ...] = ()
    ask: str = ""
    answer: str = ""
    result: str
    outcome: Outcome = Outcome.SOLVED
    liked: tuple[str, ...] = ()
    disliked: str = ""
    redo: str = ""
    public_text: str = ""
    deferral: Deferral | None = None
    rejection: Rejection | None = None
    transfer: Transfer | None = None

    @field_validator("texts", mode="before")
    @classmethod
    def _plain_texts(cls, value: list[Any]) -> list[Any]:
        return [{"text": text} if isinstance(text, str) else text for text in value]


class Words(_Part):
    """What people say around a complaint, whatever it is about; one of each list is picked."""

    openings: tuple[str, ...]
    closings: tuple[str, ...]
    same_here: tuple[str, ...]
    same_here_merged: str
    assigned: tuple[str, ...]
    accepted: tuple[str, ...]
    accepted_at_once: str
    progress: tuple[str, ...]
    notes: tuple[str, ...]
    urges: tuple[str, ...]
    supervised: tuple[str, ...]
    withdrawn: tuple[str, ...]
    supplement: tuple[str, ...]
    late_reason: tuple[str, ...]
    no_photo: tuple[str, ...]
    reopened: tuple[str, ...]
    deferral_approved: tuple[str, ...]
    rejection_refused: str
    five_stars: tuple[str, ...]
    four_stars: tuple[str, ...]
    three_stars: tuple[str, ...]
    bad: tuple[str, ...]
    redone: str


@lru_cache(maxsize=1)
def stories() -> tuple[Story, ...]:
    """Give all stories, in the order of their files."""
    return tuple(story for file in sorted(FOLDER.glob("*.toml")) for story in _read(file))


def _read(file: Path) -> list[Story]:
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    common = {"category": content["category"], "team": content["team"]}
    return [
        Story.model_validate({**common, **raw, "code": f"{file.stem}-{number}"})
        for number, raw in enumerate(content["stories"], start=1)
    ]


@lru_cache(maxsize=1)
def words() -> Words:
    """Give the words around complaints."""
    return Words.model_validate(
        tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    )
