"""Cutting words into the tokens they are found by, and finding them again in a text.

Chinese is written without blanks, so a run of Chinese characters is cut into pairs: 二食堂 gives 二食 and
食堂, and 堂 as the end of the run. One character is found as the beginning of a pair, two are a pair, and of
more all pairs must be there; that they stand together is then looked up in the folded text. Latin words and
figures are tokens of their own and found by their beginning.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby

MAX_WORDS = 5
_FIRST_IDEOGRAPH = "\u2e80"
# Folding turns this letter into a plain C, so that no word of a text can give a token that begins with it.
_CONTACT = "\u2102"
# Likewise, of what was released: strangers find nothing by words that only staff may read.
_RELEASED = "\u2119"
_SHORTEST_PHONE = 4


class _Kind(Enum):
    IDEOGRAPH = auto()
    LETTER = auto()
    FIGURE = auto()
    BLANK = auto()
    OTHER = auto()


@dataclass(frozen=True)
class SearchWord:
    """One word that is searched for.

    Attributes:
        text: the word, folded.
        tokens: all must be there; the last is the beginning of one.
        contact_tokens: likewise in name or telephone; empty when the word can be neither.
    """

    text: str
    tokens: tuple[str, ...]
    contact_tokens: tuple[str, ...] = ()

    @property
    def released_tokens(self) -> tuple[str, ...]:
        """Those that must be there of what was released."""
        return tuple(_RELEASED + token for token in self.tokens)

    @property
    def exact(self) -> bool:
        """Whether its tokens say it all, so that the text need not be looked at."""
        return len(self.tokens) == 1 and all(_kind(char) is not _Kind.OTHER for char in self.text)


def _fold(char: str) -> str:
    return unicodedata.normalize("NFKC", char).casefold()


def folded(text: str) -> str:
    """Make full and half width, upper and lower case alike, and leave blanks out."""
    text = text.casefold() if text.isascii() else "".join(map(_fold, text))
    return "".join(text.split())


def _kind(char: str) -> _Kind:
    if char.isspace():
        return _Kind.BLANK
    if not char.isalnum():
        return _Kind.OTHER
    if char >= _FIRST_IDEOGRAPH:
        return _Kind.IDEOGRAPH
    return _Kind.FIGURE if char.isdigit() else _Kind.LETTER


def _runs(text: str) -> Iterator[tuple[_Kind, str]]:
    """Give the runs of one kind in a text; a blank ends a Latin word and no Chinese one."""
    pending = ""
    for kind, characters in groupby("".join(map(_fold, text)), _kind):
        run = "".join(characters)
        if kind is _Kind.IDEOGRAPH:
            pending += run
        elif kind is not _Kind.BLANK:
            if pending:
                yield _Kind.IDEOGRAPH, pending
                pending = ""
            yield kind, run
    if pending:
        yield _Kind.IDEOGRAPH, pending


def tokens_of(text: str) -> set[str]:
    """Give all tokens that a text is found by."""
    tokens: set[str] = set()
    for kind, run in _runs(text):
        if kind is _Kind.IDEOGRAPH:
            tokens.update(run[i : i + 2] for i in range(len(run)))
        elif kind is not _Kind.OTHER:
            tokens.add(run)
    return tokens


def is_pair(token: str) -> bool:
    """Tell whether a token is a pair of Chinese characters, marked or not: no other token begins with it."""
    pair = token.lstrip(_CONTACT + _RELEASED)
    return len(pair) == 2 and all(_kind(char) is _Kind.IDEOGRAPH for char in pair)


def released_tokens_of(text: str) -> set[str]:
    """Give the tokens by which everybody finds what was released."""
    return {_RELEASED + token for token in tokens_of(text)}


def contact_tokens_of(name: str, phone: str) -> set[str]:
    """Give the tokens of a name and a telephone; four figures in a row will do."""
    figures = _figures(phone)
    ends = {figures[i:] for i in range(len(figures) - _SHORTEST_PHONE + 1)}
    return {_CONTACT + token for token in tokens_of(name) | ends}


def _figures(text: str) -> str:
    return "".join(char for char in folded(text) if char.isdigit())


def search_words(text: str) -> list[SearchWord]:
    """Read what somebody typed into a search box; words after the fifth are left out."""
    return [_search_word(word) for word in text.split()[:MAX_WORDS]]


def _search_word(word: str) -> SearchWord:
    runs = list(_runs(word))
    tokens: list[str] = []
    for kind, run in runs:
        if kind is _Kind.IDEOGRAPH:
            tokens += [run[i : i + 2] for i in range(max(1, len(run) - 1))]
        elif kind is not _Kind.OTHER:
            tokens.append(run)
    # A character alone before something else ends its run there, and is in the index as that.
    return SearchWord(folded(word), tuple(dict.fromkeys(tokens)), _contact_tokens(word, runs, tokens))


def _contact_tokens(word: str, runs: Sequence[tuple[_Kind, str]], tokens: Sequence[str]) -> tuple[str, ...]:
    kinds = {kind for kind, _ in runs}
    if kinds <= {_Kind.FIGURE, _Kind.OTHER} and len(_figures(word)) >= _SHORTEST_PHONE:
        return (_CONTACT + _figures(word),)
    if kinds <= {_Kind.IDEOGRAPH, _Kind.LETTER} and len(folded(word)) > 1:
        return tuple(_CONTACT + token for token in tokens)
    return ()


def spans_in(text: str, words: Sequence[SearchWord]) -> list[tuple[int, int]]:
    """Find where a text has any of the words, blanks and width aside.

    Returns:
        Beginnings and ends in the text as it is, in order; they neither touch nor overlap.
    """
    plain, origins = "", []
    for position, char in enumerate(text):
        fold = "".join(_fold(char).split())
        plain += fold
        origins += [position] * len(fold)
    marked = [False] * len(text)
    for word in words:
        start = plain.find(word.text) if word.text else -1
        while start >= 0:
            end = start + len(word.text)
            first, last = origins[start], origins[end - 1]
            marked[first : last + 1] = [True] * (last + 1 - first)
            start = plain.find(word.text, end)
    return _spans(marked)


def _spans(marked: Sequence[bool]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    position = 0
    for is_hit, group in groupby(marked):
        length = len(list(group))
        if is_hit:
            spans.append((position, position + length))
        position += length
    return spans
