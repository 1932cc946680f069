"""Asking after what was submitted: progress, urging, taking back, judging."""

import re

import pytest

from domain import complaints
from domain.access_links import redeem
from domain.actors import Actor
from models.complaint import Complaint
from models.enums import Channel, ComplaintStatus
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue, numbers_in
from tests.support.factories import Factory
from tests.support.matters import matter

LINK = re.compile(r'<a href="http://127\.0\.0\.1:8000/h5/enter/[\w-]{32}">([^<]*)</a>')


def plain(reply: str) -> str:
    return LINK.sub(r"[\1]", reply)


def raised(
    me: Dialogue,
    campus: Campus,
    factory: Factory,
    *texts: str,
    status: ComplaintStatus = ComplaintStatus.ASSIGNED,
) -> None:
    """Let the student have complaints of these texts, oldest first."""
    with me.database.transaction() as session:
        window, student = session.merge(campus.window), session.merge(campus.office.student)
        for text in texts:
            factory.complaint(
                session, campus.office, status, text=text, service_point=window, reporter=student
            )


@pytest.fixture
def one(me: Dialogue, campus: Campus, factory: Factory) -> Dialogue:
    """The student has one complaint in the works."""
    raised(me, campus, factory, "饭里有虫子")
    return me


@pytest.fixture
def two(me: Dialogue, campus: Campus, factory: Factory) -> Dialogue:
    """The student has two complaints in the works."""
    raised(me, campus, factory, "饭里有虫子", "排队太久")
    return me


@pytest.mark.parametrize("asked", ["进度", "我的", "查询", "查进度"])
def test_progress_names_number_status_place_and_subject(one: Dialogue, asked: str) -> None:
    assert plain(one.say(asked)) == (
        "您最近的诉求（点编号看详情）：\n[2026-1123-0001] 已派单\n东校区第二食堂3号窗口：饭里有虫子"
    )


def test_button_shows_the_progress_too(one: Dialogue) -> None:
    assert plain(one.event("CLICK", "MINE")) == plain(one.say("进度"))


def test_progress_shows_the_last_five_and_where_the_others_are(
    me: Dialogue, campus: Campus, factory: Factory
) -> None:
    raised(me, campus, factory, *(f"第{n}件" for n in range(1, 8)))
    reply = me.say("进度")
    assert numbers_in(plain(reply)) == [f"2026-1123-000{n}" for n in (7, 6, 5, 4, 3)]
    assert plain(reply).splitlines()[-1] == "[查看全部 7 件]"


def test_progress_fits_one_message_whatever_the_places_are_called(
    me: Dialogue, campus: Campus, factory: Factory
) -> None:
    with me.database.transaction() as session:
        session.merge(campus.window).full_name = "很长的名字" * 40
    raised(
        me, campus, factory, *(f"{n}这是一件写得很长很长的诉求，比二十个字还要长不少" for n in range(1, 8))
    )
    reply = me.say("进度")
    assert len(reply.encode()) <= 2000
    assert len(LINK.findall(reply)) == 6


def test_progress_without_complaints_says_how_to_begin(me: Dialogue) -> None:
    assert me.say("进度") == "您还没有提交过诉求。有问题直接发文字、照片或语音就行。"


def test_each_link_opens_the_complaint_it_names(one: Dialogue) -> None:
    token = one.say("进度").split("/h5/enter/")[1].split('"')[0]
    with one.database.transaction() as session:
        link = redeem(session, token, now=one.now)
        assert (link.path, link.person_id) == ("/h5/complaints/2026-1123-0001", 1)


def test_number_alone_shows_where_that_complaint_stands(two: Dialogue) -> None:
    assert numbers_in(plain(two.say("2026-1123-0001"))) == ["2026-1123-0001"]


