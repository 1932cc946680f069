"""The templates that the account has, and which of them would suit which kind of notice."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.message_templates import PlainField as P
from domain.message_templates import Wish, ways_of
from models.enums import NoticeChannel, NoticeKind
from models.enums import NoticeKind as N
from wechat.client import PlatformClient
from wechat.mini_program import MiniProgram

_FIELD = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")


@dataclass(frozen=True)
class AccountTemplate:
    """A template of the account.

    Attributes:
        fields: key and label, in the order of the card.
        options: by key, the words that a const field takes, as far as the platform tells.
    """

    id: str
    title: str
    channel: NoticeChannel
    fields: Sequence[tuple[str, str]]
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """A template that would suit a kind of notice."""

    kind: NoticeKind
    template: AccountTemplate
    wish: Wish

    @property
    def name(self) -> str:
        """What the form calls it."""
        return f"{self.kind}:{self.template.channel}:{self.template.id}"


def account_templates(
    client: PlatformClient, mini_program: MiniProgram | None = None
) -> list[AccountTemplate]:
    """Read all templates that the account has picked, for both ways, and those of the mini program.

    Raises:
        WeChatFailure: the platform refuses, or does not answer.
    """
    found = [
        AccountTemplate(
            id=str(row["template_id"]),
            title=str(row.get("title", "")),
            channel=NoticeChannel.TEMPLATE,
            fields=_fields(str(row.get("content", ""))),
        )
        for row in client.list_templates()
    ]
    found += _of_subscriptions(NoticeChannel.SUBSCRIPTION, client.list_subscription_templates())
    if mini_program is not None:
        found += _of_subscriptions(NoticeChannel.MINI_SUBSCRIPTION, mini_program.list_templates())
    return found


def _of_subscriptions(channel: NoticeChannel, rows: Iterable[Mapping[str, Any]]) -> Iterator[AccountTemplate]:
    for row in rows:
        listed = row.get("keywordEnumValueList") or []
        options = {
            str(one["keywordCode"]).removesuffix(".DATA"): [str(word) for word in one["enumValueList"]]
            for one in listed
        }
        yield AccountTemplate(
            id=str(row["priTmplId"]),
            title=str(row.get("title", "")),
            channel=channel,
            fields=_fields(str(row.get("content", ""))),
            options=options,
        )


def _fields(content: str) -> list[tuple[str, str]]:
    """Read keys and labels out of a text such as 诉求编号:{{character_string1.DATA}}."""
    return [
        (found[1], line[: found.start()].strip().rstrip(":："))
        for line in content.splitlines()
        for found in _FIELD.finditer(line)
    ]


_PROGRESS = ("进度", "进展", "处理", "办理", "状态")
_WORK = ("派单", "工单", "任务", "待办")
# Words that a fitting template's title would hold, the best first.
_TITLES: dict[NoticeKind, tuple[str, ...]] = {
    N.RECEIVED: ("受理", "收到", "登记", "提交"),
    N.ASKED: ("补充", "补正", "完善"),
    N.DEFERRED: ("延期", "挂账", "延后"),
    N.RESOLVED: ("评价", "办结", "完成", "结果"),
    N.CLOSED: ("销号", "关闭", "完结"),
    N.STAFF_SUBMITTED: _WORK,
    N.STAFF_ASSIGNED: _WORK,
    N.STAFF_URGENT: ("紧急", *_WORK),
    N.STAFF_NEAR_DUE: ("到期", "临期", "期限"),
    N.STAFF_OVERDUE: ("超期", "逾期", "超时"),
    N.STAFF_ESCALATED: ("提级", "超期", "逾期", "超时"),
    N.STAFF_URGED: ("催办", "催单"),
    N.STAFF_SUPERVISED: ("督办", *_PROGRESS),
    N.PUSH_DIGEST: ("办实事", "周报", "动态", *_PROGRESS),
    N.PUSH_MATTER: ("办实事", "办结", "完成", *_PROGRESS),
    N.PUSH_SURVEY: ("测评", "问卷", "调查", "评价"),
    N.PUSH_BULLETIN: ("通报", "公告", "公示"),
    N.STAFF_LIST: ("汇总", "日报", "周报", *_WORK),
}
# These say in a chat what no template may say.
_WITHOUT = frozenset({N.DRAFT_WAITING, N.CHAT_REPLY})
# Words of a label, and what they ask for; the first that fits.
_LABELS: tuple[tuple[str, tuple[P, ...]], ...] = (
    ("小时|时长", (P.OVERDUE_HOURS,)),
    ("编号|单号|号码|流水", (P.NUMBER,)),
    ("截止|期限|到期|预计|时限", (P.DEADLINE, P.TIME)),
    ("时间|日期", (P.TIME,)),
    ("状态|进度", (P.STATUS,)),
    ("单位|部门|科室|机构", (P.TEAM,)),
    ("地点|地址|位置|场所", (P.PLACE,)),
    ("说明|结果|原因|进展|备注|提醒|回复|补充|意见", (P.REMARK,)),
    ("内容|问题|事项|标题|主题|名称|描述", (P.SUBJECT,)),
)
_TYPES: dict[str, tuple[P, ...]] = {
    "time": (P.TIME,),
    "date": (P.TIME,),
    "character_string": (P.NUMBER,),
    "number": (P.OVERDUE_HOURS,),
    "phrase": (P.STATUS,),
    "const": (P.STATUS,),
    "thing": (P.REMARK,),
}
_TIMES = frozenset({P.TIME, P.DEADLINE})
# Where nothing is known, a field must not be empty.
_OTHERWISE = {"thing": "点击查看详情", "number": "0", "phrase": "处理中"}


def propose(templates: Sequence[AccountTemplate]) -> list[Proposal]:
    """Suggest for each kind of notice, on each way, the template whose title fits it best."""
    found = []
    for kind in NoticeKind:
        for channel in ways_of(kind):
            template = _fitting(kind, [one for one in templates if one.channel is channel])
            if template is not None:
                found.append(Proposal(kind, template, wish_for(template)))
    return found


def _fitting(kind: NoticeKind, templates: Sequence[AccountTemplate]) -> AccountTemplate | None:
    if kind in _WITHOUT:
        return None
    for word in _TITLES.get(kind, _PROGRESS):
        for template in templates:
            if word in template.title and template.fields:
                return template
    return None


def wish_for(template: AccountTemplate) -> Wish:
    """Suggest what fills each field, by its label and by the type that its key names."""
    return Wish(
        template_id=template.id,
        title=template.title,
        fields={key: _filling(key, label, template.options.get(key, ())) for key, label in template.fields},
        labels=dict(template.fields),
    )


def _filling(key: str, label: str, options: Sequence[str]) -> list[str]:
    kind = key.rstrip("0123456789")
    wanted = next((plain for words, plain in _LABELS if re.search(words, label)), ())
    is_time = kind in {"time", "date"}
    # A field of time takes nothing but a time, whatever its label says.
    fits = [plain for plain in wanted if (plain in _TIMES) is is_time]
    plain = fits or list(_TYPES.get(kind, (P.REMARK,)))
    otherwise = options[0] if options else _OTHERWISE.get(kind, "")
    return [f"{{{one.value}}}" for one in plain] + ([otherwise] if otherwise else [])
