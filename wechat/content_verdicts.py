"""What the platform says of a text or a photo, in the words of `domain/content_checks.py`.

https://developers.weixin.qq.com/miniprogram/dev/server/API/sec-center/sec-check/api_msgseccheck.html
"""

from domain.content_checks import Verdict
from models.content_check_words import CheckState

_STATES = {"pass": CheckState.PASSED, "review": CheckState.REVIEW, "risky": CheckState.RISKY}
_LABELS = {
    10001: "广告",
    20001: "时政",
    20002: "色情",
    20003: "辱骂",
    20006: "违法犯罪",
    20008: "欺诈",
    20012: "低俗",
    20013: "版权",
    21000: "其他违规内容",
}


def verdict_of(suggest: str, label: int | None) -> Verdict:
    """Give the verdict; what we do not know lets nothing through."""
    state = _STATES.get(suggest)
    if state is CheckState.PASSED:
        return Verdict(state, "")
    about = _LABELS.get(label or 0, "不适合公开的内容")
    if state is None:
        return Verdict(CheckState.REVIEW, f"微信的结果看不懂（{suggest[:20] or '空'}）")
    sure = "含有" if state is CheckState.RISKY else "可能含有"
    return Verdict(state, f"微信认为{sure}{about}")
