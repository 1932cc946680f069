"""Safety words: submitted at once, the telephone first."""

from datetime import timedelta

from sqlalchemy import select

from domain import complaints
from domain.actors import Actor
from models.complaint import Complaint, ComplaintEvent
from models.enums import ComplaintStatus, NoticeKind, StepName
from models.notice import Notice
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

EMERGENCY = "请先保证人身安全！紧急电话 0571-88886110，后勤值班 0571-88886120，危及生命请拨 119 / 120。"
ALARM = f"""{EMERGENCY}
已按紧急件上报，编号 2026-1123-0001，正在通知值班人员。
请接着发：具体地点、现场照片（安全的话），会直接补充到这一件。
误报请回复 0 撤回。"""


def supplements(me: Dialogue) -> list[str]:
    with me.database.reading() as session:
        query = select(ComplaintEvent.words).where(ComplaintEvent.step == StepName.SUPPLEMENT)
        return list(session.scalars(query.order_by(ComplaintEvent.id)))


def test_danger_is_submitted_at_once_and_answered_with_the_telephone_first(me: Dialogue) -> None:
    assert me.say("走廊起火了") == ALARM
    assert [(c.text, c.urgent) for c in me.complaints()] == [("走廊起火了", True)]


def test_those_on_duty_are_told_at_once(me: Dialogue, campus: Campus) -> None:
    me.say("走廊起火了")
    with me.database.reading() as session:
        told = session.scalars(select(Notice.staff_id).where(Notice.kind == NoticeKind.STAFF_URGENT)).all()
    assert {campus.office.dispatcher.id, campus.office.leader.id} <= set(told)


def test_danger_at_a_scanned_place_asks_for_a_photo_only(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.room.code)
    assert me.say("插座冒烟").splitlines()[2:4] == [
        "地点：东校区3号楼302",
        "请接着发：现场照片（安全的话），会直接补充到这一件。",
    ]


def test_danger_in_an_open_draft_submits_the_whole_draft(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.room.code)
    me.photo()
    me.say("插座有焦味")
    assert me.say("现在冒烟了") == (
        f"{EMERGENCY}\n已按紧急件上报，编号 2026-1123-0001，正在通知值班人员。\n"
        "地点：东校区3号楼302\n误报请回复 0 撤回。"
    )
    assert [c.text for c in me.complaints()] == ["插座有焦味\n现在冒烟了"]


def test_danger_while_the_place_is_asked_does_not_wait_for_it(me: Dialogue) -> None:
    me.say("楼道很黑")
    assert me.say("有人触电了").splitlines()[0] == EMERGENCY
    assert [(c.text, c.urgent) for c in me.complaints()] == [("楼道很黑\n有人触电了", True)]


def test_blanks_do_not_hide_danger(me: Dialogue) -> None:
    assert me.say("起 火 了").splitlines()[0] == EMERGENCY


def test_danger_heard_in_a_voice_message_counts(me: Dialogue) -> None:
    assert me.voice("食堂起火了").splitlines()[0] == EMERGENCY
    assert me.complaints()[0].text == "（语音）食堂起火了"


def test_what_follows_is_added_to_the_urgent_complaint(me: Dialogue) -> None:
    me.say("走廊起火了")
    assert me.say("3号楼三层东头") == "已补充到 2026-1123-0001：1 段文字。"
    assert me.photo() == "已补充到 2026-1123-0001：1 张照片。"
    assert me.position("3号楼") == "已补充到 2026-1123-0001：1 个位置。"
    assert supplements(me) == ["3号楼三层东头", "", ""]
    assert len(me.complaints()) == 1


def test_second_cry_of_danger_is_added_and_answered_with_the_telephone(me: Dialogue) -> None:
    me.pause = timedelta(0)
    me.say("走廊起火了")
    assert me.say("着火了快来人") == (f"{EMERGENCY}\n已补充到 2026-1123-0001：1 段文字。误报请回复 0 撤回。")
    assert supplements(me) == ["着火了快来人"]


def test_false_alarm_is_taken_back_with_nought(me: Dialogue) -> None:
    me.say("走廊起火了")
    assert me.say("0") == "已撤回 2026-1123-0001。如果问题还在，随时可以再发给我们。"
    assert me.complaints()[0].status is ComplaintStatus.WITHDRAWN


def test_false_alarm_in_words_asks_once_more(me: Dialogue) -> None:
    me.say("走廊起火了")
    assert me.say("误报").splitlines()[0] == "确定撤回 2026-1123-0001 走廊起火了 吗？"
    me.say("1")
    assert me.complaints()[0].status is ComplaintStatus.WITHDRAWN


def test_second_one_gives_the_urgent_receipt_again(me: Dialogue) -> None:
    me.say("走廊起火了")
    assert me.say("1") == ALARM


def test_danger_after_a_false_alarm_is_a_new_complaint(me: Dialogue) -> None:
    me.say("走廊起火了")
    me.say("0")
    me.say("真的起火了")
    assert [(c.number, c.urgent) for c in me.complaints()] == [
        ("2026-1123-0001", True),
        ("2026-1123-0002", True),
    ]


def test_danger_after_an_ordinary_complaint_is_one_of_its_own(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.say("1")
    me.say("有人昏倒了")
    assert [(c.text, c.urgent) for c in me.complaints()] == [("饭里有虫子", False), ("有人昏倒了", True)]


def test_draft_left_alone_is_not_swept_into_an_alarm(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.wait(hours=1)
    me.say("走廊起火了")
    assert [c.text for c in me.complaints()] == ["走廊起火了"]
    me.wait(minutes=11)
    assert "“饭里有虫子”" in me.say("对了，还有件事要说")


def test_photo_for_a_complaint_that_staff_ended_meanwhile_begins_something_new(
    me: Dialogue, campus: Campus
) -> None:
    me.say("走廊起火了")
    with me.database.transaction() as session:
        student = Actor.of_person(session.merge(campus.office.student))
        complaints.withdraw(session, session.get_one(Complaint, 1), actor=student, now=me.now)
    assert me.photo().startswith("收到。再说说是什么问题")
    assert supplements(me) == []


def test_addition_after_the_complaint_has_ended_begins_something_new(me: Dialogue) -> None:
    me.say("走廊起火了")
    me.say("0")
    me.event("CLICK", "HELP")
    assert me.photo().startswith("收到。再说说是什么问题")
