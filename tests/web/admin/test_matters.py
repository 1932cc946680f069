"""The ledger of matters in the office's pages."""

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select

from domain import office_settings
from domain.actors import Actor
from domain.matter_settings import NEAR_DAYS, RELAPSE_THRESHOLD, WATCH_DAYS
from domain.matter_work import plan_milestone
from models.background_task import BackgroundTask
from models.database import Database
from models.enums import ComplaintStatus, Role, StepName
from models.matter import Matter, MatterComplaint
from models.matter_words import MatterKind, MatterStatus
from models.staff import StaffRole
from models.wording import ReplyTemplate
from tests.support.factories import Factory, Office
from tests.support.matters import matter
from tests.support.pages import Visitor, words_of

SignIn = Callable[[str], Visitor]
NUMBER = "B-2026-0001"


@pytest.fixture
def three(database: Database, office: Office, factory: Factory) -> list[str]:
    """Three complaints about one window."""
    with database.transaction() as session:
        status = ComplaintStatus.IN_PROGRESS
        place = session.merge(office.canteen)
        made = [factory.complaint(session, office, status, service_point=place) for _ in range(3)]
        return [f"{one.number}:{one.revision}" for one in made]


@pytest.fixture
def ledger(database: Database, office: Office, factory: Factory) -> None:
    """A matter in each status, and one that is late."""
    with database.transaction() as session:
        for status in MatterStatus:
            made = matter(session, office, status, now=factory.now, title=f"事项：{status.label}")
        plan = {"deadline": date(2026, 12, 9), "actor": Actor.of_staff(office.dispatcher), "now": factory.now}
        late = matter(
            session,
            office,
            MatterStatus.IN_PROGRESS,
            now=factory.now,
            title="晚了的",
            kind=MatterKind.LEGACY,
            deadline=date(2026, 11, 20),
            public=False,
        )
        assert made.number != late.number
        first = session.scalars(select(Matter).where(Matter.number == NUMBER)).one()
        plan_milestone(session, first, title="采购", **plan)  # type: ignore[arg-type]


def test_ticked_complaints_become_a_matter_that_goes_its_way_to_the_close_out(
    three: list[str], signed_in: SignIn, database: Database, photo: bytes, office: Office
) -> None:
    desk, handler, leader = signed_in("dispatcher"), signed_in("handler"), signed_in("leader")
    where = desk.post("/admin/bulk", {"do": "matter", "pick": three})
    form = desk.get(where.headers["Location"])
    assert len(form.select("input[name=from]")) == 3
    assert form.select_one("select[name=team_id] option[selected]").text == "饮食服务中心"  # type: ignore[union-attr]
    assert words_of(form.select_one("textarea[name=places]")) == "一食堂 3 号窗口"
    entered = {
        "from": [pick.partition(":")[0] for pick in three],
        "title": "食堂保温",
        "kind": "practical",
        "source": "complaints",
        "goal": "不低于 60 度",
        "team_id": str(office.team.id),
        "lead_staff_id": str(office.leader.id),
        "deadline": "2026-12-20",
        "places": "一食堂 3 号窗口",
        "public": "1",
        "public_text": "更换保温台",
    }
    refused = desk.refused("/admin/matters/new", {**entered, "goal": ""})
    assert words_of(refused.select_one("#goal-error")) == "请填写目标：验收时对照它判断是不是办成了。"
    assert len(refused.select("input[name=from]")) == 3
    for wrong in ({"deadline": "年底"}, {"places": "没有的地方"}, {"kind": "x"}, {"places": "楼\n" * 21}):
        desk.refused("/admin/matters/new", {**entered, **wrong})
    assert desk.send("/admin/matters/new", entered) == f"/admin/matters/{NUMBER}"
    with database.reading() as session:
        assert len(session.scalars(select(MatterComplaint)).all()) == 3

    address = f"/admin/matters/{NUMBER}"
    handler.send(f"{address}/acts/start", {"words": ""})
    before = (BytesIO(photo), "before.jpg")
    handler.send(f"{address}/acts/progress", {"words": "拆了", "before": "1", "attachments": before})
    handler.refused(f"{address}/acts/submit", {"words": "换好了"})
    handler.send(f"{address}/acts/submit", {"words": "换好了", "attachments": (BytesIO(photo), "after.jpg")})
    handler.refused(f"{address}/acts/accept", {"words": "自己验收"}, status=403)
    page = leader.get(address)
    assert "对照目标：不低于 60 度" in words_of(page.select_one(".request"))
    leader.send(f"{address}/acts/refuse", {"words": "还差一台"})
    handler.send(f"{address}/acts/submit", {"words": "全换了", "no_photo_reason": "在后厨"})
    leader.send(f"{address}/acts/accept", {"words": "实测 65 度"})

    page = handler.get(address)
    steps = [node.text for node in page.select(".matter-record strong")]
    assert steps == ["验收销号", "申请销号", "退回整改", "申请销号", "反馈进展", "启动", "立项"]
    assert [words_of(node) for node in page.select(".badges .badge")[:2]] == ["已销号", "办实事"]
    photos = [str(node["src"]) for node in page.select(".complaint-side .photo img")]
    assert [handler.client.get(path).mimetype for path in photos] == ["image/jpeg"] * 2
    assert signed_in("outsider").client.get(photos[0]).status_code == 404
    whole = page.select_one(".complaint-side a.photo")
    assert whole is not None
    assert handler.client.get(str(whole["href"])).data[:2] == b"\xff\xd8"
    assert handler.client.get(photos[0].partition("?")[0]).status_code == 404
    phone = Visitor(handler.client.application).get(f"/h5/matters/{NUMBER}")
    assert words_of(phone.h1) == "食堂保温"
    complaint = desk.get(f"/admin/complaints/{three[0].partition(':')[0]}")
    assert complaint.select_one(f'a[href="{address}"]') is not None


