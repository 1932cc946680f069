"""The public templates an account can pick from; a small library for a logistics office.

Numbers are invented except 52305, which developers name in the open (工单催办提醒).
"""

from dataclasses import dataclass

CATEGORIES: dict[int, str] = {616: "信息查询", 307: "在线教育", 675: "物业管理"}


@dataclass(frozen=True)
class Keyword:
    """One field to pick; `rule` is the prefix by which its values are judged."""

    kid: int
    name: str
    example: str
    rule: str


@dataclass(frozen=True)
class PublicTemplate:
    """A template with the fields one may pick; `type` is 2 for once, 3 for long-term."""

    tid: int
    title: str
    category: int
    keywords: tuple[Keyword, ...]
    type: int = 2


_NUMBER = Keyword(1, "工单编号", "2026-1121-0007", "character_string")
_WHAT = Keyword(2, "工单内容", "3号楼水管漏水", "thing")
_WHO = Keyword(3, "受理单位", "维修服务中心", "thing")
_WHEN = Keyword(4, "时间", "2026-11-21 10:00", "time")
_STATE = Keyword(5, "当前状态", "处理中", "phrase")
_NOTE = Keyword(6, "备注", "请保持电话畅通", "thing")

LIBRARY: dict[int, PublicTemplate] = {
    template.tid: template
    for template in (
        PublicTemplate(52305, "工单催办提醒", 616, (_NUMBER, _WHAT, _WHO, _WHEN, _NOTE)),
        PublicTemplate(47123, "工单受理通知", 616, (_NUMBER, _WHAT, _WHO, _WHEN, _NOTE)),
        PublicTemplate(47124, "工单进度通知", 616, (_NUMBER, _WHAT, _STATE, _WHEN, _NOTE)),
        PublicTemplate(47125, "工单办结通知", 616, (_NUMBER, _WHAT, _STATE, _WHEN, _NOTE)),
        PublicTemplate(30511, "停水停电通知", 675, (_WHAT, _WHO, _WHEN, _NOTE)),
        PublicTemplate(30512, "满意度调查提醒", 675, (_WHAT, _WHEN, _NOTE)),
        PublicTemplate(10207, "课程提醒", 307, (_WHAT, _WHEN, _NOTE)),
    )
}


def field_key(keyword: Keyword) -> str:
    """Return the key under which a message gives the value, e.g. ``thing2``."""
    return f"{keyword.rule}{keyword.kid}"


def template_content(keywords: list[Keyword]) -> str:
    """Return the text of a template as WeChat lists it."""
    return "\n".join(f"{keyword.name}:{{{{{field_key(keyword)}.DATA}}}}" for keyword in keywords)


def template_example(keywords: list[Keyword]) -> str:
    """Return the text with the example of each field in it."""
    return "\n".join(f"{keyword.name}:{keyword.example}" for keyword in keywords)
