"""Settings of teams, categories, the calendar and safety words, as an administrator works with them."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from domain import recomputing
from models.audit import AuditEntry
from models.calendar_day import CalendarDay
from models.category import Category
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from models.team import Team
from models.wording import SafetyWord
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SETTINGS = "/admin/settings"
File = Callable[..., Complaint]
S = ComplaintStatus


@pytest.fixture
def admin(signed_in: Callable[[str], Visitor], office: Office) -> Visitor:
    del office
    return signed_in("admin")


def flash(visitor: Visitor, path: str) -> str:
    return words_of(visitor.get(path).select_one(".flash"))


def deeds(database: Database) -> list[str]:
    with database.reading() as session:
        kinds = ("team", "category", "calendar", "working_hours", "safety_word")
        deeds = select(AuditEntry.words).where(AuditEntry.subject_kind.in_(kinds))
        return list(session.scalars(deeds.order_by(AuditEntry.position)))


@pytest.mark.parametrize("username", ["handler", "lead", "dispatcher", "leader", "inspector"])
def test_settings_are_for_administrators_only(
    signed_in: Callable[[str], Visitor], office: Office, username: str
) -> None:
    del office
    visitor = signed_in(username)
    for page in ("", "/teams", "/categories", "/calendar", "/safety-words", "/answers"):
        assert "由系统管理员管理" in words_of(visitor.get(SETTINGS + page, status=403).main)
    assert visitor.post(f"{SETTINGS}/teams", {"name": "新"}).status_code == 403
    page = visitor.get("/admin/notices")
    assert page.select(f'a[href="{SETTINGS}"]') == []
    assert words_of(page.select_one(f'a[href="{SETTINGS}/replies"]')) == "常用语"


def test_index_leads_to_every_setting_and_warns_of_the_next_year(admin: Visitor) -> None:
    page = admin.get(SETTINGS)
    assert words_of(page.select_one(".alert-warning")).startswith("系统里还没有 2027 年的放假安排")
    links = [str(link["href"]) for link in page.select("a.setting")]
    for link in links:
        admin.get(link)
    assert f"{SETTINGS}/teams" in links
    assert words_of(page.select_one(f'a[href="{SETTINGS}/teams"] .setting-state')) == "2 个在用"


def test_team_is_added_renamed_and_kept_while_it_is_needed(
    admin: Visitor, office: Office, file: File, database: Database
) -> None:
    file(S.ASSIGNED)
    page = f"{SETTINGS}/teams"
    admin.send(page, {"name": "校医院", "phone": "0571-88886120"})
    assert flash(admin, page) == "已新增「校医院」。"
    again = admin.refused(page, {"name": "校医院"})
    assert words_of(again.select_one("[role=alert]")) == "已经有「校医院」了。"
    admin.send(f"{page}/{office.team.id}", {"name": "餐饮中心", "phone": ""})
    wrong = admin.refused(f"{page}/{office.team.id}", {"name": "餐饮中心", "phone": "老王"})
    assert len(wrong.select("details.edit[open]")) == 1

    needed = admin.refused(f"{page}/{office.team.id}/disable")
    assert words_of(needed.select_one("[role=alert] p")) == (
        "「餐饮中心」还不能停用：1 件在办诉求由它负责、3 名在岗人员属于它。请先处理好再停用。"
    )
    link = str(needed.select_one("[role=alert] a")["href"])  # type: ignore[index]
    assert len(admin.get(link).select("tr[data-href], tbody tr")) == 1
    with database.reading() as session:
        hospital = session.scalars(select(Team).where(Team.name == "校医院")).one().id
    admin.send(f"{page}/{hospital}/disable")
    assert words_of(admin.get(page).select_one(".row-off th")).startswith("校医院 已停用")
    admin.send(f"{page}/{hospital}/enable")
    assert deeds(database) == [
        "新增责任单位「校医院」",
        "修改责任单位「餐饮中心」，原名「饮食服务中心」",
        "停用责任单位「校医院」",
        "启用责任单位「校医院」",
    ]


def test_new_limits_are_asked_about_before_they_move_what_is_open(
    admin: Visitor, office: Office, file: File, database: Database
) -> None:
    file(S.ASSIGNED)
    page = f"{SETTINGS}/categories/{office.category.id}"
    form = admin.get(page).select_one(".record-form")
    assert form is not None
    entered = {str(box["name"]): str(box.get("value", "")) for box in form.select("input[name]")}
    entered |= {"keywords": "虫子 变质", "parent_id": "", "team_id": "", "ordinary_days": "2"}

    asked = admin.client.post(page, data=entered | {"csrf_token": admin.token}).get_data(as_text=True)
    assert "保存后，1 件在办诉求的期限会重新计算。" in asked
    assert "办结（一般）" in asked
    back = admin.client.post(page, data=entered | {"again": "1", "csrf_token": admin.token})
    assert 'value="2"' in back.get_data(as_text=True)
    with database.reading() as session:
        assert session.get_one(Category, office.category.id).ordinary_days == 3
    admin.send(page, entered | {"confirmed": "1"})
    assert flash(admin, f"{SETTINGS}/categories") == "类别「其他」已保存，1 件在办诉求的期限正在重新计算。"
    progress = words_of(admin.get(f"{SETTINGS}/recomputing", fragment=True))
    assert progress == "正在重新计算在办诉求的期限：0 / 1"
    refused = admin.refused(page, entered | {"ordinary_days": "9"})
    assert "逐级不减" in words_of(refused.select_one("[role=alert]"))
    assert "整数" in words_of(admin.refused(page, entered | {"ordinary_days": "x"}).main)
    assert deeds(database) == ["修改类别「其他」的时限"]


def test_categories_are_added_moved_and_taken_out_of_use(
    admin: Visitor, office: Office, database: Database
) -> None:
    page = f"{SETTINGS}/categories"
    form = admin.get(f"{page}/new?parent={office.category.id}")
    assert form.select_one("#ordinary_days")["value"] == "3"  # type: ignore[index]
    limits = {str(box["name"]): str(box["value"]) for box in form.select(".limit-grid input")}
    admin.send(f"{page}/new", limits | {"name": "卫生", "parent_id": str(office.category.id)})
    admin.send(f"{page}/new", limits | {"name": "价格", "parent_id": str(office.category.id)})
    assert "已经有「价格」了" in words_of(
        admin.refused(f"{page}/new", limits | {"name": "价格", "parent_id": str(office.category.id)}).main
    )
    with database.reading() as session:
        ids = {row.name: row.id for row in session.scalars(select(Category))}
    admin.send(f"{page}/{ids['价格']}/move", {"by": "-1"})
    rows = [words_of(row) for row in admin.get(page).select("tbody th")]
    assert rows == ["其他", "价格", "卫生"]
    assert "还有在用的子类别" in words_of(admin.refused(f"{page}/{office.category.id}/disable").main)
    admin.send(f"{page}/{ids['卫生']}/disable")
    assert words_of(admin.get(page).select_one(".row-off th")) == "卫生 已停用"
    admin.send(f"{page}/{ids['卫生']}/enable")
    admin.get(f"{page}/999999", status=404)
    admin.get(f"{page}/{10**20}", status=404)
    admin.get(f"{page}/new?parent={10**20}")


NOTICE = "一、春节：2月5日至7日放假，共3天。2月13日（周六）上班。"


def test_days_are_edited_one_by_one_and_from_a_notice(admin: Visitor, file: File, database: Database) -> None:
    file(S.ASSIGNED)
    page = f"{SETTINGS}/calendar"
    shown = admin.get(f"{page}?day=2026-11-27")
    assert words_of(shown.select_one("#day p")) == "现在： 上班"
    assert "1 件在办诉求的期限会重新计算" in words_of(shown.select_one("#day"))
    admin.send(f"{page}/day", {"day": "2026-11-27", "state": "rest", "note": "校运会"})
    assert flash(admin, f"{page}?day=2026-11-27").startswith("2026-11-27 已保存，1 件在办诉求")
    day = admin.get(f"{page}?year=2026").select_one('a[href$="day=2026-11-27"]')
    assert day is not None
    assert (day["title"], "day-rest" in day["class"]) == ("休息，校运会（手工改过）", True)
    assert "请在日历里点一天" in words_of(admin.refused(f"{page}/day", {"day": "x", "state": "rest"}).main)
    long = {"day": "2026-11-27", "state": "rest", "note": "说" * 61}
    assert "说明最多 60 字" in words_of(admin.refused(f"{page}/day", long).main)

    assert "还没有 2027 年的放假安排" in words_of(admin.get(f"{page}?year=2027").select_one(".alert-warning"))
    entered = {"year": "2027", "text": NOTICE, "csrf_token": admin.token}
    preview = admin.client.post(f"{page}/paste", data=entered).get_data(as_text=True)
    assert "从文字里读到 4 天" in preview
    with database.reading() as session:
        assert len(session.scalars(select(CalendarDay)).all()) == 1
    again = admin.client.post(f"{page}/paste", data=entered | {"again": "1"}).get_data(as_text=True)
    assert NOTICE in again
    admin.send(f"{page}/paste", {"year": "2027", "text": NOTICE, "confirmed": "1"})
    assert "已录入 4 天" in words_of(admin.get(f"{page}?year=2027").select_one(".alert-warning"))
    wrong = admin.refused(f"{page}/paste", {"year": "2027", "text": "1月1日（周一）放假"})
    assert "2027-01-01 是周五" in words_of(wrong.select_one("[role=alert]"))
    assert "2027" not in words_of(admin.get(SETTINGS).main)
    assert deeds(database) == [
        "修改工作日历：2026-11-27改为休息（校运会）",
        "修改工作日历：2027-02-05 至 2027-02-13 间的 4 天",
    ]


def test_working_hours_are_asked_about_before_they_hold(
    admin: Visitor, file: File, database: Database
) -> None:
    page = f"{SETTINGS}/calendar"
    spans = {"start": ["09:00", "13:00", "", ""], "end": ["12:00", "18:00", "", ""]}
    admin.get(page)
    token = {"csrf_token": admin.token}
    assert admin.client.post(f"{page}/hours", data=spans | token).status_code == 303
    assert "09:00–12:00、13:00–18:00" in words_of(admin.get(page).select_one(".page-note"))

    file(S.ASSIGNED)
    spans["start"][0] = "08:00"
    asked = admin.client.post(f"{page}/hours", data=spans | token).get_data(as_text=True)
    assert "08:00–12:00、13:00–18:00" in asked
    assert "1 件在办诉求的期限会重新计算" in asked
    back = admin.client.post(f"{page}/hours", data=spans | token | {"again": "1"}).get_data(as_text=True)
    assert 'value="08:00"' in back
    assert admin.client.post(f"{page}/hours", data=spans | token | {"confirmed": "1"}).status_code == 303
    spans["end"][0] = "07:00"
    assert admin.client.post(f"{page}/hours", data=spans | token).status_code == 422
    with database.reading() as session:
        assert recomputing.progress(session) == recomputing.Progress(0, 1)


def test_safety_words_are_tried_added_and_taken_out_of_use(
    admin: Visitor, file: File, database: Database
) -> None:
    file(text="路边有一条毒蛇")
    page = f"{SETTINGS}/safety-words"
    assert words_of(admin.get(f"{page}?text=宿舍漏 电").select_one(".verdict")) == (
        "紧急 会判为紧急，因为有「漏电」。"
    )
    assert words_of(admin.get(f"{page}?text=有毒蛇").select_one(".verdict")).startswith("不紧急")
    admin.send(page, {"word": "毒蛇", "note": "见过"})
    assert flash(admin, page) == "已加上「毒蛇」，马上生效。最近 30 天有 1 件诉求里出现过它。"
    assert words_of(admin.get(f"{page}?text=有毒蛇").select_one(".verdict")).startswith("紧急")
    assert file(text="又有毒蛇").urgent
    with database.reading() as session:
        row_id = session.scalars(select(SafetyWord.id).where(SafetyWord.word == "毒蛇")).one()
    admin.send(f"{page}/{row_id}/disable")
    assert not file(text="还有毒蛇").urgent
    admin.send(f"{page}/{row_id}/enable")
    refused = admin.refused(page, {"word": "火", "note": ""})
    assert "至少两个字" in words_of(refused.select_one("[role=alert]"))
    assert deeds(database) == ["新增紧急词「毒蛇」", "停用紧急词「毒蛇」", "启用紧急词「毒蛇」"]
