"""Where the subscription messages of the mini program stand among the ways, and who is told by them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain import delivery_plans, mini_grants, mini_people, outbox, platform_alerts, receipts
from domain.mini_grants import TapAnswer, TapReport, Teller
from domain.ports import Delivery, Letter, Verdict
from domain.unlinking import unlink
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.person import Person
from tests.support.desk import Desk
from tests.support.factories import Factory

CUSTOM, TEMPLATE = NoticeChannel.CUSTOM, NoticeChannel.TEMPLATE
SUBSCRIPTION, MINI = NoticeChannel.SUBSCRIPTION, NoticeChannel.MINI_SUBSCRIPTION
OPENID, ALLOWED = "oMiniStudent", "TPL_MINI"


@pytest.fixture
def desk(sqlite: Database, now: datetime) -> Desk:
    """The student of the office uses the mini program too."""
    with sqlite.transaction() as session:
        office = Factory(now).office(session)
    return Desk(sqlite, office, now)


def join(desk: Desk, person: Person, *, openid: str = OPENID, times: int = 1) -> Person:
    """Let somebody open the mini program and allow messages."""
    with desk.database.transaction() as session:
        waiting = mini_people.person_of_mini(session, openid=openid, unionid=None, now=desk.now)
        found = mini_people.link(session, waiting, to=session.merge(person))
        for number in range(times):
            tap = TapReport(Teller.PROGRAM, f"{openid}{number}", desk.now, {ALLOWED: TapAnswer.ACCEPT})
            mini_grants.note_tap(session, found, tap, now=desk.now)
        return found


def alone(desk: Desk, *, openid: str = "oAlone", times: int = 1) -> int:
    """Let somebody come who uses the mini program alone; give their id."""
    with desk.database.transaction() as session:
        person = mini_people.person_of_mini(session, openid=openid, unionid=None, now=desk.now)
    return join(desk, person, openid=openid, times=times).id


def ways(letter: Letter) -> tuple[NoticeChannel, ...]:
    return (letter.channel, *letter.other_channels)


def test_it_stands_behind_what_the_official_account_can_do(desk: Desk) -> None:
    student = join(desk, desk.office.student)
    desk.open_window()
    desk.queue()
    letter = desk.letter()
    assert ways(letter) == (CUSTOM, TEMPLATE, SUBSCRIPTION, MINI)
    assert (letter.openid, letter.mini_openid) == (student.openid, OPENID)

    left = Delivery(verdict=Verdict.NEXT_CHANNEL, code=43004, person_left=True)
    onward = desk.record(letter, left)
    assert onward is not None
    assert ways(onward) == (SUBSCRIPTION, MINI)


def test_who_uses_the_mini_program_alone_hears_by_it_alone(desk: Desk) -> None:
    desk.queue(person_id=alone(desk))
    letter = desk.letter()
    assert (ways(letter), letter.openid, letter.mini_openid, letter.url) == ((MINI,), "", "oAlone", "")


def test_who_allowed_nothing_has_the_inbox(desk: Desk) -> None:
    told = [desk.queue(person_id=alone(desk, times=0)), desk.queue(person_id=desk.office.friend.id)]
    desk.change(desk.office.friend, openid=None, following=False)
    assert [desk.claim(), desk.claim()] == [outbox.Claim(one, None) for one in told]
    assert [desk.notice(one).error for one in told] == [delivery_plans.NOT_ALLOWED, delivery_plans.NOT_BOUND]


def test_pushes_and_what_staff_has_to_do_do_not_go_there(desk: Desk) -> None:
    student = join(desk, desk.office.student)
    desk.change(desk.office.handler, person_id=student.id)
    desk.queue(person_id=None, staff_id=desk.office.handler.id, kind=NoticeKind.STAFF_ASSIGNED)
    push = desk.queue(person_id=alone(desk), kind=NoticeKind.PUSH_DIGEST)
    assert ways(desk.letter()) == (TEMPLATE, SUBSCRIPTION)
    assert desk.claim() == outbox.Claim(push, None)
    assert desk.notice(push).error == delivery_plans.NOT_BOUND


def test_stop_of_one_account_leaves_the_other_alone(desk: Desk) -> None:
    person_id = alone(desk, times=3)
    join(desk, desk.office.student)
    sent, official = desk.queue(person_id=person_id), desk.queue()
    with desk.database.transaction() as session:
        later = desk.now + timedelta(minutes=10)
        platform_alerts.raise_alert(
            session, platform_alerts.ACCOUNT, code=50007, words="冻结", now=desk.now, paused_until=later
        )
    letter = desk.letter()
    assert (letter.notice_id, desk.claim()) == (sent, None)
    desk.record(letter, Delivery(verdict=Verdict.SENT, code=0, template_id=ALLOWED))

    desk.queue(person_id=person_id)
    desk.record(desk.letter(), Delivery(verdict=Verdict.ACCOUNT_STOPPED, code=40125, alert=True))
    with desk.database.reading() as session:
        paused = platform_alerts.pauses(session, now=desk.now)
    assert paused.keys() == {platform_alerts.ACCOUNT, platform_alerts.way(MINI)}

    with desk.database.transaction() as session:
        platform_alerts.clear_alerts(session, [platform_alerts.ACCOUNT], now=desk.now)
    assert desk.letter().notice_id == official


@pytest.mark.parametrize("early", [False, True])
def test_receipt_of_the_mini_program_finds_its_own_notice(desk: Desk, early: bool) -> None:
    join(desk, desk.office.student, times=2)
    by_account, by_mini = desk.queue(), desk.queue()
    sent = Delivery(verdict=Verdict.SENT, code=0, template_id=ALLOWED)
    desk.record(replace(desk.letter(), channel=SUBSCRIPTION), sent)
    letter = replace(desk.letter(), channel=MINI)
    if not early:
        desk.record(letter, sent)
    with desk.database.transaction() as session:
        known = receipts.note_subscription_receipt(
            session,
            OPENID,
            template_id=ALLOWED,
            message_id="9",
            succeeded=True,
            words="",
            now=desk.now,
            of_mini_program=True,
        )
    if early:
        desk.record(letter, sent)
    assert known is not early
    assert [desk.notice(one).delivered_at for one in (by_account, by_mini)] == [None, desk.now]
    assert desk.notice(by_mini).state is NoticeState.SENT


def test_leaving_the_official_account_keeps_what_was_allowed_to_the_mini_program(desk: Desk) -> None:
    both, official = join(desk, desk.office.student), desk.office.friend
    with desk.database.transaction() as session:
        tap = TapReport(Teller.PROGRAM, "f", desk.now, {ALLOWED: TapAnswer.ACCEPT})
        mini_grants.note_tap(session, session.merge(official), tap, now=desk.now)
        for person in (both, official):
            unlink(session, session.merge(person), now=desk.now)
        held = [mini_grants.remaining(session, person.id) for person in (both, official)]
    assert held == [{ALLOWED: 1}, {}]
    desk.queue()
    assert ways(desk.letter()) == (MINI,)
