"""What goes in and out of notices (通知) and of what is told to everybody."""

from pydantic import Field

from models.enums import NoticeKind
from web.api.shapes import Cursor, Limit, Moment, PageOf, Query, QueryBoolean, Shown
from web.api.targets import Target


class NoticesQuery(Query):
    """Which notices are wanted."""

    unread: QueryBoolean = Field(default=False, description="true：只要没有读过的", examples=[True])
    limit: Limit = 20
    cursor: Cursor | None = None


class NoticeOut(Shown):
    """A notice."""

    id: int = Field(description="用来标为已读", examples=[41])
    kind: NoticeKind = Field(description="种类", examples=["resolved"])
    title: str = Field(description="标题", examples=["诉求已办结，请评价"])
    body: str = Field(description="正文", examples=["水龙头已更换。请评价办理结果。"])
    urgent: bool = Field(description="是否紧急", examples=[False])
    read: bool = Field(description="读过没有", examples=[False])
    at: Moment = Field(description="时间", examples=["2026-11-23T10:00:00+08:00"])
    opens: Target | None = Field(description="点开看什么；null 没有可打开的")


class NoticePage(PageOf[NoticeOut]):
    """A part of the inbox."""

    unread: int = Field(description="一共几条没有读过", examples=[2])


class Unread(Shown):
    """How many notices were not read."""

    unread: int = Field(description="一共几条没有读过", examples=[2])


class NewsOut(Shown):
    """Something that was told to many."""

    title: str = Field(description="标题", examples=["办实事周报"])
    words: str = Field(description="第一行", examples=["新列入清单 2 件，办成 1 件。"])
    opens: Target | None = Field(description="点开看什么")


class NewsList(Shown):
    """What was told to many, and not to this person."""

    items: list[NewsOut] = Field(description="最多 3 条，最新的在前")


class PushLine(Shown):
    """One line of a push."""

    words: str = Field(description="什么", examples=["食堂窗口保温"])
    note: str = Field(description="说明；没有时为空", examples=["饮食服务中心，12月20日前"])
    opens: Target | None = Field(description="点开看什么")


class PushSection(Shown):
    """A part of a push."""

    title: str = Field(description="标题", examples=["新列入清单 2 件"])
    lines: list[PushLine] = Field(description="各行")


class PushOut(Shown):
    """A push that tells of many things, such as the weekly digest."""

    title: str = Field(description="标题", examples=["办实事周报"])
    body: str = Field(description="正文", examples=["新列入清单 2 件，办成 1 件。"])
    is_proposed: bool = Field(description="true：还没有批准，只供预览", examples=[False])
    sections: list[PushSection] = Field(description="各部分")
