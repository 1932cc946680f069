"""What a report from a phone page must hold before it is taken: said at the field, in one sentence each."""

import re
import unicodedata

from domain.acts import cleaned
from domain.errors import Invalid
from domain.submissions import MAX_TEXT
from models.enums import ComplaintKind

LONGEST_NAME = 40
LONGEST_PLACE = 100
# Nobody can be sent to what has no place; an idea, a question or thanks need none.
NEEDS_PLACE = frozenset({ComplaintKind.COMPLAINT, ComplaintKind.REPAIR})
# Short numbers of a campus have four digits, those from abroad fifteen at the most (ITU-T E.164).
_FEWEST_DIGITS, _MOST_DIGITS = 4, 15
_PHONE = re.compile(r"\+?[\d\s\-()（）转#,，.]+")
# They turn the order of what stands beside them, in lists of others too; no text on a form needs them.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BLANK = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Cn", "Co"})


def plain(text: str) -> str:
    """Give a text without marks that turn the reading direction, and with ends of lines of one kind."""
    return cleaned(_TURNING.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def check_words(text: str, *, kind: ComplaintKind, has_files: bool) -> None:
    """Refuse a text that tells nothing, unless photos or a recording do; or one that is too long.

    Args:
        text: as `plain` gave it.
        kind: a heart alone is praise enough, but no complaint.
        has_files: whether anything comes with it.

    Raises:
        Invalid: at the field `words`.
    """
    if len(text) > MAX_TEXT:
        raise Invalid(f"写了 {len(text)} 字，最多 {MAX_TEXT} 字。请删去一些，或分成几件反映。", "words")
    if has_files:
        return
    if all(unicodedata.category(character) in _BLANK for character in text):
        raise Invalid("请写几句话说明情况，或附上照片、语音。", "words")
    says_something = any(character.isalnum() for character in text)
    if not says_something and kind is not ComplaintKind.PRAISE:
        raise Invalid("只有表情或符号，看不出是什么事。请写几个字，或附上照片、语音。", "words")


def check_place(words: str, *, kind: ComplaintKind, is_chosen: bool) -> None:
    """Refuse what somebody has to be sent to without saying where.

    Raises:
        Invalid: at the field `place`.
    """
    if len(words) > LONGEST_PLACE:
        raise Invalid(f"地点最多 {LONGEST_PLACE} 字，现在有 {len(words)} 字。", "place")
    if not is_chosen and not words and kind in NEEDS_PLACE:
        raise Invalid("在哪里？请选一个地点，或写上楼号、房间号。", "place")


def check_contact(name: str, phone: str) -> None:
    """Refuse a telephone number that cannot be one, and what is too long.

    Raises:
        Invalid: at the field `contact_phone` or `contact_name`.
    """
    if len(name) > LONGEST_NAME:
        raise Invalid(f"称呼最多 {LONGEST_NAME} 字。", "contact_name")
    digits = sum(character.isdigit() for character in phone)
    if phone and not (_PHONE.fullmatch(phone) and _FEWEST_DIGITS <= digits <= _MOST_DIGITS):
        raise Invalid(
            "这个电话好像不对，请填手机号、带区号的座机号或校内短号；不想留可以空着。", "contact_phone"
        )
