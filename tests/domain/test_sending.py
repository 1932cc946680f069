"""Looking after the outbox: finding notices, sending them again, and seeing that one waits too long."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain import delivery_plans, platform_alerts, sending
from domain.errors import NotFound, TooLate
from domain.ports import Delivery, Verdict
from domain.sending import SendingFilters
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import NoticeAttempt
from tests.support.desk import Desk
from tests.support.factories import Office

REFUSED = Delivery(verdict=Verdict.REFUSED, code=47003, words="字段内容不符合要求", alert=True)


@pytest.fixture
def desk(database: Database, office: Office, now: object) -> Desk:
    return Desk(database, office, now)  # type: ignore[arg-type]


def failed(desk: Desk, **changes: object) -> int:
    notice_id = desk.queue(**changes)
    desk.record(desk.letter(), REFUSED)
    assert desk.notice(notice_id).state is NoticeState.FAILED
    return notice_id


def resend(desk: Desk, notice_id: int) -> None:
    with desk.database.transaction() as session:
        staff = session.merge(desk.office.admin)
        sending.resend(session, notice_id, staff=staff, now=desk.now)


def found(desk: Desk, **filters: object) -> list[int]:
    with desk.database.reading() as session:
        page = sending.find(session, SendingFilters(**filters), page=1, per_page=10)  # type: ignore[arg-type]
        return [notice.id for notice in page.items]


def waiting(desk: Desk) -> object:
    with desk.database.reading() as session:
        return sending.waiting_since(session, now=desk.now)


def test_notice_sent_again_has_a_key_of_its_own_and_says_who_wanted_it(desk: Desk) -> None:
    notice_id = failed(desk)
    first_key = f"event:1:person:{desk.office.student.id}"
    for times in (1, 2):
        resend(desk, notice_id)
        letter = desk.letter()
        assert letter.key == f"{first_key}:again{times}"
        desk.record(letter, REFUSED)
    with desk.database.reading() as session:
        query = select(NoticeAttempt).where(NoticeAttempt.staff_id.is_not(None)).order_by(NoticeAttempt.id)
        lines = [(line.staff_id, line.words, line.code) for line in session.scalars(query)]
    assert lines == [(desk.office.admin.id, "安排重新发送", None)] * 2


def test_notice_sent_again_starts_afresh(desk: Desk) -> None:
    notice_id = desk.queue()
    desk.record(desk.letter(), Delivery(verdict=Verdict.SENT, code=0, message_id="4711", template_id="T"))
    resend(desk, notice_id)
    notice = desk.notice(notice_id)
    assert (notice.state, notice.channel, notice.sent_at, notice.platform_message_id, notice.template_id) == (
        NoticeState.PENDING,
        None,
        None,
        "",
        "",
    )


def test_resending_is_no_chat_message_that_may_have_arrived(desk: Desk) -> None:
    notice_id = failed(desk)
    desk.open_window()
    resend(desk, notice_id)
    assert desk.letter().channel is NoticeChannel.CUSTOM


@pytest.mark.parametrize("on_its_way", [True, False])
def test_notice_on_its_way_is_not_sent_again(desk: Desk, *, on_its_way: bool) -> None:
    notice_id = desk.queue()
    if on_its_way:
        desk.letter()
    with pytest.raises(TooLate):
        resend(desk, notice_id)


def test_notice_that_does_not_exist_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        resend(desk, 77)


def test_all_that_failed_of_what_is_looked_for_is_sent_again(desk: Desk) -> None:
    asked = failed(desk, kind=NoticeKind.ASKED)
    answered = failed(desk)
    in_page = desk.queue()
    desk.record(desk.letter(), Delivery(verdict=Verdict.NEXT_CHANNEL, code=48002))
    with desk.database.transaction() as session:
        staff = session.merge(desk.office.admin)
        filters = SendingFilters(kind=NoticeKind.ANSWERED)
        assert sending.resend_failed(session, filters, staff=staff, now=desk.now) == 1
    states = [desk.notice(one).state for one in (asked, answered, in_page)]
    assert states == [NoticeState.FAILED, NoticeState.PENDING, NoticeState.INBOX]


def test_notices_are_found_by_state_kind_recipient_and_day(desk: Desk) -> None:
    first = failed(desk)
    desk.now += timedelta(days=1)
    second = desk.queue(kind=NoticeKind.ASKED)
    third = desk.queue(person_id=None, staff_id=desk.office.handler.id, kind=NoticeKind.STAFF_URGED)
    assert found(desk) == [third, second, first]
    assert found(desk, state=NoticeState.FAILED) == [first]
    assert found(desk, kind=NoticeKind.ASKED) == [second]
    assert found(desk, to_staff=True) == [third]
    assert found(desk, to_staff=False) == [second, first]
    assert found(desk, created_from=desk.now) == [third, second]
    assert found(desk, created_to=desk.now) == [first]


def test_page_past_the_end_is_the_last_one(desk: Desk) -> None:
    for _ in range(3):
        desk.queue()
    with desk.database.reading() as session:
        page = sending.find(session, SendingFilters(), page=9, per_page=2)
        nothing = sending.find(session, SendingFilters(kind=NoticeKind.MERGED), page=3, per_page=2)
    assert (page.page, page.pages, len(page.items)) == (2, 2, 1)
    assert (nothing.page, nothing.total, nothing.items) == (1, 0, [])


def test_tries_are_told_by_notice_and_in_order(desk: Desk) -> None:
    desk.open_window()
    notice_id = desk.queue()
    onward = desk.record(desk.letter(), REFUSED)
    assert onward is not None
    desk.record(onward, REFUSED)
    with desk.database.reading() as session:
        tried = sending.attempts_of(session, [notice_id, 99])
    assert {number: [line.channel for line in lines] for number, lines in tried.items()} == {
        notice_id: [NoticeChannel.CUSTOM, NoticeChannel.TEMPLATE]
    }


def test_notice_that_waits_ten_minutes_worries(desk: Desk) -> None:
    written_at = desk.now
    desk.queue()
    assert waiting(desk) is None
    desk.now += sending.WORRYING_AFTER - timedelta(seconds=1)
    assert waiting(desk) is None
    desk.now += timedelta(seconds=1)
    assert waiting(desk) == written_at
    desk.letter()
    assert waiting(desk) == written_at, "one that is on its way has not arrived"


def test_notice_put_off_to_the_morning_does_not_wait_yet(desk: Desk) -> None:
    desk.queue(created_at=desk.now - timedelta(hours=9))
    assert waiting(desk) is None


def test_notice_that_failed_before_waits_since_it_was_written(desk: Desk) -> None:
    written_at = desk.now
    desk.queue()
    desk.record(desk.letter(), Delivery(verdict=Verdict.RETRY, code=-1, words="微信平台繁忙"))
    desk.now += timedelta(minutes=10)
    assert waiting(desk) == written_at


def test_what_waited_for_a_trouble_goes_out_once_it_is_mended(desk: Desk) -> None:
    notice_id = desk.queue()
    stopped = Delivery(verdict=Verdict.WAIT_DAY, code=45009, words="当天调用次数已用完", alert=True)
    desk.record(desk.letter(), stopped)
    assert desk.claim() is None
    with desk.database.transaction() as session:
        [alert] = platform_alerts.open_alerts(session)
        platform_alerts.settle(session, alert.id, now=desk.now)
    assert desk.letter().notice_id == notice_id
    with desk.database.transaction() as session, pytest.raises(NotFound):
        platform_alerts.settle(session, alert.id, now=desk.now)


def test_recipient_of_a_notice_to_staff_is_their_own_wechat(desk: Desk) -> None:
    desk.change(desk.office.handler, person_id=desk.office.friend.id)
    desk.queue(person_id=None, staff_id=desk.office.handler.id)
    desk.queue()
    with desk.database.reading() as session:
        page = sending.find(session, SendingFilters(), page=1, per_page=10)
        openids = [person.openid for notice in page.items if (person := sending.recipient(notice))]
    assert openids == [desk.office.student.openid, desk.office.friend.openid]


def test_resent_notices_do_not_run_over_the_keys_length(desk: Desk) -> None:
    notice = desk.notice(desk.queue())
    assert delivery_plans.client_key(notice) == notice.key
