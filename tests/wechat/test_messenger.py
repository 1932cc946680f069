"""Notices carried to the pretend platform's phones, and what each refusal is taken for."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import Settings
from domain.notices import PUSHED
from domain.ports import Delivery, Letter, Verdict
from models.database import Database
from models.enums import ComplaintStatus, NoticeChannel, NoticeKind
from simulator import Simulator
from simulator.server import RunningSimulator
from wechat import transport
from wechat.client import PlatformClient
from wechat.messenger import WeChatMessenger, chat_text, messenger_for

FIELDS = {
    "number": "2026-1121-0007",
    "subject": "三号楼 302 室水管漏水，已经两天没有人来修理了",
    "status": "处理中",
    "time": "2026年11月21日 09:30",
    "remark": "维修人员已出发\n预计半小时到",
    "place": "三号楼 302 室",
    "team": "维修服务中心",
    "deadline": "2026年11月24日 17:30",
}


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One kind of database will do: what is sent does not depend on it."""
    return sqlite


@pytest.fixture
def messenger(settings: Settings, client: PlatformClient, database: Database) -> WeChatMessenger:
    return messenger_for(settings, client, database)


@pytest.fixture
def letter(openid: str) -> Letter:
    return Letter(
        notice_id=1,
        key="event:1:person:1",
        kind=NoticeKind.ANSWERED,
        person_id=1,
        openid=openid,
        title="诉求有新进展",
        body="2026-1121-0007 水管漏水\n维修人员已出发",
        fields=FIELDS,
        url="https://logistics.example.edu.cn/h5/enter/abc",
        channel=NoticeChannel.TEMPLATE,
        other_channels=(),
        claimed_by="w1",
        claimed_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
        window_closes_at=None,
    )


def test_template_shows_the_notice_on_the_phone(
    messenger: WeChatMessenger, platform: Simulator, letter: Letter
) -> None:
    delivery = messenger.deliver(letter)
    [message] = platform.messages(letter.openid)
    assert delivery == Delivery(
        verdict=Verdict.SENT,
        code=0,
        words="已送出",
        message_id=str(message["msgid"]),
        template_id="SIMTPL_PROGRESS",
    )
    values = {name: field["value"] for name, field in message["content"]["data"].items()}
    assert values == {
        "character_string1": "2026-1121-0007",
        "thing2": "三号楼 302 室水管漏水，已经两天没…",
        "phrase3": "处理中",
        "thing4": "维修人员已出发 预计半小时到",
        "time5": "2026年11月21日 09:30",
    }
    assert message["content"]["url"] == letter.url
    assert message["client_msg_id"] == letter.key


def test_platform_takes_every_kind_of_notice_in_every_status_even_if_nothing_is_known(
    messenger: WeChatMessenger, letter: Letter
) -> None:
    known = [FIELDS | {"status": status.label} for status in ComplaintStatus]
    refused = [
        (kind, fields.get("status"), delivery.words)
        for kind in NoticeKind
        for fields in [*known, {}]
        if (delivery := messenger.deliver(replace(letter, kind=kind, fields=fields))).verdict
        is not Verdict.SENT
    ]
    # Answers in the chat, and pushes, which WeChat refuses as template messages.
    without_template = [NoticeKind.DRAFT_WAITING, NoticeKind.CHAT_REPLY, *PUSHED]
    assert {(kind, words) for kind, _, words in refused} == {
        (kind, "这类通知没有配置模板消息") for kind in without_template
    }


def test_chat_message_shows_title_text_and_link(
    messenger: WeChatMessenger, platform: Simulator, letter: Letter
) -> None:
    platform.people.need(letter.openid).windows["message"] = [platform.clock.now(), 0]
    delivery = messenger.deliver(replace(letter, channel=NoticeChannel.CUSTOM))
    assert delivery == Delivery(verdict=Verdict.SENT, code=0, words="已送出")
    [message] = platform.messages(letter.openid)
    assert message["content"]["text"]["content"] == (
        "【诉求有新进展】\n2026-1121-0007 水管漏水\n维修人员已出发\n"
        "点击查看：https://logistics.example.edu.cn/h5/enter/abc"
    )


def test_long_chat_message_keeps_its_link(letter: Letter) -> None:
    text = chat_text(replace(letter, body="很长" * 2000))
    assert len(text.encode()) <= 2048
    assert text.endswith("…\n点击查看：https://logistics.example.edu.cn/h5/enter/abc")


