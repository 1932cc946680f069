"""What comes out of bulletins (通报)."""

from datetime import date

from pydantic import Field

from domain.figure_rules import Figure
from models.bulletin_words import BulletinPart, ChartName
from web.api.shapes import Cursor, Limit, Moment, PageOf, Query, Shown


class BulletinsQuery(Query):
    """How far somebody has read."""

    limit: Limit = 20
    cursor: Cursor | None = None


class BulletinRow(Shown):
    """A bulletin in the list."""

    code: str = Field(description="期号", examples=["2026-03"])
    title: str = Field(description="标题", examples=["11月诉求办理情况通报"])
    digest: str = Field(description="一句话的数字", examples=["收到诉求 86 件，办结 71 件，按时答复率 95.3%"])
    published_at: Moment = Field(description="发布时间", examples=["2026-11-23T10:00:00+08:00"])


class BulletinPage(PageOf[BulletinRow]):
    """A part of the list of bulletins."""


class RateOut(Shown):
    """A rate with what it divides."""

    name: str = Field(description="名称", examples=["按时答复率"])
    good: int | None = Field(description="分子；件数不足、不显示时为 null", examples=[61])
    of: int | None = Field(description="分母；件数不足、不显示时为 null", examples=[64])
    label: str = Field(description="给人看；件数不足时为 —", examples=["95.3%"])
    change: str = Field(default="", description="和上期比；不比较时为空", examples=["比上期高 2.1 个百分点"])
    meaning: str = Field(
        default="", description="怎么算的", examples=["在时限内由工作人员首次答复的 ÷ 应答复的"]
    )


class NumberOut(Shown):
    """A number of complaints."""

    figure: Figure = Field(description="数的是什么", examples=["filed"])
    name: str = Field(description="数的是什么，给人看", examples=["提出"])
    now: int = Field(description="本期几件", examples=[86])
    before: int = Field(description="相比的那一期几件", examples=[80])
    change: str = Field(description="变化，给人看", examples=["比上期多 6 件"])


class LastedOut(Shown):
    """How long something took in the middle."""

    name: str = Field(description="首次答复或办结", examples=["办结"])
    now: str = Field(description="本期中位用时（工作时间）", examples=["9 小时"])
    before: str = Field(description="相比的那一期；件数不足时为空", examples=["11 小时"])


class TeamRates(Shown):
    """The rates of a team."""

    name: str = Field(description="单位", examples=["饮食服务中心"])
    filed: int = Field(description="提出几件", examples=[31])
    rates: list[RateOut] = Field(description="各项比率")


class AreaOut(Shown):
    """How much was raised of one kind of thing."""

    name: str = Field(description="类别", examples=["食堂就餐"])
    now: int = Field(description="本期几件", examples=[31])
    before: int = Field(description="相比的那一期几件", examples=[28])


class HotPlace(Shown):
    """A place much was raised about."""

    name: str = Field(description="地点", examples=["东校区第一食堂"])
    filed: int = Field(description="几件", examples=[12])


class TrendStep(Shown):
    """One step of the trend."""

    name: str = Field(description="日期、从这天起的一周，或月份", examples=["11-1"])
    filed: int = Field(description="提出几件", examples=[4])


class ClosedMatter(Shown):
    """A matter that was closed in the period."""

    number: str = Field(description="编号", examples=["B-2026-0012"])
    title: str = Field(description="标题", examples=["食堂窗口保温"])
    goal: str = Field(description="目标", examples=["饭菜送到窗口时不低于 60 度"])
    team: str = Field(description="责任单位；没有时为空", examples=["饮食服务中心"])
    closed_on: date = Field(description="销号的日期", examples=["2026-11-20"])
    is_public: bool = Field(description="现在还能不能用编号打开", examples=[True])


class FiguresOut(Shown):
    """The figures of a bulletin, as they were counted."""

    first_day: date = Field(description="统计的第一天", examples=["2026-11-01"])
    last_day: date = Field(description="统计的最后一天", examples=["2026-11-23"])
    compared: str = Field(description="和哪一期相比", examples=["上期"])
    compared_first_day: date = Field(description="那一期的第一天", examples=["2026-10-09"])
    compared_last_day: date = Field(description="那一期的最后一天", examples=["2026-10-31"])
    taken_at: Moment = Field(description="统计到什么时候", examples=["2026-11-23T10:00:00+08:00"])
    smallest: int = Field(description="不足这么多件的不显示比率", examples=[10])
    numbers: list[NumberOut] = Field(description="件数")
    rates: list[RateOut] = Field(description="全部单位合计的比率")
    lasted: list[LastedOut] = Field(description="用时")
    trend: list[TrendStep] = Field(description="走势")
    teams: list[TeamRates] = Field(description="各单位，件数不足的不在内")
    teams_left_out: list[str] = Field(description="件数不足、不作比较的单位", examples=[["交通服务中心"]])
    areas: list[AreaOut] = Field(description="反映集中的领域")
    places: list[HotPlace] = Field(description="反映较多的地点")
    matters: list[ClosedMatter] = Field(description="已销号的事项")


class ChartOut(Shown):
    """A picture; its addresses need no token."""

    name: ChartName = Field(description="哪一张", examples=["trend"])
    label: str = Field(description="图的名称", examples=["诉求走势"])
    words: str = Field(description="图里说了什么，给看不到图的人", examples=["11-1 4 件，11-2 6 件"])
    path: str = Field(
        description="浅色的图，不用登录，可直接放进 <image>",
        examples=["/h5/bulletins/2026-03/light/trend.png"],
    )
    dark_path: str = Field(description="深色的图", examples=["/h5/bulletins/2026-03/dark/trend.png"])
    width: int = Field(description="宽（点，图有三倍像素）", examples=[343])
    height: int = Field(description="高（点）", examples=[200])


class CaseOut(Shown):
    """A typical case; its words are gone when the complaint was taken off the board."""

    number: str = Field(description="诉求的编号", examples=["2026-1123-0007"])
    heading: str = Field(description="类别、地点、单位", examples=["投诉 · 食堂就餐 · 一食堂 · 饮食服务中心"])
    is_shown: bool = Field(description="false：已从公示栏撤下，下面几项为空", examples=[True])
    text: str = Field(description="反映的内容", examples=["窗口排队太久。"])
    answer: str = Field(description="答复；没有时为空", examples=["已加开一个窗口。"])
    told: str = Field(description="日期和原因", examples=["11月2日提出，11月3日办结；诉求人评 5 星"])
    comment: str = Field(description="点评；没有时为空", examples=["当天就办结。"])


class SectionOut(Shown):
    """A part of a bulletin."""

    part: BulletinPart = Field(description="哪一部分", examples=["figures"])
    title: str = Field(description="标题", examples=["总体情况"])
    words: str = Field(description="正文；没有时为空", examples=["本期诉求比上期略多。"])
    chart: ChartOut | None = Field(description="图；没有时为 null")
    cases: list[CaseOut] = Field(description="典型；只有正面典型、反面典型两部分有")


class BulletinOut(BulletinRow):
    """One bulletin."""

    issue: str = Field(description="期号，给人看", examples=["2026年第3期"])
    sections: list[SectionOut] = Field(description="各部分，按阅读的顺序；没有内容的不在内")
    figures: FiguresOut = Field(description="各部分用到的数字；某一部分不在 sections 里时，不要显示它的数字")
