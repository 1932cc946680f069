"""What the demo shows when it is ready: where to look, who to be, what to try."""

import unicodedata

from demo.plan import PASSWORD, university_plan

_ROLES = {
    "admin": "系统管理员：人员、类别、服务点",
    "shouli": "受理员：派单、并案、公开",
    "yinshi2": "经办人（饮食服务中心）：接单、答复、办结",
    "weixiu2": "经办人（维修服务中心）：手机里的「张伟」",
    "gongyu": "单位负责人（公寓管理中心）：审批挂账",
    "fenguan": "分管领导：督办、审定",
    "dudao": "督导组：督办",
}


def banner(port: int, phone_port: int) -> str:
    """Give the box that tells a visitor everything."""
    names = {one.username: one.name for one in university_plan().staff}
    lines = [
        f"办实事 · {university_plan().name}演示已就绪",
        "",
        f"手机（微信模拟器）  http://127.0.0.1:{phone_port}/",
        f"管理后台            http://127.0.0.1:{port}/admin/",
        "",
        f"后台登录（密码都是  {PASSWORD}）",
        *(f"  {username:<9} {_wide(names[username], 6)}  {does}" for username, does in _ROLES.items()),
        "",
        "先试试",
        "  1. 手机里选「林小雨」，点「我的诉求」，给已办结的那件打分",
        "  2. 发一句“三食堂的菜是凉的”，或点「扫码反映」扫一个窗口",
        "  3. 后台用 shouli 派单，用经办人接单、办结，看手机收到通知",
        "  4. 「扫码反映」里找「体育馆」：它贴的是网页二维码，打开服务点页面直接反映",
        "",
        "按 Ctrl-C 停止；再次启动会保留数据，删除 var/demo 可重来",
    ]
    width = max(_columns(line) for line in lines)
    body = [f"│ {_wide(line, width)} │" for line in lines]
    rule = "─" * (width + 2)
    return "\n".join([f"┌{rule}┐", *body, f"└{rule}┘"])


def _wide(text: str, width: int) -> str:
    """Fill a text up to so many columns."""
    return text + " " * (width - _columns(text))


def _columns(text: str) -> int:
    """Count the columns a text takes in a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
