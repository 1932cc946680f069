"""What becomes of a notice: put off, tried again, given up, stopped with the account, freed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain import deliveries, outbox, platform_alerts
from domain.ports import Delivery, Verdict
from models.enums import NoticeChannel, NoticeKind, NoticeState
from tests.support.desk import Desk

SENT = Delivery(verdict=Verdict.SENT, code=0, words="已送出", message_id="4711")
MORNING = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 07:30 on Tuesday in Shanghai


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


@pytest.mark.parametrize(("remaining", "left"), [(5, 3), (1, 0)])
def test_two_that_went_to_one_person_together_use_up_two_of_the_window(
    desk: Desk, remaining: int, left: int
) -> None:
    desk.open_window(remaining=remaining)
    desk.queue()
    letter = desk.letter()
    other = replace(letter, notice_id=desk.queue())
    with desk.database.transaction() as session:
        deliveries.record_all(session, [(letter, SENT), (other, SENT)], now=desk.now)
    assert desk.window().remaining == left


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
