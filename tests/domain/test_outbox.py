"""The outbox: who gets a notice when and by which way, and what every outcome of a try leads to."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bench.plans import noted
from domain import outbox, platform_alerts
from domain.grants import note_popup
from domain.ports import Delivery, Letter, Verdict
from models.enums import NoticeChannel, NoticeState
from models.person import AccessLink, Person
from models.subscription_grant import SubscriptionGrant
from tests.support.desk import BASE, Desk
from tests.support.factories import Factory

SENT = Delivery(verdict=Verdict.SENT, code=0, words="已送出", message_id="4711")
MORNING = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 07:30 on Tuesday in Shanghai


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


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_was_sent_is_not_read_to_take_what_waits(desk: Desk) -> None:
    with noted(desk.database.engine) as asked:
        assert desk.claim("w1") is None
    lanes = [statement for statement in asked if "notice_2" in statement]
    assert len(lanes) == 3
    with desk.database.engine.connect() as connection:
        for lane in lanes:
            # SQLite chooses before it knows the values.
            unknown = (None,) * lane.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {lane}", unknown).all()
            used = {re.findall(r"INDEX (\w+)", step[3])[0] for step in plan if "INDEX" in step[3]}
            assert used == {"ix_notice_waiting", "ix_notice_claimed"}, plan


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
        while True:
            try:
                claim = desk.claim(name)
            except OperationalError:
                continue  # the one writer that SQLite allows was busy for too long; nothing was claimed
            if claim is None:
                return
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
