"""What may stand in an article: an allow-list of tags, web links, and pictures we know.

Everything else is left out, its words are kept; scripts and the like go with all that is in them.
"""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

_VOID = frozenset({"br", "hr", "img"})
_TEXT = frozenset({"a", "b", "code", "del", "em", "i", "s", "span", "strong", "sub", "sup", "u"})
_BLOCKS = frozenset(
    {"blockquote", "div", "figcaption", "figure", "h1", "h2", "h3", "h4", "p", "pre", "section"}
)
_LISTS = frozenset({"li", "ol", "ul"})
_TABLES = frozenset({"caption", "table", "tbody", "td", "th", "thead", "tr"})
_KEPT = _VOID | _TEXT | _BLOCKS | _LISTS | _TABLES
_FOREIGN = frozenset({"math", "svg"})
_DROPPED_WHOLE = _FOREIGN | {
    "applet",
    "audio",
    "canvas",
    "frameset",
    "head",
    "iframe",
    "noscript",
    "object",
    "script",
    "select",
    "style",
    "template",
    "textarea",
    "title",
    "video",
    "xmp",
}
_NUMBERS = {"td": ("colspan", "rowspan"), "th": ("colspan", "rowspan"), "ol": ("start",)}
# As large as any list or table is, and no larger than what typed words can say again.
_NUMBER = re.compile("[0-9]{1,3}")
_DEEPEST = 100

Picture = Callable[[str], str | None]


def clean(html: str, *, picture: Picture) -> str:
    """Give the HTML with nothing in it but what is allowed.

    Args:
        html: as somebody wrote or pasted it.
        picture: tells under which address a picture is to be shown; None leaves it out.
    """
    return "".join(_read(html, picture).kept)


def pictures_in(html: str) -> list[str]:
    """List the addresses of the pictures, each once, in the order of the text."""
    found: dict[str, None] = {}

    def note(address: str) -> None:
        found[address] = None

    _read(html, note)
    return list(found)


def plain_text(html: str) -> str:
    """Give the words alone, in one line."""
    return " ".join("".join(_read(html, lambda _: None).words).split())


def below_title(html: str) -> str:
    """Give clean HTML in which no heading stands as high as the title of the page around it."""
    return html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")


def web_address(address: str) -> str | None:
    """Give the address without blanks around it when it is an http or https one, else None."""
    address = address.strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    usable = parts.scheme in {"http", "https"} and bool(parts.netloc) and address.isprintable()
    return address if usable else None


def shown_address(address: str) -> str | None:
    """Give the address of a picture on the web or on our own pages, else None."""
    own = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if own else web_address(address)


def _read(html: str, picture: Picture) -> "_Cleaner":
    cleaner = _Cleaner(picture)
    cleaner.feed(html.replace("\0", ""))
    cleaner.finish()
    return cleaner


class _Cleaner(HTMLParser):
    """Writes anew what it reads, tag by tag, so that nothing it does not know can pass."""

    def __init__(self, picture: Picture) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self.words: list[str] = []
        self._picture = picture
        self._open: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WHOLE:
            self._inside.append(tag)
        if self._inside or tag not in _KEPT or len(self._open) >= _DEEPEST:
            return
        written = self._attributes(tag, {name: value or "" for name, value in attrs})
        if written is None:
            return
        self.kept.append(f"<{tag}{written}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # `<script/>` opens a script all the same; only void tags, and drawings, end by themselves.
        if tag not in _FOREIGN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            if tag == self._inside[-1]:
                self._inside.pop()
            return
        if tag not in self._open:
            return
        while True:
            closed = self._open.pop()
            self.kept.append(f"</{closed}>")
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.kept.append(escape(data, quote=False))
            self.words.append(data)

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Leave out `<![…>` as browsers do; the library's own reading fails where no name follows."""
        return self.parse_bogus_comment(i, bool(report))

    def finish(self) -> None:
        """Read what is left, and close what is open."""
        self.close()
        while self._open:
            self.kept.append(f"</{self._open.pop()}>")

    def _attributes(self, tag: str, given: dict[str, str]) -> str | None:
        """Write the attributes that stay; None when the tag makes no sense without one that does not."""
        if tag == "a":
            address = web_address(given.get("href", ""))
            return None if address is None else f' href="{escape(address)}"'
        if tag == "img":
            shown = self._picture(given.get("src", "").strip())
            return None if shown is None else f' src="{escape(shown)}" alt="{escape(given.get("alt", ""))}"'
        numbers = (name for name in _NUMBERS.get(tag, ()) if _NUMBER.fullmatch(given.get(name, "")))
        return "".join(f' {name}="{given[name]}"' for name in numbers)
