"""What goes in and out of a person's settings, and of what they allow the mini program to send."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from pydantic.json_schema import WithJsonSchema

from domain.mini_grants import TapAnswer
from domain.notices import SORTS
from models.enums import Word
from web.api.shapes import Asked, Shown

_KEYS = [sort.key for sort in SORTS]
_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
_DAY_SECONDS = 86_400
# WeChat asks for no more at once; other ways of accepting are told by longer words.
_MOST_TEMPLATES = 5


def _known(key: str) -> str:
    if key not in _KEYS:
        raise ValueError(f"只能是 {'、'.join(_KEYS)} 之一")
    return key


SortKey = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": _KEYS, "examples": [_KEYS[1]]})
]


class SortOut(Shown):
    """Notices that may be switched off together."""

    key: str = Field(description="代码", examples=["assigned"])
    title: str = Field(description="名称", examples=["派给了谁"])
    words: str = Field(description="说明", examples=["派单、转单"])
    pushed: bool = Field(description="true：推送，wants_digest 为 true 才会发", examples=[False])
    heard: bool = Field(description="是否发到微信", examples=[True])


class WayOut(Shown):
    """A way by which we could write."""

    title: str = Field(description="名称", examples=["公众号对话"])
    is_open: bool = Field(description="现在能不能收到", examples=[True])
    words: str = Field(description="说明", examples=["给公众号发一句话，48 小时内我们就可以在对话里回复您。"])


class SettingsOut(Shown):
    """What holds for a person."""

    sorts: list[SortOut] = Field(description="可以关掉的通知；关掉的只是不发到微信，GET /notices 里照样有")
    always_sent: str = Field(
        description="关不掉的，给人看", examples=["请您补充、办结请评价等，一定会通知您。"]
    )
    quiet_from: str = Field(description="免打扰从几点（北京时间）", examples=["22:30"])
    quiet_to: str = Field(description="到几点；和 quiet_from 相同就是不设", examples=["07:30"])
    wants_digest: bool = Field(description="是否订阅推送", examples=[False])
    ways: list[WayOut] = Field(description="现在怎样能通知到，能用哪个就用哪个，从上到下")


class SettingsIn(Asked):
    """What somebody changes; what is left out or null stays."""

    heard: list[SortKey] | None = Field(
        default=None,
        max_length=len(_KEYS),
        description="要发到微信的通知，全部列出；没有列出的关掉",
        examples=[["assigned", "progress", "closed"]],
    )
    quiet_from: str | None = Field(default=None, pattern=_TIME, description="几点", examples=["22:30"])
    quiet_to: str | None = Field(default=None, pattern=_TIME, description="几点", examples=["07:30"])
    wants_digest: bool | None = Field(default=None, description="是否订阅推送", examples=[True])


class TapResult(Asked):
    """What was answered for one template."""

    template_id: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="小程序的模板 id",
        examples=["zun-LzcQyW-edafCVvzPkK4de2Rllr1fFpw2A_x0oXE"],
    )
    result: TapAnswer = Field(
        description="accept 允许（acceptWithAudio 等也填 accept）、reject 拒绝、ban 被封禁、filter 被过滤",
        examples=["accept"],
    )


class TapIn(Asked):
    """What wx.requestSubscribeMessage answered."""

    results: list[TapResult] = Field(min_length=1, max_length=_MOST_TEMPLATES, description="每个模板的结果")
    seconds_ago: int = Field(
        default=0,
        ge=0,
        le=_DAY_SECONDS,
        description="用户是多少秒以前点的；马上报就是 0，没有网时存下来、以后再报",
        examples=[0],
    )

    @model_validator(mode="after")
    def _each_once(self) -> "TapIn":
        ids = [one.template_id for one in self.results]
        if len(set(ids)) < len(ids):
            raise ValueError("results 里每个模板只能有一个")
        return self


class GrantOut(Shown):
    """How often one template may be sent still."""

    template_id: str = Field(description="模板 id", examples=["zun-LzcQyW-edafCVvzPkK4de2Rllr1fFpw2A_x0oXE"])
    remaining: int = Field(description="还可以发几次", examples=[1])


class Moment(Word):
    """When to ask whether we may write."""

    FILE = "file", "提交、补充诉求"
    FOLLOW = "follow", "关注办实事"


class MomentOut(Shown):
    """What to ask for at one moment."""

    moment: Moment = Field(description="file 提交、补充诉求时，follow 关注办实事时", examples=["file"])
    title: str = Field(description="名称", examples=[Moment.FILE.label])
    template_ids: list[str] = Field(
        description="交给 wx.requestSubscribeMessage 的 tmplIds，最多 3 个；空的就不问",
        examples=[["zun-LzcQyW-edafCVvzPkK4de2Rllr1fFpw2A_x0oXE"]],
    )


class Moments(Shown):
    """When to ask, and for what."""

    items: list[MomentOut] = Field(description="每个时机一项")


class Grants(Shown):
    """What somebody has allowed."""

    items: list[GrantOut] = Field(description="还可以发的模板；没有的就是 0 次")
