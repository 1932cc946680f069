"""Understanding short messages: numbers, commands and courtesies, however they were typed."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

_MARKS = re.compile(r"[\s。．.，,、！!~～;；:：“”\"'「」()（）\[\]【】*\ufe0f\u20e3]+")
_LONGEST_SHORT = 24
_NUMBER_FORM = re.compile(r"\d{4}-\d{4}-\d{4,}")
_DIGIT_AND_WORD = re.compile(r"[0-9](\D+)")
_HAS_SUBSTANCE = re.compile(r"[^\W_]{2,}")


class Command(Enum):
    """What can be said at any time."""

    SUBMIT = "提交"
    SUBMIT_ANONYMOUSLY = "匿名提交"
    CANCEL = "取消"
    RESTORE = "恢复"
    CHANGE_PLACE = "改地点"
    PROGRESS = "进度"
    URGE = "催办"
    WITHDRAW = "撤回"
    RATE = "评价"
    HELP = "帮助"


_SAID = {
    "提交": Command.SUBMIT,
    "确认提交": Command.SUBMIT,
    "匿名": Command.SUBMIT_ANONYMOUSLY,
    "匿名提交": Command.SUBMIT_ANONYMOUSLY,
    "取消": Command.CANCEL,
    "不提交": Command.CANCEL,
    "不提交了": Command.CANCEL,
    "恢复": Command.RESTORE,
    "改地点": Command.CHANGE_PLACE,
    "修改地点": Command.CHANGE_PLACE,
    "地点": Command.CHANGE_PLACE,
    "进度": Command.PROGRESS,
    "查进度": Command.PROGRESS,
    "查询": Command.PROGRESS,
    "我的": Command.PROGRESS,
    "我的诉求": Command.PROGRESS,
    "催办": Command.URGE,
    "催一下": Command.URGE,
    "撤回": Command.WITHDRAW,
    "撤销": Command.WITHDRAW,
    "误报": Command.WITHDRAW,
    "评价": Command.RATE,
    "帮助": Command.HELP,
    "help": Command.HELP,
    "?": Command.HELP,
    "功能": Command.HELP,
    "菜单": Command.HELP,
}
_COURTESY = re.compile(
    "谢谢(你|您|啦)?|多谢|感谢|好(的|吧|滴)?|ok|收到|嗯+|哦|知道了|明白了?|辛苦了?|不客气|[👌👍🙏]+"
)
_GREETING = re.compile("(你|您)好|hi|hello|在(吗|么|不在)|有人吗|(早上|上午|中午|下午|晚上)好")


@dataclass(frozen=True)
class Words:
    """A text message, and what can be made of it.

    Attributes:
        text: as it was written, without blanks around it.
        digit: the number it is, if it is one of 0 to 9.
        command: what it asks for.
        number: the complaint it names, with a command or alone.
    """

    text: str
    digit: str | None = None
    command: Command | None = None
    number: str | None = None
    is_courtesy: bool = False
    is_greeting: bool = False

    @property
    def has_substance(self) -> bool:
        """Whether it says anything: two letters or characters at least."""
        return bool(_HAS_SUBSTANCE.search(self.text))


def understand(text: str) -> Words:
    """Make of a text what can be made of it; most texts are what somebody has to tell."""
    text = text.strip()
    if len(text) > _LONGEST_SHORT:
        return Words(text)
    short = _MARKS.sub("", unicodedata.normalize("NFKC", text)).lower()
    found = _NUMBER_FORM.search(short)
    if found:
        rest = short.replace(found[0], "").removeprefix("编号")
        command = _SAID.get(rest) if rest else Command.PROGRESS
        return Words(text, command=command, number=found[0] if command else None)
    if len(short) == 1 and short in "0123456789":
        return Words(text, digit=short)
    both = _DIGIT_AND_WORD.fullmatch(short)
    command = _SAID.get(short) or (_SAID.get(both[1]) if both else None)
    return Words(
        text,
        command=command,
        is_courtesy=bool(_COURTESY.fullmatch(short)),
        is_greeting=bool(_GREETING.fullmatch(short)),
    )