def test_complaint_of_others_looks_as_if_it_did_not_exist(
    me: Dialogue, campus: Campus, factory: Factory
) -> None:
    with me.database.transaction() as session:
        friend = session.merge(campus.office.friend)
        factory.complaint(session, campus.office, reporter=friend)
    unknown = "没有找到您的这件诉求，请核对编号。"
    assert [me.say(f"{word}2026-1123-0001") for word in ("", "催办", "撤回")] == [unknown] * 3
    assert me.say("2026-1123-9999") == unknown


def test_follower_sees_progress_but_neither_urges_nor_takes_back(
    me: Dialogue, campus: Campus, factory: Factory
) -> None:
    with me.database.transaction() as session:
        friend, told = session.merge(campus.office.friend), {"text": "我住412", "place_text": "我的床边"}
        complaint = factory.complaint(session, campus.office, reporter=friend, **told)
        student = session.merge(campus.office.student)
        complaints.follow(session, complaint, person=student, now=me.now)
    progress = plain(me.say("进度"))
    assert numbers_in(progress) == ["2026-1123-0001"]
    assert "未说明地点：其他 投诉" in progress
    assert "412" not in progress + me.say("2026-1123-0001")
    assert me.say("催办 2026-1123-0001") == "没有找到您的这件诉求，请核对编号。"


def test_only_open_complaint_is_urged_without_asking(one: Dialogue) -> None:
    assert one.say("催办") == "已催办 2026-1123-0001，饮食服务中心会收到提醒，请留意进展。"
    assert one.complaints()[0].last_urged_at == one.now


def test_urging_twice_in_a_day_is_refused_kindly(one: Dialogue) -> None:
    one.say("催办")
    one.wait(hours=23)
    assert plain(one.say("催办")) == (
        "2026-1123-0001 这次没有催办：24 小时内只能催办一次，上一次催办已转达责任单位。\n[看看现在办到哪一步]"
    )


def test_one_of_several_is_chosen_to_be_urged(two: Dialogue) -> None:
    assert two.say("催办") == (
        "要催办哪一件？请回复序号：\n1 2026-1123-0002 排队太久\n2 2026-1123-0001 饭里有虫子"
    )
    assert two.say("2") == "已催办 2026-1123-0001，饮食服务中心会收到提醒，请留意进展。"


def test_named_complaint_is_urged_at_once(two: Dialogue) -> None:
    assert two.say("催办 2026-1123-0002").startswith("已催办 2026-1123-0002")


def test_complaint_without_a_team_is_urged_at_the_desk(
    me: Dialogue, campus: Campus, factory: Factory
) -> None:
    with me.database.transaction() as session:
        factory.complaint(session, campus.office, reporter=session.merge(campus.office.student))
    assert me.say("催办") == "已催办 2026-1123-0001，受理员会收到提醒，请留意进展。"


@pytest.mark.parametrize("asked", ["催办", "撤回"])
def test_nothing_open_is_said(me: Dialogue, asked: str) -> None:
    assert me.say(asked) == "您没有正在办理的诉求。"


def test_choice_is_forgotten_after_ten_minutes(two: Dialogue) -> None:
    two.say("催办")
    two.wait(minutes=11)
    assert two.say("2").startswith("现在没有待提交的内容。")


def test_taking_back_is_confirmed_first(one: Dialogue) -> None:
    assert one.say("撤回") == "确定撤回 2026-1123-0001 饭里有虫子 吗？\n回复 1 确定撤回 / 0 不撤回"
    assert one.complaints()[0].status is ComplaintStatus.ASSIGNED
    assert one.say("1") == "已撤回 2026-1123-0001。如果问题还在，随时可以再发给我们。"
    assert one.complaints()[0].status is ComplaintStatus.WITHDRAWN


def test_taking_back_can_be_thought_over(one: Dialogue) -> None:
    one.say("撤回")
    assert one.say("0") == "好的，没有撤回。"
    assert one.complaints()[0].status is ComplaintStatus.ASSIGNED


