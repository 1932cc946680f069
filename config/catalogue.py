"""The catalogue: what a university starts from, and the words and limits the rules work with."""

import tomllib
from datetime import time
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

CATALOGUE_FILE = Path(__file__).with_name("catalogue.toml")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WorkingHours(_Part):
    """Spans of local time, each half-open: [opens, closes)."""

    spans: tuple[tuple[time, time], ...] = Field(min_length=1)


class QuietHours(_Part):
    """When nothing that can wait is sent; goes over midnight when start > end."""

    start: time
    end: time


class Limits(_Part):
    """Time limits; see the comments in catalogue.toml for the unit of each."""

    dispatch_minutes: int = Field(gt=0)
    answer_minutes: int = Field(gt=0)
    ordinary_days: int = Field(gt=0)
    complex_days: int = Field(gt=0)
    very_complex_days: int = Field(gt=0)
    urgent_dispatch_minutes: int = Field(gt=0)
    urgent_answer_minutes: int = Field(gt=0)
    urgent_done_hours: int = Field(gt=0)
    progress_days: int = Field(gt=0)
    close_unrated_days: int = Field(gt=0)
    reopen_days: int = Field(gt=0)
    urge_hours: int = Field(gt=0)


class Safety(_Part):
    """Words that make a complaint urgent."""

    words: tuple[str, ...]


class Rejection(_Part):
    """Reasons for not taking a complaint on."""

    reasons: tuple[str, ...] = Field(min_length=1)


class TeamSeed(_Part):
    """A team to start from."""

    name: str


class CategorySeed(_Part):
    """A category to start from."""

    code: str
    name: str
    team: str
    words: tuple[str, ...]


class Catalogue(_Part):
    """All of catalogue.toml."""

    university: str
    office: str
    account_name: str
    emergency_phone: str
    duty_phone: str
    working_hours: WorkingHours
    quiet_hours: QuietHours
    limits: Limits
    safety: Safety
    rejection: Rejection
    teams: tuple[TeamSeed, ...]
    categories: tuple[CategorySeed, ...]


_own_file: Path | None = None


def use_catalogue(path: Path | None) -> None:
    """Let a university's own file win, entry by entry, over the catalogue that comes with the product."""
    global _own_file  # noqa: PLW0603 (one installation per process)
    _own_file = path
    catalogue.cache_clear()


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Give the catalogue of this installation.

    Raises:
        ValueError: a file holds something that is not TOML, or not in the catalogue's form.
    """
    entries = tomllib.loads(CATALOGUE_FILE.read_text(encoding="utf-8"))
    if _own_file is not None:
        entries |= tomllib.loads(_own_file.read_text(encoding="utf-8"))
    return Catalogue.model_validate(entries)
