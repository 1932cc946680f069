"""The office's pages of surveys: written, opened, closed, read, and who may do what."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from domain import survey_sheets, surveys
from models.audit import AuditEntry
from models.database import Database
from models.enums import SurveyState
from models.survey import Survey
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of
from tests.support.surveys import BOX, answer_many, open_survey, write_survey

SignedIn = Callable[[str], Visitor]
TEMPLATE = {"title": "测评", "audience": "followers", "template": "repair"}

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def survey(database: Database, office: Office, now: datetime) -> Survey:
    """A survey that runs."""
    with database.transaction() as session:
        made = write_survey(session, office.admin, team=office.team, other_team=office.other_team, now=now)
        return open_survey(session, made, office.admin, now=now)


def the_only(database: Database) -> Survey:
    with database.reading() as session:
        return surveys.find(session, session.scalars(select(Survey.id)).one())


def titles(database: Database) -> list[list[str]]:
    return [[part.title, *(q.title for q in part.questions)] for part in the_only(database).sections]


def answered(database: Database, survey: Survey, factory: Factory, count: int, **changes: Any) -> None:
    with database.transaction() as session:
        answer_many(session, session.get_one(Survey, survey.id), factory, count, **changes)
        survey_sheets.open_waiting(session, survey.id, box=BOX)


def test_a_survey_is_written_from_templates_and_opened(
    signed_in: SignedIn, database: Database, office: Office
) -> None:
    desk = signed_in("dispatcher")
    assert "还没有测评" in words_of(desk.get("/admin/surveys"))
    desk.get("/admin/surveys/new")
    head = {"title": "秋季测评", "audience": "followers", "results_public": "yes"}
    refused = desk.refused("/admin/surveys/new", head | {"title": ""})
    assert words_of(refused.select_one("[role=alert]")) == "请填写测评名称。"
    address = desk.send("/admin/surveys/new", head | {"template": ["canteen", "repair"]})
    assert [part[0] for part in titles(database)] == ["食堂就餐", "校园维修"]

    def send(path: str, **data: Any) -> str:
        return desk.send(f"{address}/{path}", data)

    made = the_only(database)
    canteen, first = made.sections[0], made.sections[0].questions[0]
    assert send("sections", template="whole").startswith(f"{address}#section-")
    send("sections", title="宿舍", team=str(office.team.id), skippable="yes")
    send(f"sections/{canteen.id}", title="一食堂", category=str(office.category.id))
    send(f"sections/{canteen.id}/questions", title="菜价", kind="single", options="贵\n不贵", required="yes")
    assert send(f"questions/{first.id}", title="味道", kind="stars") == f"{address}#q{first.id}"
    send(f"questions/{first.id}/move", by="1")
    send(f"questions/{first.id}/copy")
    send(f"sections/{canteen.id}/move", by="1")
    repair = the_only(database).sections[0]
    send(f"questions/{repair.questions[-1].id}/remove")
    send(f"sections/{the_only(database).sections[2].id}/remove")
    found = titles(database)
    assert [part[0] for part in found] == ["校园维修", "一食堂", "宿舍"]
    assert found[1][1:4] == ["饭菜的价格和分量", "味道", "味道"]
    assert found[1][-1] == "菜价"
    assert len(found[0]) == 6

    page = desk.get(address)
    assert words_of(page.select_one(".needed")) == "「宿舍」里还没有题目。"
    assert words_of(desk.get(f"{address}/preview").h1) == "秋季测评"
    desk.send(address, head | {"title": "秋季学期测评", "audience": "places", "places": "一食堂 3 号窗口"})
    assert the_only(database).place_ids == [office.canteen.id]


def test_what_was_refused_stands_in_its_form_again(signed_in: SignedIn, database: Database) -> None:
    desk = signed_in("dispatcher")
    desk.get("/admin/surveys/new")
    address = desk.send(
        "/admin/surveys/new", {"title": "测评", "audience": "followers", "template": "repair"}
    )
    section = the_only(database).sections[0]
    data = {"title": "几次修好", "kind": "single", "options": "一次"}
    page = desk.refused(f"{address}/sections/{section.id}/questions", data)
    assert "要有 2 到 12 个不同的选项" in words_of(page.select_one("[role=alert]"))
    form = page.select_one(f"form[action$='/sections/{section.id}/questions']")
    assert form is not None
    assert [form.select_one("[name=title]")["value"], words_of(form.textarea)] == ["几次修好", "一次"]  # type: ignore[index]
    alert = "[role=alert]"
    page = desk.refused(f"{address}/sections/{section.id}/questions", {"title": "题", "kind": "x"})
    assert words_of(page.select_one(alert)) == "请选择题型。"
    page = desk.refused(address, {"title": "名", "audience": "places", "places": "没有的地方"})
    assert "没有找到「没有的地方」" in words_of(page.select_one(alert))
    page = desk.refused(address, {"title": "名", "audience": "all"})
    assert words_of(page.select_one(alert)) == "请选择测评对象。"
    page = desk.refused(f"{address}/open", {"when": "later"})
    assert words_of(page.select_one(alert)) == "请填写什么时候开放。"
    page = desk.refused(f"{address}/open", {"when": "later", "opens_at": "明天"})
    assert words_of(page.select_one(alert)) == "时间写成 2026-12-01 08:00 这样。"


def test_a_survey_is_opened_at_a_time_of_the_office_and_ended(
    signed_in: SignedIn, database: Database
) -> None:
    desk = signed_in("admin")
    desk.get("/admin/surveys/new")
    address = desk.send(
        "/admin/surveys/new", {"title": "测评", "audience": "followers", "template": "repair"}
    )
    times = {"when": "later", "opens_at": "2026-12-01T08:00", "closes_at": "2026-12-10T18:00"}
    desk.send(f"{address}/open", times)
    planned = the_only(database)
    assert str(planned.opens_at) == "2026-12-01 00:00:00+00:00"
    assert "12月1日 08:00 开放" in words_of(desk.get("/admin/surveys"))
    assert desk.get(address).select(".survey-part form") == []
    desk.send(f"{address}/cancel")
    desk.send(f"{address}/open", {"when": "now", "closes_at": "2026-12-10T18:00"})
    assert the_only(database).state is SurveyState.OPEN
    page = desk.get(address)
    assert page.select(".survey-part form") == []
    link = f"http://127.0.0.1:8000/h5/surveys/{the_only(database).code}"
    assert link in [str(one["href"]) for one in page.select(".survey-side a")]
    page = desk.refused(f"{address}/end", {"closes_at": "2026-11-01T08:00"})
    assert words_of(page.select_one("[role=alert]")) == "结束时间要在开放以后。"
    desk.send(f"{address}/end", {"closes_at": ""})
    assert desk.post(f"{address}/sections", {"template": "canteen"}).status_code == 409
    assert desk.send(f"{address}/close") == f"{address}/results"
    copied = desk.send(f"{address}/copy")
    desk.get(copied)
    assert desk.send(f"{copied}/remove") == "/admin/surveys"
    with database.reading() as session:
        said = session.scalars(select(AuditEntry.words).order_by(AuditEntry.position)).all()
    assert [words for words in said if "测评" in words and "登录" not in words] == [
        "新建测评：「测评」",
        "测评加上「校园维修」部分：「测评」",
        "测评定时 12月01日 08:00 开放：「测评」",
        "取消定时开放：「测评」",
        "开放测评：「测评」",
        "测评改为手动结束：「测评」",
        "结束测评：「测评」",
        "新建测评：「测评（副本）」",
        "删除测评：「测评（副本）」",
    ]


def test_results_grow_ten_at_a_time_and_a_lead_reads_their_own(
    signed_in: SignedIn, database: Database, factory: Factory, survey: Survey
) -> None:
    address = f"/admin/surveys/{survey.id}/results"
    lead, inspector = signed_in("lead"), signed_in("inspector")
    assert "还没有结果" in words_of(lead.get(address))
    answered(database, survey, factory, 9, words="菜咸")
    assert "还没有结果" in words_of(lead.get(address))
    answered(database, survey, factory, 3, stars=2, words="饭硬")

    page = inspector.get(address)
    strip = [words_of(one) for one in page.select(".survey-strip > div")][:2]
    assert strip == ["收到答卷 12 今天 12", "计入结果 12 每满 10 份一起拆封"]
    assert words_of(page.select_one(".question-mean")) == "4.2 分 满意 75%，12 人"
    assert [words_of(row) for row in page.select(".survey-result:first-of-type tbody tr")] == [
        "食堂就餐 饮食服务中心 4.2 分 满意 75%，12 人",
        "校园维修 维修服务中心 — 0 人，不足 10 人不显示",
        "合计 饮食服务中心 4.2 分 满意 75%，12 人",
        "合计 维修服务中心 — 0 人，不足 10 人不显示",
    ]
    own = lead.get(address)
    assert [words_of(one) for one in own.select(".survey-result[id] h2")] == ["食堂就餐"]
    assert words_of(lead.get("/admin/surveys").select_one("tbody th")).startswith("秋季学期测评")
    assert "菜咸" not in words_of(page), "nobody has released it"


def test_texts_are_read_one_by_one_and_released(
    signed_in: SignedIn, database: Database, factory: Factory, survey: Survey
) -> None:
    answered(database, survey, factory, 32, words="菜咸")
    desk = signed_in("dispatcher")
    address = f"/admin/surveys/{survey.id}/texts"
    page = desk.get(address)
    assert [words_of(tab) for tab in page.select(".tab")] == ["待审核 32", "已公开 0", "不公开 0"]
    assert len(page.select(".text-card")) == 30
    assert len(desk.get(f"{address}?page=2").select(".text-card")) == 2
    action = str(page.select_one(".text-card form")["action"])  # type: ignore[index]
    assert desk.send(action, {"state": "released"}) == f"{address}?state=waiting"
    page = desk.get(f"{address}?state=released")
    assert [words_of(one) for one in page.select(".text-words")] == ["菜咸"]
    assert desk.send(action, {"state": "waiting", "seen": "released"}) == f"{address}?state=released"
    assert "还没有已公开的文字" in words_of(desk.get(f"{address}?state=released"))
    assert desk.post(action, {"state": "x"}).status_code == 404
    signed_in("leader").get(address, status=403)


def test_the_workbook_holds_sheets_only_at_the_end_and_in_an_order_that_tells_nothing(
    signed_in: SignedIn, database: Database, factory: Factory, survey: Survey, office: Office, now: datetime
) -> None:
    answered(database, survey, factory, 11, words="菜咸")
    address = f"/admin/surveys/{survey.id}/workbook"

    def book(username: str) -> dict[str, list[tuple[Any, ...]]]:
        visitor = signed_in(username)
        assert visitor.client.head(address).status_code == 200
        found = load_workbook(BytesIO(visitor.client.get(address).data))
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in found}

    assert list(book("leader")) == ["概况", "各部分", "各题", "公开的文字"]
    with database.transaction() as session:
        answer_many(session, session.get_one(Survey, survey.id), factory, 1, stars=1)
        held = surveys.hold(session, survey.id, staff=office.admin)
        surveys.close(session, held, box=BOX, staff=office.admin, now=now + timedelta(hours=1))
    assert "答卷（随机排列）" not in book("lead")
    sheets = book("leader")["答卷（随机排列）"]
    assert sheets[0] == ("饭菜的口味", "排队多久", "要改进什么", "上门是否及时")
    assert sorted(sheets[1:]) == [(1, "很短", None, None)] + [(5, "很短", None, None)] * 11  # type: ignore[type-var]
    with database.reading() as session:
        noted = session.scalars(select(AuditEntry.words).where(AuditEntry.action == "survey.export")).all()
    assert [words.removeprefix("导出测评结果：「秋季学期测评」") for words in noted] == [
        "",
        "",
        "，含逐份答卷",
    ]


def test_who_may_not_build_reads_only_what_was_opened(
    signed_in: SignedIn, database: Database, office: Office, now: datetime, survey: Survey
) -> None:
    with database.transaction() as session:
        draft = surveys.copy(session, surveys.find(session, survey.id), staff=office.admin, now=now)
    leader, handler = signed_in("leader"), signed_in("handler")
    leader.get(f"/admin/surveys/{draft.id}/results", status=404)
    leader.get(f"/admin/surveys/{survey.id}", status=403)
    handler.get("/admin/surveys", status=403)
    assert leader.post(f"/admin/surveys/{draft.id}/sections", {"template": "canteen"}).status_code == 403
    assert leader.get("/admin/").select("a[href='/admin/surveys']") != []
    assert handler.get("/admin/").select("a[href='/admin/surveys']") == []
