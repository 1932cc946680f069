"""Submitting, taking back before submitting, and having it back."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from config.catalogue import catalogue
from domain.complaints import MAX_TEXT
from domain.safety_words import first_in
from models.complaint import ComplaintEvent
from models.enums import Channel, ComplaintStatus, StepName
from models.notice import Notice
from models.person import AccessLink
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

CANCELLED = "已取消，没有提交。10 分钟内回复「恢复」可以找回。"
OFFER = "已记下 1 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
LINK = re.compile(r'<a href="http://127\.0\.0\.1:8000/h5/enter/[\w-]{32}">([^<]*)</a>')


@pytest.fixture
def drafting(me: Dialogue, campus: Campus) -> Dialogue:
    """The student has told what is wrong at the canteen window, and is asked to submit."""
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    return me


def test_receipt_says_number_place_team_times_and_where_to_follow(drafting: Dialogue) -> None:
    reply = drafting.say("1")
    assert LINK.sub(r"[\1]", reply) == (
        "已提交，编号 2026-1123-0001\n"
        "地点：东校区第二食堂3号窗口\n"
        "责任单位：饮食服务中心\n"
        "最迟 明天 10:00 前答复您，周四 10:00 前办结。\n"
        "[查看办理进展]\n"
        "要补充照片或语音，10 分钟内直接发来就行。"
    )


def test_complaint_is_what_was_told(drafting: Dialogue, campus: Campus) -> None:
    drafting.say("1")
    complaint = drafting.complaints()[0]
    assert complaint.text == "饭里有虫子"
    assert complaint.channel is Channel.WECHAT
    assert complaint.reporter_id == campus.office.student.id
    assert complaint.status is ComplaintStatus.ASSIGNED
    assert (complaint.anonymous, complaint.urgent) == (False, False)


def test_anonymous_receipt_says_who_sees_the_name(drafting: Dialogue) -> None:
    lines = drafting.say("2").splitlines()
    assert lines[4] == "匿名：工作人员看不到您是谁，进展仍会通知您。"
    assert drafting.complaints()[0].anonymous


@pytest.mark.parametrize(
    "said", ["1", "１", "1。", "１。", "①", "1️⃣", " 1 ", "提交", "「提交」", "1 提交", "1、提交"]
)
def test_submitting_is_understood_however_it_is_typed(drafting: Dialogue, said: str) -> None:
    assert drafting.say(said).startswith("已提交，编号 2026-1123-0001\n")
    assert not drafting.complaints()[0].anonymous


@pytest.mark.parametrize("said", ["2", "２。", "匿名", "匿名提交", "2 匿名提交"])
def test_anonymous_is_understood_however_it_is_typed(drafting: Dialogue, said: str) -> None:
    drafting.say(said)
    assert [c.anonymous for c in drafting.complaints()] == [True]


@pytest.mark.parametrize("said", ["0", "０", "取消", "0 取消", "不提交了"])
def test_cancelling_is_understood_however_it_is_typed(drafting: Dialogue, said: str) -> None:
    assert drafting.say(said) == CANCELLED
    assert drafting.complaints() == []


@pytest.mark.parametrize("second", ["1", "2", "提交", "匿名"])
def test_double_tap_gives_the_same_receipt_and_no_second_complaint(drafting: Dialogue, second: str) -> None:
    first = drafting.say("1")
    drafting.pause = timedelta(0)
    assert LINK.sub(r"\1", drafting.say(second)) == LINK.sub(r"\1", first)
    assert [c.anonymous for c in drafting.complaints()] == [False]


def test_double_tap_on_a_place_does_not_submit(me: Dialogue) -> None:
    me.say("3号楼302灯坏了")
    me.say("1")
    me.pause = timedelta(seconds=1)
    assert me.say("1") == OFFER
    assert me.say("1") == OFFER
    assert me.complaints() == []
    me.pause = timedelta(seconds=3)
    me.say("1")
    assert len(me.complaints()) == 1


def test_link_is_kept_nowhere_in_clear(drafting: Dialogue) -> None:
    reply = drafting.say("1")
    token = reply.split("/h5/enter/")[1].split('"')[0]
    with drafting.database.reading() as session:
        link = session.scalars(select(AccessLink)).one()
        assert link.path == "/h5/complaints/2026-1123-0001"
        rows = session.connection().exec_driver_sql("SELECT reply, body FROM inbound_message").all()
    assert token not in repr(rows) + link.token_hash


def test_person_gets_no_second_message_about_what_the_chat_has_told(drafting: Dialogue) -> None:
    drafting.say("1")
    with drafting.database.reading() as session:
        states = session.scalars(select(Notice.state).where(Notice.person_id.is_not(None))).all()
    assert {state.value for state in states} == {"inbox"}


def test_cancelled_draft_can_be_had_back_for_ten_minutes(drafting: Dialogue) -> None:
    drafting.say("0")
    drafting.wait(minutes=9)
    assert drafting.say("恢复") == f"已恢复。{OFFER}"
    drafting.say("1")
    assert [c.text for c in drafting.complaints()] == ["饭里有虫子"]


def test_cancelled_draft_is_gone_after_ten_minutes(drafting: Dialogue) -> None:
    drafting.say("0")
    drafting.wait(minutes=10)
    assert drafting.say("恢复") == "没有可以恢复的内容（取消后 10 分钟内可以恢复）。"


def test_restoring_next_to_a_new_draft_asks_how_they_belong_together(drafting: Dialogue) -> None:
    drafting.say("0")
    drafting.say("3号楼302灯坏了")
    reply = drafting.say("恢复")
    assert reply.splitlines()[0] == "已恢复。您今天 10:00 有一条诉求还没提交：“饭里有虫子”"
    drafting.say("2")
    drafting.say("提交")
    assert [c.text for c in drafting.complaints()] == ["3号楼302灯坏了"]


def test_nothing_to_cancel_is_said(me: Dialogue) -> None:
    assert me.say("取消") == "现在没有要取消的内容。"


def test_cancelling_an_empty_draft_is_no_loss(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    assert me.say("0") == "现在没有要取消的内容。"


def test_praise_is_thanked_for_and_gets_no_deadline(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("表扬窗口的阿姨，非常热心")
    lines = me.say("1").splitlines()
    assert lines[1:3] == ["地点：东校区第二食堂3号窗口", "谢谢您的表扬，我们会转达。"]


def test_more_words_than_a_complaint_holds_are_added_to_it(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    for _ in range(3):
        me.say("长" * 4000)
    me.say("1")
    with me.database.reading() as session:
        events = session.scalars(select(ComplaintEvent).order_by(ComplaintEvent.id)).all()
    words = {event.step: event.words for event in events}
    assert len(me.complaints()[0].text) == MAX_TEXT
    assert len(words[StepName.SUPPLEMENT]) == 3 * 4000 + 2 - MAX_TEXT


def test_refusal_by_the_rules_is_told_and_the_draft_stays(
    drafting: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.submissions.MAX_TEXT", 3)
    assert drafting.say("1") == "文字太长，最多 3 字，请分几件反映。"
    monkeypatch.undo()
    assert drafting.say("1").startswith("已提交，编号 2026-1123-0001\n")


def test_ordinary_words_do_not_ring_the_alarm(drafting: Dialogue) -> None:
    assert first_in(catalogue().safety.words, "饭里有虫子") is None
    drafting.say("1")
    assert not drafting.complaints()[0].urgent
