"""The university as demo/university.toml describes it; loads nothing that takes long."""

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from models.enums import Role, ServicePointKind

PASSWORD = "banshishi-demo"  # noqa: S105 (printed at every start of the demo)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(_Part):
    """What holds for all places of a group."""

    kind: ServicePointKind
    team: str
    category: str
    standard: str
    pledge: str


class Place(_Part):
    """One place and those within it; `at` is where it stands, as map pages give it (GCJ-02)."""

    name: str
    at: str = ""
    group: str
    in_charge: str
    party_member: bool = False
    below: tuple["Place", ...] = ()


class Colleague(_Part):
    """One who signs in; `wechat` names the simulator's user who is this person."""

    username: str
    name: str
    post: str
    roles: tuple[Role, ...]
    team: str = ""
    wechat: str = ""


class Plan(_Part):
    """All of university.toml."""

    name: str
    groups: dict[str, Group]
    places: tuple[Place, ...]
    staff: tuple[Colleague, ...]


@lru_cache(maxsize=1)
def university_plan() -> Plan:
    """Give the university as it is written down."""
    file = Path(__file__).with_name("university.toml")
    return Plan.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
