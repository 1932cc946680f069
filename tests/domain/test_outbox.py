"""The outbox: who gets a notice when and by which way, and what every outcome of a try leads to."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain import deliveries, outbox, platform_alerts
from domain.grants import note_popup
from domain.ports import Delivery, Letter, Verdict
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.person import AccessLink, Person
from models.subscription_grant import SubscriptionGrant
from tests.support.desk import BASE, Desk
from tests.support.factories import Factory, Office

SENT = Delivery(verdict=Verdict.SENT, code=0, words="已送出", message_id="4711")
MORNING = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 07:30 on Tuesday in Shanghai


@pytest.fixture
def desk(database: Database, office: Office, now: datetime) -> Desk:
    return Desk(database, office, now)


# Claiming


def test_due_notice_is_claimed_once_with_all_that_sending_needs(desk: Desk) -> None:
    notice_id = desk.queue()
    letter = desk.letter()
    assert (letter.notice_id, letter.key, letter.openid, letter.channel, letter.other_channels) == (
        notice_id,
        f"event:1:person:{desk.office.student.id}",
        desk.office.student.openid,
        NoticeChannel.TEMPLATE,
        (),
    )
    assert desk.claim("w2") is None
    found = desk.notice(notice_id)
    assert (found.state, found.claimed_by, found.claimed_at) == (NoticeState.SENDING, "w1", desk.now)


def test_notice_not_yet_due_waits(desk: Desk) -> None:
    desk.queue(due_at=desk.now + timedelta(seconds=1))
    with desk.database.reading() as session:
        assert outbox.anything_due(session, now=desk.now) is False
        assert outbox.anything_due(session, now=desk.now + timedelta(seconds=1)) is True
    assert desk.claim() is None


def test_urgent_comes_first_then_what_has_waited_longest(desk: Desk) -> None:
    late, early, urgent = (
        desk.queue(person_id=person.id, due_at=desk.now - timedelta(minutes=minutes), urgent=urgent)
        for person, minutes, urgent in [
            (desk.office.student, 1, False),
            (desk.office.friend, 2, False),
            (desk.office.friend, 0, True),
        ]
    )
    first = desk.letter()
    assert first.notice_id == urgent
    assert desk.letter().notice_id == late, "the friend's second notice waits for the first"
    desk.record(first, SENT)
    assert desk.letter().notice_id == early


def test_two_notices_of_one_person_go_out_one_after_the_other(desk: Desk) -> None:
    first, second = desk.queue(), desk.queue()
    letter = desk.letter()
    assert (letter.notice_id, desk.claim("w2")) == (first, None)
    desk.record(letter, SENT)
    assert desk.letter("w2").notice_id == second


def test_many_workers_claim_each_notice_once(desk: Desk, factory: Factory) -> None:
    with desk.database.transaction() as session:
        people = [factory.person(session) for _ in range(40)]
    wanted = {desk.queue(person_id=person.id) for person in people}
    claimed: list[int] = []

    def work(name: str) -> None:
        while (claim := desk.claim(name)) is not None:
            claimed.append(claim.notice_id)

    workers = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claimed) == sorted(wanted)


# The way it takes


def test_open_window_is_used_before_the_template(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.open_window(remaining=2)
    letter = desk.letter()
    assert (letter.channel, letter.other_channels) == (NoticeChannel.CUSTOM, (NoticeChannel.TEMPLATE,))
    desk.record(letter, SENT)
    found = desk.notice(notice_id)
    assert (found.state, found.channel, found.sent_at) == (NoticeState.SENT, NoticeChannel.CUSTOM, desk.now)
    assert desk.window().remaining == 1


@pytest.mark.parametrize("window", [{"remaining": 0}, {"seconds": 5}, {"seconds": -1}])
def test_window_used_up_or_closing_is_not_used(desk: Desk, window: dict[str, Any]) -> None:
    desk.queue()
    desk.open_window(**window)
    assert desk.letter().channel is NoticeChannel.TEMPLATE


def test_window_the_platform_says_is_closed_gives_way_to_the_template(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.open_window()
    closed = Delivery(verdict=Verdict.NEXT_CHANNEL, code=45047, words="条数已用完", window_closed=True)
    onward = desk.record(desk.letter(), closed)
    assert onward is not None
    assert (onward.channel, onward.other_channels) == (NoticeChannel.TEMPLATE, ())
    assert desk.window().remaining == 0
    desk.record(onward, SENT)
    found = desk.notice(notice_id)
    assert (found.state, found.channel, found.platform_message_id) == (
        NoticeState.SENT,
        NoticeChannel.TEMPLATE,
        "4711",
    )
    assert desk.attempts(notice_id) == [(NoticeChannel.CUSTOM, 45047), (NoticeChannel.TEMPLATE, 0)]


def test_window_opened_again_meanwhile_is_not_closed_by_an_old_refusal(desk: Desk) -> None:
    desk.queue()
    desk.open_window(seconds=60)
    letter = desk.letter()
    desk.open_window(seconds=3600)
    desk.record(letter, Delivery(verdict=Verdict.NEXT_CHANNEL, code=45015, words="", window_closed=True))
    assert desk.window().remaining == 5


def test_link_of_a_person_opens_once_and_that_of_staff_is_plain(desk: Desk) -> None:
    desk.queue()
    token = desk.letter().url.removeprefix(f"{BASE}h5/enter/")
    with desk.database.reading() as session:
        [link] = session.scalars(select(AccessLink)).all()
    assert (link.person_id, link.path) == (desk.office.student.id, "/h5/complaints/2026-1123-0001")
    assert token not in (link.token_hash, "")
    desk.change(desk.office.handler, person_id=desk.office.friend.id)
    desk.queue(person_id=None, staff_id=desk.office.handler.id, path="/admin/complaints/2026-1123-0001")
    letter = desk.letter("w2")
    assert (letter.openid, letter.url) == (
        desk.office.friend.openid,
        f"{BASE}admin/complaints/2026-1123-0001",
    )


def test_notice_without_a_page_has_no_link(desk: Desk) -> None:
    desk.queue(path="")
    assert desk.letter().url == ""


# The third way: to who allowed it


GRANTED = "TPL_SUBSCRIPTION"
NOT_THIS_WAY = Delivery(verdict=Verdict.NEXT_CHANNEL, code=48002, words="关闭了接收")


def allow(desk: Desk, *, times: int = 1) -> None:
    with desk.database.transaction() as session:
        student = session.merge(desk.office.student)
        for number in range(times):
            key = f"tap{desk.made}:{number}"
            note_popup(session, student, template_id=GRANTED, accepted=True, event_key=key, now=desk.now)


def grant(desk: Desk) -> int:
    with desk.database.reading() as session:
        return session.get_one(SubscriptionGrant, (desk.office.student.id, GRANTED)).remaining


def test_ladder_goes_from_chat_to_template_to_subscription_to_the_page(desk: Desk) -> None:
    allow(desk)
    desk.open_window()
    notice_id = desk.queue()
    letter: Letter | None = desk.letter()
    ways = []
    while letter is not None:
        ways.append(letter.channel)
        assert letter.granted == {GRANTED}
        letter = desk.record(letter, NOT_THIS_WAY)
    assert ways == [NoticeChannel.CUSTOM, NoticeChannel.TEMPLATE, NoticeChannel.SUBSCRIPTION]
    assert desk.notice(notice_id).state is NoticeState.INBOX


def test_subscription_message_spends_one_grant_and_names_its_template(desk: Desk) -> None:
    allow(desk, times=2)
    notice_id = desk.queue()
    letter = desk.record(desk.letter(), NOT_THIS_WAY)
    assert letter is not None
    desk.record(letter, replace(SENT, message_id="", template_id=GRANTED))
    found = desk.notice(notice_id)
    assert (found.state, found.channel, found.template_id) == (
        NoticeState.SENT,
        NoticeChannel.SUBSCRIPTION,
        GRANTED,
    )
    assert grant(desk) == 1


def test_refusal_for_want_of_a_grant_is_believed(desk: Desk) -> None:
    allow(desk, times=3)
    desk.queue()
    letter = desk.record(desk.letter(), NOT_THIS_WAY)
    assert letter is not None
    desk.record(
        letter, Delivery(verdict=Verdict.NEXT_CHANNEL, code=43101, template_id=GRANTED, grant_gone=True)
    )
    assert grant(desk) == 0
    desk.queue()
    assert desk.letter().other_channels == ()


def test_tap_made_while_we_were_being_refused_still_counts(desk: Desk) -> None:
    allow(desk)
    desk.queue()
    letter = desk.record(desk.letter(), NOT_THIS_WAY)
    assert letter is not None
    desk.now += timedelta(seconds=1)
    allow(desk)
    desk.record(
        letter, Delivery(verdict=Verdict.NEXT_CHANNEL, code=43101, template_id=GRANTED, grant_gone=True)
    )
    assert grant(desk) == 2


def test_who_does_not_follow_but_allowed_it_hears_by_subscription_alone(desk: Desk) -> None:
    allow(desk)
    desk.change(desk.office.student, following=False)
    desk.open_window()
    desk.queue()
    letter = desk.letter()
    assert (letter.channel, letter.other_channels) == (NoticeChannel.SUBSCRIPTION, ())


def test_who_turns_out_to_have_left_still_hears_by_subscription(desk: Desk) -> None:
    allow(desk)
    desk.open_window()
    desk.queue()
    left = Delivery(verdict=Verdict.NEXT_CHANNEL, code=43004, person_left=True)
    onward = desk.record(desk.letter(), left)
    assert onward is not None
    assert (onward.channel, onward.other_channels) == (NoticeChannel.SUBSCRIPTION, ())


def test_stopped_subscription_template_does_not_stop_the_template_messages(desk: Desk) -> None:
    allow(desk, times=2)
    desk.queue()
    letter = desk.record(desk.letter(), NOT_THIS_WAY)
    assert letter is not None
    desk.record(letter, Delivery(verdict=Verdict.TEMPLATE_STOPPED, code=40037, alert=True))
    with desk.database.reading() as session:
        [alert] = platform_alerts.open_alerts(session)
    assert alert.subject == "subscription:answered"
    desk.queue()
    letter = desk.letter()
    assert (letter.channel, letter.other_channels) == (NoticeChannel.TEMPLATE, ())


# Who cannot be reached


def test_staff_without_wechat_or_no_longer_at_work_read_it_on_the_page(desk: Desk) -> None:
    unbound = desk.queue(person_id=None, staff_id=desk.office.handler.id)
    desk.change(desk.office.lead, person_id=desk.office.friend.id, active=False)
    gone = desk.queue(person_id=None, staff_id=desk.office.lead.id)
    for notice_id in (unbound, gone):
        assert desk.claim() == outbox.Claim(notice_id, None)
        found = desk.notice(notice_id)
        assert (found.state, found.error, found.claimed_at) == (NoticeState.INBOX, "没有绑定微信", None)


def test_person_who_does_not_follow_reads_it_on_the_page(desk: Desk) -> None:
    desk.change(desk.office.student, following=False)
    notice_id = desk.queue()
    assert desk.claim() == outbox.Claim(notice_id, None)
    assert (desk.notice(notice_id).state, desk.notice(notice_id).error) == (
        NoticeState.INBOX,
        "没有关注公众号",
    )


def test_refusal_because_the_person_left_is_believed(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.open_window()
    left = Delivery(verdict=Verdict.NEXT_CHANNEL, code=43004, words="没有关注", person_left=True)
    assert desk.record(desk.letter(), left) is None
    assert desk.notice(notice_id).state is NoticeState.INBOX
    with desk.database.reading() as session:
        assert session.get_one(Person, desk.office.student.id).following is False


def test_person_who_came_back_while_we_sent_still_follows(desk: Desk) -> None:
    desk.queue()
    letter = desk.letter()
    desk.change(desk.office.student, followed_at=desk.now + timedelta(seconds=1))
    desk.record(letter, Delivery(verdict=Verdict.NEXT_CHANNEL, code=43004, words="", person_left=True))
    with desk.database.reading() as session:
        assert session.get_one(Person, desk.office.student.id).following is True


# Quiet hours


@pytest.mark.parametrize(
    ("local", "expected_wait"),
    [
        ("22:29:59", None),
        ("22:30", 9.0),
        ("23:59:59", None),
        ("00:00", 7.5),
        ("07:29:59", None),
        ("07:30", 0.0),
    ],
)
def test_what_can_wait_is_put_off_until_the_morning(
    desk: Desk, local: str, expected_wait: float | None
) -> None:
    desk.now = datetime.fromisoformat(f"2026-11-23T{local}+08:00").astimezone(UTC)
    quiet = local not in {"22:29:59", "07:30"}
    notice_id = desk.queue()
    with desk.database.reading() as session:
        assert outbox.anything_due(session, now=desk.now) is not quiet
    assert (desk.claim() is None) is quiet
    due = desk.notice(notice_id).due_at.astimezone(UTC)
    if quiet:
        assert (due.hour, due.minute) == (23, 30)
        assert timedelta() < due - desk.now <= timedelta(hours=9)
    if expected_wait:
        assert due - desk.now == timedelta(hours=expected_wait)


def test_urgent_goes_out_at_night(desk: Desk) -> None:
    desk.now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    waiting, urgent = desk.queue(), desk.queue(urgent=True)
    assert desk.letter().notice_id == urgent
    assert desk.notice(waiting).due_at == MORNING
    desk.now = MORNING
    with desk.database.transaction() as session:
        assert outbox.release_of(session, "w1", now=desk.now) == 1
    assert desk.letter().notice_id == urgent


# What goes wrong


def test_failures_wait_longer_each_time_and_then_need_a_human(desk: Desk) -> None:
    desk.now = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    notice_id = desk.queue(urgent=True)
    busy = Delivery(verdict=Verdict.RETRY, code=-1, words="微信平台繁忙")
    waits = []
    for _ in deliveries.RETRY_DELAYS:
        desk.record(desk.letter(), busy)
        assert desk.notice(notice_id).state is NoticeState.PENDING
        waits.append((desk.notice(notice_id).due_at - desk.now).total_seconds())
        desk.now = desk.notice(notice_id).due_at
    assert waits == list(deliveries.RETRY_DELAYS)
    desk.record(desk.letter(), busy)
    found = desk.notice(notice_id)
    assert (found.state, found.error) == (NoticeState.FAILED, "多次重试仍未成功：微信平台繁忙")
    assert desk.attempts(notice_id) == [(NoticeChannel.TEMPLATE, -1)] * (len(deliveries.RETRY_DELAYS) + 1)
    assert desk.claim() is None


def test_first_delays_lie_within_the_ten_minutes_of_the_platforms_own_check() -> None:
    assert sum(deliveries.RETRY_DELAYS[:3]) < 600 - outbox.STUCK_AFTER.total_seconds()


def test_chat_message_sent_into_silence_is_followed_by_a_template(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.open_window()
    desk.record(desk.letter(), Delivery(verdict=Verdict.UNKNOWN, words="没有回答"))
    desk.now = desk.notice(notice_id).due_at
    letter = desk.letter()
    assert (letter.channel, letter.other_channels) == (NoticeChannel.TEMPLATE, (NoticeChannel.CUSTOM,))


def test_refused_text_tries_the_next_way_and_then_fails_visibly(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.open_window()
    refused = Delivery(verdict=Verdict.REFUSED, code=47003, words="字段内容不符合要求", alert=True)
    onward = desk.record(desk.letter(), refused)
    assert onward is not None
    assert desk.record(onward, refused) is None
    assert (desk.notice(notice_id).state, desk.notice(notice_id).error) == (
        NoticeState.FAILED,
        "字段内容不符合要求",
    )
    with desk.database.reading() as session:
        [alert] = platform_alerts.open_alerts(session)
    assert (alert.subject, alert.code, alert.times, alert.paused_until) == (
        "content:answered",
        47003,
        2,
        None,
    )


def test_trouble_with_the_account_stops_everybody_and_costs_no_try(desk: Desk) -> None:
    first, second = desk.queue(), desk.queue(person_id=desk.office.friend.id)
    stopped = Delivery(verdict=Verdict.ACCOUNT_STOPPED, code=40164, words="IP 不在白名单", alert=True)
    desk.record(desk.letter(), stopped)
    assert desk.claim("w2") is None
    assert (desk.notice(first).state, desk.notice(first).attempts) == (NoticeState.PENDING, 0)
    desk.now += deliveries.ACCOUNT_PAUSE
    letter = desk.letter()
    assert letter.notice_id == first
    desk.record(letter, SENT)
    assert desk.letter().notice_id == second
    with desk.database.reading() as session:
        assert platform_alerts.open_alerts(session) == []


@pytest.mark.parametrize(
    ("verdict", "ends"),
    [
        (Verdict.WAIT_MINUTE, datetime(2026, 11, 23, 2, 1, 5, tzinfo=UTC)),
        (Verdict.WAIT_DAY, datetime(2026, 11, 23, 16, 0, 5, tzinfo=UTC)),
    ],
)
def test_limit_of_one_way_holds_back_only_what_needs_it(desk: Desk, verdict: Verdict, ends: datetime) -> None:
    limited, other = desk.queue(), desk.queue(person_id=desk.office.friend.id)
    desk.record(desk.letter(), Delivery(verdict=verdict, code=45009, words="次数已用完"))
    assert (desk.notice(limited).due_at, desk.notice(limited).attempts) == (ends, 0)
    assert desk.claim() == outbox.Claim(other, None)
    assert (desk.notice(other).state, desk.notice(other).due_at) == (NoticeState.PENDING, ends)
    desk.open_window()
    by_chat = desk.queue()
    assert (desk.letter().notice_id, desk.notice(by_chat).channel) == (by_chat, NoticeChannel.CUSTOM)


def test_closed_window_waits_for_the_template_that_is_limited(desk: Desk) -> None:
    desk.queue(person_id=desk.office.friend.id)
    desk.record(desk.letter(), Delivery(verdict=Verdict.WAIT_MINUTE, code=45011, words=""))
    desk.open_window()
    notice_id = desk.queue()
    closed = Delivery(verdict=Verdict.NEXT_CHANNEL, code=45047, words="", window_closed=True)
    assert desk.record(desk.letter(), closed) is None
    found = desk.notice(notice_id)
    assert (found.state, found.due_at) == (NoticeState.PENDING, datetime(2026, 11, 23, 2, 1, 5, tzinfo=UTC))


def test_stopped_template_leaves_its_notices_on_the_page_for_a_while(desk: Desk) -> None:
    first, second = desk.queue(), desk.queue()
    stopped = Delivery(verdict=Verdict.TEMPLATE_STOPPED, code=43116, words="模板被限制下发", alert=True)
    desk.record(desk.letter(), stopped)
    assert desk.notice(first).state is NoticeState.INBOX
    assert desk.claim() == outbox.Claim(second, None)
    assert desk.notice(second).error == "这类通知的模板暂时不能用"
    desk.queue(kind=NoticeKind.RESOLVED)
    assert desk.letter().kind is NoticeKind.RESOLVED
    desk.now += deliveries.TEMPLATE_PAUSE
    desk.queue(person_id=desk.office.friend.id)
    assert desk.letter().kind is NoticeKind.ANSWERED


def test_alert_that_comes_back_after_it_was_cleared_counts_anew(desk: Desk, now: datetime) -> None:
    for minutes, clear in [(0, False), (1, True), (2, False)]:
        with desk.database.transaction() as session:
            at = now + timedelta(minutes=minutes)
            platform_alerts.raise_alert(session, "account", code=48001, words="无权限", now=at)
            if clear:
                platform_alerts.clear_alerts(session, ["account"], now=at)
    with desk.database.reading() as session:
        [alert] = platform_alerts.open_alerts(session)
    assert (alert.times, alert.raised_at, alert.last_at) == (
        1,
        now + timedelta(minutes=2),
        now + timedelta(minutes=2),
    )


# Workers that die


def test_stuck_notice_is_freed_after_two_minutes_and_not_sent_as_chat_again(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.open_window()
    desk.letter()
    for later, freed in [(timedelta(minutes=2) - timedelta(seconds=1), 0), (timedelta(seconds=1), 1)]:
        desk.now += later
        with desk.database.transaction() as session:
            assert outbox.release_stuck(session, now=desk.now) == freed
    assert desk.attempts(notice_id) == [(NoticeChannel.CUSTOM, None)]
    assert desk.notice(notice_id).attempts == 0
    assert desk.letter("w2").channel is NoticeChannel.TEMPLATE


def test_only_the_notices_of_the_dead_worker_are_freed(desk: Desk) -> None:
    mine, other = desk.queue(), desk.queue(person_id=desk.office.friend.id)
    desk.letter("w1")
    desk.letter("w2")
    with desk.database.transaction() as session:
        assert outbox.release_of(session, "w1", now=desk.now) == 1
    assert (desk.notice(mine).state, desk.notice(other).state) == (NoticeState.PENDING, NoticeState.SENDING)


def test_success_that_is_told_late_counts_though_the_notice_was_freed(desk: Desk) -> None:
    notice_id = desk.queue()
    letter = desk.letter()
    with desk.database.transaction() as session:
        outbox.release_of(session, "w1", now=desk.now)
    desk.record(letter, SENT)
    assert desk.notice(notice_id).state is NoticeState.SENT
    assert desk.claim() is None


def test_failure_that_is_told_late_changes_nothing_for_the_new_owner(desk: Desk) -> None:
    notice_id = desk.queue()
    old = desk.letter("w1")
    with desk.database.transaction() as session:
        outbox.release_of(session, "w1", now=desk.now)
    new = desk.letter("w2")
    refused = Delivery(verdict=Verdict.REFUSED, code=47003, words="")
    assert desk.record(old, refused) is None
    assert desk.record(replace(old, other_channels=(NoticeChannel.CUSTOM,)), refused) is None
    assert (desk.notice(notice_id).state, desk.notice(notice_id).claimed_by) == (NoticeState.SENDING, "w2")
    desk.record(new, SENT)
    assert desk.notice(notice_id).state is NoticeState.SENT
