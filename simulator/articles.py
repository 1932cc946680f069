"""Articles from the draft to the reader: kept, shown on a page, put on a card."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from simulator.account_rows import Article
from simulator.article_html import clean_html, words_of
from simulator.clock import VirtualClock
from simulator.media_store import MediaStore
from simulator.state import State

DIGEST_LENGTH = 54
_OWN_FIELDS = (
    "title",
    "author",
    "digest",
    "content",
    "content_source_url",
    "thumb_media_id",
    "need_open_comment",
    "only_fans_can_comment",
)


class Articles:
    """Articles by the end of their address."""

    def __init__(self, state: State, clock: VirtualClock, media: MediaStore) -> None:
        self._state = state
        self._clock = clock
        self._media = media

    def write(self, fields: dict[str, Any], *, key: str | None = None) -> Article:
        """Keep an article as a draft; with `key` in place of another."""
        now = self._clock.now()
        if fields.get("article_type", "news") == "news":
            fields = fields | {"content": clean_html(fields["content"], picture_path=self._picture_path)}
        fields["digest"] = fields["digest"] or words_of(fields["content"])[:DIGEST_LENGTH]
        article = Article(key or secrets.token_urlsafe(16), fields, "draft", now)
        return self._state.articles.put(article.key, article)

    def find(self, keys: list[str]) -> list[Article]:
        """Return the articles with these keys, in this order."""
        found = (self._state.articles.get(key) for key in keys)
        return [article for article in found if article is not None]

    def publish(self, keys: list[str], *, via: str) -> None:
        """Show articles to everybody; `via` is publish or mass."""
        for article in self.find(keys):
            article.state, article.live_at, article.via = "live", self._clock.now(), via
            self._state.articles.put(article.key, article)

    def delete(self, keys: list[str]) -> None:
        """Take articles away; their addresses tell so."""
        for article in self.find(keys):
            article.state = "deleted"
            self._state.articles.put(article.key, article)

    def url(self, article: Article) -> str:
        """Return the address of an article's page on this platform."""
        return self._media.base_url + article_path(article)

    def news_item(self, article: Article) -> dict[str, Any]:
        """Return an article as draft/get and freepublish/getarticle show it."""
        kind = article.fields.get("article_type", "news")
        shown = {"article_type": kind} | {name: article.fields.get(name, "") for name in _OWN_FIELDS}
        shown["content"] = self.content(article)
        shown["show_cover_pic"] = 0
        if "image_info" in article.fields:
            shown["image_info"] = article.fields["image_info"]
        cover = cover_path(article)
        return shown | {
            "url": self.url(article),
            "thumb_url": self._media.base_url + cover if cover else "",
            "is_deleted": article.state == "deleted",
        }

    def content(self, article: Article) -> str:
        """Return the HTML with whole addresses of pictures."""
        content: str = article.fields["content"]
        return content.replace('src="/_sim/media/', f'src="{self._media.base_url}/_sim/media/')

    def card(self, article: Article) -> dict[str, str]:
        """Return the lines of the card in a chat; addresses without the host."""
        return {
            "title": article.fields["title"],
            "description": article.fields["digest"],
            "pic_url": cover_path(article),
            "url": article_path(article),
        }

    def _picture_path(self, address: str) -> str | None:
        path = urlsplit(address).path
        prefix = self._media.path("")
        media = self._state.media.get(path.removeprefix(prefix)) if path.startswith(prefix) else None
        return path if media is not None and media.expires_at is None else None


def article_path(article: Article) -> str:
    """Return the address of an article's page without the host."""
    return f"/s/{article.key}"


def picture_ids(article: Article) -> list[str]:
    """Return the media ids of the pictures of a newspic article."""
    pictures = article.fields.get("image_info", {}).get("image_list", [])
    return [picture["image_media_id"] for picture in pictures]


def cover_path(article: Article) -> str:
    """Return where the cover lies, without the host; "" without one."""
    media_id = article.fields.get("thumb_media_id") or next(iter(picture_ids(article)), "")
    return f"/_sim/media/{media_id}" if media_id else ""
