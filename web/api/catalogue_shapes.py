"""What goes in and out of the catalogue: categories and service points."""

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from models.enums import ServicePointKind
from web.api.shapes import Cursor, Limit, PageOf, Query, QueryBoolean, QueryNumber, Shown

PlaceCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", examples=["p7f3a0c91be24"])]


class CategoryOut(Shown):
    """What a complaint can be about."""

    code: str = Field(description="提交诉求时用的代码", examples=["canteen"])
    name: str = Field(description="名称", examples=["食堂就餐"])
    parent: str | None = Field(description="上级类别的代码", examples=[None])


class Categories(Shown):
    """All categories in use."""

    items: list[CategoryOut] = Field(description="在用的类别，按显示的顺序")


class CategoryShort(Shown):
    """A category, by its names."""

    code: str = Field(description="代码", examples=["canteen"])
    name: str = Field(description="名称", examples=["食堂就餐"])


class PlaceShort(Shown):
    """A service point, by its names."""

    code: str = Field(description="代码，也是二维码里的内容", examples=["p7f3a0c91be24"])
    full_name: str = Field(description="连同上级的名称", examples=["东校区第一食堂3号窗口"])


class PlaceOut(PlaceShort):
    """A service point in a list."""

    name: str = Field(description="名称", examples=["3号窗口"])
    kind: ServicePointKind = Field(description="种类", examples=["window"])
    has_more: bool = Field(description="里面还有没有服务点，有就可以用 parent 打开", examples=[False])
    metres: int | None = Field(description="离给出的位置多少米；没有给位置时为 null", examples=[None])


class PlacePage(PageOf[PlaceOut]):
    """A part of a list of service points."""


class PlacesQuery(Query):
    """Which service points are wanted; at most one of the ways to ask."""

    parent: PlaceCode | None = Field(
        default=None,
        description="打开这个服务点，列出里面的；什么都不填时列出最上层的",
        examples=["p7f3a0c91be24"],
    )
    q: str | None = Field(
        default=None, min_length=1, max_length=60, description="按名称搜索，最多 20 个", examples=["一食堂"]
    )
    latitude: QueryNumber | None = Field(
        default=None,
        ge=-90,
        le=90,
        description="和 longitude 一起：附近 800 米内的（GCJ-02）",
        examples=[30.31],
    )
    longitude: QueryNumber | None = Field(
        default=None, ge=-180, le=180, description="经度（GCJ-02）", examples=[120.08]
    )
    recent: QueryBoolean | None = Field(
        default=None, description="true：自己最近反映过的，最多 4 个", examples=[None]
    )
    limit: Limit = 20
    cursor: Cursor | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "PlacesQuery":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude 和 longitude 要一起填")
        ways = (self.parent, self.q, self.latitude, self.recent or None)
        if sum(way is not None for way in ways) > 1:
            raise ValueError("parent、q、latitude、recent 只能填一种")
        return self


class RateShown(Shown):
    """A rate with what it divides."""

    good: int = Field(description="分子", examples=[61])
    of: int = Field(description="分母", examples=[64])
    label: str = Field(description="给人看", examples=["95.3%"])


class PlaceRatesOut(Shown):
    """The three rates of a place."""

    response: RateShown | None = Field(description="及时答复；件数太少、不显示时为 null")
    resolution: RateShown | None = Field(description="问题解决；同上")
    satisfaction: RateShown | None = Field(description="师生满意；同上")


class StandingOut(Shown):
    """What people think of a place."""

    people: int = Field(description="几人评价", examples=[23])
    mean: float | None = Field(description="平均几星；人太少、不显示时为 null", examples=[4.6])


class PioneerPostOut(Shown):
    """A pioneer post that is awarded."""

    holder: str = Field(description="谁", examples=["窗口负责人 王师傅"])
    last_day: date = Field(description="有效到哪天", examples=["2027-06-30"])


class PlaceDetail(PlaceShort):
    """A service point, as the page behind its code shows it."""

    name: str = Field(description="名称", examples=["3号窗口"])
    kind: ServicePointKind = Field(description="种类", examples=["window"])
    parent: PlaceShort | None = Field(description="上级服务点")
    category: CategoryShort | None = Field(description="在这里提交时默认的类别")
    team: str | None = Field(description="责任单位", examples=["饮食服务中心"])
    in_charge: str = Field(description="负责人（亮身份）", examples=["窗口负责人 王师傅"])
    party_member: bool = Field(description="负责人是不是中共党员（亮身份）", examples=[True])
    standard: str = Field(description="亮标准", examples=["饭菜热、份量足"])
    standard_of_team: bool = Field(description="true：是责任单位的统一标准", examples=[False])
    pledge: str = Field(description="亮承诺", examples=["意见当天答复"])
    pledge_of_team: bool = Field(description="true：是责任单位的统一承诺", examples=[False])
    pioneer_post: PioneerPostOut | None = Field(description="党员先锋岗；现在没有授牌时为 null")
    label_number: str | None = Field(description="牌子上的编号", examples=["A-017"])
    photo_path: str | None = Field(
        description="照片的网址，不用登录，可直接放进 <image>；没有时为 null",
        examples=["/h5/p/p7f3a0c91be24/photo?v=0f2a4c.jpg"],
    )
    open_complaints: int = Field(description="这里正在办理的诉求有几件", examples=[1])
    ended_complaints: int = Field(description="近 90 天这里办完几件", examples=[4])
    rates: PlaceRatesOut = Field(description="近半年办得怎么样")
    standing: StandingOut = Field(description="近半年大家的评价")


class ScanQuery(Query):
    """What a scan gave."""

    text: str = Field(
        min_length=1,
        max_length=500,
        description="扫到的内容：服务点二维码、微信生成的二维码里的网址，或小程序码的 scene",
        examples=["https://bss.example.edu.cn/h5/p/p7f3a0c91be24"],
    )
