"""What staff read when WeChat refuses."""

import pytest

from wechat.errors import WeChatError, WeChatFailure, WeChatUnreachable
from wechat.refusal_words import explain


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            WeChatError(40164, "invalid ip 10.1.2.3, not in whitelist rid: 65-a1"),
            (
                "服务器的出口 IP 不在公众平台的白名单中。请把括号里的 IP 加到公众平台的 IP 白名单。"
                "（40164 invalid ip 10.1.2.3, not in whitelist，rid 65-a1）"
            ),
        ),
        (WeChatError(-1, "system error"), "微信平台繁忙。请过一会儿再试。（-1 system error）"),
        (
            WeChatError(99999, "what"),
            "没有见过的错误。请把括号里的内容告诉系统管理员。（99999 what）",
        ),
        (
            WeChatUnreachable("连不上微信平台", maybe_done=False),
            "连不上微信平台。请检查服务器能否访问微信，过一会儿再试。",
        ),
    ],
)
def test_refusal_is_told_with_who_can_mend_it_how(error: WeChatFailure, words: str) -> None:
    assert explain(error) == words
