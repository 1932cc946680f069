"""What goes in and out of the catalogue: categories and service points."""

from typing import Annotated

from pydantic import Field, model_validator

from models.enums import ServicePointKind
from web.api.shapes import Cursor, Limit, PageOf, Query, QueryNumber, Shown

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
    limit: Limit = 20
    cursor: Cursor | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "PlacesQuery":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude 和 longitude 要一起填")
        if sum(way is not None for way in (self.parent, self.q, self.latitude)) > 1:
            raise ValueError("parent、q、latitude 只能填一种")
        return self


class PlaceDetail(PlaceShort):
    """A service point, as the page behind its code shows it."""

    name: str = Field(description="名称", examples=["3号窗口"])
    kind: ServicePointKind = Field(description="种类", examples=["window"])
    parent: PlaceShort | None = Field(description="上级服务点")
    category: CategoryShort | None = Field(description="在这里提交时默认的类别")
    team: str | None = Field(description="责任单位", examples=["饮食服务中心"])
    in_charge: str = Field(description="负责人（亮身份）", examples=["窗口负责人 王师傅"])
    standard: str = Field(description="亮标准", examples=["饭菜热、份量足"])
    pledge: str = Field(description="亮承诺", examples=["意见当天答复"])
    open_complaints: int = Field(description="这里正在办理的诉求有几件", examples=[1])


class ScanQuery(Query):
    """What a scan gave."""

    text: str = Field(
        min_length=1,
        max_length=500,
        description="扫到的内容：服务点二维码、微信生成的二维码里的网址，或小程序码的 scene",
        examples=["https://bss.example.edu.cn/h5/p/p7f3a0c91be24"],
    )
