"""Notices to who uses the mini program, sent by its subscription messages, over a real platform."""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from config.settings import Settings
from domain import delivery_plans, message_templates, mini_grants, mini_people, outbox, platform_alerts
from domain.message_templates import Wish
from jobs.deliver_notices import Delivering
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.message_template import MessageTemplate
from models.notice import Notice, NoticeAttempt
from models.person import Person
from models.subscription_grant import SubscriptionGrant, SubscriptionTap
from tests.support.desk import Desk
from tests.support.mini_platform import MiniPlatform
from tests.support.waiting import eventually
from wechat.messenger import messenger_for
from wechat.mini_program import build_mini_program
from wechat.troubles import describe

MINI, ANSWERED, PROGRESS = NoticeChannel.MINI_SUBSCRIPTION, NoticeKind.ANSWERED, "SIMTPL_PROGRESS"
SENDING = "/cgi-bin/message/subscribe/send"
FIELDS = {
    "number": "2026-1121-0007",
    "subject": "三号楼 302 室水管漏水，已经两天没有人来修理了",
    "status": "处理中",
    "time": "2026年11月21日 09:30",
    "remark": "维修人员已出发\n预计半小时到",
}
WISH = {
    "character_string1": ["{number}"],
    "thing2": ["{subject}"],
    "phrase3": ["{status}"],
    "thing4": ["{remark}"],
    "time5": ["{time}"],
}


class Post:
    """The outbox, our worker, and what arrives in WeChat."""

    def __init__(self, mini: MiniPlatform) -> None:
        self.mini = mini
        self.openid = mini.user.openid
        self.desk = Desk(mini.database, mini.office, mini.now())
        changes = {"miniprogram_notice_page": "pages/mine/mine", "miniprogram_env": "trial"}
        settings = Settings.model_validate(mini.settings.model_dump() | changes)
        self._messenger = messenger_for(
            settings, mini.context.client, mini.database, build_mini_program(settings, mini.database)
        )

    def map(self, template_id: str = PROGRESS) -> None:
        """Set which template of the mini program tells of answers."""
        with self.mini.database.transaction() as session:
            admin, wish = session.merge(self.mini.office.admin), Wish(template_id, "进度", WISH)
            message_templates.save(session, ANSWERED, MINI, wish, staff=admin, now=self.mini.now())

    def allow(self, times: int = 1, template_id: str = PROGRESS) -> None:
        """Tap "yes" in the mini program; of the first WeChat tells, of all the program."""
        actions, results = self.mini.platform.actions, [{"template_id": template_id, "result": "accept"}]
        actions.answer_mini_program(self.openid, answers={template_id: "accept"})
        for _ in range(times):
            self.mini.program.post("/me/subscriptions", {"results": results}, key=secrets.token_hex(16))
        self.mini.platform.people.need(self.openid).grants[template_id] = times

    def person(self) -> Person:
        """Give who uses the mini program."""
        with self.mini.database.reading() as session:
            person = mini_people.person_known_as(session, self.mini.user.mini_openid)
            assert person is not None
            return person

    def left(self) -> dict[str, int]:
        """Give what may be sent still, as we have it."""
        with self.mini.database.reading() as session:
            return mini_grants.remaining(session, self.person().id)

    def queue(self, **changes: Any) -> int:
        """Write a notice that goes out at night too."""
        about = {"person_id": self.person().id, "fields": FIELDS, "urgent": True}
        return self.desk.queue(**(about | changes))

    def deliver(self) -> None:
        """Let the worker deliver what is due."""
        worker = Delivering(
            self.mini.database, self._messenger, worker="w1", base_url="https://a.cn/", clock=self.mini.now
        )
        while worker.deliver_one():
            pass

    def told(self, notice_id: int) -> tuple[NoticeState, NoticeChannel | None, str]:
        """Tell what became of a notice."""
        found = self.desk.notice(notice_id)
        return found.state, found.channel, found.error

    def arrived(self) -> list[dict[str, Any]]:
        """Give what was taken by the platform for this person."""
        return [one["content"] for one in self.mini.platform.messages(self.openid)]


@pytest.fixture
def post(mini: MiniPlatform) -> Post:
    mini.platform.people.need(mini.user.openid).grants.clear()
    mini.platform.state.messages.clear()
    mini.platform.change_settings({"template_event_delay": 0.0})
    with mini.database.transaction() as session:
        for table in (NoticeAttempt, Notice, SubscriptionGrant, SubscriptionTap, MessageTemplate):
            session.execute(delete(table))
        person = mini_people.person_known_as(session, mini.user.mini_openid)
        assert person is not None
        person.openid, person.following = None, False
    found = Post(mini)
    found.map()
    return found


def test_each_yes_is_good_for_one_message_and_then_the_inbox_remains(post: Post, mini: MiniPlatform) -> None:
    post.allow()
    first, second = post.queue(), post.queue()
    post.deliver()

    assert post.arrived() == [
        {
            "touser": mini.user.mini_openid,
            "template_id": PROGRESS,
            "page": f"pages/mine/mine?notice={first}",
            "miniprogram_state": "trial",
            "lang": "zh_CN",
            "data": {
                "character_string1": {"value": "2026-1121-0007"},
                "thing2": {"value": "三号楼 302 室水管漏水，已经两天没…"},
                "phrase3": {"value": "处理中"},
                "thing4": {"value": "维修人员已出发 预计半小时到"},
                "time5": {"value": "2026年11月21日 09:30"},
            },
        }
    ]
    assert post.told(first) == (NoticeState.SENT, MINI, "")
    eventually(lambda: post.desk.notice(first).delivered_at is not None)  # WeChat tells that it arrived
    assert post.told(second)[::2] == (NoticeState.INBOX, delivery_plans.NOT_ALLOWED)
    assert post.left() == {}


