"""Many deliveries at the same moment: one effect each, and nothing lost."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from config.settings import Settings
from models.attachment import Attachment
from models.conversation import Conversation, DraftPiece
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from models.person import Person
from tests.support.campus import Campus, build_campus
from tests.support.dialogue import Dialogue, text_of
from tests.support.factories import Factory
from wechat.callback import UNAVAILABLE, Answer

TOGETHER = 20
DELIVERIES = 4


def at_once(student: Dialogue, packets: Sequence[dict[str, object]]) -> list[Answer]:
    """Deliver all packets at the same moment, and again what found no place in time, as the platform does."""
    ready = threading.Barrier(len(packets))

    def deliver(packet: dict[str, object]) -> Answer:
        ready.wait()
        answers = (student.answer_to(packet) for _ in range(DELIVERIES))
        return next(answer for answer in answers if answer.status != 503)

    with ThreadPoolExecutor(len(packets)) as threads:
        return list(threads.map(deliver, packets))


def test_twenty_deliveries_of_one_message_have_one_effect_and_one_answer(student: Dialogue) -> None:
    answers = at_once(student, [student.packet("text", Content="饭里有虫子")] * TOGETHER)
    assert len({answer.body for answer in answers}) == 1
    assert text_of(answers[0]).startswith("已记下。是在哪里？")
    with student.database.reading() as session:
        assert session.scalar(select(func.count(DraftPiece.id))) == 1
        assert session.scalar(select(func.count(Person.id)).where(Person.openid == student.openid)) == 1


def test_twenty_deliveries_of_one_submission_file_one_complaint(student: Dialogue, place: Campus) -> None:
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    answers = at_once(student, [student.packet("text", Content="1")] * TOGETHER)
    assert {text_of(answer).splitlines()[0] for answer in answers} == {"已提交，编号 2026-1123-0001"}
    assert len(student.complaints()) == 1


def test_double_taps_at_once_file_one_complaint(student: Dialogue, place: Campus) -> None:
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    answers = at_once(student, [student.packet("text", Content="1") for _ in range(5)])
    assert {text_of(answer).splitlines()[0] for answer in answers} == {"已提交，编号 2026-1123-0001"}
    assert len(student.complaints()) == 1


def test_ten_photos_at_once_are_counted_one_after_the_other(student: Dialogue, place: Campus) -> None:
    student.event("SCAN", place.window.code)
    packets = [student.packet("image", PicUrl="http://x", MediaId=f"m{n}") for n in range(10)]
    replies = {text_of(answer) for answer in at_once(student, packets)}
    assert replies == {"已记下 1 张照片。回复 1 提交 / 2 匿名提交 / 0 取消"} | {
        f"已收到 {count} 张照片。" for count in range(2, 11)
    }
    with student.database.reading() as session:
        assert session.scalar(select(func.count(func.distinct(Attachment.media_id)))) == 10


def test_first_messages_of_many_new_people_at_once_are_all_kept(student: Dialogue) -> None:
    packets = [student.packet("text", Content="饭里有虫子") | {"FromUserName": f"oNew{n}"} for n in range(20)]
    answers = at_once(student, packets)
    assert {answer.status for answer in answers} == {200}
    with student.database.reading() as session:
        assert session.scalar(select(func.count(DraftPiece.id))) == 20


def test_messages_of_somebody_new_at_once_make_one_person(student: Dialogue) -> None:
    packets = [student.packet("text", Content=f"第{n}句话") | {"FromUserName": "oNew"} for n in range(10)]
    at_once(student, packets)
    with student.database.reading() as session:
        assert session.scalar(select(func.count(Person.id)).where(Person.openid == "oNew")) == 1
        assert session.scalar(select(func.count(DraftPiece.id))) == 10


@pytest.fixture
def impatient(
    make_settings: Callable[..., Settings],
    postgres: Database,
    factory: Factory,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Dialogue]:
    """A student on a PostgreSQL that waits for locks for a tenth of a second only."""
    monkeypatch.setattr("models.database.LOCK_WAIT_SECONDS", 0.1)
    with postgres.transaction() as session:
        campus = build_campus(session, factory)
    database = Database(postgres.engine.url.render_as_string(hide_password=False))
    yield Dialogue(make_settings(wechat_mode="plain"), database, now, openid=campus.student_openid)
    database.close()


def test_message_whose_conversation_is_held_too_long_is_kept_for_later(impatient: Dialogue) -> None:
    impatient.say("你好")
    with impatient.database.transaction() as holder:
        holder.execute(select(Conversation).with_for_update())
        with capture_logs():
            assert impatient.say("饭里有虫子") == ""
    with impatient.database.reading() as session:
        rows = session.scalars(select(InboundMessage).order_by(InboundMessage.id)).all()
    assert [row.state for row in rows] == [InboundState.HANDLED, InboundState.DEFERRED]


def test_repeat_while_the_first_delivery_is_at_work_is_to_come_again(impatient: Dialogue) -> None:
    packet = impatient.packet("text", Content="饭里有虫子")
    told = impatient.deliver(packet)
    with impatient.database.transaction() as first:
        first.execute(text("DELETE FROM inbound_message"))
        # To a second transaction the row is now as good as being written, and may be undone yet.
        with capture_logs():
            assert impatient.answer_to(packet) == UNAVAILABLE
        first.rollback()
    assert impatient.deliver(packet) == told


def test_message_that_meets_a_locked_table_is_to_come_again(impatient: Dialogue) -> None:
    packet = impatient.packet("text", Content="饭里有虫子")
    with impatient.database.transaction() as holder:
        holder.execute(text("LOCK TABLE inbound_message IN ACCESS EXCLUSIVE MODE"))
        with capture_logs() as logged:
            assert impatient.answer_to(packet) == UNAVAILABLE
    assert [(line["event"], line["trouble"]) for line in logged] == [
        ("callback_database_failed", "数据库被占用")
    ]
    assert impatient.deliver(packet).startswith("已记下。是在哪里？")
