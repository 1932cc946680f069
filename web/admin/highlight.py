"""Texts in which what was searched for is marked."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from domain.search_words import SearchWord, spans_in

_SHOWN = 120
_BEFORE = 24


def marked(text: str, words: Sequence[SearchWord]) -> Markup:
    """Give a text with each hit in a `<mark>`, and nothing else of what it may contain."""
    pieces: list[Markup] = []
    position = 0
    for start, end in spans_in(text, words):
        pieces += [escape(text[position:start]), Markup("<mark>{}</mark>").format(text[start:end])]
        position = end
    return Markup("").join([*pieces, escape(text[position:])])


def snippet(text: str, words: Sequence[SearchWord], *, length: int = _SHOWN) -> Markup:
    """Give the part of a text around its first hit, marked; the beginning where there is none."""
    text = " ".join(text.split())
    spans = spans_in(text, words)
    start = max(0, spans[0][0] - _BEFORE) if spans and len(text) > length else 0
    start = min(start, max(0, len(text) - length))
    part = text[start : start + length]
    before, after = "…" if start else "", "…" if start + length < len(text) else ""
    return Markup("{}{}{}").format(before, marked(part, words), after)
