"""Questions with a known answer, and everything that comes before them."""

import pytest

from domain import complaints, keyword_answers
from domain.actors import Actor
from domain.keyword_answers import AnswerWish
from models.complaint import Complaint
from models.database import Database
from models.enums import AnswerMatch, ComplaintStatus
from models.staff import Staff
from models.wording import KeywordAnswer
from tests.conftest import NOW
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

HOURS = "一食堂 06:30–20:30"
POWER = "电费在菜单里充值"
AFTERWARDS = "\n\n不是想问这个，而是要反映问题？回复 1，就把您刚才的话记下来。"


@pytest.fixture(autouse=True)
def _answers(sqlite: Database, campus: Campus) -> None:
    with sqlite.transaction() as session:
        for word, match, answer in (
            ("食堂开放时间", AnswerMatch.EXACT, HOURS),
            ("电费", AnswerMatch.CONTAINS, POWER),
            ("漏电", AnswerMatch.EXACT, "不会被回复"),
        ):
            wish = AnswerWish(word=word, match=match, answer=answer)
            staff = session.get_one(Staff, campus.office.admin.id)
            keyword_answers.add(session, wish, staff=staff, now=NOW)


def asked(sqlite: Database) -> dict[str, int]:
    with sqlite.reading() as session:
        return {row.word: row.asked for row in keyword_answers.listed(session) if row.asked}


def test_known_question_is_answered_and_counted(me: Dialogue, sqlite: Database) -> None:
    assert me.say("食堂开放时间？") == HOURS
    assert me.say("请问电费怎么充") == POWER + AFTERWARDS
    assert asked(sqlite) == {"食堂开放时间": 1, "电费": 1}
    assert me.complaints() == []


def test_one_after_an_answer_takes_what_was_said_for_a_complaint(me: Dialogue) -> None:
    me.say("电费怎么又涨了？")
    reply = me.say("1")
    assert reply.startswith("已记下。")
    me.say("9")
    me.say("1")
    assert [complaint.text for complaint in me.complaints()] == ["电费怎么又涨了？"]


def test_danger_comes_before_any_answer(me: Dialogue, sqlite: Database) -> None:
    assert "请先保证人身安全" in me.say("漏电")
    assert [complaint.urgent for complaint in me.complaints()] == [True]
    assert asked(sqlite) == {}


def test_answer_never_stands_in_the_way_of_what_is_being_written(
    me: Dialogue, campus: Campus, sqlite: Database
) -> None:
    me.event("SCAN", campus.window.code)
    me.say("充值机坏了")
    me.say("电费怎么充？")
    me.say("食堂开放时间")
    me.say("1")
    me.say("食堂开放时间")

    assert [complaint.text for complaint in me.complaints()] == ["充值机坏了\n电费怎么充？\n食堂开放时间"]
    assert asked(sqlite) == {}


def test_answer_to_a_question_of_staff_is_no_question_of_the_person(
    me: Dialogue, campus: Campus, sqlite: Database
) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.say("1")
    with sqlite.transaction() as session:
        complaint = session.get_one(Complaint, me.complaints()[0].id)
        handler = Actor.of_staff(session.get_one(Staff, campus.office.handler.id))
        complaints.accept(session, complaint, actor=handler, now=me.now)
        complaints.ask(session, complaint, words="哪一天？", actor=handler, now=me.now)
        assert complaint.status is ComplaintStatus.WAITING
    me.wait(minutes=30)

    assert HOURS not in me.say("食堂开放时间")
    assert asked(sqlite) == {}


def test_answer_taken_out_of_use_is_given_no_more(me: Dialogue, campus: Campus, sqlite: Database) -> None:
    assert me.say("食堂开放时间") == HOURS
    with sqlite.transaction() as session:
        row = session.query(KeywordAnswer).filter_by(word="食堂开放时间").one()
        staff = session.get_one(Staff, campus.office.admin.id)
        keyword_answers.set_active(session, row, active=False, staff=staff, now=NOW)
    assert me.say("食堂开放时间") != HOURS
