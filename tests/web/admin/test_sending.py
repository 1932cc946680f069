"""The page 「通知发送」, and what stands in the way of notices on the inbox."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import api_usage, platform_alerts
from domain.mini_people import person_of_mini
from domain.ports import NOT_SUBSCRIBED
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus, NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
PAGE = "/admin/sending"


@pytest.fixture
def sent(database: Database, office: Office, now: datetime) -> Callable[..., int]:
    """Put a notice into the outbox as it stands after some tries: (channel, code) each."""

    def make(*tries: tuple[NoticeChannel, int | None], **changes: Any) -> int:
        with database.transaction() as session:
            values: dict[str, Any] = {
                "kind": NoticeKind.ANSWERED,
                "person_id": office.student.id,
                "title": "诉求有新进展",
                "body": "维修人员已出发",
                "created_at": now,
                "due_at": now,
                "state": NoticeState.FAILED,
            }
            notice = Notice(key=f"k{now}{len(tries)}{changes}", **(values | changes))
            session.add(notice)
            session.flush()
            for channel, code in tries:
                words = f"微信的话 {code}"
                session.add(
                    NoticeAttempt(notice_id=notice.id, at=now, channel=channel, code=code, words=words)
                )
            return notice.id

    return make


def state(database: Database, notice_id: int) -> NoticeState:
    with database.reading() as session:
        return session.get_one(Notice, notice_id).state


def alert(database: Database, now: datetime, subject: str = "account", **changes: Any) -> None:
    values = {
        "code": 40164,
        "words": "（40164 invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist）",
        "paused_until": now + timedelta(minutes=9),
    }
    with database.transaction() as session:
        platform_alerts.raise_alert(session, subject, now=now, **(values | changes))


def test_nothing_sent_yet_says_so(signed_in: SignedIn, office: Office) -> None:
    page = signed_in(office.admin.username).get(PAGE)
    assert "还没有发过通知" in words_of(page.select_one(".empty-card"))
    page = signed_in("dispatcher").get(f"{PAGE}?state=failed")
    assert "没有符合条件的通知" in words_of(page.select_one(".empty-card"))


def test_notice_shows_its_ladder_and_every_try(
    signed_in: SignedIn, office: Office, sent: Callable[..., int]
) -> None:
    sent(
        (NoticeChannel.CUSTOM, 45015),
        (NoticeChannel.TEMPLATE, None),
        state=NoticeState.PENDING,
        error="连不上微信平台",
    )
    page = signed_in(office.admin.username).get(PAGE)
    rungs = [words_of(rung) for rung in page.select(".rung")]
    assert rungs == [
        "客服消息 ：没有发成",
        "模板消息 ：没有回音",
        "订阅通知 ：没有用到",
        "站内 ：页面里能看到",
    ]
    assert [words_of(line).split(" ", 2)[2] for line in page.select(".attempts li")] == [
        "客服消息 微信的话 45015",
        "模板消息 微信的话 None",
    ]
    assert "连不上微信平台" in words_of(page.select_one(".sending-whom"))


def test_way_of_the_mini_program_is_shown_where_it_was_used(
    signed_in: SignedIn, office: Office, database: Database, sent: Callable[..., int], now: datetime
) -> None:
    with database.transaction() as session:
        person = person_of_mini(session, openid="oMin0000abcd", unionid=None, now=now)
    by_mini = NoticeChannel.MINI_SUBSCRIPTION
    sent((by_mini, 0), person_id=person.id, state=NoticeState.SENT, channel=by_mini, delivered_at=now)
    sent((by_mini, 43101), person_id=person.id, state=NoticeState.INBOX)
    untried = sent(person_id=person.id, state=NoticeState.INBOX)
    with database.transaction() as session:
        words = NOT_SUBSCRIBED
        session.add(NoticeAttempt(notice_id=untried, at=now, channel=by_mini, code=None, words=words))
    page = signed_in(office.admin.username).get(PAGE)
    rungs = [words_of(rung) for rung in page.select(".rung")]
    assert [rung for rung in rungs if rung.startswith("小程序")] == [
        "小程序订阅消息 ：没有发成",
        "小程序订阅消息 ：已到手机",
    ]
    assert {words_of(one).split("（")[1].split("）")[0] for one in page.select(".sending-whom")} == {
        "小程序 oMi…abcd"
    }


def test_notice_that_reached_the_phone_says_so(
    signed_in: SignedIn, office: Office, sent: Callable[..., int], now: datetime
) -> None:
    sent(state=NoticeState.SENT, channel=NoticeChannel.TEMPLATE, delivered_at=now)
    page = signed_in(office.admin.username).get(PAGE)
    assert words_of(page.select_one(".sending .badge")) == "已到手机"
    assert words_of(page.select(".rung")[1]) == "模板消息 ：已到手机"


def test_openid_is_masked_and_of_an_anonymous_reporter_nothing_is_seen(
    signed_in: SignedIn, office: Office, file: Filed
) -> None:
    file(ComplaintStatus.ASSIGNED)
    file(ComplaintStatus.ASSIGNED, anonymous=True, text="匿名的话")
    openid = str(office.student.openid)
    page = signed_in(office.admin.username).get(f"{PAGE}?to=people")
    whom = {words_of(line).split(" · ")[0] for line in page.select(".sending-whom")}
    assert whom == {f"发给 诉求人（微信 {openid[:3]}…{openid[-4:]}）", "发给 匿名诉求人"}
    assert openid not in str(page)


def test_list_is_narrowed_and_paged(
    signed_in: SignedIn, office: Office, sent: Callable[..., int], now: datetime
) -> None:
    for number in range(31):
        sent(created_at=now - timedelta(minutes=number), title=f"{number}")
    sent(kind=NoticeKind.ASKED, state=NoticeState.SENT, created_at=now - timedelta(days=2))
    sent(person_id=None, staff_id=office.handler.id, kind=NoticeKind.STAFF_URGED)
    visitor = signed_in(office.admin.username)

    def count(query: str) -> int:
        return len(visitor.get(f"{PAGE}?{query}").select(".sending"))

    first = visitor.get(PAGE)
    following = first.select_one("a[rel=next]")
    assert following is not None
    second = visitor.get(str(following["href"]))
    assert [len(page.select(".sending")) for page in (first, second)] == [30, 3]
    for query, expected in {
        "state=sent": 1,
        "kind=asked": 1,
        "to=staff": 1,
        "state=failed&page=2": 2,
        "until=2026-11-21": 1,
        "from=2026-11-24": 0,
        "from=2026-11-23&to=staff": 1,
    }.items():
        assert count(query) == expected, query
    assert count("state=x&kind=y&to=z&from=q&until=3000-01-01&page=-4") == 30


def test_notice_is_sent_again_by_an_administrator(
    signed_in: SignedIn, office: Office, sent: Callable[..., int], database: Database
) -> None:
    notice_id = sent((NoticeChannel.TEMPLATE, 47003))
    visitor = signed_in(office.admin.username)
    page = visitor.get(f"{PAGE}?state=failed")
    form = page.select_one(".sending form")
    assert form is not None
    back = form.select_one("input[name=back]")
    assert back is not None
    leads = visitor.send(str(form["action"]), {"back": back["value"]})
    assert (leads, state(database, notice_id)) == (f"{PAGE}?state=failed", NoticeState.PENDING)
    page = visitor.get(PAGE)
    assert f"{office.admin.name} 安排重新发送" in words_of(page.select(".attempts li")[-1])
    assert page.select(".sending form") == []
    visitor.refused(str(form["action"]), status=409)


def test_all_that_failed_is_sent_again_after_a_question(
    signed_in: SignedIn, office: Office, sent: Callable[..., int], database: Database
) -> None:
    asked, answered = sent(kind=NoticeKind.ASKED), sent()
    visitor = signed_in(office.admin.username)
    page = visitor.get(f"{PAGE}?state=failed&kind=asked")
    question = page.select_one('a[href*="resend-failed"]')
    assert question is not None
    page = visitor.get(str(question["href"]))
    assert "有 1 条发送失败" in words_of(page.select_one("main form"))
    form = page.select_one("main form")
    assert form is not None
    data = {str(one["name"]): one["value"] for one in form.select("input")}
    assert visitor.send(str(form["action"]), data) == f"{PAGE}?state=failed&kind=asked"
    assert (state(database, asked), state(database, answered)) == (NoticeState.PENDING, NoticeState.FAILED)
    visitor.send(f"{PAGE}/resend-failed", {"kind": "merged"})
    assert "没有发送失败的通知" in words_of(visitor.get(PAGE).select(".flash")[-1])
    assert "没有发送失败的通知" in words_of(visitor.get(f"{PAGE}/resend-failed?kind=merged").main)


def test_dispatcher_looks_and_does_not_touch(
    signed_in: SignedIn, office: Office, sent: Callable[..., int], database: Database
) -> None:
    notice_id = sent()
    visitor = signed_in(office.dispatcher.username)
    page = visitor.get(f"{PAGE}?state=failed")
    assert (len(page.select(".sending")), page.select(".sending form, main a[href*=resend]")) == (1, [])
    visitor.refused(f"{PAGE}/{notice_id}/resend", status=403)
    visitor.refused(f"{PAGE}/resend-failed", status=403)
    assert state(database, notice_id) is NoticeState.FAILED


@pytest.mark.parametrize("username", ["handler", "lead", "leader", "inspector"])
@pytest.mark.parametrize("path", [PAGE, "/admin/platform"])
def test_others_neither_see_the_pages_nor_the_way_there(
    signed_in: SignedIn, office: Office, database: Database, now: datetime, username: str, path: str
) -> None:
    del office
    alert(database, now)
    visitor = signed_in(username)
    visitor.get(path, status=403)
    page = visitor.get("/admin/inbox")
    assert page.select(f'a[href="{path}"], .troubles') == []


@pytest.mark.parametrize(
    "path", [f"{PAGE}/1/resend", f"{PAGE}/resend-failed", "/admin/platform/troubles/1/mended"]
)
def test_forms_need_their_token(signed_in: SignedIn, office: Office, path: str) -> None:
    assert signed_in(office.admin.username).post(path, token="").status_code == 400


@pytest.mark.parametrize("number", ["77", "99999999999999999999"])
def test_notices_and_troubles_that_do_not_exist_are_not_found(
    signed_in: SignedIn, office: Office, number: str
) -> None:
    visitor = signed_in(office.admin.username)
    visitor.refused(f"{PAGE}/{number}/resend", status=404)
    visitor.refused(f"/admin/platform/troubles/{number}/mended", status=404)


def test_list_asks_the_database_as_often_for_many_as_for_one(
    signed_in: SignedIn,
    office: Office,
    sent: Callable[..., int],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    visitor = signed_in(office.admin.username)
    asked = []
    for number in range(2):
        sent((NoticeChannel.TEMPLATE, 47003), person_id=None, staff_id=office.handler.id, title=str(number))
        sent((NoticeChannel.TEMPLATE, 47003), title=str(number))
        with count_queries() as queries:
            visitor.get(PAGE)
        asked.append(len(queries))
    assert asked[0] == asked[1]


# What stands in the way


def test_trouble_is_told_on_the_inbox_with_its_remedy(
    signed_in: SignedIn, office: Office, database: Database, now: datetime
) -> None:
    alert(database, now)
    trouble = signed_in(office.dispatcher.username).get("/admin/inbox").select_one(".trouble-stops")
    assert trouble is not None
    text = words_of(trouble)
    assert "微信停了整个公众号的接口，所有通知暂停发送" in text
    assert "「设置与开发 → 安全中心 → IP 白名单」里加上 203.0.113.7，几分钟后生效。" in text
    assert "请系统管理员处理" in text
    assert trouble.select("form") == []


def test_trouble_that_is_not_about_notices_is_told_on_the_inbox_too(
    signed_in: SignedIn, office: Office, database: Database, now: datetime
) -> None:
    for subject in ("verification", "naming", "articles", "qr_codes"):
        alert(database, now, subject, code=None, words="微信的话。", paused_until=None)
    troubles = signed_in(office.admin.username).get("/admin/inbox").select(".trouble")
    assert len(troubles) == 4
    assert ["微信的话。" in words_of(trouble) for trouble in troubles] == [True] * 4
    assert ["。。" in words_of(trouble) for trouble in troubles] == [False] * 4


def test_administrator_mends_a_trouble_and_sending_goes_on(
    signed_in: SignedIn, office: Office, database: Database, now: datetime, sent: Callable[..., int]
) -> None:
    notice_id = sent(
        state=NoticeState.PENDING, error=platform_alerts.LIMITED, due_at=now + timedelta(hours=1)
    )
    alert(database, now)
    visitor = signed_in(office.admin.username)
    form = visitor.get("/admin/inbox?tab=all").select_one(".trouble form")
    assert form is not None
    assert words_of(form) == "已处理，恢复发送"
    assert visitor.send(str(form["action"]), {"back": "/admin/inbox?tab=all"}) == "/admin/inbox?tab=all"
    assert visitor.get("/admin/inbox").select(".trouble") == []
    with database.reading() as session:
        assert platform_alerts.pauses(session, now=now) == {}
        assert session.get_one(Notice, notice_id).due_at == now
    visitor.refused(str(form["action"]), status=404)


def test_notice_that_waits_too_long_is_told(
    signed_in: SignedIn, office: Office, sent: Callable[..., int], now: datetime
) -> None:
    sent(state=NoticeState.PENDING, due_at=now - timedelta(minutes=11))
    for username in (office.admin.username, office.dispatcher.username):
        text = words_of(signed_in(username).get("/admin/inbox").select_one(".trouble"))
        assert "有通知等了很久还没发出去 最早的一条从 今天 09:49 等到现在" in text


def test_platform_page_shows_what_was_used_and_what_is_left(
    signed_in: SignedIn, office: Office, database: Database, now: datetime
) -> None:
    visitor = signed_in(office.admin.username)
    page = visitor.get("/admin/platform")
    assert "今天还没有调用过微信" in words_of(page.select_one(".empty-card"))
    assert "通知发送正常" in words_of(page.main)
    day, path = api_usage.quota_day(now), "/cgi-bin/message/template/send"
    with database.transaction() as session:
        api_usage.add_calls(session, {(day, path): 70, (day, "/cgi-bin/new"): 1})
        api_usage.note_quota(session, path, api_usage.Quota(100, 84), now=now)
    page = visitor.get("/admin/platform")
    assert [words_of(row) for row in page.select("tbody tr")] == [
        f"发模板消息 {path} 70 84 100 84% 刚刚 问过微信",
        "/cgi-bin/new 1 — — 还没有问过微信",
    ]
    assert "「发模板消息」今天的次数快用完了" in words_of(page.select_one(".trouble"))
