"""The menu to start from, and what its buttons can do in the chat: menu.toml."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MENU_FILE = Path(__file__).with_name("menu.toml")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedButton(_Part):
    """A button to start from; only a group has buttons of its own."""

    name: str
    kind: Literal["group", "click", "scan", "view"]
    value: str = ""
    buttons: tuple["SeedButton", ...] = ()


class MenuSeed(_Part):
    """All of menu.toml.

    Attributes:
        actions: what a tap can start in the chat: its key, and what the admin pages call it.
        buttons: the menu to start from.
    """

    actions: dict[str, str] = Field(min_length=1)
    buttons: tuple[SeedButton, ...] = Field(min_length=1, max_length=3)


@lru_cache(maxsize=1)
def menu_seed() -> MenuSeed:
    """Give the menu that this installation starts from."""
    return MenuSeed.model_validate(tomllib.loads(MENU_FILE.read_text(encoding="utf-8")))
