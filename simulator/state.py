"""What the platform remembers: one dataclass per thing, one shelf per kind."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from simulator.account_rows import Article, ConditionalMenu, Draft, MassJob, Publication, Tag
from simulator.storage import Storage


class Row(Protocol):
    """A dataclass instance."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


RowT = TypeVar("RowT", bound=Row)


@dataclass
class User:
    """Somebody with a phone; one of the crowd exists for the account only, and nobody holds that phone."""

    openid: str
    nickname: str
    avatar_color: str
    unionid: str
    mini_openid: str
    following: bool = False
    subscribe_time: int = 0
    subscribe_scene: str = ""
    qr_scene: str = ""
    remark: str = ""
    tagid_list: list[int] = field(default_factory=list)
    receive_off: bool = False
    blacklisted: bool = False
    protected_minor: bool = False
    snapshot: bool = False
    high_risk: bool = False
    last_seq: int = 0
    read_seq: int = 0
    last_active: float = 0.0
    typing: bool = False
    windows: dict[str, list[float]] = field(default_factory=dict)
    grants: dict[str, int] = field(default_factory=dict)
    phone: str = ""
    mini_active: float = 0.0
    mass_received: dict[str, int] = field(default_factory=dict)
    in_crowd: bool = False


@dataclass
class AccessToken:
    """A cgi-bin token; `dead_at` is set when a newer one replaces it."""

    value: str
    app_id: str
    kind: str
    issued_at: float
    expires_at: float
    dead_at: float | None = None


@dataclass
class Template:
    """A message template; `fields` are [key, label] pairs, `options` the values of const fields."""

    template_id: str
    title: str
    content: str
    example: str = ""
    primary_industry: str = ""
    deputy_industry: str = ""
    fields: list[list[str]] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)
    subscription: bool = False


@dataclass
class Media:
    """A file; `expires_at` is None for what stays: articles' pictures, and permanent material."""

    media_id: str
    kind: str
    filename: str
    content_type: str
    created_at: float
    expires_at: float | None
    material: bool = False
    title: str = ""
    introduction: str = ""


@dataclass
class QrCode:
    """A parametric code; `posted_title` and `place` are set when it hangs somewhere users can scan it.

    With a `link` what hangs there is no code of the platform's: scanning it opens that page.
    """

    ticket: str
    scene: str
    url: str
    permanent: bool
    by_string: bool
    created_at: float
    expires_at: float | None
    posted: bool = False
    posted_title: str = ""
    place: str = ""
    link: str = ""


@dataclass
class OAuthCode:
    """A code of web OAuth (`page`), of wx.login (`mini`) or for a telephone number (`phone`)."""

    code: str
    kind: str
    openid: str
    scope: str
    created_at: float
    used: bool = False


@dataclass
class SentMessage:
    """What the platform accepted for a user through an API send."""

    number: int
    at: float
    openid: str
    kind: str
    content: dict[str, Any]
    client_msg_id: str
    msgid: int
    delivered: bool


@dataclass
class ChatItem:
    """One line of a user's chat; `body` holds the fields that depend on the type."""

    openid: str
    seq: int
    at: float
    sender: str
    type: str
    via: str | None
    body: dict[str, Any]


@dataclass
class Document:
    """A lone JSON value, such as the menu."""

    value: Any


class Shelf(Generic[RowT]):
    """Rows of one kind by key, in the order of their arrival; written through to the storage."""

    def __init__(self, kind: str, row_type: type[RowT], storage: Storage) -> None:
        self.kind = kind
        self._storage = storage
        self._rows: dict[str, RowT] = {key: row_type(**json.loads(body)) for key, body in storage.load(kind)}

    def put(self, key: str, row: RowT) -> RowT:
        """Keep `row` under `key`, or write a row that was changed in place."""
        self._rows[key] = row
        if self._storage.durable:
            self._storage.save(self.kind, key, json.dumps(asdict(row), ensure_ascii=False))
        return row

    def get(self, key: str) -> RowT | None:
        """Return the row, or None."""
        return self._rows.get(key)

    def remove(self, key: str) -> None:
        """Forget the row, if there is one."""
        if self._rows.pop(key, None) is not None:
            self._storage.delete(self.kind, key)

    def clear(self) -> None:
        """Forget everything on this shelf."""
        self._rows.clear()
        self._storage.delete_kind(self.kind)

    def __iter__(self) -> Iterator[RowT]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def newest(self, count: int) -> list[RowT]:
        """Return the last `count` rows, oldest of them first."""
        rows = list(self._rows.values())
        return rows[-count:] if count > 0 else []


class State:
    """All shelves, and the one lock that guards them."""

    def __init__(self, storage: Storage) -> None:
        self.lock = threading.RLock()
        self.storage = storage
        self.users = Shelf("user", User, storage)
        self.tokens = Shelf("token", AccessToken, storage)
        self.templates = Shelf("template", Template, storage)
        self.media = Shelf("media", Media, storage)
        self.qr_codes = Shelf("qr_code", QrCode, storage)
        self.oauth_codes = Shelf("oauth_code", OAuthCode, storage)
        self.messages = Shelf("message", SentMessage, storage)
        self.chat = Shelf("chat", ChatItem, storage)
        self.documents = Shelf("document", Document, storage)
        self.articles = Shelf("article", Article, storage)
        self.drafts = Shelf("draft", Draft, storage)
        self.publications = Shelf("publication", Publication, storage)
        self.mass_jobs = Shelf("mass_job", MassJob, storage)
        self.tags = Shelf("tag", Tag, storage)
        self.conditional_menus = Shelf("conditional_menu", ConditionalMenu, storage)

    def clear(self) -> None:
        """Forget everything."""
        shelves = [part for part in vars(self).values() if isinstance(part, Shelf)]
        for shelf in shelves:
            shelf.clear()
        self.storage.delete_contents()
