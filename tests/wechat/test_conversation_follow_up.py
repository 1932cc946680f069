"""After submitting: additions, and answers to what staff asked."""

import pytest
from sqlalchemy import select

from domain import complaints
from domain.actors import Actor
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.conversation import Draft
from models.enums import ComplaintStatus, DraftState, StepName
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

TARGET = "刚收到的内容是：\n1 补充到 2026-1123-0001 饭里有虫子\n2 作为新诉求\n（0 取消）"


def submit_at_window(me: Dialogue, campus: Campus, text: str = "饭里有虫子") -> None:
    me.event("SCAN", campus.window.code)
    me.say(text)
    me.say("1")


@pytest.fixture
def submitted(me: Dialogue, campus: Campus) -> Dialogue:
    """The student has just submitted."""
    submit_at_window(me, campus)
    return me


@pytest.fixture
def asked(submitted: Dialogue, campus: Campus) -> Dialogue:
    """An hour later staff ask the student for more."""
    submitted.wait(hours=1)
    ask(submitted, campus, 1)
    return submitted


def ask(me: Dialogue, campus: Campus, complaint_id: int) -> None:
    with me.database.transaction() as session:
        complaint = session.get_one(Complaint, complaint_id)
        handler = Actor.of_staff(session.merge(campus.office.handler))
        complaints.accept(session, complaint, actor=handler, now=me.now)
        complaints.ask(session, complaint, words="请问是哪一天？", actor=handler, now=me.now)


def supplements(me: Dialogue) -> list[tuple[int, str]]:
    with me.database.reading() as session:
        query = select(ComplaintEvent).where(ComplaintEvent.step == StepName.SUPPLEMENT)
        return [(event.complaint_id, event.words) for event in session.scalars(query)]


def test_photo_voice_and_position_are_added_to_what_was_just_submitted(submitted: Dialogue) -> None:
    assert submitted.photo() == "已补充到 2026-1123-0001：1 张照片。"
    assert submitted.voice() == "已补充到 2026-1123-0001：1 段语音。"
    assert submitted.position() == "已补充到 2026-1123-0001：1 个位置。"
    with submitted.database.reading() as session:
        owners = session.scalars(select(Attachment.complaint_id)).all()
    assert owners == [1, 1, 1]


def test_each_addition_keeps_the_door_open_for_ten_minutes_more(submitted: Dialogue) -> None:
    submitted.wait(minutes=9)
    submitted.photo()
    submitted.wait(minutes=9)
    assert submitted.photo() == "已补充到 2026-1123-0001：1 张照片。"


def test_photo_after_ten_minutes_begins_something_new(submitted: Dialogue) -> None:
    submitted.wait(minutes=10)
    assert submitted.photo().startswith("收到。再说说是什么问题")
    assert supplements(submitted) == []


def test_words_after_submitting_begin_something_new(submitted: Dialogue) -> None:
    assert submitted.say("宿舍的灯也坏了").startswith("已记下。是在哪里？")


def test_thanks_after_submitting_begin_nothing(submitted: Dialogue) -> None:
    assert submitted.say("谢谢") == "不客气。有问题随时发来，回复「进度」看办理情况。"
    assert submitted.say("1").startswith("已提交，编号 2026-1123-0001\n")


def test_nought_after_submitting_asks_before_taking_back(submitted: Dialogue) -> None:
    assert submitted.say("0") == "确定撤回 2026-1123-0001 饭里有虫子 吗？\n回复 1 确定撤回 / 0 不撤回"
    assert submitted.say("0") == "好的，没有撤回。"
    assert submitted.complaints()[0].status is ComplaintStatus.ASSIGNED


def test_cancel_after_submitting_asks_before_taking_back(submitted: Dialogue) -> None:
    assert submitted.say("取消").startswith("确定撤回 2026-1123-0001")


def test_answer_to_staff_is_told_from_something_new(asked: Dialogue) -> None:
    assert asked.say("是昨天中午") == TARGET


