"""Settings of keyword answers and reply templates."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from models.wording import KeywordAnswer, ReplyTemplate
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

ANSWERS, REPLIES = "/admin/settings/answers", "/admin/settings/replies"
pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def admin(signed_in: Callable[[str], Visitor], office: Office) -> Visitor:
    del office
    return signed_in("admin")


def test_answer_is_written_tried_ordered_and_deleted(admin: Visitor, database: Database) -> None:
    assert "还没有关键词回复" in words_of(admin.get(ANSWERS).main)
    admin.get(f"{ANSWERS}/new")
    for word, match in (("校车时间", "exact"), ("电费", "contains"), ("校车", "contains")):
        admin.send(f"{ANSWERS}/new", {"word": word, "match": match, "answer": f"关于\n{word}"})
    page = admin.get(f"{ANSWERS}?text=校车几点发车")
    assert words_of(page.select_one(".verdict")) == "按「校车」回复： 关于 校车"
    assert "没有对应的回复" in words_of(admin.get(f"{ANSWERS}?text=校车太挤").select_one(".verdict"))

    with database.reading() as session:
        ids = {row.word: row.id for row in session.scalars(select(KeywordAnswer))}
    admin.send(f"{ANSWERS}/{ids['校车']}/move", {"by": "-1"})
    assert [words_of(row) for row in admin.get(ANSWERS).select(".answer-head a")] == [
        "校车时间",
        "校车",
        "电费",
    ]
    admin.send(f"{ANSWERS}/{ids['电费']}/disable")
    assert words_of(admin.get(ANSWERS).select_one(".row-off a")) == "电费"
    admin.send(f"{ANSWERS}/{ids['电费']}/enable")
    form = admin.get(f"{ANSWERS}/{ids['电费']}")
    assert words_of(form.select_one("textarea")) == "关于 电费"
    admin.send(f"{ANSWERS}/{ids['电费']}", {"word": "水费", "match": "contains", "answer": "好"})
    admin.send(f"{ANSWERS}/{ids['电费']}/remove")
    admin.get(f"{ANSWERS}/{ids['电费']}", status=404)


def test_answer_that_could_not_be_given_is_refused(admin: Visitor, database: Database) -> None:
    admin.get(f"{ANSWERS}/new")
    for word in ("进度", "1", "帮助"):
        refused = admin.refused(f"{ANSWERS}/new", {"word": word, "match": "exact", "answer": "好"})
        assert "是聊天里的指令" in words_of(refused.select_one("[role=alert]"))
    assert "什么时候回复" in words_of(admin.refused(f"{ANSWERS}/new", {"word": "电费", "answer": "好"}).main)
    admin.send(f"{ANSWERS}/new", {"word": "电费", "match": "exact", "answer": "好"})
    with database.reading() as session:
        row_id = session.scalars(select(KeywordAnswer.id)).one()
    long = {"word": "电费", "match": "exact", "answer": "长" * 640}
    assert "回复太长" in words_of(admin.refused(f"{ANSWERS}/{row_id}", long).select_one("[role=alert]"))
    preview = admin.post(f"{ANSWERS}/preview", long, fragment=True).get_data(as_text=True)
    assert "太长了，约多出 7 个汉字" in preview


def test_templates_of_the_office_and_ones_own(
    signed_in: Callable[[str], Visitor], file: Callable[..., Complaint], database: Database
) -> None:
    complaint = file(ComplaintStatus.ASSIGNED)
    dispatcher, handler = signed_in("dispatcher"), signed_in("handler")
    dispatcher.get(f"{REPLIES}/new")
    dispatcher.send(
        f"{REPLIES}/new", {"mine": "0", "title": "已派人", "text": "{编号} 已派人", "step": "reply"}
    )
    assert [words_of(row) for row in handler.get(f"{REPLIES}?mine=0").select(".answer-head")] == [
        "已派人 答复 用过 0 次"
    ]
    assert handler.get(f"{REPLIES}?mine=0").select("main form") == []
    with database.reading() as session:
        template_id = session.scalars(select(ReplyTemplate.id)).one()
    handler.get(f"{REPLIES}/{template_id}", status=403)
    handler.get(f"{REPLIES}/new?mine=0", status=403)
    assert handler.post(f"{REPLIES}/new", {"mine": "0", "title": "我", "text": "我"}).status_code == 403

    assert "您还没有自己的常用语" in words_of(handler.get(REPLIES).main)
    handler.send(f"{REPLIES}/new", {"mine": "1", "title": "稍等", "text": "{编号} 请稍等"})
    handler.send(f"{REPLIES}/new", {"mine": "1", "title": "谢谢", "text": "谢谢"})
    wrong = handler.refused(f"{REPLIES}/new", {"mine": "1", "title": "错", "text": "{姓名}"})
    assert words_of(wrong.select_one("[role=alert]")).startswith("不认识{姓名}。可以用的有")
    assert "用在哪个" in words_of(
        handler.refused(f"{REPLIES}/new", {"mine": "1", "title": "错", "text": "好", "step": "x"}).main
    )
    with database.reading() as session:
        mine = {row.title: row.id for row in session.scalars(select(ReplyTemplate)) if row.owner_id}
    dispatcher.get(f"{REPLIES}/{mine['稍等']}", status=404)
    form = handler.get(f"{REPLIES}/{mine['稍等']}")
    assert words_of(form.select_one(".preview")) == f"{complaint.number} 请稍等"
    handler.send(f"{REPLIES}/{mine['谢谢']}/move", {"by": "-1"})
    handler.send(f"{REPLIES}/{mine['稍等']}", {"title": "请稍等", "text": "稍等", "step": "note"})
    assert "内容最多" in words_of(
        handler.refused(f"{REPLIES}/{mine['稍等']}", {"title": "长", "text": "长" * 1001}).main
    )
    handler.send(f"{REPLIES}/{mine['谢谢']}/disable")
    assert words_of(handler.get(REPLIES).select_one(".row-off strong")) == "谢谢"
    handler.send(f"{REPLIES}/{mine['谢谢']}/enable")
    handler.send(f"{REPLIES}/{mine['谢谢']}/remove")
    assert [words_of(row) for row in handler.get(REPLIES).select(".answer-head strong")] == ["请稍等"]
    preview = handler.post(f"{REPLIES}/preview", {"text": "{责任单位}"}, fragment=True).get_data(as_text=True)
    assert "饮食服务中心" in preview


def test_preview_without_any_complaint_shows_the_placeholders(signed_in: Callable[[str], Visitor]) -> None:
    leader = signed_in("leader")
    leader.get(f"{REPLIES}/new")
    preview = leader.post(f"{REPLIES}/preview", {"text": "{编号}"}, fragment=True).get_data(as_text=True)
    assert "{编号}" in preview
