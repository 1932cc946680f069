"""Troubles in plain Chinese: each subject and code leads to a title and a remedy."""

import inspect
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any, get_type_hints

import pytest

from domain import platform_alerts
from models.enums import NoticeChannel, NoticeKind
from models.platform_alert import PlatformAlert
from wechat.error_codes import ERROR_CODES, Action
from wechat.troubles import describe, remedy_for_code

TEMPLATES = "admin_templates.page"
QUOTA = "quota:/cgi-bin/message/custom/send"
# What the functions that name subjects are given; a new kind of argument has to be added here.
ARGUMENTS: dict[type, list[Any]] = {
    NoticeChannel: list(NoticeChannel),
    NoticeKind: list(NoticeKind),
    str: ["/cgi-bin/message/custom/send", "/cgi-bin/some/" + "path" * 20],
}
KNOWN = [action for action in Action if action is not Action.UNKNOWN]


def every_subject() -> Iterator[str]:
    """What alerts may be about: all that `platform_alerts` names, as mypy lets nobody else name one."""
    source = inspect.getsource(platform_alerts)
    for name, value in vars(platform_alerts).items():
        if f"\n{name} = Subject(" in source:
            yield value
        elif inspect.isfunction(value) and value.__module__ == platform_alerts.__name__:
            *kinds, result = get_type_hints(value).values()
            if result is platform_alerts.Subject:
                yield from (value(*given) for given in product(*(ARGUMENTS[kind] for kind in kinds)))


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
        ("right:template", 48001, "公众号不能发模板消息", "认证是否过期", ""),
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
        ("verification", None, "公众号的认证需要办理", "认证详情", ""),
        ("naming", None, "公众号的名称没有通过认证", "重新提交", ""),
        ("articles", 48001, "文章发不出去", "认证是否过期", ""),
        ("qr_codes", 48001, "微信不再发放服务点的二维码", "认证是否过期", ""),
        ("qr_codes", None, "微信不再发放服务点的二维码", "不用处理", ""),
        ("mini_codes", 41030, "微信没有给出服务点的小程序码", "MINIPROGRAM_PAGE", ""),
        ("mini_codes", 99999, "微信没有给出服务点的小程序码", "原话", ""),
        ("content_checks", 40125, "微信的内容检查做不了", "MINIPROGRAM_SECRET", ""),
        ("content_checks", 45009, "微信的内容检查做不了", "今晚零点后自动恢复", ""),
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


def test_every_subject_that_can_be_raised_has_a_title_and_a_remedy(now: datetime) -> None:
    subjects = set(every_subject())
    assert {"account", "verification", "naming", "articles", "qr_codes", "way:custom", QUOTA} <= subjects
    assert len(subjects) > len(NoticeKind) * 2
    codes = [None, *(min(code for code, known in ERROR_CODES.items() if known.action is a) for a in KNOWN)]
    for subject, code in product(subjects, codes):
        trouble = describe(alert(now, subject, code), now=now)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in trouble.title), subject
        assert trouble.title.isprintable()
        assert subject.partition(":")[0] not in trouble.title
        assert "请" in trouble.remedy or "恢复" in trouble.remedy or "不用处理" in trouble.remedy, subject


def test_alert_without_a_code_has_a_remedy_of_its_own_unless_it_is_about_sending(now: datetime) -> None:
    alone = [subject for subject in every_subject() if ":" not in subject]
    unsure = [subject for subject in alone if "原话" in describe(alert(now, subject, None), now=now).remedy]
    assert unsure == ["account", "articles", "mini_codes", "content_checks"], (
        "these are only raised with a code"
    )


def test_words_do_not_end_twice(now: datetime) -> None:
    assert describe(alert(now, "naming", None, words="名称未通过。"), now=now).reason == "名称未通过"
