"""Takes the HTML of an article that was not typed here, such as a bulletin's, back to words to go on with."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

_HEADINGS = {"h1": "# ", "h2": "# ", "h3": "## ", "h4": "### "}
_BLOCKS = frozenset({"p", "div", "section", "figure", "figcaption", "pre", "caption"})
_BOLD = frozenset({"strong", "b"})
# What would be read as a sign, at the beginning of a line and anywhere.
_AT_START = re.compile(r"^(#{1,3}\s|[-*•]\s|>|\||-{3}|\*{3})")
# A number with more figures is not read as that of a list.
_LAST_NUMBER = 999
# What stands between the head of a table and its rows.
_RULE = re.compile(r":?-{2,}:?")
_NUMBER_AT_START = re.compile(r"^(\d{1,3})\.(?=\s)")
_ANYWHERE = re.compile(r"(\*\*|\\|!?\[(?=[^\[\]\n]*\]\())")


def words_of(html: str, *, picture: Callable[[str], str]) -> str:
    """Give words from which `article_words.html_of` makes an article that reads the same.

    Args:
        html: as `article_html.clean` gave it.
        picture: gives what stands in the brackets for the address of a picture.
    """
    reader = _Reader(picture)
    reader.feed(html)
    reader.close()
    reader.end_block()
    return "\n\n".join(reader.blocks)


class _Reader(HTMLParser):
    """Collects blocks; the lines of a list, a quotation or a table stand together."""

    def __init__(self, picture: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        self._picture = picture
        self._lines: list[str] = []
        self._line = ""
        self._mark = ""
        self._lists: list[list[int | None]] = []
        self._quotes = 0
        self._cells: list[str] | None = None
        self._has_head = False
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _HEADINGS:
            self.end_block()
            self._mark = _HEADINGS[tag]
        elif tag in _BLOCKS:
            self._end_line() if self._lists or self._quotes else self.end_block()
        elif tag in {"ul", "ol", "blockquote", "table"}:
            self._begin_group(tag, given)
        elif tag == "li":
            self._end_line()
            self._mark = self._next_mark()
        elif tag == "tr":
            self._cells = []
        elif tag == "br":
            self._end_line() if self._cells is None else self._add(" ")
        elif tag == "hr":
            self.end_block()
            self.blocks.append("---")
        elif tag in _BOLD:
            self._add("**")
        elif tag == "a":
            self._links.append(given.get("href", ""))
            self._add("[")
        elif tag == "img":
            alt = re.sub(r"[\[\]\n]", " ", given.get("alt", ""))
            self._add(f"![{alt}]({self._picture(given.get('src', ''))})")
        self._has_head = self._has_head or tag == "th"

    def handle_endtag(self, tag: str) -> None:
        if tag in _HEADINGS or tag in _BLOCKS:
            self._end_line() if self._lists or self._quotes else self.end_block()
            self._mark = ""
        elif tag in {"ul", "ol", "blockquote", "table"}:
            self._end_group(tag)
        elif tag == "li":
            self._end_line()
            self._mark = ""
        elif tag in {"td", "th"} and self._cells is not None:
            cell = self._line.strip().replace("|", "\\|")
            self._cells.append(cell.replace("-", "\\-", 1) if _RULE.fullmatch(cell) else cell)
            self._line = ""
        elif tag == "tr" and self._cells is not None:
            self._end_row(self._cells)
        elif tag in _BOLD:
            self._add("**")
        elif tag == "a" and self._links:
            self._add(f"]({self._links.pop()})")

    def handle_data(self, data: str) -> None:
        words = re.sub(r"\s+", " ", data)
        if not self._line:
            words = words.lstrip()
        words = _ANYWHERE.sub(lambda found: r"\*\*" if found[1] == "**" else f"\\{found[1]}", words)
        if not self._line and not self._mark and self._cells is None:
            words = _NUMBER_AT_START.sub(r"\1\\.", _AT_START.sub(r"\\\1", words))
        self._add(words)

    def end_block(self) -> None:
        """Close what stands open, so that the next words begin a block of their own."""
        self._end_line()
        if self._lines:
            self.blocks.append("\n".join(self._lines))
        self._lines = []

    def _add(self, words: str) -> None:
        self._line += words

    def _end_line(self) -> None:
        line = self._line.strip()
        if line:
            self._lines.append("> " * bool(self._quotes) + self._mark + line)
            self._mark = ""
        self._line = ""

    def _begin_group(self, tag: str, given: dict[str, str]) -> None:
        if not self._lists and not self._quotes:
            self.end_block()
        self._end_line()
        if tag == "ol":
            start = given.get("start", "")
            self._lists.append([int(start) if start.isdecimal() else 1])
        elif tag == "ul":
            self._lists.append([None])
        elif tag == "blockquote":
            self._quotes += 1
        else:
            self._has_head = False

    def _end_group(self, tag: str) -> None:
        self._end_line()
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        elif tag == "blockquote" and self._quotes:
            self._quotes -= 1
        if not self._lists and not self._quotes:
            self.end_block()

    def _next_mark(self) -> str:
        number = self._lists[-1][0] if self._lists else None
        if number is None:
            return "- "
        self._lists[-1][0] = min(number + 1, _LAST_NUMBER)
        return f"{number}. "

    def _end_row(self, cells: list[str]) -> None:
        self._lines.append(f"| {' | '.join(cells)} |")
        if self._has_head and len(self._lines) == 1:
            self._lines.append("|" + " --- |" * len(cells))
        self._cells = None
