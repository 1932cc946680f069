"""What a member of staff reads when the platform refuses a call: what happened, and who can mend it how."""

from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatFailure

_REMEDIES = {
    Action.REFRESH_TOKEN: "请过一分钟再试；一直这样，请检查是否有别的程序在用同一个 AppSecret。",
    Action.BACK_OFF: "请过一会儿再试。",
    Action.WAIT_MINUTE: "请过一分钟再试。",
    Action.WAIT_DAY: "请明天再试，或由系统管理员到公众平台清零调用次数。",
    Action.BAD_CONTENT: "请修改后再试。",
    Action.AWAIT_ADMIN: "请公众号管理员 30 分钟内在微信里点确认。",
    Action.ACCOUNT_STOPPED: "请系统管理员登录公众平台，检查账号状态和接口权限。",
}
_BY_CODE = {
    40164: "请把括号里的 IP 加到公众平台的 IP 白名单。",
    40125: "请核对设置里的 AppSecret。",
    40013: "请核对设置里的 AppID。",
    48001: "认证的服务号才有这项权限，请系统管理员登录公众平台查看。",
}
_ASK_SUPPORT = "请把括号里的内容告诉系统管理员。"


def explain(error: WeChatFailure) -> str:
    """Say it in plain Chinese, with WeChat's own words at the end for whoever looks further."""
    if not isinstance(error, WeChatError):
        return f"{error}。请检查服务器能否访问微信，过一会儿再试。"
    remedy = _BY_CODE.get(error.code) or _REMEDIES.get(error.action, _ASK_SUPPORT)
    request_id = f"，rid {error.rid}" if error.rid else ""
    return f"{error.meaning}。{remedy}（{error.code} {error.message}{request_id}）"
