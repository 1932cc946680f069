"""What goes in and out of complaints (诉求)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from domain.acts import MAX_WORDS
from domain.disclosure import Publicity
from domain.person_complaints import PersonTab, Whose
from domain.report_checks import LONGEST_NAME, LONGEST_PLACE
from domain.submissions import MAX_TEXT
from models.enums import AttachmentKind, ComplaintKind, ComplaintStatus, Outcome, StepName
from web.api.catalogue_shapes import CategoryShort, PlaceShort
from web.api.shapes import Asked, Cursor, Limit, Moment, PageOf, Query, Shown, Words
from web.api.targets import Target
from web.h5.status_look import Tone
from web.uploads import MOST_PHOTOS

UploadIds = Annotated[
    list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,43}$")]],
    Field(max_length=MOST_PHOTOS, description="用 POST /uploads 传好的照片、录音", examples=[["4Jx0Qq"]]),
]
Revision = Annotated[
    int | None,
    Field(ge=1, le=2**31 - 1, description="用户看到的 revision；这以后有变化就回答 too_late", examples=[3]),
]


class Act(StrEnum):
    """What a person can do to a complaint; each is the end of an address."""

    SUPPLEMENT = "supplement"
    URGE = "urge"
    RATE = "rate"
    REOPEN = "reopen"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"
    UNFOLLOW = "unfollow"


class NewComplaint(Asked):
    """What a person files."""

    kind: ComplaintKind = Field(
        description="complaint 投诉、repair 报修、suggestion 建议、question 咨询、praise 表扬",
        examples=["repair"],
    )
    text: Words = Field(
        default="",
        max_length=MAX_TEXT,
        description="说明情况；有照片时可以不写",
        examples=["水龙头关不紧，一直滴水。"],
    )
    service_point: str | None = Field(
        default=None, max_length=40, description="服务点的 code", examples=["p7f3a0c91be24"]
    )
    place_text: Words = Field(
        default="",
        max_length=LONGEST_PLACE,
        description="地点，用自己的话说。投诉和报修要有 service_point 或 place_text",
        examples=[""],
    )
    latitude: float | None = Field(
        default=None,
        ge=-90,
        le=90,
        allow_inf_nan=False,
        description="没有选服务点时的位置（GCJ-02）",
        examples=[None],
    )
    longitude: float | None = Field(
        default=None, ge=-180, le=180, allow_inf_nan=False, description="经度（GCJ-02）", examples=[None]
    )
    category: str | None = Field(
        default=None, max_length=40, description="类别的 code；不填则按服务点和文字判断", examples=[None]
    )
    anonymous: bool = Field(
        default=False,
        description="匿名：工作人员看不到是谁，进展仍会通知；称呼和电话不会保存",
        examples=[False],
    )
    contact_name: Words = Field(default="", max_length=LONGEST_NAME, description="称呼", examples=["小林"])
    contact_phone: Words = Field(
        default="", max_length=40, description="电话，只给办理的单位看", examples=["13800000000"]
    )
    uploads: UploadIds = Field(default=[])

    @model_validator(mode="after")
    def _whole_position(self) -> "NewComplaint":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude 和 longitude 要一起填")
        return self


class ListQuery(Query):
    """Which of their complaints a person wants to see."""

    tab: PersonTab = Field(
        default=PersonTab.ALL,
        description="all 全部、open 办理中、to_rate 待我评价、to_supplement 待我补充、ended 已结束",
        examples=["open"],
    )
    whose: Whose = Field(
        default=Whose.ALL, description="all 全部、own 我提交的、followed 我关注的", examples=["all"]
    )
    q: str = Field(default="", max_length=40, description="编号、地点或文字里的词", examples=["水龙头"])
    limit: Limit = 20
    cursor: Cursor | None = None


class ComplaintRow(Shown):
    """A complaint in the list."""

    number: str = Field(description="编号", examples=["2026-1123-0007"])
    kind: ComplaintKind = Field(description="种类", examples=["repair"])
    kind_label: str = Field(description="种类，给人看", examples=["报修"])
    status: ComplaintStatus = Field(description="状态", examples=["in_progress"])
    status_label: str = Field(description="状态，给人看", examples=["处理中"])
    tone: Tone = Field(
        description="状态的颜色：waits、works、asks（要您做点什么）、paused、done、over、refused",
        examples=["works"],
    )
    subject: str = Field(description="开头的几十个字", examples=["水龙头关不紧，一直滴水。"])
    place: str = Field(description="地点，给人看", examples=["东校区第一食堂3号窗口"])
    own: bool = Field(description="是自己提交的；否则是关注的", examples=[True])
    has_news: bool = Field(description="有没有读过的通知", examples=[False])
    filed_at: Moment = Field(description="提交时间", examples=["2026-11-23T10:00:00+08:00"])


class ComplaintPage(PageOf[ComplaintRow]):
    """A part of the list of complaints."""


class AttachmentOut(Shown):
    """A photo, a recording or a position."""

    kind: AttachmentKind = Field(description="种类", examples=["photo"])
    path: str | None = Field(
        description="文件的网址，几小时内有效，也要带登录凭证（wx.downloadFile）；null 表示没有文件",
        examples=["/api/v1/attachments/12?t=82431.k3v"],
    )
    small_path: str | None = Field(
        description="照片的小图", examples=["/api/v1/attachments/12/small?t=82431.k3v"]
    )
    seconds: int | None = Field(description="录音有多少秒", examples=[None])
    label: str = Field(description="位置的名称", examples=[""])
    latitude: float | None = Field(description="纬度（GCJ-02）", examples=[None])
    longitude: float | None = Field(description="经度（GCJ-02）", examples=[None])


class Happening(Shown):
    """One entry of the record."""

    step: StepName = Field(description="办理动作", examples=["accept"])
    title: str = Field(description="做了什么", examples=["已接单，开始办理"])
    who: str = Field(description="谁（岗位，不是姓名）；空表示系统", examples=["维修服务中心 经办人"])
    words: str = Field(description="说了什么", examples=["师傅下午三点上门。"])
    at: Moment = Field(description="时间", examples=["2026-11-23T10:05:00+08:00"])
    attachments: list[AttachmentOut] = Field(description="照片等，只列您可以看的", examples=[[]])


class NextOut(Shown):
    """What happens next, in the words of somebody at a counter."""

    title: str = Field(description="一句话", examples=["周二 10:00 前办结"])
    detail: str = Field(description="还要知道的", examples=["维修服务中心正在办理，办结后请您评价。"])
    late: bool = Field(description="是否没有按时", examples=[False])
    call: str = Field(description="等不及时打的电话，可能为空", examples=[""])


class RatingOut(Shown):
    """What the person said of the result."""

    solved: bool = Field(description="解决了没有", examples=[True])
    stars: int = Field(description="几颗星", examples=[5])
    words: str = Field(description="说了什么", examples=["修得很快。"])
    rated_at: Moment = Field(description="时间", examples=["2026-11-24T09:00:00+08:00"])


class ShareOut(Shown):
    """What may be passed on of a complaint: a page that everybody may open, never its own."""

    title: str = Field(description="卡片的标题", examples=["水龙头关不紧，一直滴水。"])
    words: str = Field(
        description="卡片的说明", examples=["这件事正在办，您也遇到了？点「我也遇到」，有进展告诉您。"]
    )
    what: str = Field(
        description="给用户看：别人会看到什么",
        examples=["别人看到的是公示的文字和办理结果，看不到是谁反映的。"],
    )
    opens: Target = Field(
        description="别人点开看什么：board 公示栏里的这一件，或 place 服务点",
        examples=[{"kind": "board", "id": "2026-1123-0007", "path": "/h5/board/2026-1123-0007"}],
    )


class ComplaintOut(ComplaintRow):
    """One complaint as one of its people reads it."""

    revision: int = Field(description="有变化就变大；操作时作为 seen 送回", examples=[3])
    text: str = Field(description="内容；关注的人读到的是公开的文字", examples=["水龙头关不紧，一直滴水。"])
    service_point: PlaceShort | None = Field(description="服务点")
    category: CategoryShort
    team: str | None = Field(description="责任单位", examples=["维修服务中心"])
    urgent: bool = Field(description="是否紧急", examples=[False])
    anonymous: bool = Field(description="是否匿名提交", examples=[False])
    due_at: Moment | None = Field(description="应办结的时间", examples=["2026-11-25T10:00:00+08:00"])
    outcome: Outcome | None = Field(description="结果", examples=[None])
    publicity: Publicity = Field(
        description="none 没有公开、checking 要公开但内容检查没有通过，别人看不到、public 已公开",
        examples=["none"],
    )
    publicity_label: str = Field(description="有没有公开，给人看", examples=["没有公开"])
    next: NextOut
    acts: list[Act] = Field(
        description="现在可以做的；有什么就显示什么按钮，POST /complaints/{number}/{act}",
        examples=[["supplement", "urge"]],
    )
    asked: Happening | None = Field(description="请您补充的内容；没有时为 null", examples=[None])
    answer: Happening | None = Field(description="最新的答复或办理结果；没有时为 null", examples=[None])
    rating: RatingOut | None = Field(description="您的评价", examples=[None])
    merged_into: str | None = Field(description="并入的诉求的编号，您能打开时才有", examples=[None])
    share: ShareOut | None = Field(description="转发给别人的卡片；不能转发时为 null")
    timeline: list[Happening] = Field(description="办理记录，最新的在前")


class Supplement(Asked):
    """Words and photos that are added."""

    words: Words = Field(
        default="", max_length=MAX_WORDS, description="补充的内容", examples=["是三楼东头那间。"]
    )
    uploads: UploadIds = Field(default=[])


class Saying(Asked):
    """A few words that need not be said."""

    words: Words = Field(default="", max_length=MAX_WORDS, description="想说的话", examples=["已经三天了。"])


class Decision(Saying):
    """A few words, by somebody who looked at a certain state of things."""

    seen: Revision = None


class Reason(Asked):
    """Why, by somebody who looked at a certain state of things."""

    words: Words = Field(
        min_length=1, max_length=MAX_WORDS, description="原因", examples=["修好两天又漏了。"]
    )
    seen: Revision = None


class Judgement(Asked):
    """What the person thinks of the result."""

    solved: bool = Field(description="解决了没有", examples=[True])
    stars: int = Field(ge=1, le=5, description="1–5 星；没解决或两星以下会退回重办", examples=[5])
    words: Words = Field(default="", max_length=MAX_WORDS, description="想说的话", examples=["修得很快。"])
    uploads: UploadIds = Field(default=[])
    seen: Revision = None


class Joining(Asked):
    """How somebody joins a complaint of others."""

    met: bool = Field(default=True, description="true 我也遇到了，false 只是关注", examples=[True])
