"""How people say places: 第二食堂, 2食堂 and ２食堂 are one; 3号楼302 is a room in a building."""

import re
import unicodedata
from functools import lru_cache

_DIGITS = {word: str(value) for value, word in enumerate("零一二三四五六七八九")} | {"两": "2", "〇": "0"}
_NUMERAL = re.compile("[零〇一二两三四五六七八九十]+")
_SAME = {
    "号栋": "号楼",
    "号幢": "号楼",
    "栋": "号楼",
    "幢": "号楼",
    "饭堂": "食堂",
    "餐厅": "食堂",
    "寝室": "宿舍",
}
_UNSAID = re.compile(r"[\s,，.。、\-—_/·#]+|第")
_VAGUE_END = re.compile(r"((?<=\d)(室|房间?)|里面?|门口|附近|旁边?|这边|那边|这里|那里)$")


@lru_cache(maxsize=20_000)
def spoken(name: str) -> str:
    """Bring a name, or a text that may hold one, to the form in which places are compared."""
    text = unicodedata.normalize("NFKC", name).lower()
    text = _UNSAID.sub("", text)
    text = _NUMERAL.sub(lambda found: _number(found[0]), text)
    for word, same in _SAME.items():
        text = text.replace(word, same)
    return text


def without_vague_end(name: str) -> str:
    """Leave out what is said behind a place's name but does not belong to it: 302室, 二食堂门口."""
    return _VAGUE_END.sub("", name)


def _number(numeral: str) -> str:
    """Write 十二 as 12 and 三〇二 as 302."""
    if numeral.count("十") != 1:
        return "".join(_DIGITS.get(character, "10") for character in numeral)
    tens, ones = ("".join(_DIGITS[character] for character in part) for part in numeral.split("十"))
    return str(int(tens or "1") * 10 + int(ones or "0"))


def is_named(name: str, text: str) -> bool:
    """Tell whether the text names this place; both are in the compared form.

    302 is not named by 1302, and a single character names nothing.
    """
    if len(name) < 2:
        return False
    start = text.find(name)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(name) : start + len(name) + 1]
        cut_in_front = name[0].isdecimal() and before.isdecimal()
        cut_behind = name[-1].isdecimal() and after.isdecimal()
        if not cut_in_front and not cut_behind:
            return True
        start = text.find(name, start + 1)
    return False
