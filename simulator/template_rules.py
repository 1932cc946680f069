"""What a template message's values may be, by the prefix of the field.

https://developers.weixin.qq.com/doc/service/guide/product/template_message/Template_Message_Operation_Specifications.html
"""

import re
from collections.abc import Callable, Mapping

from simulator.errors import ApiError
from simulator.state import Template

_FIELD = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\U000e0000-\U000e007f]")


def _short(limit: int) -> Callable[[str], bool]:
    return lambda value: len(value) <= limit


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _character_string(value: str) -> bool:
    return len(value) <= 32 and value.isprintable() and value.isascii()


def _name(value: str) -> bool:
    return len(value) <= (10 if _HAN.search(value) else 20)


_CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
_DAY = r"(\d{4}年\d{1,2}月(\d{1,2}日)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}月\d{1,2}日)"
_MOMENT = rf"({_DAY}(\s*{_CLOCK})?|{_CLOCK})"
_DATE = rf"{_DAY}(\s*{_CLOCK})?"

FIELD_RULES: dict[str, Callable[[str], bool]] = {
    "thing": _short(20),
    "short_thing": _short(10),
    "number": _matching(r"-?\d{1,32}(\.\d{1,31})?"),
    "letter": _matching(r"[A-Za-z]{1,32}"),
    "symbol": _matching(r"[^\w\s]{1,5}"),
    "character_string": _character_string,
    "time": _matching(rf"{_MOMENT}(\s*~\s*{_MOMENT})?"),
    "date": _matching(rf"{_DATE}(\s*~\s*{_DATE})?"),
    "amount": _matching(r"[¥￥$€£]?\d{1,10}(\.\d+)?元?"),
    "phone_number": _matching(r"[\d+\-() ]{1,17}"),
    "car_number": _matching(r"[\u3400-\u9fffA-Z0-9a-z][A-Za-z0-9·]{1,6}[\u3400-\u9fffA-Za-z0-9]?"),
    "name": _name,
    "phrase": _matching(r"[\u3400-\u9fff]{1,5}"),
}


def fields_of(content: str) -> list[list[str]]:
    """Read the [key, label] pairs out of a template's text, e.g. ``诉求编号:{{character_string1.DATA}}``."""
    pairs = []
    for line in content.splitlines():
        for found in _FIELD.finditer(line):
            label = line[: found.start()].strip().rstrip(":：")
            pairs.append([found.group(1), label])
    return pairs


def check_data(template: Template, data: object) -> dict[str, str]:
    """Return the values by key.

    Raises:
        ApiError: 47003 naming the field, for a missing, unknown, empty or unfitting one.
    """
    if not isinstance(data, Mapping):
        raise ApiError(47003, "argument invalid! data is invalid")
    keys = [key for key, _ in template.fields]
    for key in data:
        if key not in keys:
            raise ApiError(47003, f"argument invalid! data.{key} invalid")
    return {key: _value(template, key, data.get(key)) for key in keys if key in data or _is_typed(key)}


def _value(template: Template, key: str, given: object) -> str:
    value = given.get("value") if isinstance(given, Mapping) else None
    if value is None or value == "":
        # The misspelling is WeChat's own.
        raise ApiError(47003, f"argument invalid! data.{key}.value is emtpy")
    text = str(value) if isinstance(value, int | float) else value
    if not isinstance(text, str) or not _fits(template, key, text):
        raise ApiError(47003, f"argument invalid! data.{key}.value invalid")
    return text


def _is_typed(key: str) -> bool:
    prefix = key.rstrip("0123456789")
    return prefix in FIELD_RULES or prefix == "const"


def _fits(template: Template, key: str, text: str) -> bool:
    prefix = key.rstrip("0123456789")
    if not _is_typed(key):
        return True
    if "\n" in text or "\r" in text or "\t" in text:
        return False
    if prefix == "const":
        options = template.options.get(key, [])
        return text in options if options else len(text) <= 20
    return FIELD_RULES[prefix](text)


def shown_fields(template: Template, values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of the card as a phone shows them since May 2023.

    Rows without a label and the old `first` and `remark` are dropped, emoji are stripped, and each value is
    cut at 20 characters (time and strings of digits: 32).
    """
    rows = []
    for key, label in template.fields:
        if not label or key in {"first", "remark"} or key not in values:
            continue
        limit = (
            32 if key.rstrip("0123456789") in {"character_string", "number", "letter", "time", "date"} else 20
        )
        value = _EMOJI.sub("", values[key]).replace("\n", " ")[:limit]
        rows.append({"label": label, "value": value})
    return rows
