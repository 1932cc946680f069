"""What goes in and out of the public board (公示), open to all."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.abuse import MAX_WORDS
from domain.board import Show
from models.board_words import AbuseReason, BoardPart
from models.enums import ComplaintKind, ComplaintStatus
from web.api.catalogue_shapes import CategoryShort, PlaceCode, PlaceShort, RateShown
from web.api.shapes import Asked, Cursor, Limit, PageOf, Query, Shown, Words
from web.h5.status_look import Tone


class BoardQuery(Query):
    """What of the board is wanted."""

    show: Show = Field(
        default=Show.ALL,
        description=(
            "all 全部、open 正在办、deferred 挂账、done 已办结、week 本周办结、refused 不予受理（近 90 天）"
        ),
        examples=["done"],
    )
    service_point: PlaceCode | None = Field(
        default=None, description="这个服务点和里面的", examples=["p7f3a0c91be24"]
    )
    category: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="类别的 code", examples=["canteen"]
    )
    q: str = Field(default="", max_length=40, description="公开的文字里的词，或编号的开头", examples=["排队"])
    limit: Limit = 20
    cursor: Cursor | None = None


class BoardPhoto(Shown):
    """A photo that was released; its addresses need no token."""

    id: int = Field(description="举报这张照片时填", examples=[12])
    path: str = Field(description="原图，不用登录，可直接放进 <image>", examples=["/h5/board/photos/12"])
    small_path: str = Field(description="小图", examples=["/h5/board/photos/12/small"])


class BoardDate(Shown):
    """What happened on which day."""

    title: str = Field(description="什么", examples=["提出"])
    on: date = Field(description="哪一天", examples=["2026-11-20"])


class BoardItem(Shown):
    """A complaint as everybody may read it; of what was not released only what had to be told."""

    number: str = Field(description="编号", examples=["2026-1120-0003"])
    kind: ComplaintKind = Field(description="种类", examples=["complaint"])
    kind_label: str = Field(description="种类，给人看", examples=["投诉"])
    category: CategoryShort = Field(description="类别")
    status: ComplaintStatus = Field(description="状态", examples=["closed"])
    status_label: str = Field(description="状态，给人看", examples=["已销号"])
    tone: Tone = Field(description="状态的颜色", examples=["done"])
    released: bool = Field(
        description="false：内容没有公开，只公布编号、类别、原因或承诺的日期", examples=[True]
    )
    text: str = Field(description="公开的内容；没有公开时为空", examples=["窗口排队太久。"])
    answer: str = Field(description="公开的答复；没有时为空", examples=["已加开一个窗口。"])
    team: str | None = Field(description="责任单位", examples=["饮食服务中心"])
    place: str = Field(description="地点；没有公开时为空", examples=["东校区第一食堂"])
    outcome: str = Field(description="结果，给人看；还在办时为空", examples=["已解决，诉求人已评价"])
    rejection_reason: str = Field(description="不予受理的原因；其他时候为空", examples=[""])
    deferred_until: date | None = Field(description="挂账：承诺哪天以前办理", examples=[None])
    met: int = Field(description="几人也遇到", examples=[3])
    followers: int = Field(description="几人关注", examples=[5])
    redone: int = Field(description="重办几次", examples=[0])
    photos: list[BoardPhoto] = Field(description="公开的照片")
    dates: list[BoardDate] = Field(description="进度")
    may_join: bool = Field(
        description="能不能 PUT /complaints/{number}/following（我也遇到、关注）", examples=[False]
    )


class BoardPage(PageOf[BoardItem]):
    """A part of the board."""

    total: int = Field(description="一共几件，最多数到 1000；再往前的请按地点、类别筛选", examples=[42])


class BoardOverview(Shown):
    """What stands above the board."""

    fixed_this_week: int = Field(description="本周解决几件", examples=[18])
    released_this_week: int = Field(description="其中几件能在这里看到", examples=[6])
    service_points: list[PlaceShort] = Field(description="公示栏里提到的地点，用来筛选")
    categories: list[CategoryShort] = Field(description="公示栏里有的类别，用来筛选")


class TeamOnBoard(Shown):
    """The rates of a team; null where too few are counted."""

    name: str = Field(description="单位；合计时为“全部”", examples=["饮食服务中心"])
    response: RateShown | None = Field(description="及时答复")
    resolution: RateShown | None = Field(description="问题解决")
    satisfaction: RateShown | None = Field(description="师生满意")
    coverage: RateShown | None = Field(description="评价覆盖")


class BoardRates(Shown):
    """How well each team does."""

    first_day: date = Field(description="统计的第一天", examples=["2026-05-28"])
    last_day: date = Field(description="统计的最后一天", examples=["2026-11-23"])
    smallest: int = Field(description="不足这么多件的不显示", examples=[10])
    everybody: TeamOnBoard = Field(description="全部单位合计")
    teams: list[TeamOnBoard] = Field(description="各单位")
    left_out: list[str] = Field(description="件数不足的单位", examples=[["交通服务中心"]])


class Reported(StrEnum):
    """What of a complaint on the board can be reported."""

    TEXT = BoardPart.TEXT.value
    ANSWER = BoardPart.ANSWER.value
    PHOTO = BoardPart.PHOTO.value


class NewAbuse(Asked):
    """What somebody finds wrong with what stands on the board."""

    about: Reported = Field(
        default=Reported.TEXT, description="text 诉求的文字、answer 答复、photo 照片", examples=["photo"]
    )
    photo: int = Field(
        default=0, ge=0, le=999_999_999, description="举报照片时填它的 id，其他时候为 0", examples=[12]
    )
    reason: AbuseReason = Field(
        description=(
            "privacy 泄露个人信息、insult 辱骂攻击、false 内容不实、advertising 广告、unlawful 违法违规、"
            "other 其他（要写 words）"
        ),
        examples=["privacy"],
    )
    words: Words = Field(default="", max_length=MAX_WORDS, description="说明", examples=["照片里有学号。"])
