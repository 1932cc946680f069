"""The privacy notice (隐私说明) that holds now, the office's own or ours; and who has not seen it yet."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import structlog
from flask import request, session
from markupsafe import Markup

from config.settings import Settings
from domain import retention
from domain.article_html import clean
from domain.article_words import html_of
from domain.retention import Kind
from web.guards import PERSON_KEY
from web.parts import parts
from wechat.event_table import OF_THE_ACCOUNT

log = structlog.get_logger(__name__)

# Raised by whoever changes what web/templates/h5/privacy.html says.
OUR_VERSION = "2026-11-22"
PAGE = "h5_privacy.page"
_SEEN = "privacy"
_VERSION = re.compile(r"^版本[：:]\s*(.+)$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TERMS = re.compile(r"<!-- 保存期限 -->.*?<!-- 保存期限完 -->", re.DOTALL)


@dataclass(frozen=True)
class PrivacyNotice:
    """What people are told.

    Attributes:
        version: as the office writes it.
        mark: changes with the words.
        html: of the office's own file; None for ours.
    """

    version: str
    mark: str
    html: Markup | None = None


def terms(settings: Settings) -> list[tuple[Kind, str]]:
    """Give what is kept for how long in this office."""
    days = settings.days_kept
    return [(kind, kind.term(days)) for kind in retention.kinds(of_the_account=OF_THE_ACCOUNT)]


def table_of(rows: list[tuple[Kind, str]]) -> str:
    """Write the table as it stands in the file."""
    lines = [f"| {kind.title} | {term} | {kind.since} | {kind.done} |" for kind, term in rows]
    return "\n".join(["| 信息 | 保存多久 | 从什么时候算 | 到期以后 |", "|---|---|---|---|", *lines])


def current() -> PrivacyNotice:
    """Give the notice that holds now."""
    settings = parts().settings
    if settings.privacy_file is None:
        return PrivacyNotice(OUR_VERSION, OUR_VERSION)
    try:
        changed = settings.privacy_file.stat().st_mtime_ns
        return _of_file(settings.privacy_file, changed, table_of(terms(settings)))
    except (OSError, UnicodeDecodeError) as error:
        log.exception("privacy_file_unreadable", error=error)
        return PrivacyNotice(OUR_VERSION, OUR_VERSION)


@lru_cache(maxsize=2)
def _of_file(path: Path, changed: int, table: str) -> PrivacyNotice:
    del changed
    words = path.read_text(encoding="utf-8")
    version = _VERSION.search(words)
    words = _COMMENT.sub("", _TERMS.sub(lambda _: table, words))
    html = clean(html_of(words, picture=lambda _: ""), picture=lambda _: None)
    mark = sha256(words.encode()).hexdigest()[:12]
    return PrivacyNotice(version[1].strip() if version else mark, mark, Markup(html))  # noqa: S704 (cleaned)


def note_seen() -> None:
    """Note that this phone has been shown the notice that holds now."""
    session[_SEEN] = current().mark


def news() -> PrivacyNotice | None:
    """Give the notice if it changed since this phone was shown it; who is new is told of no change."""
    if PERSON_KEY not in session or request.endpoint == PAGE:
        return None
    notice = current()
    if _SEEN not in session:
        session[_SEEN] = notice.mark
    return notice if session[_SEEN] != notice.mark else None
