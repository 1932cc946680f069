"""What the platform tells of a message later, or sooner than our own call returns."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from domain import receipts
from domain.grants import note_popup
from domain.ports import Delivery, Letter, Verdict
from models.database import Database
from models.delivery_receipt import DeliveryReceipt
from models.enums import NoticeChannel, NoticeState
from models.subscription_grant import SubscriptionGrant, SubscriptionTap
from tests.support.desk import Desk
from tests.support.factories import Office
from tests.support.retention import drop

TEMPLATE_SENT = Delivery(verdict=Verdict.SENT, code=0, message_id="4711", template_id="T1")
SUBSCRIPTION_SENT = Delivery(verdict=Verdict.SENT, code=0, template_id="S1")


@pytest.fixture
def desk(database: Database, office: Office, now: datetime) -> Desk:
    return Desk(database, office, now)


def tell(desk: Desk, *, succeeded: bool = False, message_id: str = "4711") -> bool:
    with desk.database.transaction() as session:
        return receipts.note_template_receipt(
            session, message_id, succeeded=succeeded, words="对方拒收", now=desk.now
        )


def tell_subscription(desk: Desk, *, succeeded: bool = True, message_id: str = "9") -> bool:
    openid = desk.office.student.openid
    assert openid is not None
    with desk.database.transaction() as session:
        return receipts.note_subscription_receipt(
            session,
            openid,
            template_id="S1",
            message_id=message_id,
            succeeded=succeeded,
            words="对方拒收",
            now=desk.now,
        )


def by_subscription(desk: Desk) -> Letter:
    return replace(desk.letter(), channel=NoticeChannel.SUBSCRIPTION)


def waiting(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        return list(session.scalars(select(DeliveryReceipt.key)))


def test_receipt_of_success_says_when_it_reached_the_phone(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.record(desk.letter(), TEMPLATE_SENT)
    desk.now += timedelta(seconds=3)
    assert tell(desk, succeeded=True) is True
    found = desk.notice(notice_id)
    assert (found.state, found.delivered_at) == (NoticeState.SENT, desk.now)
    assert waiting(desk) == []


def test_receipt_of_failure_brings_the_notice_back_to_the_page(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.record(desk.letter(), TEMPLATE_SENT)
    tell(desk, succeeded=True)
    tell(desk)
    found = desk.notice(notice_id)
    assert (found.state, found.error, found.delivered_at) == (
        NoticeState.INBOX,
        "微信未送达：对方拒收",
        None,
    )


@pytest.mark.parametrize(("succeeded", "state"), [(True, NoticeState.SENT), (False, NoticeState.INBOX)])
def test_receipt_that_overtakes_our_own_call_waits_for_it(
    desk: Desk, *, succeeded: bool, state: NoticeState
) -> None:
    notice_id = desk.queue()
    letter = desk.letter()
    assert tell(desk, succeeded=succeeded) is False
    told_at = desk.now
    desk.now += timedelta(seconds=1)
    desk.record(letter, TEMPLATE_SENT)
    found = desk.notice(notice_id)
    assert (found.state, found.delivered_at) == (state, told_at if succeeded else None)
    assert waiting(desk) == []


def test_receipt_without_a_number_belongs_to_no_notice(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.record(desk.letter(), replace(TEMPLATE_SENT, message_id=""))
    assert tell(desk, message_id="") is False
    assert desk.notice(notice_id).state is NoticeState.SENT


def test_receipt_and_call_at_the_same_moment_always_find_each_other(desk: Desk) -> None:
    lost = []
    for number in range(12):
        notice_id = desk.queue()
        letter = desk.letter()
        message_id = f"m{number}"
        sent = replace(TEMPLATE_SENT, message_id=message_id)
        start = threading.Barrier(2)

        def at_once(
            act: object, *arguments: object, start: threading.Barrier = start, **named: object
        ) -> None:
            start.wait()
            act(*arguments, **named)

        both = [
            threading.Thread(target=at_once, args=(desk.record, letter, sent)),
            threading.Thread(target=at_once, args=(tell, desk), kwargs={"message_id": message_id}),
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        if desk.notice(notice_id).state is not NoticeState.INBOX:
            lost.append(number)
    assert (lost, waiting(desk)) == ([], [])


def test_receipt_of_a_subscription_finds_the_one_sent_longest_ago(desk: Desk) -> None:
    first, second = desk.queue(), desk.queue()
    desk.record(by_subscription(desk), SUBSCRIPTION_SENT)
    desk.now += timedelta(seconds=1)
    desk.record(by_subscription(desk), SUBSCRIPTION_SENT)
    assert tell_subscription(desk, message_id="9") is True
    assert [desk.notice(one).delivered_at is not None for one in (first, second)] == [True, False]
    assert tell_subscription(desk, succeeded=False, message_id="10") is True
    assert (desk.notice(first).state, desk.notice(second).state) == (NoticeState.SENT, NoticeState.INBOX)
    assert desk.notice(second).platform_message_id == "10"


def test_receipt_of_a_subscription_that_overtakes_our_own_call_waits_for_it(desk: Desk) -> None:
    notice_id = desk.queue()
    letter = by_subscription(desk)
    assert tell_subscription(desk, succeeded=False) is False
    desk.record(letter, SUBSCRIPTION_SENT)
    assert (desk.notice(notice_id).state, waiting(desk)) == (NoticeState.INBOX, [])


def test_receipt_of_an_earlier_subscription_is_not_taken_for_this_one(desk: Desk) -> None:
    tell_subscription(desk, succeeded=False)
    desk.now += timedelta(seconds=1)
    notice_id = desk.queue()
    desk.record(by_subscription(desk), SUBSCRIPTION_SENT)
    assert (desk.notice(notice_id).state, waiting(desk)) == (NoticeState.SENT, [])


def test_receipt_finds_the_notice_of_a_member_of_staff(desk: Desk) -> None:
    desk.change(desk.office.handler, person_id=desk.office.student.id)
    notice_id = desk.queue(person_id=None, staff_id=desk.office.handler.id)
    desk.record(by_subscription(desk), SUBSCRIPTION_SENT)
    assert tell_subscription(desk) is True
    assert desk.notice(notice_id).delivered_at == desk.now


def test_old_receipts_and_taps_are_forgotten(desk: Desk) -> None:
    tell(desk)
    with desk.database.transaction() as session:
        student = session.merge(desk.office.student)
        note_popup(session, student, template_id="S1", accepted=True, event_key="e1", now=desk.now)
    for later, expected in [(timedelta(days=7), 0), (timedelta(days=7, seconds=1), 1)]:
        with desk.database.transaction() as session:
            assert drop(session, "receipts", now=desk.now + later) == expected
            assert drop(session, "taps", now=desk.now + later) == expected
    with desk.database.reading() as session:
        assert session.scalars(select(SubscriptionTap)).all() == []
        assert session.scalars(select(SubscriptionGrant.remaining)).all() == [1]
