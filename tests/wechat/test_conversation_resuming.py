"""A draft that was left alone is kept, and offered again."""

import pytest

from models.conversation import Draft
from models.enums import DraftState
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

QUESTION = (
    "您今天 10:00 有一条诉求还没提交：“饭里有虫子”\n"
    "1 接着写那一条（刚发的并进去）\n2 另起一条（那一条取消）\n0 都不要"
)


@pytest.fixture
def back(me: Dialogue, campus: Campus) -> Dialogue:
    """The student left a draft alone for an hour, and has just sent something else."""
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.wait(hours=1)
    me.say("灯也坏了")
    return me


def states(me: Dialogue) -> list[DraftState]:
    with me.database.reading() as session:
        return [draft.state for draft in session.query(Draft).order_by(Draft.id)]


def test_who_comes_back_with_words_is_asked(back: Dialogue) -> None:
    assert back.replies[-1] == QUESTION


def test_who_comes_back_with_a_photo_is_asked(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.wait(minutes=30)
    assert me.photo() == QUESTION


def test_draft_within_half_an_hour_just_goes_on(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.wait(minutes=29)
    assert me.say("昨天也有").startswith("已记下 2 段文字。")


def test_going_on_joins_both(back: Dialogue) -> None:
    assert back.say("1") == "已记下 2 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
    back.say("1")
    assert [c.text for c in back.complaints()] == ["饭里有虫子\n灯也坏了"]


def test_beginning_anew_drops_the_old_one_and_keeps_the_new(back: Dialogue) -> None:
    assert back.say("2").startswith("是在哪里？")
    back.say("9")
    back.say("1")
    assert [c.text for c in back.complaints()] == ["灯也坏了"]
    assert states(back) == [DraftState.CANCELLED, DraftState.SUBMITTED]


def test_dropping_both_can_be_undone(back: Dialogue) -> None:
    assert back.say("0") == "已取消，没有提交。10 分钟内回复「恢复」可以找回。"
    assert back.say("恢复").splitlines()[0].startswith("已恢复。您今天 ")
    back.say("1")
    back.say("提交")
    assert [c.text for c in back.complaints()] == ["饭里有虫子\n灯也坏了"]


def test_old_one_can_be_had_back_after_beginning_anew(back: Dialogue) -> None:
    back.say("2")
    assert "“饭里有虫子”" in back.say("恢复")
    back.say("1")
    back.say("提交")
    assert [c.text for c in back.complaints()] == ["饭里有虫子\n灯也坏了"]


def test_more_content_before_the_answer_is_kept(back: Dialogue) -> None:
    assert back.photo() == "已收到 1 段文字、1 张照片。请先回复上面的序号。"
    assert back.say("1").startswith("已记下 2 段文字、1 张照片。")


def test_submitting_before_the_answer_asks_again(back: Dialogue) -> None:
    assert back.say("提交") == QUESTION
    assert back.complaints() == []


def test_cancelling_by_word_drops_both(back: Dialogue) -> None:
    back.say("取消")
    assert states(back) == [DraftState.CANCELLED, DraftState.CANCELLED]


def test_number_not_on_offer_points_to_the_question(back: Dialogue) -> None:
    assert back.say("7") == "没有这个选项，请回复列出的序号。"


def test_plain_submit_after_a_long_while_needs_no_question(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.wait(days=2)
    assert me.say("1").startswith("已提交，编号 2026-1125-0001\n")


def test_scan_elsewhere_after_a_long_while_asks_and_moves_the_draft(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.wait(hours=1)
    assert me.event("SCAN", campus.room.code) == f"这里是 东校区3号楼302。\n{QUESTION}"
    assert me.say("1") == "这里是 东校区3号楼302。已记下 1 段文字。回复 1 提交 / 2 匿名提交 / 0 取消"
    me.say("1")
    assert me.complaints()[0].service_point_id == campus.room.id


def test_scan_and_button_during_the_question_leave_it_standing(back: Dialogue, campus: Campus) -> None:
    assert back.event("SCAN", campus.room.code) == "这里是 东校区3号楼302。请先回复上面的序号。"
    assert back.event("CLICK", "REPORT") == "请先回复上面的序号。"
    back.say("2")
    back.say("1")
    assert [(c.text, c.service_point_id) for c in back.complaints()] == [("灯也坏了", campus.room.id)]


def test_two_dropped_drafts_join_when_had_back_next_to_a_third(back: Dialogue) -> None:
    back.say("0")
    back.say("窗户也坏了")
    assert back.say("恢复").startswith("已恢复。")
    back.say("1")
    back.say("提交")
    assert [c.text for c in back.complaints()] == ["饭里有虫子\n灯也坏了\n窗户也坏了"]


def test_draft_of_photos_is_named_by_them(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.window.code)
    me.photo()
    me.photo()
    me.wait(hours=1)
    assert me.say("灯坏了").splitlines()[0] == "您今天 10:00 有一条诉求还没提交：2 张照片"


def test_reminded_draft_can_be_submitted_by_word_even_after_another_complaint(
    me: Dialogue, campus: Campus
) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    me.wait(hours=1)
    me.say("走廊起火了")
    me.wait(hours=1)
    assert me.say("提交").startswith("已提交，编号 2026-1123-0002\n")
    assert [c.text for c in me.complaints()] == ["走廊起火了", "饭里有虫子"]
