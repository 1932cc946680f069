"""Troubles in plain Chinese: each subject and code leads to a title and a remedy."""

from datetime import datetime, timedelta

import pytest

from models.platform_alert import PlatformAlert
from wechat.error_codes import ERROR_CODES, Action
from wechat.troubles import describe, remedy_for_code

TEMPLATES = "admin_templates.page"
QUOTA = "quota:/cgi-bin/message/custom/send"


def alert(
    now: datetime, subject: str, code: int | None, *, words: str = "", minutes: int = 5
) -> PlatformAlert:
    return PlatformAlert(
        id=1,
        subject=subject,
        code=code,
        words=words,
        raised_at=now,
        last_at=now,
        times=1,
        paused_until=now + timedelta(minutes=minutes) if minutes else None,
    )


@pytest.mark.parametrize(
    ("subject", "code", "title", "remedy", "link"),
    [
        ("account", 40125, "微信停了整个公众号的接口", "WECHAT_APP_SECRET", ""),
        ("account", 48001, "微信停了整个公众号的接口", "认证是否过期", ""),
        ("account", 50007, "微信停了整个公众号的接口", "检查账号状态", ""),
        ("way:template", 45009, "模板消息今天的次数用完了，零点前不再发", "今晚零点后自动恢复", ""),
        ("way:custom", 45011, "客服消息暂停发送", "一分钟后自动恢复", ""),
        ("way:custom", 40001, "客服消息发送出错", "别的程序", ""),
        ("way:custom", None, "客服消息发送出错", "原话", ""),
        (
            "template:answered",
            43116,
            "「诉求有新进展」的模板不能用",
            "换一个可用的模板",
            TEMPLATES,
        ),
        ("subscription:asked", 40037, "「请补充情况」的订阅通知模板不能用", "换一个", TEMPLATES),
        ("content:answered", 47003, "「诉求有新进展」的内容被微信拒收", "核对字段", TEMPLATES),
        ("content:answered", 99999, "「诉求有新进展」的内容被微信拒收", "原话", TEMPLATES),
        (
            "quota:/cgi-bin/message/custom/send",
            None,
            "「发客服消息」今天的次数快用完了",
            "零点后",
            "admin_platform.page",
        ),
    ],
)
def test_trouble_says_what_stands_still_and_what_mends_it(
    now: datetime, subject: str, code: int | None, title: str, remedy: str, link: str
) -> None:
    trouble = describe(alert(now, subject, code), now=now)
    assert title in trouble.title
    assert remedy in trouble.remedy
    assert trouble.link == link


def test_address_to_allow_is_named(now: datetime) -> None:
    words = "（40164 invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist）"
    assert (
        "IP 白名单」里加上 203.0.113.7，"
        in describe(alert(now, "account", 40164, words=words), now=now).remedy
    )
    assert "里加上服务器的出口 IP，" in remedy_for_code(40164, "not in whitelist")


@pytest.mark.parametrize(("minutes", "stops"), [(5, True), (0, False), (-1, False)])
def test_only_what_holds_notices_back_stops_something(now: datetime, minutes: int, *, stops: bool) -> None:
    assert describe(alert(now, "account", 40125, minutes=minutes), now=now).stops is stops


def test_every_refusal_that_stops_the_account_has_a_remedy() -> None:
    stopping = [code for code, known in ERROR_CODES.items() if known.action is Action.ACCOUNT_STOPPED]
    assert [code for code in stopping if "原话" in remedy_for_code(code, "")] == []
