"""通报 in the office: from the period to the public page, by two people."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import docx
import pytest
from flask import Flask
from sqlalchemy import select

from domain import complaints
from domain.actors import Actor
from models.audit import AuditEntry
from models.bulletin import Bulletin
from models.database import Database
from models.enums import ComplaintStatus as S
from tests.support.bulletins import publish_bulletin, write_bulletin
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
PAGE = "/admin/bulletins"


@pytest.fixture
def number(database: Database, office: Office, factory: Factory) -> str:
    """A complaint of the public board that was solved at once, with five stars."""
    with database.transaction() as session:
        made = factory.complaint(session, office, S.CLOSED)
        words: Any = {"public_text": "高峰时排队太久。", "public_answer": "已加开窗口。"}
        actor = Actor.of_staff(office.dispatcher)
        complaints.publish(session, made, **words, actor=actor, now=factory.now)
        return made.number


def begun(visitor: Visitor, **changes: str) -> str:
    """Begin a bulletin of this month, and give its address."""
    visitor.get(f"{PAGE}/new")
    return visitor.send(f"{PAGE}/new", {"span": "month", "compared": "before", **changes})


def form_of(visitor: Visitor, address: str) -> dict[str, Any]:
    """Give what stands in the form of the editor."""
    page = visitor.get(address)
    form = page.select_one("form#editor")
    assert form is not None
    typed: dict[str, Any] = {
        str(one["name"]): str(one.get("value", "")) for one in form.select("input[name][type=hidden]")
    }
    typed["title"] = str(form.select("input[name=title]")[0]["value"])
    typed["part"] = [str(one["value"]) for one in form.select("input[name=part][checked]")]
    typed |= {str(one["name"]): one.get_text() for one in form.select("textarea")}
    return typed


def entries(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry.words).order_by(AuditEntry.id)))


def test_bulletin_goes_from_its_period_to_the_public_page(
    signed_in: SignedIn, number: str, database: Database, visitor: Visitor
) -> None:
    writer, leader = signed_in("dispatcher"), signed_in("leader")
    assert "还没有通报" in words_of(writer.get(PAGE))
    address = begun(writer)
    page = words_of(writer.get(address))
    assert "共收到师生诉求 1 件，比上期多 1 件" in page
    assert "高峰时排队太久" in page
    typed = form_of(writer, address)

    # A button keeps what was typed beside it.
    writer.send(address, typed | {"text-next": "下月抽查。", "do": f"choose good {number}"})
    typed = form_of(writer, address)
    case = next(name for name in typed if name.endswith("-comment"))
    assert (typed["text-next"], typed[case]) == ("下月抽查。", "")
    kept = writer.post(f"{address}/keep", typed | {case: "接单就办"}, fragment=True)
    assert kept.status_code == 200
    assert "10:00 已保存" in kept.text
    assert form_of(writer, address)[case] == "接单就办"

    typed = form_of(writer, address) | {"text-next": "请找王师傅。"}
    refused = writer.refused(address, typed | {"do": "submit"})
    assert "可能看出是谁的地方" in words_of(refused)
    assert words_of(refused.select_one("mark")) == "王师傅"
    writer.send(address, typed | {"do": "submit", "confirmed": "1"})
    assert "要由另一位同事审批发布" in words_of(writer.get(address))
    writer.refused(f"{address}/publish", {"seen": ""}, status=403)

    assert leader.get(PAGE).select_one(".rail-link .count-calm") is not None
    assert "同意，发布" in words_of(leader.get(address))
    leader.send(f"{address}/publish", form_seen(leader, address))
    assert "2026年第1期" in words_of(leader.get(address))
    shown = words_of(visitor.get("/h5/bulletins/2026-01"))
    assert ("接单就办" in shown, "请找王师傅。" in shown) == (True, True)
    leader.send(f"{address}/article", {})
    link = leader.get(address).select('a[href^="/admin/articles/"]')[0]
    assert "共收到师生诉求 1 件" in words_of(leader.get(str(link["href"])))
    leader.refused(f"{address}/withdraw", {"reason": ""}, status=422)
    leader.send(f"{address}/withdraw", {"reason": "数字有误"})
    assert "原因：数字有误" in words_of(leader.get(address))
    title = "2026年11月1日至11月23日师生诉求办理情况通报"
    assert entries(database)[-4:] == [
        f"提交通报审批：「{title}」",
        f"发布通报 2026-01：「{title}」",
        f"把通报 2026-01 做成图文草稿：「{title}」",
        f"撤回通报 2026-01，原因：数字有误：「{title}」",
    ]


def form_seen(visitor: Visitor, address: str) -> dict[str, str]:
    """Give the revision that a page shows."""
    field = visitor.get(address).select("input[name=seen]")[0]
    return {"seen": str(field["value"])}


def test_editor_does_what_its_buttons_say(signed_in: SignedIn, number: str, database: Database) -> None:
    writer = signed_in("inspector")
    address = begun(writer, span="custom", first="2026-11-01", last="2026-11-23", title="十一月通报")
    for do in ("choose good", "choose none x", f"choose bad {number}x"):
        refused = writer.refused(address, form_of(writer, address) | {"do": do, "text-next": "还在写"})
        assert "还在写" in refused.select("#text-next")[0].get_text()
    writer.send(address, form_of(writer, address) | {"do": "choose bad", "number-bad": number})
    with database.reading() as session:
        case = session.scalars(select(Bulletin)).one().cases[0].id
    for do in (f"up {case}", f"down {case}", "count", f"drop {case}", "save", "nonsense"):
        writer.send(address, form_of(writer, address) | {"do": do})
    writer.refused(address, form_of(writer, address) | {"do": "drop x"})
    typed = form_of(writer, address)
    writer.send(address, typed | {"part": ["figures"], "do": "save"})
    assert form_of(writer, address)["part"] == ["figures"]
    preview = writer.get(f"{address}/preview")
    assert [words_of(one) for one in preview.select("h2")] == ["总体情况"]

    colleague = signed_in("admin")
    colleague.send(address, form_of(colleague, address) | {"title": "别的标题"})
    late = writer.refused(address, typed | {"text-next": "我写的", "do": "save"}, status=409)
    assert "再点「保存」会盖掉同事的改动" in words_of(late)
    assert late.select("#text-next")[0].get_text().strip() == "我写的"
    kept = writer.post(f"{address}/keep", typed, fragment=True)
    assert "没有保存：同事刚刚改过这期通报" in kept.text
    assert "没有找到「春季」" in words_of(writer.get(f"{PAGE}?q=春季"))
    assert "没有已撤回的通报" in words_of(writer.get(f"{PAGE}?state=withdrawn"))
    writer.send(f"{address}/remove", {})
    assert writer.client.get(address).status_code == 404
    assert entries(database)[-1] == "删除通报草稿：「别的标题」"


@pytest.mark.usefixtures("office")
def test_new_bulletin_tells_what_is_wrong_and_others_may_not(signed_in: SignedIn) -> None:
    writer = signed_in("leader")
    writer.get(f"{PAGE}/new")
    for wrong in (
        {"first": "2026-11-01"},
        {"first": "x", "last": "y"},
        {"first": "2026-11-01", "last": "2026-12-01"},
    ):
        page = writer.refused(f"{PAGE}/new", {"span": "custom", "compared": "last_year", **wrong})
        assert page.select_one(".alert-danger") is not None
    lead = signed_in("lead")
    assert lead.client.get(PAGE).status_code == 403
    assert lead.get("/admin/notices").select(f'a[href="{PAGE}"]') == []


def test_bulletin_can_be_sent_back_taken_back_and_taken_along(
    app: Flask,
    signed_in: SignedIn,
    database: Database,
    office: Office,
    factory: Factory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("web.admin.bulletins.PER_PAGE", 1)
    files = app.extensions["banshishi"].file_store
    with database.transaction() as session:
        factory.complaint(session, office)
        made = [write_bulletin(session, office, files, now=factory.now) for _ in range(3)]
        for at, one in enumerate(made[:2]):
            publish_bulletin(session, one, office, now=factory.now + timedelta(minutes=at))
        address = f"{PAGE}/{made[2].id}"
    writer, leader = signed_in("inspector"), signed_in("leader")
    writer.send(address, {"do": "submit"})
    leader.refused(f"{address}/send-back", {"reason": ""}, status=422)
    leader.send(f"{address}/send-back", {"reason": "请补充维修中心"})
    assert "退回的理由：请补充维修中心" in words_of(writer.get(address))
    assert "退回：请补充维修中心" in words_of(writer.get(f"{PAGE}?state=draft"))
    writer.send(address, {"do": "submit"})
    writer.send(f"{address}/take-back", {})
    refused = writer.refused(f"{address}/publish", {}, status=403)
    assert "审批发布" in words_of(refused)
    leader.refused(f"{address}/take-back", {}, status=409)
    writer.send(address, {"do": "submit"})
    leader.refused(address, {"do": "save"}, status=409)

    answer = writer.client.get(f"{address}/word")
    assert answer.headers["Content-Disposition"].endswith(".docx")
    assert docx.Document(BytesIO(answer.data)).paragraphs[1].text == "后勤处　草稿，未发布"
    assert writer.client.head(f"{address}/word").status_code == 200
    assert entries(database)[-1].startswith("导出通报的 Word 文件")
    picture = writer.client.get(f"{address}/dark/areas.png")
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert writer.client.get(f"{address}/dark/teams.png").status_code == 404
    second = writer.get(f"{PAGE}?page=2&state=published")
    assert "第 2 页，共 2 页" in words_of(second)
