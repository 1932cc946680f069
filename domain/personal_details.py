"""Looks through a text for what could tell who somebody is, before it is released to everybody.

It finds what has a form: numbers, rooms, names with a form of address. It warns, it does not decide: a
telephone of the office may stand, and a nickname without any form is for the reader to notice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.enums import Word


class Detail(Word):
    """What kind of thing was found."""

    IDENTITY = "identity", "身份证号"
    PHONE = "phone", "电话号码"
    STUDENT = "student", "学号或其他长号码"
    MAIL = "mail", "邮箱"
    ACCOUNT = "account", "微信号或QQ号"
    PLATE = "plate", "车牌号"
    ROOM = "room", "房间号"
    NAME = "name", "姓名"


@dataclass(frozen=True)
class Found:
    """One finding: the words, and where they begin and end in the text."""

    kind: Detail
    words: str
    start: int
    end: int


# The commonest family names; of two characters first, so that 欧阳 is not taken for 欧.
_FAMILY = (
    "(?:欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|令狐|慕容|"
    "[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文])"
)
_ADDRESS = "(?:同学|老师|师傅|阿姨|大爷|经理|主任|班长|室友|先生|女士)"
# 王同学, 张伟老师, 小李; but of 感谢王师傅 not the 谢, and no 何老师 in 任何老师.
_NAME = (
    rf"(?:我(?:叫|是)|姓名[:：是]?|本人)\s*(?P<self>{_FAMILY}[一-鿿]{{1,2}})"
    rf"|(?P<addressed>(?<![感多致答任]){_FAMILY}[一-鿿]{{0,2}}{_ADDRESS})"
    rf"|(?P<small>(?<![大最较很])小{_FAMILY}(?![一-鿿]))"
)
_FORMS: Sequence[tuple[Detail, re.Pattern[str]]] = (
    (Detail.IDENTITY, re.compile(r"(?<!\d)\d{6}(?:19|20)\d{9}[\dXx](?!\d)", re.ASCII)),
    (Detail.MAIL, re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w", re.ASCII)),
    (Detail.ACCOUNT, re.compile(r"(?:微信号?|wx|WX|vx|VX|QQ|qq)\s*[:：是]?\s*[\w-]{5,20}", re.ASCII)),
    (Detail.PHONE, re.compile(r"(?<![\d-])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)", re.ASCII)),
    (Detail.PHONE, re.compile(r"(?<![\dA-Za-z-])(?:0\d{2,3}[- ]?)?[2-8]\d{6,7}(?!\d)", re.ASCII)),
    (
        Detail.PLATE,
        re.compile(r"[京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新][A-Z][·. ]?[A-Z0-9]{5,6}"),
    ),
    (Detail.STUDENT, re.compile(r"(?<![\d-])(?!20\d\d-\d{4}-\d)[A-Za-z]{0,2}\d{7,14}(?!\d)", re.ASCII)),
    (
        Detail.ROOM,
        re.compile(
            r"(?:\d+|[一二三四五六七八九十]+|[A-Za-z])\s?[号]?(?:楼|栋|幢|舍|公寓)[\s-]?[A-Za-z]?\d{3,4}(?!\d)(?:室|房|寝室|宿舍)?"
            r"|(?<![\d-])[A-Za-z]?\d{1,2}-\d{3,4}(?![\d-])(?:室|房|寝室|宿舍)?"
            r"|(?<!\d)[A-Za-z]?\d{3,4}\s?(?:室|房间|号房|寝室?|宿舍)"
        ),
    ),
    (Detail.NAME, re.compile(_NAME)),
)
_DATES = re.compile(r"(?<!\d)20\d\d[-年.]\d{1,2}[-月.]\d{1,2}|(?<!\d)20\d\d-\d{4}-\d{4,}(?!\d)")


def find_details(text: str) -> list[Found]:
    """Find what could tell who somebody is, in the order of the text; nothing is told twice."""
    taken: list[tuple[int, int]] = [found.span() for found in _DATES.finditer(text)]
    details: list[Found] = []
    for kind, form in _FORMS:
        for match in form.finditer(text):
            start, end = _span(match)
            if all(end <= first or last <= start for first, last in taken):
                taken.append((start, end))
                details.append(Found(kind, text[start:end], start, end))
    return sorted(details, key=lambda found: found.start)


def _span(match: re.Match[str]) -> tuple[int, int]:
    """Give where the telling part is: of 我叫张伟 only the name."""
    part = match.lastgroup or 0
    return match.span(part)


def in_words(details: Sequence[Found]) -> str:
    """Name what was found: 电话号码「138…」、姓名「王同学」."""
    named = dict.fromkeys(f"{found.kind.label}「{found.words}」" for found in details)
    return "、".join(named)
