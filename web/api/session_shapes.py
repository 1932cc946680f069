"""What goes in and out when somebody signs in, looks at their devices, or links their accounts."""

from pydantic import Field

from models.enums import ScanState
from web.api.shapes import Asked, Moment, Query, QueryBoolean, Shown, Words


class NewSession(Asked):
    """A code of wx.login, for a session on one device."""

    code: str = Field(
        min_length=1, max_length=512, description="wx.login 得到的 code，5 分钟内用一次", examples=["0a3Kd1"]
    )
    device: Words = Field(
        default="", max_length=60, description="给用户看的设备名，如手机型号", examples=["iPhone 15"]
    )
    begin_anew: bool = Field(
        default=False, description="注销过的人同意重新开始；回答 person_left 以后才填 true", examples=[False]
    )


class SessionOut(Shown):
    """A session on one device."""

    id: str = Field(description="用来退出这台设备", examples=["nC2m0Cq3l2mWv7b1rX8k1A"])
    device: str = Field(description="设备名", examples=["iPhone 15"])
    created_at: Moment = Field(description="登录时间", examples=["2026-11-23T10:00:00+08:00"])
    last_seen_at: Moment = Field(
        description="最近使用时间，一小时以内不再更新", examples=["2026-11-23T10:00:00+08:00"]
    )
    expires_at: Moment = Field(
        description="到期时间；每次使用会往后推，最长 180 天", examples=["2026-12-23T10:00:00+08:00"]
    )
    is_current: bool = Field(description="是不是发出这个请求的设备", examples=[True])


class SignedIn(Shown):
    """A new session with its token, which is told this once."""

    token: str = Field(
        description="登录凭证，只在这里出现一次；放进请求头 Authorization: Bearer",
        examples=["x3Qm7vYq0cUu3p1mJm0yZb4sRrS3kq8mX2l9tT5nVwE"],
    )
    expires_in: int = Field(description="多少秒后到期（不看手机的时钟）", examples=[2592000])
    linked: bool = Field(description="是否已和公众号关联成一个账号", examples=[True])
    session: SessionOut


class Sessions(Shown):
    """The open sessions of a person."""

    items: list[SessionOut] = Field(description="登录中的设备，最近使用的在前")


class EndSessions(Query):
    """Which sessions are ended."""

    keep_current: QueryBoolean = Field(default=False, description="true：只退出其他设备", examples=[True])


class TabCounts(Shown):
    """How many complaints stand under each tab."""

    all: int = Field(description="全部", examples=[3])
    open: int = Field(description="办理中", examples=[1])
    to_rate: int = Field(description="待我评价", examples=[1])
    to_supplement: int = Field(description="待我补充", examples=[0])
    ended: int = Field(description="已结束", examples=[1])


class Me(Shown):
    """Who is signed in, as far as anybody needs to know."""

    linked: bool = Field(description="是否已和公众号关联成一个账号", examples=[True])
    complaints: TabCounts
    unread_notices: int = Field(description="没有读过的通知", examples=[2])


class PhoneCode(Asked):
    """A code of the button for telephone numbers."""

    code: str = Field(
        min_length=1,
        max_length=512,
        description="“获取手机号”按钮（getPhoneNumber）给的 code，不是 wx.login 的",
        examples=["7f3Ka9"],
    )


class PhoneOut(Shown):
    """A telephone number; it is told to the program and kept nowhere."""

    phone: str = Field(description="手机号，可填进诉求的 contact_phone", examples=["13800000000"])
    country_code: str = Field(description="国家或地区区号", examples=["86"])


class LinkOut(Shown):
    """How far linking has come."""

    state: ScanState | None = Field(
        description="waiting 等待扫码、scanned 已扫码（请输入数字）、used 已关联、expired 已失效；null 没有",
        examples=["waiting"],
    )
    linked: bool = Field(description="是否已和公众号关联成一个账号", examples=[False])
    expires_at: Moment | None = Field(
        default=None, description="二维码到期时间", examples=["2026-11-23T10:10:00+08:00"]
    )
    code_png: str | None = Field(
        default=None,
        description="二维码图片（data:image/png;base64,…），长按识别；只在新建时给",
        examples=["data:image/png;base64,iVBORw0KGgo="],
    )


class LinkNumber(Asked):
    """The number that the official account told whoever scanned the code."""

    number: str = Field(min_length=4, max_length=4, description="公众号里收到的四位数字", examples=["0472"])
