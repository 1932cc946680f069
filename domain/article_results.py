"""What the platform tells of an article that went out, put into words.

https://developers.weixin.qq.com/doc/subscription/api/public/api_freepublish_get.html
https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Batch_Sends_and_Originality_Checks.html
"""

import re

PUBLISHED, UNDER_WAY = 0, 1
SENT = "send success"

_PUBLISH_WORDS = {
    2: "原创校验未通过",
    3: "平台发布失败",
    4: "平台审核不通过",
    5: "发布后已被删除",
    6: "发布后被平台封禁",
}
_MASS_WORDS = {
    10001: "涉嫌广告",
    20001: "涉嫌政治",
    20002: "涉嫌色情",
    20004: "涉嫌社会",
    20006: "涉嫌违法犯罪",
    20008: "涉嫌欺诈",
    20013: "涉嫌版权",
    21000: "涉嫌其他违规",
    22000: "涉嫌互推（互相宣传）",
    30001: "原创校验出现系统错误，且用户选择了被判为转载就不群发",
    30002: "原创校验被判定为不能群发",
    30003: "原创校验被判定为转载，且用户选择了被判为转载就不群发",
    40001: "管理员拒绝",
    40002: "管理员 30 分钟内未确认，已超时",
}


def publish_failure(status: int) -> str:
    """Put a publish_status other than success into words."""
    return _PUBLISH_WORDS.get(status, f"平台给出了没有见过的状态（{status}）")


def mass_failure(status: str) -> str:
    """Put the Status of a mass send other than success into words."""
    found = re.fullmatch(r"err\(\s*(\d+)\s*\)", status.strip())
    if found is None:
        return "平台群发失败"
    code = int(found[1])
    return f"{_MASS_WORDS.get(code, '平台审核不通过')}（{code}）"
