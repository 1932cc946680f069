"""Open troubles with the platform in plain Chinese: what stands still, why, and what mends it."""

import re
from dataclasses import dataclass
from datetime import datetime

from domain import platform_alerts
from models.enums import NoticeChannel, NoticeKind
from models.platform_alert import PlatformAlert
from wechat.error_codes import Action, explain_code
from wechat.path_names import path_name

_ADDRESS = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")
_CONSOLE = "登录公众平台（mp.weixin.qq.com）"
_WHITELIST = "「设置与开发 → 安全中心 → IP 白名单」"
_BY_CODE = {
    40001: "请检查是否有别的程序也在用这个 AppSecret 取凭证；本系统会自己换新凭证再试。",
    40013: "请核对设置 WECHAT_APP_ID 是否和公众平台「基本配置」里的 AppID 一致，改好后重启。",
    40125: (
        "请核对设置 WECHAT_APP_SECRET 是否和公众平台「基本配置」里的 AppSecret 一致；"
        "在公众平台重置过的要换成新的，改好后重启。"
    ),
    40243: f"请{_CONSOLE}，在「基本配置」里解冻 AppSecret。",
    48004: f"请{_CONSOLE}，看「违规记录」，按提示申诉或整改。",
    41030: (
        "小程序里没有这个页面，或者还没有发布。请核对设置 MINIPROGRAM_NOTICE_PAGE，改好后重启，"
        "再到「通知发送」重发。"
    ),
    50002: f"请{_CONSOLE}，看账号状态和「违规记录」。",
    89503: "请公众号管理员在手机微信里确认这台服务器。",
    45028: "本周期的次数用完了，到期自动恢复。",
}
_BY_ACTION = {
    Action.WAIT_DAY: "今天的次数用完了，今晚零点后自动恢复；急用可由管理员到公众平台清零（每月 10 次）。",
    Action.WAIT_MINUTE: "发得太快，一分钟后自动恢复，不用处理。",
    Action.TEMPLATE_STOPPED: "请到「消息模板」换一个可用的模板，保存后自动恢复。",
    Action.BAD_CONTENT: "请到「消息模板」核对字段是否和公众平台的模板一致，再到「通知发送」重发。",
    Action.ACCOUNT_STOPPED: f"请{_CONSOLE}，检查账号状态。",
    Action.NO_RIGHT: f"请{_CONSOLE}，看「接口权限」里有没有这一项，认证是否过期。",
    Action.REFRESH_TOKEN: _BY_CODE[40001],
}
_BY_SUBJECT = {
    platform_alerts.VERIFICATION: (
        f"请{_CONSOLE}，在「设置与开发 → 公众号设置 → 认证详情」里办理；认证通过后这条提醒自动消失。"
    ),
    platform_alerts.NAMING: (
        f"请{_CONSOLE}，在「设置与开发 → 公众号设置」里改名重新提交；通过后这条提醒自动消失。"
    ),
}
_MINI_CONSOLE = "登录小程序后台（mp.weixin.qq.com，用小程序的账号）"
_OF_MINI_PROGRAM = {
    40013: "请核对设置 MINIPROGRAM_APP_ID 是否和小程序后台「开发设置」里的 AppID 一致，改好后重启。",
    40125: "请核对设置 MINIPROGRAM_SECRET 是否和小程序后台「开发设置」里的 AppSecret 一致，改好后重启。",
    41030: (
        "小程序里没有这个页面，或者还没有发布。请核对设置 MINIPROGRAM_PAGE；发布以前可以把 MINIPROGRAM_ENV "
        "改成 trial，把 MINIPROGRAM_CHECK_PATH 改成 false，改好后重启。"
    ),
    40097: "请核对设置 MINIPROGRAM_PAGE、MINIPROGRAM_ENV，改好后重启。",
    40169: "有的服务点代码不能做小程序码，请在它的页面「换一张新码」。",
    43104: f"请{_MINI_CONSOLE}，在「开发管理 → 接口设置」里开通内容安全。",
    48001: f"请{_MINI_CONSOLE}，看「接口设置」里有没有这一项，认证是否过期。",
}
_ABOUT_MINI_PROGRAM = frozenset({platform_alerts.MINI_CODES, platform_alerts.CONTENT_CHECKS})
_TITLES = {
    platform_alerts.ACCOUNT: "微信停了整个公众号的接口，所有通知暂停发送",
    platform_alerts.VERIFICATION: "公众号的认证需要办理",
    platform_alerts.NAMING: "公众号的名称没有通过认证",
    platform_alerts.ARTICLES: "文章发不出去",
    platform_alerts.QR_CODES: "微信不再发放服务点的二维码",
    platform_alerts.MINI_CODES: "微信没有给出服务点的小程序码",
    platform_alerts.CONTENT_CHECKS: "微信的内容检查做不了，小程序来的诉求暂时不公开",
}
_OTHERWISE = "请把下面微信的原话告诉负责运行维护的人。"


