"""The pages of the appraisal: terms, score sheets, entries, peer review, pioneer posts, and what is shown."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import openpyxl
import pytest
from PIL import Image
from sqlalchemy import select

from domain import appraisals, peer_review, pioneer_posts
from models.appraisal import AppraisalTerm, Inspection, PeerRound, PioneerPost
from models.audit import AuditEntry
from models.database import Database
from models.service_point import ServicePoint
from models.staff import Staff
from tests.support.appraisal import begin_round, begin_term, raters
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
PAGE = "/admin/appraisals"
TERM = {
    "name": "秋季学期",
    "first_day": "2026-08-01",
    "last_day": "2027-01-31",
    "daily": "40",
    "annual": "20",
    "survey": "30",
    "inspection": "10",
}


@pytest.fixture
def term(database: Database, office: Office, now: datetime) -> str:
    """The address of a term that runs."""
    with database.transaction() as session:
        return f"{PAGE}/{begin_term(session, office.admin, now=now).id}"


def a_photo() -> tuple[BytesIO, str]:
    data = BytesIO()
    Image.new("RGB", (60, 40), (90, 120, 60)).save(data, "JPEG")
    return BytesIO(data.getvalue()), "现场.jpg"


def log(database: Database) -> list[str]:
    with database.reading() as session:
        entries = select(AuditEntry.words).where(AuditEntry.subject_kind.in_(("appraisal", "pioneer_post")))
        return list(session.scalars(entries.order_by(AuditEntry.id)))


def test_a_leader_begins_a_term_changes_its_weights_and_closes_it(
    signed_in: SignedIn, database: Database, office: Office
) -> None:
    leader = signed_in("leader")
    assert "还没有考核周期" in words_of(leader.get(PAGE))
    assert leader.get(f"{PAGE}/new").select_one("#name")["value"] == "2026年秋季学期"  # type: ignore[index]
    for changes, message in (
        ({"daily": "50"}, "各项权重加起来要等于 100，现在是 110。"),
        ({"first_day": "昨天"}, "请填写开始日期，如 2026-12-01。"),
        ({"first_day": "1999-01-01"}, "开始日期的年份不对。"),
        ({"name": ""}, "请填写考核周期的名称。"),
    ):
        refused = leader.refused(f"{PAGE}/new", TERM | changes)
        assert words_of(refused.select_one("[role=alert]")) == message
    address = leader.send(f"{PAGE}/new", TERM)
    assert words_of(leader.get(address).select_one("thead")).endswith("一线督查 10% 算法")
    settings = f"{address}/settings"
    leader.get(settings)
    assert leader.refused(settings, TERM | {"name": " "})
    leader.send(settings, TERM | {"daily": "50", "annual": "10"})
    leader.get(settings)
    spring = leader.send(f"{PAGE}/new", TERM | {"name": "建错了"})
    assert leader.send(f"{spring}/remove") == PAGE
    leader.send(f"{address}/teams/{office.team.id}/remarks", {"words": "办得实"})
    assert "已经录了内容，不能删除" in words_of(leader.get(leader.send(f"{address}/remove")))
    admin = signed_in("admin")
    leader.send(f"{address}/close")
    page = leader.get(address)
    assert "您申请的要由另一位" in words_of(page)
    assert "申请归档，等另一位分管领导或系统管理员" in words_of(leader.get(settings))
    leader.refused(f"{address}/close", {"step": "confirm"}, status=403)
    admin.send(f"{address}/close", {"step": "keep"})
    assert "暂不归档" in words_of(leader.get("/admin/notices"))
    leader.send(f"{address}/close")
    assert "考核归档待您审批" in words_of(admin.get("/admin/notices"))
    admin.get(address)
    admin.send(f"{address}/close", {"step": "confirm"})
    assert "已归档" in words_of(leader.get(settings))
    assert "归档时的" in words_of(leader.get(address))
    assert leader.post(settings, TERM).status_code == 409

    book = openpyxl.load_workbook(BytesIO(admin.client.get(f"{address}/workbook").data))
    assert book.sheetnames == ["排名", "各部分", "日常履职", "一线督查", "领导点评", "党员互评", "说明"]
    assert [cell.value for cell in book["排名"]["A"]][1:] == [office.team.name, office.other_team.name]
    assert admin.client.head(f"{address}/workbook").status_code == 200
    assert log(database) == [
        "新建考核周期「秋季学期」",
        "修改考核周期「秋季学期」",
        "新建考核周期「建错了」",
        "删除考核周期「建错了」",
        "点评「饮食服务中心」（秋季学期）",
        "申请归档考核周期「秋季学期」",
        "考核周期「秋季学期」暂不归档",
        "申请归档考核周期「秋季学期」",
        "归档考核周期「秋季学期」，2 个单位的评分表不再变动",
        "导出考核评分：秋季学期",
    ]
    for who, path in (("lead", f"{address}/workbook"), ("inspector", f"{PAGE}/new"), ("lead", settings)):
        signed_in(who).get(path, status=403)


def test_inspectors_enter_what_they_saw_and_the_team_reads_it_on_its_sheet(
    signed_in: SignedIn, database: Database, office: Office, term: str
) -> None:
    inspector = signed_in("inspector")
    new = f"{term}/inspections/new"
    inspector.get(f"{new}?team={office.team.id}")
    good = {
        "place": office.canteen.full_name,
        "team": "",
        "day": "2026-11-23",
        "points": "-3",
        "words": "后厨积水",
    }
    for changes, message in (
        ({"place": "没有这里"}, "没有找到「没有这里」，请换个说法，或从提示里选一个。"),
        ({"place": office.hall.full_name}, "请选择责任单位。"),
        ({"points": "三"}, "加减分须是 −30 到 10 的整数。"),
        ({"day": "2026-11-24"}, "督查日期要在2026年秋季学期之内，也不能晚于今天。"),
        ({"photo": (BytesIO(b"no"), "a.jpg")}, None),
    ):
        refused = inspector.refused(new, good | changes)
        assert message in {None, words_of(refused.select_one("[role=alert]"))}
    inspector.send(new, good | {"photo": a_photo()})
    inspector.send(new, good | {"place": "", "team": str(office.other_team.id), "points": "+2"})
    rows = inspector.get(f"{term}/inspections").select(".found")
    assert [words_of(row.select_one(".found-points")) for row in rows] == ["+2", "−3"]
    with database.reading() as session:
        found = session.scalars(select(Inspection).order_by(Inspection.id)).first()
        assert found is not None
    photo = f"{PAGE}/inspections/{found.id}/photo"

    handler = signed_in("handler")
    assert handler.leads_to(term) == f"{term}/teams/{office.team.id}"
    sheet = handler.get(f"{term}/teams/{office.team.id}")
    assert words_of(sheet.select_one("#inspection .part-worth")) == "97.0 权重 10%"
    assert "后厨积水" in words_of(sheet.select_one("#inspection"))
    assert sheet.select("form[action^='/admin/appraisals']") == []
    assert handler.client.get(photo).mimetype == "image/jpeg"
    assert len(handler.get(f"{term}/inspections").select(".found")) == 1
    handler.get(f"{term}/teams/{office.other_team.id}", status=403)
    handler.get(new, status=403)
    signed_in("outsider").get(photo, status=404)

    void = f"{term}/inspections/{found.id}/void"
    assert handler.post(void, {"reason": "不服"}).status_code == 403
    assert "请写明为什么作废" in words_of(inspector.get(inspector.send(void, {"reason": ""})))
    inspector.send(void, {"reason": "重复录入"})
    assert "已作废，不计分：重复录入" in words_of(inspector.get(f"{term}/inspections"))
    assert inspector.post(f"{term}/inspections/999/void", {"reason": "x"}).status_code == 404
    inspector.get(f"{PAGE}/inspections/{found.id + 1}/photo", status=404)
    with database.transaction() as session:
        session.add(
            AppraisalTerm(
                name="别的", first_day=found.day, last_day=found.day, weights={}, created_at=found.entered_at
            )
        )
    other = f"{PAGE}/{int(term.rsplit('/', 1)[1]) + 1}"
    assert inspector.post(f"{other}/inspections/{found.id}/void", {"reason": "x"}).status_code == 404


def test_leaders_enter_the_yearly_score_and_remarks_on_the_sheet(
    signed_in: SignedIn, database: Database, office: Office, term: str
) -> None:
    sheet = f"{term}/teams/{office.team.id}"
    leader = signed_in("leader")
    leader.get(sheet)
    for score, reason in (("九十", "年终考核"), ("101", "年终考核"), ("90", "")):
        refused = leader.refused(f"{sheet}/annual", {"score": score, "reason": reason})
        assert refused.select_one("#annual details[open]") is not None
    leader.send(f"{sheet}/annual", {"score": "92.5", "reason": "年终考核优秀"})
    leader.refused(f"{sheet}/remarks", {"words": ""})
    back = leader.send(f"{sheet}/remarks", {"words": "=办得实，再快一点"})
    page = leader.get(back)
    assert words_of(page.select_one("#annual .part-worth")) == "92.5 权重 20%"
    assert "=办得实，再快一点" in words_of(page.select_one("#remarks"))
    book = openpyxl.load_workbook(BytesIO(leader.client.get(f"{term}/workbook").data))
    assert (book["领导点评"]["B2"].value, book["领导点评"]["B2"].data_type) == ("=办得实，再快一点", "s")
    action = str(page.select_one("#remarks form[action$='/remove']")["action"])  # type: ignore[index]
    lead = signed_in("lead")
    assert "办得实" in words_of(lead.get(sheet))
    for path in (f"{sheet}/annual", f"{sheet}/remarks", action):
        assert lead.post(path, {"words": "x", "score": "1", "reason": "x"}).status_code == 403
    leader.send(action)
    assert "还没有点评" in words_of(leader.get(sheet))
    assert log(database)[-2:] == [
        "导出考核评分：2026年秋季学期",
        "删除对「饮食服务中心」的点评（2026年秋季学期）",
    ]


def test_peer_review_asks_each_once_and_shows_averages_at_the_end(
    signed_in: SignedIn, database: Database, office: Office, factory: Factory, now: datetime
) -> None:
    leader = signed_in("leader")
    assert "新建考核周期" in words_of(leader.get("/admin/peer-reviews"))
    assert "新建考核周期" in words_of(leader.get("/admin/peer-reviews/new"))
    form: dict[str, object] = {"title": "秋季互评", "subject": "teams"}
    assert "先新建一个考核周期" in words_of(leader.refused("/admin/peer-reviews/new", form))
    with database.transaction() as session:
        office_team, staff = session.merge(office.other_team), session.merge(office.admin)
        begin_term(session, staff, now=now)
        asked = [one.id for one in raters(session, factory, office_team, count=5)]
        session.get_one(Staff, office.handler.id).party_member = True
    page = leader.get("/admin/peer-reviews/new")
    ticked = [int(str(box["value"])) for box in page.select("input[name=raters][checked]")]
    assert ticked == [office.handler.id, *asked]
    leader.refused("/admin/peer-reviews/new", form | {"raters": ["1"]})
    address = leader.send("/admin/peer-reviews/new", form | {"raters": [str(one) for one in ticked]})

    handler = signed_in("handler")
    assert (
        words_of(handler.get("/admin/notices").select_one(".rail-link[href='/admin/appraisals'] .count"))
        == "1"
    )
    sheet = handler.get(address)
    assert [words_of(row.th) for row in sheet.select(".grade-table tbody tr")] == ["维修服务中心"]
    other = f"grade-{office.other_team.id}"
    assert "至少评一项" in words_of(handler.refused(address, {other: ""}))
    handler.send(address, {other: "good", "grade-x": "good"})
    assert "您已经评过了" in words_of(handler.get(address))
    assert handler.post(address, {other: "poor"}).status_code == 409
    signed_in("lead").get(address, status=403)
    with database.transaction() as session:
        found = session.scalars(select(PeerRound)).one()
        grade = peer_review.PeerGrade.EXCELLENT
        for one in asked:
            member = session.get_one(Staff, one)
            peer_review.hand_in(session, found, {office.team.id: grade}, staff=member, now=now)
    assert "已评" in words_of(leader.get("/admin/peer-reviews"))
    leader.send(f"{address}/close")
    rows = [words_of(row) for row in handler.get(address).select("table tbody tr")]
    assert rows == ["饮食服务中心 100.0 5", "维修服务中心 — 1"]
    assert "已评" in words_of(handler.get("/admin/peer-reviews"))
    term = str(leader.get(PAGE).select_one("tbody a")["href"])  # type: ignore[index]
    assert "秋季互评： 100.0 分" in words_of(
        leader.get(f"{term}/teams/{office.team.id}").select_one("#peers")
    )
    assert "不足 5 人次" in words_of(leader.get(f"{term}/teams/{office.other_team.id}").select_one("#peers"))
    assert handler.post(f"{address}/close").status_code == 403


def test_of_colleagues_everybody_reads_their_own_average_only(
    signed_in: SignedIn, database: Database, office: Office, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        leader = session.merge(office.leader)
        asked = [session.merge(office.handler), *raters(session, factory, None)]
        term = begin_term(session, leader, now=now)
        found = begin_round(session, term, asked, leader, subject=peer_review.PeerSubject.COLLEAGUES, now=now)
        peer_review.close(session, found, staff=leader, now=now)
        address = f"/admin/peer-reviews/{found.id}"
    assert len(signed_in("handler").get(address).select("table tbody tr")) == 1
    assert len(signed_in("leader").get(address).select("table tbody tr")) == 7


def test_a_post_is_applied_for_reviewed_shown_to_all_and_revoked(
    signed_in: SignedIn, database: Database, office: Office, visitor: Visitor
) -> None:
    lead, leader = signed_in("lead"), signed_in("leader")
    new = f"/admin/pioneer-posts/new/{office.canteen.id}"
    assert "去补上" in words_of(lead.get(new))
    wish = {"reason": "连续三个月零重办", "first_day": "2026-11-23", "last_day": "2027-11-22"}
    assert "标明是中共党员" in words_of(lead.refused(new, wish))
    with database.transaction() as session:
        place = session.get_one(ServicePoint, office.canteen.id)
        place.in_charge, place.party_member = "胡秀英（食堂主管）", True
    assert lead.get(f"/admin/places/{office.canteen.id}").select_one(f"a[href='{new}']") is not None
    address = lead.send(new, wish)
    page = lead.get(address)
    assert page.select("form[action$='/decide']") == []
    assert "自己不能审" in words_of(page)
    assert lead.post(f"{address}/decide", {"do": "award"}).status_code == 403
    signed_in("outsider").get(address, status=404)
    signed_in("handler").get(new, status=403)

    leader.get(address)
    assert "请填写不通过的原因" in words_of(leader.refused(f"{address}/decide", {"do": "refuse"}))
    leader.send(f"{address}/decide", {"do": "award", "words": ""})
    public = visitor.get(f"/h5/p/{office.canteen.code}")
    assert words_of(public.select_one(".post")) == "党员先锋岗 胡秀英（食堂主管），2027年11月22日前有效"
    assert words_of(public.select_one(".who")) == "胡秀英（食堂主管） 中共党员"
    assert "已授牌" in words_of(lead.get("/admin/pioneer-posts?state=awarded").select_one("tbody"))
    assert "没有待审核的" in words_of(lead.get("/admin/pioneer-posts?state=waiting"))
    leader.get(address)
    assert leader.refused(f"{address}/revoke", {"words": ""}).select_one("details[open]") is not None
    leader.send(f"{address}/revoke", {"words": "两次重办"})
    assert visitor.get(f"/h5/p/{office.canteen.code}").select(".post") == []
    again = lead.send(new, wish)
    lead.send(f"{again}/withdraw")
    assert "已撤回" in words_of(lead.get(again))
    assert log(database) == [
        "为「一食堂 3 号窗口」申请党员先锋岗",
        "授予「一食堂 3 号窗口」党员先锋岗",
        "撤销「一食堂 3 号窗口」的党员先锋岗",
        "为「一食堂 3 号窗口」申请党员先锋岗",
        "撤回「一食堂 3 号窗口」的党员先锋岗申请",
    ]
    with database.reading() as session:
        assert len(session.scalars(select(PioneerPost)).all()) == 2
        assert pioneer_posts.listed(session).total == 2
        assert appraisals.listed(session) == []


def test_what_lacks_standard_person_or_pledge_is_listed_with_the_way_to_mend_it(
    signed_in: SignedIn, office: Office, visitor: Visitor
) -> None:
    admin = signed_in("admin")
    page = admin.get("/admin/three-shown")
    assert words_of(page.select_one("#places-title")) == "还不齐全的服务点（2）"
    assert words_of(page.select_one("tbody tr")) == (
        "饮食服务中心 单位负责人 没有标准 没有承诺 1 1 改 「饮食服务中心」"
    )
    admin.get("/admin/settings/teams")
    team = {"name": office.team.name, "phone": ""}
    long = admin.refused(f"/admin/settings/teams/{office.team.id}", team | {"standard": "长" * 1001})
    assert words_of(long.select_one("[role=alert]")) == "服务标准最多 1000 字。"
    words = {"standard": "热菜不低于 60℃", "pledge": "凉了热"}
    admin.send(f"/admin/settings/teams/{office.team.id}", team | words)
    given = f"?team={office.team.id}&lack=person&kind=window"
    assert words_of(
        admin.get(f"/admin/three-shown{given}").select_one("#places-title + form + table tbody")
    ) == ("一食堂 3 号窗口 饮食服务中心 没有负责人 补上 「一食堂 3 号窗口」")
    assert "没有符合条件" in words_of(admin.get("/admin/three-shown?lack=person&kind=room"))
    lead = signed_in("lead").get("/admin/three-shown?team=nonsense")
    assert len(lead.select("tbody tr")) == 2
    public = visitor.get(f"/h5/p/{office.canteen.code}")
    said = {words_of(row.dt): words_of(row.dd) for row in public.select(".shown > div")}
    assert said == {
        "亮标准": "热菜不低于 60℃ 饮食服务中心的统一标准",
        "亮承诺": "凉了热 饮食服务中心的统一承诺",
    }
