"""What goes in and out of matters (事项) that everybody may read."""

from datetime import date

from pydantic import Field

from domain.matter_public import PublicStatus
from models.matter_words import MatterKind, MatterStatus, MatterStepName
from web.api.shapes import Cursor, Limit, Moment, PageOf, Query, Shown
from web.h5.status_look import Tone


class MattersQuery(Query):
    """Which matters are wanted."""

    status: PublicStatus = Field(
        default=PublicStatus.OPEN,
        description=(
            "open 正在办（后面四种都在内）、planned 已立项、in_progress 推进中、submitted 申请销号、"
            "deferred 挂账、closed 已办成"
        ),
        examples=["open"],
    )
    kind: MatterKind | None = Field(
        default=None,
        description="practical 办实事、rectification 整改问题、legacy 历史遗留、workplan 工作安排",
        examples=["practical"],
    )
    team: str = Field(
        default="", max_length=60, description="责任单位或配合单位的全称", examples=["饮食服务中心"]
    )
    q: str = Field(
        default="", max_length=40, description="编号、标题、目标或说明里的词，空格隔开", examples=["保温"]
    )
    limit: Limit = 20
    cursor: Cursor | None = None


class PublicPhoto(Shown):
    """A photo that everybody may see; its addresses need no token, and end after some hours."""

    path: str = Field(
        description="原图的网址，不用登录，可直接放进 <image>；几小时内有效，过期就重新读取",
        examples=["/h5/matters/photos/12?t=82111.c2lnbmF0dXJl"],
    )
    small_path: str = Field(
        description="小图的网址，同上", examples=["/h5/matters/photos/12/small?t=82111.c2lnbmF0dXJl"]
    )


class MatterRow(Shown):
    """A matter in the list."""

    number: str = Field(description="编号", examples=["B-2026-0012"])
    kind: MatterKind = Field(description="类型", examples=["practical"])
    kind_label: str = Field(description="类型，给人看", examples=["办实事"])
    status: MatterStatus = Field(description="状态", examples=["in_progress"])
    status_label: str = Field(description="状态，给人看", examples=["推进中"])
    tone: Tone = Field(description="状态的颜色：waits、works、done", examples=["works"])
    title: str = Field(description="标题", examples=["食堂窗口保温"])
    goal: str = Field(description="目标", examples=["饭菜送到窗口时不低于 60 度"])
    team: str | None = Field(description="责任单位；null 未定", examples=["饮食服务中心"])
    deadline: date | None = Field(description="时限的最后一天；null 没有这样的日期", examples=["2026-12-20"])
    deadline_label: str = Field(
        description="时限，给人看，可能是“长期”这样的话；没有写明时为空", examples=["2026年12月20日"]
    )
    overdue: bool = Field(description="是否已超期", examples=[False])
    parts: int = Field(description="分成几个节点；没有分时为 0", examples=[5])
    parts_done: int = Field(description="几个节点已验收", examples=[3])
    votes: int = Field(description="几人想办", examples=[12])
    said: str = Field(description="最新的进展；没有时为空", examples=["已更换两个窗口的保温台。"])
    before: PublicPhoto | None = Field(description="整改前的照片")
    after: PublicPhoto | None = Field(description="最新的整改后的照片")


class MatterPage(PageOf[MatterRow]):
    """A part of the list of matters."""


class MatterHappening(Shown):
    """One entry of the record."""

    step: MatterStepName = Field(description="做了什么", examples=["progress"])
    title: str = Field(description="做了什么，给人看", examples=["反馈进展"])
    who: str = Field(description="谁，只写单位和职务", examples=["饮食服务中心 主任"])
    words: str = Field(description="说了什么；没有时为空", examples=["已更换两个窗口的保温台。"])
    at: Moment = Field(description="时间", examples=["2026-11-23T10:00:00+08:00"])
    photos: list[PublicPhoto] = Field(description="照片")


class MatterOut(MatterRow):
    """One matter, as everybody may read it."""

    text: str = Field(description="公开的说明", examples=["更换保温台"])
    supporting: list[str] = Field(description="配合单位", examples=[["维修服务中心"]])
    lead: str = Field(description="牵头的人，只写单位和职务；没有时为空", examples=["分管副处长"])
    listed_at: Moment = Field(description="立项时间", examples=["2026-11-01T09:00:00+08:00"])
    deferred_until: date | None = Field(description="挂账到哪天；没有挂账时为 null", examples=[None])
    closed_at: Moment | None = Field(description="办成的时间", examples=[None])
    may_vote: bool = Field(description="还能不能投票（办完就不能了）", examples=[True])
    complaints_on_board: int = Field(description="关联的诉求里有几件已公示", examples=[2])
    photos_before: list[PublicPhoto] = Field(description="整改前的照片")
    photos_after: list[PublicPhoto] = Field(description="最新一次的整改后的照片")
    timeline: list[MatterHappening] = Field(description="进展，最新的在前")


class MatterMarks(Shown):
    """What somebody thinks of a matter; nobody else sees it."""

    follows: bool = Field(description="是否关注（有进展会通知）", examples=[True])
    voted: bool = Field(description="是否投过“我也想办”", examples=[False])
    votes: int = Field(description="几人想办", examples=[12])
