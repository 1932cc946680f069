"""Finding out where it is."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from models.enums import ServicePointKind
from tests.support.campus import Campus, add_place
from tests.support.dialogue import Dialogue

CHOICES = "回复 1 提交 / 2 匿名提交 / 0 取消"


def test_free_text_is_asked_for_its_place_with_the_named_one_first(me: Dialogue) -> None:
    assert me.say("三号楼302的灯坏了") == (
        "已记下。是在哪里？回复序号，或直接打地点名：\n"
        "1 东校区3号楼302\n2 东校区3号楼\n3 东校区第二食堂\n9 说不清/其他地点\n（0 取消）"
    )


def test_choosing_from_the_list_sets_the_place(me: Dialogue, campus: Campus) -> None:
    me.say("三号楼302的灯坏了")
    assert me.say("1") == f"地点：东校区3号楼302（不对请回复「改地点」）\n已记下 1 段文字。{CHOICES}"
    me.say("1")
    assert [(c.service_point_id, c.place_text) for c in me.complaints()] == [(campus.room.id, "")]


def test_earlier_place_of_this_person_is_offered_before_well_known_ones(me: Dialogue, campus: Campus) -> None:
    me.event("SCAN", campus.other_room.code)
    me.say("门锁坏了")
    me.say("1")
    me.wait(hours=1)
    assert me.say("灯也坏了").splitlines()[1] == "1 东校区3号楼303"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("3号楼302", "东校区3号楼302"),
        ("三栋 302室", "东校区3号楼302"),
        ("２食堂", "东校区第二食堂"),
        ("二饭堂三号窗口", "东校区第二食堂3号窗口"),
        ("302", "东校区3号楼302"),
    ],
)
def test_typed_place_is_found_however_it_is_said(me: Dialogue, typed: str, found: str) -> None:
    me.say("灯坏了")
    assert me.say(typed).splitlines()[0] == f"地点：{found}（不对请回复「改地点」）"


def test_place_is_found_even_when_typed_in_the_same_second(me: Dialogue) -> None:
    me.pause = timedelta(0)
    me.say("灯坏了")
    assert me.say("3号楼302").splitlines()[0] == "地点：东校区3号楼302（不对请回复「改地点」）"


def test_several_places_of_that_name_are_listed(me: Dialogue, campus: Campus) -> None:
    with me.database.transaction() as session:
        second = add_place(session, ServicePointKind.BUILDING, "5号楼", parent=session.merge(campus.campus))
        room(session, second, "302", code="5-302")
    me.say("灯坏了")
    assert me.say("302") == (
        "「302」有这几处，请回复序号：\n1 东校区3号楼302\n2 东校区5号楼302\n9 都不是，就按我写的"
    )
    assert me.say("2").splitlines()[0] == "地点：东校区5号楼302（不对请回复「改地点」）"


def test_none_of_the_listed_places_keeps_the_persons_words(me: Dialogue, campus: Campus) -> None:
    with me.database.transaction() as session:
        second = add_place(session, ServicePointKind.BUILDING, "5号楼", parent=session.merge(campus.campus))
        room(session, second, "302", code="5-302")
    me.say("灯坏了")
    me.say("302")
    me.say("9")
    me.say("1")
    assert [(c.service_point_id, c.place_text) for c in me.complaints()] == [(None, "302")]


def test_too_many_places_of_that_name_ask_for_more(me: Dialogue, campus: Campus) -> None:
    with me.database.transaction() as session:
        for number in range(4, 9):
            name = f"{number}号楼"
            building = add_place(
                session, ServicePointKind.BUILDING, name, parent=session.merge(campus.campus)
            )
            room(session, building, "302", code=f"{number}-302")
    me.say("灯坏了")
    assert me.say("302") == "叫「302」的地方很多，请带上楼名再发一次，如「3号楼302」。"
    assert me.say("7号楼302").splitlines()[0] == "地点：东校区7号楼302（不对请回复「改地点」）"


def room(session: Session, building: object, name: str, *, code: str) -> None:
    place = add_place(session, ServicePointKind.WINDOW, name, parent=building)  # type: ignore[arg-type]
    place.code = code


def test_place_nobody_knows_is_kept_in_the_persons_words(me: Dialogue) -> None:
    me.say("路灯不亮")
    assert me.say("小树林长椅") == f"地点：小树林长椅（不对请回复「改地点」）\n已记下 1 段文字。{CHOICES}"
    assert me.say("1").splitlines()[1] == "地点：小树林长椅"
    assert [(c.service_point_id, c.place_text) for c in me.complaints()] == [(None, "小树林长椅")]


def test_more_than_the_name_is_kept_beside_the_place_found(me: Dialogue, campus: Campus) -> None:
    me.say("路灯不亮")
    me.say("3号楼后面的车棚")
    me.say("1")
    kept = [(c.service_point_id, c.place_text) for c in me.complaints()]
    assert kept == [(campus.building.id, "3号楼后面的车棚")]


def test_nine_goes_on_without_a_place(me: Dialogue) -> None:
    me.say("路灯不亮")
    assert me.say("9") == f"地点：说不清具体地点（不对请回复「改地点」）\n已记下 1 段文字。{CHOICES}"


def test_going_on_to_tell_is_not_taken_for_a_place(me: Dialogue) -> None:
    me.say("路灯不亮")
    reply = me.say("还有，地上很滑")
    assert reply == "已收到 2 段文字。地点还没选：回复序号，或直接打地点名（9 说不清）。"
    me.say("9")
    me.say("1")
    assert me.complaints()[0].text == "路灯不亮\n还有，地上很滑"


def test_words_sent_before_the_question_could_be_read_are_not_its_answer(me: Dialogue) -> None:
    me.pause = timedelta(seconds=1)
    me.say("路灯不亮")
    me.say("黑漆漆")
    me.say("提交")
    assert [(c.text, c.place_text) for c in me.complaints()] == [("路灯不亮\n黑漆漆", "")]


def test_long_words_are_not_a_place(me: Dialogue) -> None:
    me.say("路灯不亮")
    long_words = "从图书馆到体育馆那条路上一共三盏灯" * 2
    assert me.say(long_words).startswith("已收到 2 段文字。")


def test_photo_while_the_place_is_asked_is_kept_and_the_question_stands(me: Dialogue) -> None:
    me.say("灯坏了")
    assert me.photo() == "已收到 1 段文字、1 张照片。地点还没选：回复序号，或直接打地点名（9 说不清）。"
    assert me.say("3号楼302").splitlines()[1] == f"已记下 1 段文字、1 张照片。{CHOICES}"


def test_submitting_by_word_goes_on_without_a_place(me: Dialogue) -> None:
    me.say("灯坏了")
    assert me.say("匿名").splitlines()[:2] == ["已提交，编号 2026-1123-0001", "地点：未说明地点"]
    assert me.complaints()[0].anonymous


def test_position_answers_the_question_when_its_name_is_a_place_of_ours(me: Dialogue, campus: Campus) -> None:
    me.say("灯坏了")
    assert me.position("第二食堂") == f"已记下 1 段文字、1 个位置。{CHOICES}"
    me.say("1")
    assert [(c.service_point_id, c.place_text) for c in me.complaints()] == [(campus.canteen.id, "第二食堂")]


def test_position_elsewhere_gives_its_name(me: Dialogue) -> None:
    me.say("灯坏了")
    me.position("文一西路 969 号")
    me.say("1")
    assert [(c.service_point_id, c.place_text) for c in me.complaints()] == [(None, "文一西路 969 号")]


def test_position_without_a_name_leaves_the_question_open(me: Dialogue) -> None:
    me.say("灯坏了")
    assert me.position() == "已收到 1 段文字、1 个位置。地点还没选：回复序号，或直接打地点名（9 说不清）。"


def test_place_can_be_changed_before_submitting(me: Dialogue, campus: Campus) -> None:
    me.say("灯坏了")
    me.say("3号楼302")
    assert me.say("改地点").startswith("是在哪里？")
    me.say("3号楼303")
    me.say("1")
    assert me.complaints()[0].service_point_id == campus.other_room.id


def test_place_that_vanished_meanwhile_is_asked_again(me: Dialogue, campus: Campus) -> None:
    me.say("3号楼302灯坏了")
    with me.database.transaction() as session:
        session.delete(session.merge(campus.room))
    reply = me.say("1")
    assert reply.splitlines()[:2] == ["是在哪里？回复序号，或直接打地点名：", "1 东校区3号楼"]


def test_without_any_places_the_name_is_asked_for(me: Dialogue, campus: Campus) -> None:
    with me.database.transaction() as session:
        for place in (campus.canteen, campus.building):
            session.merge(place).active = False
    assert me.say("太热了") == (
        "已记下。是在哪里？请直接打地点名，如「二食堂」「3号楼302」：\n9 说不清/其他地点\n（0 取消）"
    )


def test_numbers_may_be_typed_full_width(me: Dialogue) -> None:
    me.say("3号楼302灯坏了")
    assert me.say("１。").splitlines()[0] == "地点：东校区3号楼302（不对请回复「改地点」）"
