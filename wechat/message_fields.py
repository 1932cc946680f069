"""Making values fit the fields of template messages, and texts the chat, without tearing characters apart.

https://developers.weixin.qq.com/doc/service/guide/product/template_message/Template_Message_Operation_Specifications.html
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

EMPTY = "无"
TEXT_MAX_BYTES = 2048
LOCAL = ZoneInfo("Asia/Shanghai")

_ZERO_WIDTH_JOINER = "\u200d"
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_DAY = r"(?:\d{4}年\d{1,2}月(?:\d{1,2}日)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}月\d{1,2}日)"
_MOMENT = rf"(?:{_DAY}(?:\s*{_CLOCK})?|{_CLOCK})"
_TIME = re.compile(rf"{_MOMENT}(?:\s*~\s*{_MOMENT})?")
_DATE = re.compile(rf"{_DAY}(?:\s*{_CLOCK})?(?:\s*~\s*{_DAY}(?:\s*{_CLOCK})?)?")
_NUMBER = re.compile(r"-?\d{1,32}(?:\.\d{1,31})?")
_AMOUNT = re.compile(r"[¥￥$€£]?\d{1,10}(?:\.\d{1,2})?元?")


def clusters(text: str) -> Iterator[str]:
    """Split a text into what people see as single characters: 👨‍👩‍👧 is one, é and 🇨🇳 too."""
    cluster = ""
    for character in text:
        if cluster and not _belongs_to(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _belongs_to(cluster: str, character: str) -> bool:
    if cluster[-1] == _ZERO_WIDTH_JOINER or character == _ZERO_WIDTH_JOINER:
        return True
    if _is_flag_letter(character):
        return len(cluster) == 1 and _is_flag_letter(cluster)
    is_skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    is_tag = "\U000e0020" <= character <= "\U000e007f"
    return is_skin_tone or is_tag or unicodedata.category(character) in {"Mn", "Me", "Mc"}


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _utf16_units(text: str) -> int:
    # The platform's unit is not documented; counted this way an emoji is 2, so we never send too much.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, limit: int, measure: Callable[[str], int]) -> str:
    if measure(text) <= limit:
        return text
    room = limit - measure("…")
    kept, used = [], 0
    for cluster in clusters(text):
        used += measure(cluster)
        if used > room:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + "…"


def _one_line(text: str) -> str:
    """Replace line breaks and blanks by single blanks, and drop control and unpaired characters."""
    visible = (
        character
        for character in text
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs", "Cn", "Co"}
    )
    return " ".join("".join(visible).split())


def fit_chat_text(text: str, *, ending: str = "") -> str:
    """Cut a text to what a text message may hold (2048 bytes of UTF-8), keeping its lines.

    Args:
        ending: what follows the text and is never cut, such as a link.
    """
    clean = "".join(
        character
        for character in text
        if character == "\n" or unicodedata.category(character) not in {"Cc", "Cs"}
    )
    room = TEXT_MAX_BYTES - len(ending.encode())
    return _cut(clean, room, lambda part: len(part.encode())) + ending


def fit_field(name: str, value: str) -> str:
    """Make a value fit a field of a template message.

    Args:
        name: the field, whose prefix names its type: thing1, time2, character_string3 …
        value: what should stand there. A moment may also be given in ISO form.

    Returns:
        Something the platform takes for this type; never empty.
    """
    kind = name.rstrip("0123456789")
    return _FITTING.get(kind, _fit_text(20))(_one_line(value))


def _fit_text(limit: int) -> Callable[[str], str]:
    return lambda text: _cut(text, limit, _utf16_units) or EMPTY


def _fit_name(text: str) -> str:
    if text.isascii():
        return text[:20].rstrip() or EMPTY  # an ellipsis would make it count as Chinese, with half the room
    return _cut(text, 10, _utf16_units) or EMPTY


def _fit_characters(text: str) -> str:
    visible = "".join(character for character in text if character.isascii() and character.isprintable())
    return " ".join(visible.split())[:32].strip() or "-"


def _fit_phrase(text: str) -> str:
    run = _HAN_RUN.search(text)
    return run[0][:5] if run else EMPTY


def _fit_letters(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isalpha())[:32] or "N"


def _fit_symbols(text: str) -> str:
    return "".join(re.findall(r"[^\w\s]", text))[:5] or "-"


def _fit_phone(text: str) -> str:
    digits = "".join(re.findall(r"[\d+\-() ]", text, flags=re.ASCII))
    return " ".join(digits.split())[:17].strip() or "-"


def _fit_pattern(pattern: re.Pattern[str], otherwise: str) -> Callable[[str], str]:
    def fit(text: str) -> str:
        found = pattern.search(text)
        return found[0] if found else otherwise

    return fit


def _fit_moment(pattern: re.Pattern[str], shape: str) -> Callable[[str], str]:
    def fit(text: str) -> str:
        found = pattern.fullmatch(text)
        if found:
            return text
        try:
            moment = datetime.fromisoformat(text)
            local = moment.astimezone(LOCAL) if moment.tzinfo else moment
        except (ValueError, OverflowError):  # none, or one before the first year there is
            found = pattern.search(text)
            # A field of time takes nothing but a time, so a dash will not do.
            return found[0] if found else "00:00" if shape.endswith("%M") else "1970年1月1日"
        return local.strftime(shape)

    return fit


_FITTING: dict[str, Callable[[str], str]] = {
    "thing": _fit_text(20),
    "short_thing": _fit_text(10),
    "number": _fit_pattern(_NUMBER, "0"),
    "letter": _fit_letters,
    "symbol": _fit_symbols,
    "character_string": _fit_characters,
    "time": _fit_moment(_TIME, "%Y年%-m月%-d日 %H:%M"),
    "date": _fit_moment(_DATE, "%Y年%-m月%-d日"),
    "amount": _fit_pattern(_AMOUNT, "0元"),
    "phone_number": _fit_phone,
    "car_number": _fit_text(8),
    "name": _fit_name,
    "phrase": _fit_phrase,
    "const": _fit_text(20),
}
