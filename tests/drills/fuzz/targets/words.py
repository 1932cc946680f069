"""What people type: times, units, holidays, articles, searches, and what goes out in fields of messages."""

from contextlib import suppress
from datetime import UTC, datetime
from html.parser import HTMLParser

import xmltodict

from domain import article_html, article_unwritten, article_words, personal_details, search_words
from domain.article_dress import dressed
from domain.calendar_days import spans_from
from domain.disclosure import masked
from domain.errors import Invalid
from domain.holiday_notices import read_days
from domain.place_names import is_named, spoken, without_vague_end
from domain.plan_dates import read_time, year_named_in
from domain.plan_units import read_units
from domain.reply_templates import filled
from domain.safety_words import first_in
from domain.submissions import guess_kind
from tests.drills.fuzz.pieces import Bytes, from_seeds
from tests.support.plans import UNITS
from wechat import replies
from wechat.chat_words import understand
from wechat.message_fields import TEXT_MAX_BYTES, fit_chat_text, fit_field

_FIELDS = (
    *("thing1", "short_thing1", "number1", "letter1", "symbol1", "character_string1", "time1", "date1"),
    *("amount1", "phone_number1", "car_number1", "name1", "phrase1", "const1", "hologram1", ""),
)
_AT = datetime(2026, 11, 23, tzinfo=UTC)
_MOST = {"thing": 20, "short_thing": 10, "character_string": 32, "phrase": 5, "phone_number": 17, "name": 20}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def plan_times() -> Bytes:
    """A time is read or refused; what was read begins before it ends, and reads the same again."""

    def check(data: bytes) -> None:
        text = _text(data)
        year_named_in(text.split("\n"))
        for year in (2026, 2100):
            with suppress(Invalid):
                time = read_time(text, year=year)
                assert read_time(time.words, year=year) == time
                if time.start and time.deadline:
                    assert time.start <= time.deadline
                for day in (time.start, time.deadline):
                    assert day is None or 1999 <= day.year <= 2105, f"{day} is no day of a plan"

    return from_seeds(check, "plan_times")


def plan_units() -> Bytes:
    """Units are read whatever stands there; where there are any, one leads."""

    def check(data: bytes) -> None:
        text = _text(data)
        for helping in (False, True):
            units = read_units(text, UNITS, helping=helping)
            assert all(unit.words for unit in units)
            assert all(unit.name in {"", *UNITS} for unit in units)
            assert helping or not units or any(unit.leads for unit in units)
            named = [unit.name or unit.words for unit in units]
            assert len(named) == len(set(named)), "a unit stands there twice"

    return from_seeds(check, "plan_units")


def holidays() -> Bytes:
    """A notice is read into single days, in order, or refused; hours likewise."""

    def check(data: bytes) -> None:
        text = _text(data)
        with suppress(Invalid):
            edits = read_days(text, year=2027)
            days = [edit.day for edit in edits]
            assert days == sorted(set(days))
        pairs = [(start, end) for start, _, end in (line.partition("-") for line in text.split("\n"))]
        with suppress(Invalid):
            spans = spans_from(pairs)
            assert all(one.opening < one.closing for one in spans)

    return from_seeds(check, "holidays")


class _Look(HTMLParser):
    """Collects what stands in HTML that is said to be clean."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.given: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.given += [(name, value or "") for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment passed: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration passed: {decl!r}")


_ALLOWED = frozenset({"href", "src", "alt", "colspan", "rowspan", "start"})


def article() -> Bytes:
    """What was typed or pasted comes out clean, stays the same, and reads the same as words again."""

    def check(data: bytes) -> None:
        text = _text(data)
        _pasted(text)
        made = article_html.clean(article_words.html_of(text, picture=_picture), picture=_shown)
        _clean(made)
        words = article_unwritten.words_of(made, picture=_number)
        again = article_html.clean(article_words.html_of(words, picture=_picture), picture=_shown)
        assert _read(again) == _read(made), "it does not read the same after having been words again"

    return from_seeds(check, "article")


def _picture(name: str) -> str:
    return f"/p/{name}"


def _number(address: str) -> str:
    return address.removeprefix("/p/")


def _shown(address: str) -> str | None:
    return article_html.shown_address(address)


def _read(html: str) -> str:
    return "".join(article_html.plain_text(html).split())


def _pasted(text: str) -> None:
    html = article_html.clean(text, picture=_shown)
    _clean(html)
    article_html.pictures_in(text)
    dressed(article_html.below_title(html))
    article_unwritten.words_of(html, picture=_number)


def _clean(html: str) -> None:
    look = _Look()
    look.feed(html)
    look.close()
    assert look.tags <= article_html._KEPT, look.tags
    for name, value in look.given:
        assert name in _ALLOWED, name
        if name == "href":
            assert value.startswith(("http://", "https://", "HTTP", "Http")) or "://" in value, value
    assert article_html.clean(html, picture=_shown) == html, "cleaning it once more changes it"


def search() -> Bytes:
    """A word of a text is found in it, and where it stands is marked within it."""

    def check(data: bytes) -> None:
        text = _text(data)
        found = search_words.search_words(text)
        assert len(found) <= search_words.MAX_WORDS
        tokens = search_words.tokens_of(text)
        for word in found:
            assert all(token in tokens for token in word.tokens[:-1]), (word, tokens)
            assert not word.tokens or any(one.startswith(word.tokens[-1]) for one in tokens), word
            assert word.text in search_words.folded(text), word
        spans = search_words.spans_in(text, found)
        ends = [0, *(place for span in spans for place in span), len(text)]
        assert ends == sorted(ends)
        assert all(start < end for start, end in spans)
        search_words.contact_tokens_of(text[:40], text[40:80])

    return from_seeds(check, "search")


def fields() -> Bytes:
    """What goes into a field or a text is never empty, never too long, and well-formed."""

    def check(data: bytes) -> None:
        text = _text(data)
        for name in _FIELDS:
            value = fit_field(name, text)
            assert value, name
            most = _MOST.get(name.rstrip("0123456789"))
            assert most is None or len(value) <= most, (name, value)
        assert len(fit_chat_text(text, ending="https://x/").encode()) <= TEXT_MAX_BYTES
        assert len(replies.fit(text).encode()) <= replies.MAX_TEXT_BYTES
        said = f"{replies.plain(text)}{replies.link('/h5/', text)}"
        linked = replies.with_links(said, address=lambda path: f"https://x{path}")
        assert linked.count("<") == 2, "a person's words became a link"
        written = replies.text_reply(linked, to=text[:64], sender="gh", at=_AT)
        content = xmltodict.parse(written, strip_whitespace=False)["xml"]["Content"]
        assert len((content or "").encode()) <= replies.MAX_TEXT_BYTES
        assert filled(text, {}) == text
        filled(text, {"称呼": "{称呼}", "编号": text})

    return from_seeds(check, "fields")


def speech() -> Bytes:
    """Whatever somebody says can be understood or left at that; what is masked does not come back."""

    def check(data: bytes) -> None:
        text = _text(data)
        guess_kind(text)
        words = understand(text)
        assert words.digit is None or words.digit in "0123456789"
        first_in(["漏电", "起火"], text)
        details = personal_details.find_details(text)
        ends = [place for detail in details for place in (detail.start, detail.end)]
        assert ends == sorted(ends)
        personal_details.in_words(details)
        hidden = masked(text)
        assert masked(hidden) == hidden, "what is masked once more changes again"
        for part in text.split("\n")[:5]:
            spoken(part)
            without_vague_end(part)
            is_named(part, text)

    return from_seeds(check, "speech")