@pytest.mark.usefixtures("ledger")
def test_the_ledger_is_listed_narrowed_and_drawn_in_other_ways(signed_in: SignIn) -> None:
    leader = signed_in("leader")
    home = [words_of(node) for node in leader.get("/admin/").select("[aria-labelledby=home-matters] li")]
    assert home == ["待审定 1 件", "已超期 1 件", "与我有关 5 件"]
    page = leader.get("/admin/matters")
    tabs = {words_of(node).split()[0]: words_of(node).split()[1] for node in page.select(".tab")}
    assert tabs == {
        "在办": "5", "与我有关": "5", "待审定": "1", "已超期": "1",
        "疑似反弹": "0", "已销号": "1", "全部": "7",
    }  # fmt: skip
    titles = [node.text for node in page.select(".ledger-title strong")]
    assert titles[0] == "晚了的"

    def shown(query: str) -> list[str]:
        found = leader.get(f"/admin/matters?{query}")
        return [node.text.removeprefix("事项：") for node in found.select(".ledger-title strong")]

    assert shown("view=to_decide") == ["申请销号"]
    assert shown("view=overdue") == ["晚了的"]
    assert shown("view=all&q=L-2026") == ["晚了的"]
    assert shown("view=all&kind=legacy&status=in_progress") == ["晚了的"]
    assert shown("view=all&to=2026-11-30") == ["晚了的"]
    assert len(shown("view=all&from=2026-11-30&sort=newest")) == 6
    assert shown("view=all&team=999") == []
    assert len(shown("view=nonsense&kind=nonsense&team=0&page=x&sort=number")) == 5
    assert words_of(leader.get("/admin/matters?view=relapsed").select_one(".empty-title")) == "这里没有事项"
    board = leader.get("/admin/matters/board")
    columns = {words_of(node.h2): len(node.select(".board-card")) for node in board.select(".board-column")}
    one = dict.fromkeys(("已立项 1", "申请销号 1", "挂账 1", "已销号 1", "已取消 1"), 1)
    assert columns == {**one, "推进中 2": 2}
    deferred = leader.get("/admin/matters/board?status=deferred")
    assert [words_of(node.h2) for node in deferred.select(".board-column")] == ["挂账 1"]
    assert len(leader.get("/admin/matters/calendar?month=2026-12").select(".month-due")) == 7
    assert words_of(leader.get("/admin/matters/calendar?month=13").h2) == "2026 年 11 月"
    assert len(leader.get("/admin/matters/print?view=all").select("tbody tr")) == 7
    handler = signed_in("outsider").get("/admin/matters")
    assert "台账里没有在办的事项" in words_of(handler)
    assert signed_in("outsider").client.get(f"/admin/matters/{NUMBER}").status_code == 404