@dataclass(frozen=True)
class Trouble:
    """One trouble as an administrator reads it.

    Attributes:
        title: what stands still or went wrong.
        reason: WeChat's words and code.
        remedy: what to do.
        link: the page that mends it, as the name of an endpoint; empty for none.
        stops: whether something waits for it to be mended.
    """

    id: int
    title: str
    reason: str
    remedy: str
    link: str
    times: int
    raised_at: datetime
    paused_until: datetime | None
    stops: bool


def describe(alert: PlatformAlert, *, now: datetime) -> Trouble:
    """Put an alert into words."""
    action = explain_code(alert.code).action if alert.code is not None else Action.UNKNOWN
    subject, _, about = alert.subject.partition(":")
    return Trouble(
        id=alert.id,
        title=_title(subject, about, action),
        reason=alert.words.rstrip("。"),  # the page goes on after it
        remedy=_remedy(alert, subject, action),
        link=_link(subject, action),
        times=alert.times,
        raised_at=alert.raised_at,
        paused_until=alert.paused_until,
        stops=alert.paused_until is not None and alert.paused_until > now,
    )


def _title(subject: str, about: str, action: Action) -> str:
    if alone := _TITLES.get(platform_alerts.Subject(subject)):
        return alone
    if subject == "quota":
        return f"「{path_name(about)}」今天的次数快用完了"
    if subject == "way":
        way = NoticeChannel(about).label
        if action is Action.WAIT_DAY:
            return f"{way}今天的次数用完了，零点前不再发"
        return f"{way}暂停发送" if action is Action.WAIT_MINUTE else f"{way}发送出错"
    if subject == "right":
        whose = "小程序" if about == NoticeChannel.MINI_SUBSCRIPTION else "公众号"
        way = NoticeChannel(about).label.removeprefix(whose)
        return f"{whose}不能发{way}，改用别的方式或只在页面里看到"
    kind = NoticeKind(about).label
    if subject == "content":
        return f"「{kind}」的内容被微信拒收"
    if subject in {NoticeChannel.SUBSCRIPTION, NoticeChannel.MINI_SUBSCRIPTION}:
        return f"「{kind}」的{NoticeChannel(subject).label}模板不能用"
    return f"「{kind}」的模板不能用，这类通知只在页面里看到"


def _remedy(alert: PlatformAlert, subject: str, action: Action) -> str:
    if subject == "quota":
        return "零点后重新计数。如果每天都这样，请减少推送，或向微信申请提高上限。"
    if alone := _BY_SUBJECT.get(platform_alerts.Subject(subject)):
        return alone
    if alert.code == 40164:
        return whitelist_remedy(alert.words)
    if alert.code is None and subject == platform_alerts.QR_CODES:
        return "已有的二维码照常能用；新的服务点会自动改用网页链接的二维码，不用处理。"
    if subject in _ABOUT_MINI_PROGRAM:
        otherwise = _BY_ACTION[Action.WAIT_DAY] if action is Action.WAIT_DAY else _OTHERWISE
        return _OF_MINI_PROGRAM.get(alert.code or 0, otherwise)
    if subject in {"way", "right"} and alert.subject.endswith(f":{NoticeChannel.MINI_SUBSCRIPTION}"):
        return _OF_MINI_PROGRAM.get(alert.code or 0) or _BY_ACTION.get(action, _OTHERWISE)
    return _BY_CODE.get(alert.code or 0) or _BY_ACTION.get(action, _OTHERWISE)


def whitelist_remedy(words: str) -> str:
    """Say which address must be allowed where, from WeChat's words of 40164."""
    found = _ADDRESS.search(words)
    address = f" {found[1]}" if found else "服务器的出口 IP"
    return f"请{_CONSOLE}，在{_WHITELIST}里加上{address}，几分钟后生效。"


def remedy_for_code(code: int, message: str) -> str:
    """Say what mends a refusal."""
    if code == 40164:
        return whitelist_remedy(message)
    return _BY_CODE.get(code) or _BY_ACTION.get(explain_code(code, message).action, _OTHERWISE)


def _link(subject: str, action: Action) -> str:
    if (
        subject in {"content", "template", "subscription", "mini_subscription"}
        or action is Action.TEMPLATE_STOPPED
    ):
        return "admin_templates.page"
    return "admin_platform.page" if subject == "quota" else ""
