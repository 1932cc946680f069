"""What the platform leaves of an article's HTML: no scripts, and pictures of its own only.

https://developers.weixin.qq.com/doc/subscription/api/draft/api_draft_add.html
"""

from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

_DROPPED_WHOLE = frozenset({"script", "style", "iframe", "object", "noscript"})
_VOID = frozenset({"br", "hr", "img", "wbr"})
_NEEDLESS = frozenset(
    {"html", "head", "body", "meta", "link", "base", "title", "input", "button", "embed", "form"}
)


class _Cleaner(HTMLParser):
    def __init__(self, picture_path: Callable[[str], str | None]) -> None:
        super().__init__(convert_charrefs=True)
        self._picture_path = picture_path
        self._inside: list[str] = []
        self.kept: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WHOLE:
            self._inside.append(tag)
        if self._inside or tag in _NEEDLESS:
            return
        values = {name: value or "" for name, value in attrs if not name.startswith("on")}
        if tag == "img":
            path = self._picture_path(values.get("src", "") or values.get("data-src", ""))
            if path is None:
                return
            values = {name: value for name, value in values.items() if name != "data-src"} | {"src": path}
        if values.get("href", "https:").strip().lower().startswith(("javascript:", "data:", "vbscript:")):
            del values["href"]
        written = "".join(f' {name}="{escape(value)}"' for name, value in values.items())
        self.kept.append(f"<{tag}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            if tag == self._inside[-1]:
                self._inside.pop()
        elif tag not in _VOID and tag not in _NEEDLESS and tag not in _DROPPED_WHOLE:
            self.kept.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.kept.append(escape(data, quote=False))
            self.words.append(data)


def clean_html(content: str, *, picture_path: Callable[[str], str | None]) -> str:
    """Return the content without scripts and foreign pictures.

    `picture_path` tells under which path a picture of this platform lies; None for a foreign one.
    """
    return "".join(_run(content, picture_path).kept)


def words_of(content: str) -> str:
    """Return the text of an article in one line."""
    return " ".join("".join(_run(content, lambda _: None).words).split())


def _run(content: str, picture_path: Callable[[str], str | None]) -> _Cleaner:
    cleaner = _Cleaner(picture_path)
    cleaner.feed(content)
    cleaner.close()
    return cleaner