def test_one_of_several_is_chosen_and_confirmed_to_be_taken_back(two: Dialogue) -> None:
    assert two.say("撤回").splitlines()[0] == "要撤回哪一件？请回复序号："
    assert two.say("2").splitlines()[0] == "确定撤回 2026-1123-0001 饭里有虫子 吗？"
    two.say("1")
    assert [c.status for c in two.complaints()] == [ComplaintStatus.WITHDRAWN, ComplaintStatus.ASSIGNED]


def test_complaint_that_has_ended_need_not_be_taken_back(
    me: Dialogue, campus: Campus, factory: Factory
) -> None:
    raised(me, campus, factory, "饭里有虫子", status=ComplaintStatus.RESOLVED)
    assert me.say("撤回2026-1123-0001") == ("2026-1123-0001 现在是「已办结（待评价）」，不需要再撤回。")


def test_somebody_was_faster_is_told(one: Dialogue, campus: Campus) -> None:
    one.say("撤回")
    with one.database.transaction() as session:
        student = Actor.of_person(session.merge(campus.office.student))
        complaints.withdraw(session, session.get_one(Complaint, 1), actor=student, now=one.now)
    assert one.say("1") == "现在的状态是「已撤回」，不能「撤回」。"


def test_judging_links_to_what_waits_for_it(me: Dialogue, campus: Campus, factory: Factory) -> None:
    raised(me, campus, factory, "饭里有虫子", status=ComplaintStatus.RESOLVED)
    raised(me, campus, factory, "排队太久")
    assert plain(me.say("评价")) == (
        "问题解决了吗？点开说说满不满意，不满意会退回重办：\n[评价 2026-1123-0001] 饭里有虫子"
    )


def test_nothing_to_judge_is_said(one: Dialogue) -> None:
    assert one.say("评价") == "您没有待评价的诉求。"


def test_urging_while_writing_comes_back_to_the_draft(two: Dialogue, campus: Campus) -> None:
    two.event("SCAN", campus.room.code)
    two.say("灯坏了")
    two.say("催办")
    assert two.say("1").splitlines()[1] == "另外，已记下 1 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
    two.say("1")
    assert [c.text for c in two.complaints()] == ["饭里有虫子", "排队太久", "灯坏了"]


def test_words_of_others_cannot_become_links_or_anything_else(
    me: Dialogue, campus: Campus, factory: Factory
) -> None:
    raised(me, campus, factory, '<a href="http://x">x</a>]]>')
    reply = me.say("进度")
    assert plain(reply).splitlines()[2] == '东校区第二食堂3号窗口：＜a href="http://x"＞…'


def test_channel_does_not_matter(me: Dialogue, campus: Campus, factory: Factory) -> None:
    with me.database.transaction() as session:
        student = session.merge(campus.office.student)
        factory.complaint(session, campus.office, reporter=student, channel=Channel.WEB)
    assert numbers_in(plain(me.say("进度"))) == ["2026-1123-0001"]


def test_office_buttons_tell_what_there_is_and_what_waits_for_this_person(
    me: Dialogue, campus: Campus, factory: Factory
) -> None:
    assert me.event("CLICK", "BULLETIN").startswith("近 30 天没有收到诉求")
    assert me.event("CLICK", "SURVEY").startswith("现在没有要您评价的诉求")
    raised(me, campus, factory, "饭里有虫子", status=ComplaintStatus.RESOLVED)
    raised(me, campus, factory, "灯不亮")
    assert me.event("CLICK", "MATTERS").splitlines()[1] == "近 30 天收到师生诉求 2 件，已办结 1 件。"
    assert me.event("CLICK", "SURVEY").startswith("您有 1 件诉求已办结，等您评价")
    with me.database.transaction() as session:
        for at in range(4):
            matter(session, campus.office, now=factory.now, title=f"第 {at + 1} 件", public=at != 3)
    lines = me.event("CLICK", "MATTERS").splitlines()
    assert lines[:2] == ["正在办的实事：", "1. 第 3 件（饮食服务中心，2026年12月20日）"]
    assert ("看全部事项和进展" in lines[-1], len(lines)) == (True, 5)
