"""WeChat's error codes: what each means, and what the caller must do.

https://developers.weixin.qq.com/doc/service/guide/dev/errorcode.html
"""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What to do about a refusal by the platform."""

    REFRESH_TOKEN = "refresh_token"  # noqa: S105 (not a secret)
    BACK_OFF = "back_off"
    WAIT_MINUTE = "wait_minute"
    WAIT_DAY = "wait_day"
    NEXT_CHANNEL = "next_channel"
    ALREADY_DONE = "already_done"
    BAD_CONTENT = "bad_content"
    MEDIA_GONE = "media_gone"
    ACCOUNT_STOPPED = "account_stopped"
    NO_RIGHT = "no_right"
    TEMPLATE_STOPPED = "template_stopped"
    LOGIN_AGAIN = "login_again"
    AWAIT_ADMIN = "await_admin"
    UNKNOWN = "unknown"

    @property
    def permanent(self) -> bool:
        """Whether the same call can only fail again."""
        return self not in _PASSING


_PASSING = frozenset({Action.REFRESH_TOKEN, Action.BACK_OFF, Action.WAIT_MINUTE, Action.WAIT_DAY})


@dataclass(frozen=True)
class ErrorCode:
    """What one code asks for, and what it says in plain words."""

    action: Action
    meaning: str


_TABLE: dict[Action, dict[int, str]] = {
    Action.REFRESH_TOKEN: {
        40001: "接口凭证无效或不是最新的",
        40014: "接口凭证不合法",
        42001: "接口凭证已过期",
    },
    Action.BACK_OFF: {
        -1: "微信平台繁忙",
        268487001: "微信平台内部错误",
        268487002: "微信平台内部错误",
        268488001: "微信平台内部错误",
    },
    Action.WAIT_MINUTE: {
        45011: "一分钟内调用太频繁",
        45066: "相同内容提交太频繁",
        42010: "群发太频繁",
    },
    Action.WAIT_DAY: {
        45009: "当天调用次数已用完",
        45028: "本周期发送次数已用完",
    },
    Action.NEXT_CHANNEL: {
        43004: "对方没有关注公众号",
        43101: "对方没有订阅或已拒收这类消息",
        40003: "openid 无效",
        45015: "对方超过 48 小时没有和公众号互动，不能发客服消息",
        45047: "客服消息条数已用完，要等对方再次发言",
        48002: "对方关闭了接收消息",
        43019: "对方在黑名单中",
        46004: "用户不存在",
        49003: "openid 不属于这个公众号",
        50005: "对方已取消关注",
        70000: "对方处于未成年人保护模式",
    },
    Action.ALREADY_DONE: {
        45065: "相同编号的消息已经发过",
    },
    Action.BAD_CONTENT: {
        47001: "提交的数据格式有误",
        47003: "模板字段内容不符合要求",
        40033: "提交的文字编码有误",
        40035: "参数不合法",
        40036: "模板编号长度有误",
        40039: "网址长度有误",
        40066: "网址不合法",
        40097: "参数不合法",
        41030: "小程序页面路径不正确",
        40129: "场景值不正确",
        40169: "小程序码的 scene 不合法",
        61010: "对方两小时内没有用过小程序",
        87015: "微信下载不到要检查的照片",
        44002: "提交的内容为空",
        44003: "图文内容为空",
        44004: "文字内容为空",
        45002: "文字内容太长",
        45008: "图文条数超过限制",
        40249: "模板消息含营销内容",
        87014: "内容含违规信息",
        40008: "消息类型不合法",
        40016: "菜单按钮个数不对",
        40017: "菜单按钮类型不对",
        40018: "菜单名称太长",
        40019: "菜单 key 太长",
        40020: "菜单网址太长",
        40023: "子菜单个数不对",
        40024: "子菜单类型不对",
        40025: "子菜单名称太长",
        40026: "子菜单 key 太长",
        40027: "子菜单网址太长",
        40054: "子菜单网址的域名不对",
        40055: "菜单网址的域名不对",
        40052: "二维码类型不对",
        40053: "二维码参数不对",
        46003: "还没有创建菜单",
        40031: "接收人列表不合法",
        40032: "接收人个数超过限制",
        40114: "文章序号不正确",
        40130: "群发至少要有两个接收人",
        40152: "群发的标签不存在",
        45003: "标题太长",
        45004: "摘要太长",
        45005: "原文链接太长",
        45067: "群发编号太长",
        45110: "作者名太长",
        53404: "账号被限制带货，请删去商品后重试",
        53405: "插入的商品信息有误",
        53406: "请先开通带货能力",
        53503: "草稿没有通过发布检查",
        53504: "请到公众平台官网操作这篇草稿",
        53505: "请在公众平台手动保存这篇草稿后再发表",
        53600: "文章编号无效",
        # Faults of our own calls.
        40002: "获取凭证的参数不对",
        41001: "请求中缺少接口凭证",
        43001: "请求方式应为 GET",
        43002: "请求方式应为 POST",
        48006: "本月清零次数已用完",
    },
    Action.MEDIA_GONE: {
        40007: "媒体文件不存在或已过期（只保留三天）",
        41005: "缺少媒体文件",
        41006: "缺少媒体文件编号",
        44001: "媒体文件为空",
        45001: "媒体文件太大",
        40004: "媒体文件类型不合法",
        40005: "文件类型不合法",
        40006: "文件大小不合法",
        40009: "图片大小不合法",
        40010: "语音大小不合法",
        40011: "视频大小不合法",
        40012: "缩略图大小不合法",
    },
    Action.ACCOUNT_STOPPED: {
        40013: "AppID 不正确",
        40125: "AppSecret 不正确",
        40164: "服务器的出口 IP 不在公众平台的白名单中",
        40243: "AppSecret 已被冻结",
        41002: "请求中缺少 AppID",
        41004: "请求中缺少 AppSecret",
        48004: "接口已被封禁",
        50002: "公众号受限",
        50004: "接口已被禁用",
        50007: "公众号已被冻结",
        89501: "此 IP 正在等待管理员确认",
        89503: "此 IP 需要管理员确认",
        89506: "此 IP 被管理员拒绝，24 小时后再试",
        89507: "此 IP 被管理员拒绝，1 小时后再试",
    },
    # Of one interface: an account with fewer rights may use its others.
    Action.NO_RIGHT: {
        48001: "公众号没有这个接口的权限（未认证或认证已过期）",
        43104: "没有开通这项能力",
        1400001: "手机号验证的次数已用完，要在小程序后台购买",
    },
    Action.TEMPLATE_STOPPED: {
        43116: "这个模板被限制下发",
        200011: "这个模板已被封禁",
        200013: "这个模板已被封禁",
        40037: "模板编号不正确或模板已被删除",
    },
    # A mass send to everybody, where the account protects it.
    Action.AWAIT_ADMIN: {
        89504: "要公众号管理员在手机上确认这次群发",
        89505: "公众号管理员还没有在手机上确认这次群发",
    },
    Action.LOGIN_AGAIN: {
        40029: "网页授权码无效",
        40163: "网页授权码已经用过",
        41008: "缺少网页授权码",
        42003: "网页授权码已过期",
        42002: "登录凭证已过期",
        40030: "登录凭证无效",
        42007: "用户改了密码，需要重新授权",
        40226: "该用户被限制登录",
    },
}

ERROR_CODES: dict[int, ErrorCode] = {
    code: ErrorCode(action, meaning)
    for action, meanings in _TABLE.items()
    for code, meaning in meanings.items()
}
_UNKNOWN = ErrorCode(Action.UNKNOWN, "没有见过的错误")


def explain_code(code: int, message: str = "") -> ErrorCode:
    """Tell what a code asks for.

    Args:
        code: WeChat's errcode.
        message: WeChat's errmsg; one code (45009) stands for the minute's limit or the day's.
    """
    if code == 45009 and "minute" in message.lower():
        return ERROR_CODES[45011]
    return ERROR_CODES.get(code, _UNKNOWN)