def test_pages_of_many_and_what_is_exported(
    database: Database, office: Office, factory: Factory, signed_in: SignIn
) -> None:
    with database.transaction() as session:
        for at in range(26):
            matter(session, office, now=factory.now, title=f"第 {at + 1} 件")
    desk = signed_in("dispatcher")
    assert len(desk.get("/admin/matters?page=2&sort=number").select(".ledger tbody tr")) == 1
    assert re.fullmatch(r"/admin/tasks/\d+", desk.send("/admin/matters/export?view=all&q=第"))
    with database.reading() as session:
        task = session.scalars(select(BackgroundTask)).one()
        filters = {"view": "all", "order": "deadline", "filters": {"words": "第"}}
        assert (task.kind, task.parameters) == ("matter_ledger", filters)
    assert signed_in("handler").post("/admin/matters/export").status_code == 403


@pytest.mark.usefixtures("ledger")
def test_a_matter_is_changed_by_the_desk_only(signed_in: SignIn, three: list[str]) -> None:
    desk = signed_in("dispatcher")
    address = f"/admin/matters/{NUMBER}"
    form = desk.get(f"{address}/edit")
    entered = {
        str(node["name"]): str(node.get("value", "")) or node.text
        for node in form.select(".record-form input[name]:not([type=checkbox]), .record-form textarea")
    }
    entered |= {
        str(node["name"]): str(node.select_one("option[selected]")["value"])  # type: ignore[index]
        for node in form.select(".record-form select")
        if node.select_one("option[selected]")
    }
    desk.refused(f"{address}/edit", {**entered, "title": ""})
    assert desk.send(f"{address}/edit", entered) == address
    desk.send(f"{address}/edit", {**entered, "goal": "不低于 65 度"})
    desk.refused(f"{address}/edit", {**entered, "goal": "不低于 70 度"}, status=409)
    assert signed_in("handler").client.get(f"{address}/edit").status_code == 403
    assert signed_in("handler").client.get("/admin/matters/new").status_code == 403
    assert signed_in("handler").post("/admin/bulk", {"do": "matter", "pick": three}).status_code == 422
    assert desk.post("/admin/bulk", {"do": "matter"}).status_code == 422
    desk.get("/admin/matters/new")


@pytest.mark.usefixtures("ledger")
def test_each_button_leads_to_its_form(signed_in: SignIn) -> None:
    seen: set[str] = set()
    for who in ("dispatcher", "leader", "handler", "lead", "inspector"):
        visitor = signed_in(who)
        for number in range(1, 7):
            page = visitor.get(f"/admin/matters/B-2026-{number:04d}")
            links = {str(node["href"]) for node in page.select(".content a[href*='/acts/']")}
            for link in links:
                visitor.get(link)
            seen |= {link.rpartition("/")[2] for link in links}
    desk, address = signed_in("dispatcher"), f"/admin/matters/{NUMBER}"
    assert {"start", "submit", "accept", "refuse", "reopen", "resume", "plan_milestone"} <= seen
    assert desk.client.get(f"{address}/acts/nonsense").status_code == 404
    assert desk.client.get(f"{address}/acts/accept").status_code == 403


