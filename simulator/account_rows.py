"""What an account makes through the API: articles, drafts, publications, mass sends, tags, menus."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Article:
    """One article; `fields` are those of the API, `key` is the end of its address.

    `state`: draft, live (published or sent), deleted.
    """

    key: str
    fields: dict[str, Any]
    state: str
    created_at: float
    live_at: float | None = None
    via: str = ""


@dataclass
class Draft:
    """Up to eight articles under one media id, which dies when they are published or sent."""

    media_id: str
    article_keys: list[str]
    created_at: float
    updated_at: float


@dataclass
class Publication:
    """One publishing job; `status` is WeChat's publish_status (1 under way, 0 done, more: failed)."""

    publish_id: str
    media_id: str
    article_id: str
    article_keys: list[str]
    status: int
    created_at: float
    updated_at: float


@dataclass
class MassJob:
    """One mass send; `client_msg_id` holds for a day."""

    msg_id: int
    msg_data_id: int
    kind: str
    content: dict[str, Any]
    openids: list[str]
    client_msg_id: str
    created_at: float
    to_all: bool = False
    status: str = "SENDING"
    media_id: str = ""
    article_keys: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class Tag:
    """A group of followers; who is in it stands with the followers."""

    tag_id: int
    name: str


@dataclass
class ConditionalMenu:
    """A menu for those to whom the rule applies."""

    menu_id: str
    button: list[dict[str, Any]]
    matchrule: dict[str, Any]
