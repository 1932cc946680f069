"""The chat takes so much of one person: told once, a danger always, and nothing is done twice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from config.limits import MESSAGES_AFTER_ALARM, Limits, use_limits
from domain import limit_counts, limit_desk
from models.database import Database
from models.inbound import InboundMessage
from models.person_limit import LimitKind, PersonLimit
from tests.support.campus import Campus
from tests.support.chat import SystemEvent
from tests.support.dialogue import Dialogue

_FAST = timedelta(seconds=0.1)
TOO_FAST = "您发得太快了，后面的消息没有记下，今天 10:03 以后可以接着发。"
RING = "请先保证人身安全！紧急电话"


@pytest.fixture(autouse=True)
def few() -> Iterator[None]:
    """Fewer messages than in life, so that a flood is short."""
    yield
    use_limits(Limits())


def flood(student: Dialogue, times: int, text: str = "桌子坏了") -> list[str]:
    """Say the same as fast as no one types."""
    student.pause = _FAST
    use_limits(Limits(chat_per_minute=5, chat_per_day=20))
    return [student.say(text) for _ in range(times)]


def rows(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(InboundMessage.id))) or 0


def limit_of(database: Database) -> PersonLimit:
    with database.reading() as session:
        return session.scalars(select(PersonLimit)).one()


def test_who_floods_is_told_once_leaves_no_rows_and_is_heard_again(
    student: Dialogue, database: Database, system: SystemEvent
) -> None:
    student.pause = _FAST
    first = student.packet("text", Content="二食堂的桌子坏了")
    answer = student.deliver(first)
    replies = flood(student, 4)
    assert all(replies)
    told = student.packet("text", Content="快点")
    assert student.deliver(told).startswith(TOO_FAST)
    before = rows(database)
    assert flood(student, 30) == [""] * 30
    assert (student.photo(), student.event("SCAN", "x"), student.event("CLICK", "MINE")) == ("", "", "")
    assert rows(database) == before == 6
    # Another delivery of what was answered is answered alike, also now.
    assert (student.deliver(first), student.deliver(told)[:7]) == (answer, TOO_FAST[:7])
    # The platform's own reports go through, and so does following.
    system("unsubscribe", FromUserName=student.openid)
    assert rows(database) == before + 1
    assert student.event("subscribe") != ""

    limit_counts.write_due(database, now=student.now)
    assert (limit_of(database).kind, limit_of(database).refused) == (LimitKind.CHAT, 34)


def test_after_the_pause_it_goes_on_until_the_day_is_full(student: Dialogue, database: Database) -> None:
    flood(student, 6)
    student.wait(minutes=3)
    assert student.say("还有") != ""
    student.pause = timedelta(seconds=30)
    said = [student.say("还有") for _ in range(15)]
    assert ["太多了" in each for each in said] == [False] * 13 + [True, False]
    assert said[-2].startswith("您今天发来的消息太多了，后面的没有记下，明天 00:00 以后可以接着发。")
    student.wait(hours=14)
    assert student.say("还有") != ""
    with database.reading() as session:
        assert session.scalar(select(func.count(PersonLimit.id))) == 2


def test_a_danger_is_filed_at_once_from_the_midst_of_a_flood(student: Dialogue, database: Database) -> None:
    flood(student, 9)
    answer = student.say("三楼漏电了")
    assert answer.startswith(RING)
    assert [one.urgent for one in student.complaints()] == [True]
    # What follows belongs to it, and is taken; then silence again, but never without the numbers to ring.
    said = [student.say("就在 302") for _ in range(MESSAGES_AFTER_ALARM)]
    assert all(said)
    before = rows(database)
    assert [student.say("快来"), student.say("快来")] == ["", ""]
    assert student.say("又漏电了").startswith(RING)
    assert rows(database) == before
    student.wait(minutes=11)
    assert "编号" in student.say("着火了")


def test_the_message_that_meets_the_limit_may_be_the_danger_itself(student: Dialogue) -> None:
    flood(student, 5)
    assert "编号" in student.say("三楼漏电了")
    student.pause = timedelta(seconds=61)
    assert student.event("CLICK", "URGENT").startswith(RING)


def test_alarm_after_alarm_goes_to_the_one_that_those_on_duty_know(student: Dialogue) -> None:
    for _ in range(5):
        student.say("三楼漏电了")
        student.wait(minutes=11)
        student.now -= timedelta(minutes=10, seconds=40)
        student.say("0")
    assert len(student.complaints()) == 5
    assert "您一小时内已上报 5 件紧急情况" in student.say("三楼漏电了")
    student.wait(hours=1)
    for _ in range(5):
        student.say("三楼漏电了")
        student.say("0")
    assert len(student.complaints()) == 10


def test_what_had_to_wait_for_us_is_not_held_against_anybody(student: Dialogue) -> None:
    flood(student, 5)
    late = student.packet("text", Content="桌子坏了", CreateTime=int(student.now.timestamp()) - 120)
    assert student.deliver(late) != ""


def test_staff_lift_it_and_it_counts_anew(student: Dialogue, database: Database, place: Campus) -> None:
    flood(student, 6)
    with database.transaction() as session:
        limit_desk.lift(
            session, limit_of(database).id, why="迎新", staff=place.office.dispatcher, now=student.now
        )
    assert all(flood(student, 5))
    assert flood(student, 1)[0].startswith("您发得太快了")


def test_who_is_blocked_is_told_now_and_then_and_still_reads_their_own(
    student: Dialogue, database: Database, place: Campus
) -> None:
    student.say("桌子坏了")
    student.say("9")
    student.say("1")
    (mine,) = student.complaints()
    student.wait(minutes=20)
    with database.transaction() as session:
        staff = place.office.dispatcher
        limit_desk.block_reporter(
            session, mine.number, days=3, reason="反复发送无关内容", staff=staff, now=student.now
        )
    assert student.say("喂，还有一件事").startswith("您暂时不能提交内容，周四 10:21 以后恢复。")
    assert (student.say("喂，还有一件事"), student.photo()) == ("", "")
    assert mine.number in student.say("进度")
    assert "编号" in student.say("三楼漏电了")
    assert "已补充" in student.photo()
    student.wait(days=3)
    assert student.say("喂，还有一件事") != ""


def test_photos_beyond_a_days_worth_are_refused_before_they_are_fetched(student: Dialogue) -> None:
    use_limits(Limits(upload_megabytes=0))
    assert "24 小时内发来的照片、录音已超过 0 MB" in student.photo()
    assert student.say("桌子坏了") != ""