@pytest.mark.usefixtures("ledger")
def test_the_desk_links_publishes_and_plans(signed_in: SignIn, three: list[str], database: Database) -> None:
    desk, address = signed_in("dispatcher"), f"/admin/matters/{NUMBER}"
    numbers = " ".join(pick.partition(":")[0] for pick in three)
    desk.send(f"{address}/acts/link", {"complaint": numbers})
    desk.refused(f"{address}/acts/link", {"complaint": "2026-1"})
    desk.refused(f"{address}/acts/link", {"complaint": " "})
    desk.send(f"{address}/acts/unlink", {"complaint": numbers})
    desk.send(f"{address}/acts/unpublish", {"words": "涉及合同"})
    desk.send(f"{address}/acts/publish", {"public_text": "更换保温台"})
    desk.send(f"{address}/acts/plan_milestone", {"title": "安装", "deadline": "2026-12-10"})
    desk.refused(f"{address}/acts/plan_milestone", {"title": "安装", "deadline": "年底"})
    with database.reading() as session:
        found = session.scalars(select(Matter).where(Matter.number == NUMBER)).one()
        parts = {one.title: one.id for one in found.milestones}
    desk.send(f"{address}/acts/drop_milestone", {"milestone": str(parts["安装"]), "words": "多余"})
    with database.reading() as session:
        left = session.scalars(select(Matter).where(Matter.number == NUMBER)).one().milestones
        assert [one.title for one in left] == ["采购"]


@pytest.mark.usefixtures("ledger")
def test_work_and_decisions_go_through_their_forms(signed_in: SignIn, database: Database) -> None:
    address = f"/admin/matters/{NUMBER}"
    with database.reading() as session:
        found = session.scalars(select(Matter).where(Matter.number == NUMBER)).one()
        parts = {one.title: one.id for one in found.milestones}
    handler, leader = signed_in("handler"), signed_in("leader")
    handler.send(f"{address}/acts/request_deferral", {"words": "等预算", "until": "2027-01-09"})
    handler.refused(f"{address}/acts/start", {"words": "", "seen": "1"}, status=409)
    leader.send(f"{address}/acts/refuse_deferral", {"words": "先做一半"})
    handler.send(f"{address}/acts/start", {"words": ""})
    handler.refused(f"{address}/acts/request_deferral", {"words": "等预算", "until": ""})
    handler.send(f"{address}/acts/request_deferral", {"words": "等预算", "until": "2027-01-09"})
    chosen = {"milestone": str(parts["采购"]), "words": "到货"}
    handler.send(f"{address}/acts/submit_milestone", chosen)
    assert len(leader.get(address).select(".request")) == 2
    leader.send(f"{address}/acts/refuse_milestone", chosen)
    handler.send(f"{address}/acts/submit_milestone", chosen)
    leader.send(f"{address}/acts/accept_milestone", chosen)
    leader.send(f"{address}/acts/approve_deferral", {"words": ""})
    handler.send(f"{address}/acts/resume", {"words": ""})
    handler.send(f"{address}/acts/submit", {"words": "好了", "no_photo_reason": "无"})
    handler.send(f"{address}/acts/retract", {"words": "还差一台"})
    leader.send(f"{address}/acts/supervise", {"words": "快", "until": "2026-12-01"})
    leader.send(f"{address}/acts/note", {"words": "约了供应商"})
    leader.send(f"{address}/acts/cancel", {"words": "与另一件重复"})
    leader.send("/admin/matters/B-2026-0005/acts/reopen", {"words": "又凉了"})
    with database.reading() as session:
        statuses = {one.number: one.status for one in session.scalars(select(Matter))}
        assert (statuses[NUMBER], statuses["B-2026-0005"]) == (
            MatterStatus.CANCELLED,
            MatterStatus.IN_PROGRESS,
        )


@pytest.mark.usefixtures("ledger")
def test_opinions_are_offered_in_the_acts_and_counted(
    signed_in: SignIn, database: Database, factory: Factory
) -> None:
    with database.transaction() as session:
        texts = {StepName.ACCEPT: "{编号} 已到{地点}核实，同意销号。", StepName.ASK: "请补充"}
        for step, text in texts.items():
            session.add(ReplyTemplate(title=step.label, text=text, step=step, changed_at=factory.now))
    leader, address = signed_in("leader"), "/admin/matters/B-2026-0003/acts"
    form = leader.get(f"{address}/accept")
    offered = form.select("[data-template]")
    assert [node["data-text"] for node in offered] == ["B-2026-0003 已到一食堂 3 号窗口核实，同意销号。"]
    assert form.select_one("textarea[name=words][data-suggest]") is not None
    assert "责任单位：饮食服务中心" in words_of(form.select_one(".matter-key"))
    assert leader.get(f"{address}/note").select("[data-template]") == []
    taken = {"words": "同意", "template": [str(offered[0]["data-template"]), "x"]}
    leader.send(f"{address}/accept", taken)
    with database.reading() as session:
        assert dict(session.execute(select(ReplyTemplate.step, ReplyTemplate.used)).all()) == {
            StepName.ACCEPT: 1,
            StepName.ASK: 0,
        }