def test_refusal_by_the_platform_ends_what_we_had_counted(post: Post, mini: MiniPlatform) -> None:
    post.allow(3)
    mini.platform.people.need(post.openid).grants[PROGRESS] = 1
    first, second, third = (post.queue() for _ in range(3))
    post.deliver()

    assert post.told(first)[:2] == (NoticeState.SENT, MINI)
    assert "43101" in post.told(second)[2]
    assert post.desk.attempts(second) == [(MINI, 43101)]
    assert (post.told(second)[0], post.left()) == (NoticeState.INBOX, {})
    assert (post.desk.attempts(third), post.told(third)[2]) == ([], delivery_plans.NOT_ALLOWED)


def test_killed_worker_costs_no_second_message_as_the_yes_is_spent(post: Post, mini: MiniPlatform) -> None:
    """It was sent, and nobody wrote that down: the platform refuses it the second time."""
    post.allow()
    notice_id = post.queue()
    post.desk.now = mini.now()
    letter = post.desk.letter("dead")
    assert post._messenger.deliver(letter).code == 0
    with mini.database.transaction() as session:
        assert outbox.release_of(session, "dead", now=mini.now()) == 1
    post.deliver()

    assert post.desk.attempts(notice_id) == [(MINI, None), (MINI, 43101)]
    assert (post.told(notice_id)[0], len(post.arrived())) == (NoticeState.INBOX, 1)


def test_with_both_accounts_the_official_one_comes_first(post: Post, mini: MiniPlatform) -> None:
    post.allow(2)
    person = post.person()
    post.desk.change(person, openid=post.openid, following=True)
    by_card = post.queue()
    post.deliver()
    mini.platform.faults.add(path="/cgi-bin/message/template/send", kind="errcode", errcode=43004)
    by_mini = post.queue()
    post.deliver()

    assert post.told(by_card)[:2] == (NoticeState.SENT, NoticeChannel.TEMPLATE)
    assert post.told(by_mini)[:2] == (NoticeState.SENT, MINI)
    assert post.left() == {PROGRESS: 1}


def troubles(mini: MiniPlatform) -> dict[str, str]:
    """Give title and remedy of what an administrator sees."""
    with mini.database.reading() as session:
        alerts = platform_alerts.open_alerts(session)
        found = [describe(alert, now=mini.now()) for alert in alerts]
    return {one.title: one.remedy for one in found}


def test_template_that_is_gone_is_told_and_the_inbox_remains(post: Post, mini: MiniPlatform) -> None:
    post.map("GONE")
    post.allow(2, "GONE")
    first, second = post.queue(), post.queue()
    post.deliver()

    assert post.desk.attempts(first) == [(MINI, 40037)]
    assert [post.told(one)[0] for one in (first, second)] == [NoticeState.INBOX] * 2
    assert (post.desk.attempts(second), post.left()) == ([], {"GONE": 2})
    assert troubles(mini) == {
        "「诉求有新进展」的小程序订阅消息模板不能用": "请到「消息模板」换一个可用的模板，保存后自动恢复。"
    }


def test_page_that_the_mini_program_has_not_is_told(post: Post, mini: MiniPlatform) -> None:
    mini.platform.faults.add(path=SENDING, kind="errcode", errcode=41030)
    post.allow()
    notice_id = post.queue()
    post.deliver()

    assert (post.told(notice_id)[0], post.left()) == (NoticeState.FAILED, {PROGRESS: 1})
    assert "MINIPROGRAM_NOTICE_PAGE" in troubles(mini)["「诉求有新进展」的内容被微信拒收"]


def test_two_accounts_stop_each_for_itself(post: Post, mini: MiniPlatform) -> None:
    now, later = mini.now(), mini.now() + timedelta(hours=1)
    with mini.database.transaction() as session:
        platform_alerts.raise_alert(
            session, platform_alerts.ACCOUNT, code=50007, words="冻结", now=now, paused_until=later
        )
    post.allow(2)
    sent = post.queue()
    post.deliver()
    mini.platform.faults.add(path=SENDING, kind="errcode", errcode=40125)
    waiting = post.queue()
    post.deliver()

    assert post.told(sent)[:2] == (NoticeState.SENT, MINI)
    assert (post.told(waiting)[0], post.told(waiting)[2]) == (NoticeState.PENDING, platform_alerts.LIMITED)
    assert list(troubles(mini)) == ["小程序订阅消息发送出错", "微信停了整个公众号的接口，所有通知暂停发送"]
    assert "MINIPROGRAM_SECRET" in troubles(mini)["小程序订阅消息发送出错"]

    mini.moved += timedelta(minutes=11)
    post.deliver()
    assert post.told(waiting)[:2] == (NoticeState.SENT, MINI)
    assert list(troubles(mini)) == ["微信停了整个公众号的接口，所有通知暂停发送"]


def test_nothing_is_called_without_a_mini_program_or_for_what_was_not_allowed(
    post: Post, mini: MiniPlatform
) -> None:
    post.allow(1, "OTHER")
    notice_id = post.queue()
    post.desk.now = mini.now()
    letter = post.desk.letter()
    none = messenger_for(mini.settings, mini.context.client, mini.database)
    said = [
        none.deliver(replace(letter, granted=frozenset({PROGRESS}))),
        post._messenger.deliver(letter),
    ]

    assert [one.words for one in said] == ["没有设置小程序", "对方没有订阅这类通知"]
    assert post.desk.notice(notice_id).state is NoticeState.SENDING
    assert mini.platform.calls.find(path=SENDING, limit=10) == []