def test_chat_message_without_a_page_has_no_link(letter: Letter) -> None:
    assert chat_text(replace(letter, url="", body="请补充")) == "【诉求有新进展】\n请补充"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (40001, {"verdict": Verdict.RETRY, "alert": True}),
        (-1, {"verdict": Verdict.RETRY}),
        (45011, {"verdict": Verdict.WAIT_MINUTE}),
        (45009, {"verdict": Verdict.WAIT_DAY, "alert": True}),
        (43004, {"verdict": Verdict.NEXT_CHANNEL, "person_left": True}),
        (45015, {"verdict": Verdict.NEXT_CHANNEL, "window_closed": True}),
        (45047, {"verdict": Verdict.NEXT_CHANNEL, "window_closed": True}),
        (48002, {"verdict": Verdict.NEXT_CHANNEL}),
        (45065, {"verdict": Verdict.SENT}),
        (47003, {"verdict": Verdict.REFUSED, "alert": True}),
        (40164, {"verdict": Verdict.ACCOUNT_STOPPED, "alert": True}),
        (48001, {"verdict": Verdict.NO_RIGHT, "alert": True}),
        (43116, {"verdict": Verdict.TEMPLATE_STOPPED, "alert": True}),
        (99999, {"verdict": Verdict.REFUSED, "alert": True}),
    ],
)
def test_refusal_is_taken_for_what_it_is(
    messenger: WeChatMessenger, platform: Simulator, letter: Letter, code: int, expected: dict[str, object]
) -> None:
    platform.faults.add(path="/cgi-bin/message/template/send", kind="errcode", errcode=code, times=-1)
    delivery = messenger.deliver(letter)
    assert str(code) in delivery.words
    told = Delivery(verdict=Verdict.SENT, code=code, words=delivery.words, template_id="SIMTPL_PROGRESS")
    assert delivery == replace(told, **expected)  # type: ignore[arg-type]


def test_lost_answer_may_have_been_sent_and_a_dead_platform_cannot(
    messenger: WeChatMessenger,
    running: RunningSimulator,
    letter: Letter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    path = "/cgi-bin/message/template/send"
    running.simulator.faults.add(path=path, kind="lost_response", seconds=0.5)
    lost = messenger.deliver(letter)
    assert (lost.verdict, lost.code) == (Verdict.UNKNOWN, None)
    running.stop()
    dead = messenger.deliver(letter)
    assert (dead.verdict, dead.code) == (Verdict.RETRY, None)
    running.stop = lambda: None  # type: ignore[method-assign]


SUBSCRIPTION = """
[templates.subscription]
id = "SIMTPL_PROGRESS"
channel = "subscription"
kinds = ["answered"]
[templates.subscription.fields]
character_string1 = ["{number}"]
thing2 = ["{subject}"]
phrase3 = ["{status}"]
thing4 = ["{remark}"]
time5 = ["{time}"]
"""


@pytest.fixture
def subscribing(
    make_settings: Callable[..., Settings], settings: Settings, client: PlatformClient, tmp_path: Path
) -> Iterator[WeChatMessenger]:
    """A messenger of an account that has a template for 订阅通知."""
    file = tmp_path / "templates.toml"
    file.write_text(SUBSCRIPTION, encoding="utf-8")
    changed = make_settings(wechat_templates_file=str(file))
    with closing(Database(settings.database_url)) as database:
        yield messenger_for(changed, client, database)


def test_subscription_reaches_the_phone_of_who_allowed_it(
    subscribing: WeChatMessenger, platform: Simulator, letter: Letter
) -> None:
    platform.people.need(letter.openid).grants["SIMTPL_PROGRESS"] = 1
    allowed = replace(letter, channel=NoticeChannel.SUBSCRIPTION, granted=frozenset({"SIMTPL_PROGRESS"}))
    assert subscribing.deliver(allowed) == Delivery(
        verdict=Verdict.SENT, code=0, words="已送出", template_id="SIMTPL_PROGRESS"
    )
    [message] = platform.messages(letter.openid)
    assert (message["kind"], message["content"]["page"]) == ("subscribe", letter.url)
    again = subscribing.deliver(allowed)
    assert (again.verdict, again.code, again.grant_gone) == (Verdict.NEXT_CHANNEL, 43101, True)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (NoticeKind.ANSWERED, "对方没有订阅这类通知"),
        (NoticeKind.CLOSED, "这类通知没有配置订阅通知"),
    ],
)
def test_subscription_that_can_only_fail_is_not_tried(
    subscribing: WeChatMessenger, platform: Simulator, letter: Letter, kind: NoticeKind, words: str
) -> None:
    delivery = subscribing.deliver(
        replace(letter, kind=kind, channel=NoticeChannel.SUBSCRIPTION, granted=frozenset({"OTHER"}))
    )
    assert delivery == Delivery(verdict=Verdict.NEXT_CHANNEL, words=words)
    assert platform.calls.find(path="/cgi-bin/message/subscribe/bizsend", limit=10) == []