@pytest.mark.usefixtures("ledger")
def test_who_holds_two_roles_is_refused_by_page_and_by_address(
    signed_in: SignIn, database: Database, office: Office
) -> None:
    with database.transaction() as session:
        session.add(StaffRole(staff_id=office.handler.id, role=Role.LEADER))
    both, address = signed_in("handler"), "/admin/matters/B-2026-0003"
    page = both.get(address)
    assert "您提出的申请须由另一人审定" in words_of(page.select_one(".request"))
    assert page.select("a[href$='/acts/accept'], a[href$='/acts/refuse']") == []
    both.refused(f"{address}/acts/accept", {"words": "同意"}, status=403)
    with database.reading() as session:
        found = session.scalars(select(Matter).where(Matter.number == "B-2026-0003")).one()
        assert found.status is MatterStatus.SUBMITTED


def test_the_administrator_sets_the_watch_and_the_reminders(
    database: Database, signed_in: SignIn, office: Office
) -> None:
    assert office.admin.username == "admin"
    admin, address = signed_in("admin"), "/admin/settings/matters"
    values = {"matter_watch_days": "30", "matter_relapse_threshold": "5", "matter_near_days": "3"}
    page = admin.get(address)
    assert [str(node["value"]) for node in page.select("input[type=number]")] == ["90", "3", "7"]
    admin.send(address, values)
    for wrong in ("0", "abc", "731", "1.5"):
        refused = admin.refused(address, {**values, "matter_watch_days": wrong})
        assert words_of(refused.select_one("#matter_watch_days-error")) == "观察天数须是 1 到 730 的整数。"
    with database.reading() as session:
        kept = [office_settings.read(session, one) for one in (WATCH_DAYS, RELAPSE_THRESHOLD, NEAR_DAYS)]
    assert kept == [30, 5, 3]


def test_a_photo_that_should_not_be_seen_is_hidden_everywhere(
    signed_in: SignIn, database: Database, office: Office, factory: Factory, photo: bytes
) -> None:
    with database.transaction() as session:
        number = matter(session, office, MatterStatus.IN_PROGRESS, now=factory.now).number
    desk, handler = signed_in("dispatcher"), signed_in("handler")
    address = f"/admin/matters/{number}"
    handler.send(f"{address}/acts/submit", {"words": "好了", "attachments": (BytesIO(photo), "a.jpg")})
    shown = handler.get(address).select_one(".matter-record a.photo")
    hiding = desk.get(address).select_one(".matter-record a[href$=hiding]")
    assert shown is not None
    assert hiding is not None
    assert handler.get(address).select("a[href$=hiding]") == []
    form = str(hiding["href"])
    handler.refused(form, {"reason": "人脸"}, status=403)
    assert "请写明隐藏的原因" in words_of(desk.refused(form, {"reason": " "}).select_one(".alert"))
    desk.send(form, {"reason": "拍到了人脸"})
    assert "照片已隐藏：拍到了人脸" in words_of(handler.get(address).select_one(".matter-record"))
    assert handler.client.get(str(shown["href"])).status_code == 404
    own = desk.get(address).select_one(".matter-record a.photo")
    assert own is not None
    assert desk.client.get(str(own["href"])).status_code == 200
    phone = Visitor(handler.client.application)
    assert phone.get(f"/h5/matters/{number}").select("[data-photo]") == []
    assert "恢复显示" in words_of(desk.get(form).h1)
    desk.send(f"{form}/show")
    assert len(phone.get(f"/h5/matters/{number}").select("[data-photo]")) == 2
    assert desk.client.get("/admin/matters/photos/999/hiding").status_code == 404
