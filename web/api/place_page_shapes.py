"""What goes in and out of a place's page: what was raised there, and judging it by stars."""

from datetime import date
from typing import Annotated

from pydantic import Field

from domain.place_ratings import GOOD_TAGS, MOST_WORDS, TAGS
from models.enums import ComplaintKind, ComplaintStatus
from web.api.catalogue_shapes import CategoryShort, PlaceCode
from web.api.shapes import Asked, Cursor, Limit, Moment, PageOf, Query, Shown, Words
from web.h5.status_look import Tone

_LONGEST_WORDS = 600


class RecordsQuery(Query):
    """How far somebody has read."""

    limit: Limit = 20
    cursor: Cursor | None = None


class RecordOut(Shown):
    """A complaint at a place, as everybody may read it."""

    number: str | None = Field(description="编号；没有公开的为 null", examples=["2026-1123-0007"])
    kind: ComplaintKind = Field(description="种类", examples=["complaint"])
    kind_label: str = Field(description="种类，给人看", examples=["投诉"])
    category: CategoryShort = Field(description="类别")
    status: ComplaintStatus = Field(description="状态", examples=["in_progress"])
    status_label: str = Field(description="状态，给人看", examples=["处理中"])
    tone: Tone = Field(description="状态的颜色", examples=["works"])
    text: str = Field(description="公开的内容；没有公开时为空，只列类型和进度", examples=["窗口排队太久。"])
    where: str = Field(description="里面的哪个服务点；就是这里时为空", examples=["3号窗口"])
    outcome: str = Field(description="结果，给人看；还在办时为空", examples=[""])
    filed_on: date = Field(description="哪天提交的", examples=["2026-11-20"])
    may_join: bool = Field(
        description="能不能 PUT /complaints/{number}/following（我也遇到）", examples=[True]
    )


class RecordPage(PageOf[RecordOut]):
    """A part of what was raised at a place."""


class PlaceRatingIn(Asked):
    """How somebody judges a place."""

    stars: int = Field(ge=1, le=5, description="1–5 星", examples=[5])
    tags: list[Annotated[str, Field(max_length=20)]] = Field(
        default=[], max_length=len(TAGS), description="选中的标签，原样", examples=[["态度好", "干净整洁"]]
    )
    words: Words = Field(default="", max_length=MOST_WORDS, description="想说的话", examples=["阿姨很热情。"])


class GivenRating(Shown):
    """What somebody said of a place today."""

    stars: int = Field(description="几星", examples=[5])
    tags: list[str] = Field(description="标签", examples=[["态度好"]])
    words: str = Field(description="想说的话", examples=["阿姨很热情。"])
    rated_at: Moment = Field(description="时间", examples=["2026-11-23T10:00:00+08:00"])


class PlaceRatingOut(Shown):
    """How somebody judged a place today, and what can be tapped."""

    today: GivenRating | None = Field(description="今天的评价；还没有评时为 null。一天一次，先评的算")
    star_labels: list[str] = Field(
        description="一到五星各叫什么", examples=[["很不满意", "不满意", "一般", "满意", "很满意"]]
    )
    good_tags: list[str] = Field(description="说好的标签", examples=[list(GOOD_TAGS)])
    bad_tags: list[str] = Field(
        description="说不好的标签", examples=[[tag for tag in TAGS if tag not in GOOD_TAGS]]
    )


class AlikeQuery(Query):
    """What somebody is about to raise."""

    service_point: PlaceCode | None = Field(
        default=None, description="选好的服务点的 code", examples=["p7f3a0c91be24"]
    )
    text: str = Field(
        default="", max_length=_LONGEST_WORDS, description="已经写下的字", examples=["窗口排队太久"]
    )


class AlikeOut(Shown):
    """Something that was raised already, and that anybody may join."""

    number: str = Field(description="编号", examples=["2026-1123-0007"])
    text: str = Field(description="公开的内容", examples=["窗口排队太久。"])
    place: str = Field(description="地点；没有时为空", examples=["东校区第一食堂"])
    people: int = Field(description="几人遇到", examples=[4])
    is_mine: bool = Field(description="是自己提交或已经关注的", examples=[False])
    filed_on: date = Field(description="哪天提交的", examples=["2026-11-20"])


class AlikeList(Shown):
    """What was raised already."""

    items: list[AlikeOut] = Field(description="最像的在前，最多 3 件")