def test_answer_goes_to_the_complaint_and_the_work_goes_on(asked: Dialogue) -> None:
    asked.say("是昨天中午")
    asked.photo()
    assert asked.say("1") == "已补充到 2026-1123-0001：1 段文字、1 张照片。"
    assert supplements(asked) == [(1, "是昨天中午")]
    assert [c.status for c in asked.complaints()] == [ComplaintStatus.IN_PROGRESS]
    with asked.database.reading() as session:
        assert session.scalars(select(Draft.state).order_by(Draft.id)).all() == [DraftState.SUBMITTED] * 2
        assert session.scalars(select(Attachment.complaint_id)).all() == [1]


def test_photo_alone_can_be_the_answer(asked: Dialogue) -> None:
    assert asked.photo() == TARGET
    assert asked.say("1") == "已补充到 2026-1123-0001：1 张照片。"


def test_more_of_the_answer_may_follow(asked: Dialogue) -> None:
    asked.say("是昨天中午")
    asked.say("1")
    assert asked.photo() == "已补充到 2026-1123-0001：1 张照片。"


def test_something_new_becomes_a_complaint_of_its_own(asked: Dialogue) -> None:
    asked.say("3号楼302灯坏了")
    assert asked.say("2").startswith("是在哪里？")
    asked.say("1")
    asked.say("1")
    assert [c.text for c in asked.complaints()] == ["饭里有虫子", "3号楼302灯坏了"]
    assert asked.complaints()[0].status is ComplaintStatus.WAITING


def test_neither_can_be_cancelled_and_had_back(asked: Dialogue) -> None:
    asked.say("是昨天中午")
    assert asked.say("0").startswith("已取消")
    assert asked.say("恢复").startswith("已恢复。是在哪里？")


def test_submitting_by_word_before_the_answer_asks_again(asked: Dialogue) -> None:
    asked.say("是昨天中午")
    assert asked.say("提交") == TARGET
    assert len(asked.complaints()) == 1


def test_cancelling_by_word_before_the_answer_drops_it(asked: Dialogue) -> None:
    asked.say("是昨天中午")
    assert asked.say("取消").startswith("已取消")


def test_when_staff_have_stopped_waiting_it_is_something_new(asked: Dialogue, campus: Campus) -> None:
    asked.say("是昨天中午")
    with asked.database.transaction() as session:
        handler = Actor.of_staff(session.merge(campus.office.handler))
        complaints.resume(session, session.get_one(Complaint, 1), actor=handler, now=asked.now)
    assert asked.say("提交").startswith("是在哪里？")


def test_answer_to_a_complaint_that_ended_is_refused_and_kept(asked: Dialogue, campus: Campus) -> None:
    asked.say("是昨天中午")
    with asked.database.transaction() as session:
        student = Actor.of_person(session.merge(campus.office.student))
        complaints.withdraw(session, session.get_one(Complaint, 1), actor=student, now=asked.now)
    assert asked.say("1") == "现在的状态是「已撤回」，不能「补充」。"
    assert asked.say("2").startswith("是在哪里？")


def test_several_questions_of_staff_are_all_offered(me: Dialogue, campus: Campus) -> None:
    for text in ("饭里有虫子", "排队太久"):
        submit_at_window(me, campus, text)
    me.wait(hours=1)
    ask(me, campus, 1)
    ask(me, campus, 2)
    assert me.say("是昨天中午").splitlines()[1:4] == [
        "1 补充到 2026-1123-0002 排队太久",
        "2 补充到 2026-1123-0001 饭里有虫子",
        "3 作为新诉求",
    ]
    me.say("2")
    assert supplements(me) == [(1, "是昨天中午")]


def test_long_answer_is_added_in_as_many_pieces_as_it_needs(asked: Dialogue) -> None:
    asked.say("长" * 4000)
    asked.say("长" * 4000)
    asked.say("1")
    assert [len(words) for _, words in supplements(asked)] == [5000, 3001]
