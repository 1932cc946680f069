"""Which passwords are refused: those that are guessed first, here and by people who know the office.

A password is held against what anybody would try: common passwords and words, the user name, numbers such as
telephones, birthdays and years, neighbouring keys, and repetitions. What is left has to be worth something.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from config.catalogue import catalogue
from domain.errors import Invalid

SHORTEST = 10
LONGEST = 200
# So many characters have to be left when everything that is guessed is taken away.
LEAST_LEFT = 5


def _words_in(name: str) -> frozenset[str]:
    return frozenset(Path(__file__).with_name(name).read_text(encoding="utf-8").split())


# What people type when they are told "at least ten characters"; compared without case.
_COMMON = _words_in("common_passwords.txt")
_GUESSED = _words_in("guessed_words.txt")
# "p@ssw0rd" is guessed as soon as "password" is.
_AS_LETTERS = str.maketrans("@4013$57!", "aaoiessti")
_NUMBERS = re.compile(
    r"1[3-9]\d{9}"  # a mobile telephone
    r"|\d{17}[\dx]"  # an identity card
    r"|(?:19|20)\d{2}(?:[-./年]?\d{1,2}(?:[-./月]?\d{1,2}日?)?)?"  # a year, a month, a day
    r"|\d{6,8}"
)
_AGAIN = re.compile(r"(?P<once>.{2,}?)(?:(?P=once))+")
_ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujm",
)
_ROW = 4


def check(password: str, *, username: str = "", name: str = "") -> None:
    """Refuse passwords that are guessed first.

    Args:
        username, name: of the account, which are tried before anything else.

    Raises:
        Invalid: too short, too long, too common, or hardly more than what is guessed.
    """
    plain = password.lower()
    if len(password) < SHORTEST:
        raise Invalid(f"密码至少 {SHORTEST} 个字符，几个词连起来又好记又安全。", "password")
    if len(password) > LONGEST:
        raise Invalid(f"密码最多 {LONGEST} 个字符。", "password")
    if plain in _COMMON or len(set(plain)) < 4:
        raise Invalid("这个密码太常见，容易被猜到，请换一个。", "password")
    if username and username.lower() in plain and len(password) < len(username) + 6:
        raise Invalid("密码不要用用户名加几个数字，请换一个。", "password")
    if _left_to_guess(plain, _known_about(username, name)) < LEAST_LEFT:
        raise Invalid(
            "这个密码大半是容易猜到的：用户名、单位、年份、电话、键盘上挨着的键或常见的词。"
            "请换一个，几个不相干的词连起来最好。",
            "password",
        )


def _known_about(username: str, name: str) -> set[str]:
    """Give what everybody knows of the account and the office; words of one or two signs tell nothing."""
    office = catalogue()
    named = (username, *re.split(r"[\W_]+", username), office.university, office.office, office.account_name)
    return {word.lower() for word in named if len(word) > 2} | ({name} if len(name) > 1 else set())


def _left_to_guess(plain: str, known: Iterable[str]) -> int:
    """Count the characters that belong to nothing that is guessed."""
    guessed = [False] * len(plain)
    for start, end in _guessed_parts(plain, {*_GUESSED, *known}):
        guessed[start:end] = [True] * (end - start)
    return guessed.count(False)


def _guessed_parts(plain: str, words: Iterable[str]) -> Iterator[tuple[int, int]]:
    spelled = plain.translate(_AS_LETTERS)
    for word in words:
        for text in (plain, spelled):
            at = text.find(word)
            while at >= 0:
                yield at, at + len(word)
                at = text.find(word, at + 1)
    for found in _NUMBERS.finditer(plain):
        yield found.span()
    for found in _AGAIN.finditer(plain):
        yield found.end("once"), found.end()
    yield from _runs(plain)
    for row in _ROWS:
        for at in range(len(plain) - _ROW + 1):
            piece = plain[at : at + _ROW]
            if piece in row or piece[::-1] in row:
                yield at, at + _ROW


def _runs(plain: str) -> Iterator[tuple[int, int]]:
    """Find letters or digits that go up, down or stay: abcd, 321, aaa."""
    steps = [ord(after) - ord(before) for before, after in pairwise(plain)]
    start = 0
    for at in range(1, len(steps) + 1):
        if at < len(steps) and steps[at] == steps[start]:
            continue
        long_enough = at - start >= (2 if plain[start].isdigit() or not steps[start] else 3)
        if long_enough and abs(steps[start]) <= 1:
            yield start, at + 1
        start = at
