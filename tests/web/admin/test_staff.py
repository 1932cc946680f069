"""工作人员: inviting, changing, closing and helping, as an administrator does it in the pages."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from domain import office_settings
from domain.office_settings import SECOND_FACTOR_ROLES, WECHAT_IS_ENOUGH
from models.audit import AuditEntry
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus, Role
from models.staff import Staff
from tests.support.factories import PASSWORD, Office
from tests.support.pages import Visitor, words_of

STAFF, RULES = "/admin/settings/staff", "/admin/settings/sign-in"
GOOD = "quiet-river-stone-42"
CHOSEN = {"password": GOOD, "password_again": GOOD}
SignedIn = Callable[[str], Visitor]


@pytest.fixture
def admin(signed_in: SignedIn, office: Office) -> Visitor:
    """The administrator, at the list of colleagues."""
    visitor = signed_in(office.admin.username)
    visitor.get(f"{STAFF}/new")
    return visitor


def link_in(admin: Visitor, path: str, data: dict[str, object] | None = None) -> str:
    """Send a form that is answered with a link, and give the link's path."""
    page = admin._page(admin.post(path, data), 200, fragment=False)
    field = page.select_one("#link")
    assert field is not None
    assert len(page.select(".link-code svg path")) == 1
    assert str(field["value"]) in page.select_one("#words").get_text()  # type: ignore[union-attr]
    return str(field["value"]).removeprefix("http://127.0.0.1:8000")


def account(database: Database, username: str) -> Staff:
    with database.reading() as session:
        return session.scalars(select(Staff).where(Staff.username == username)).one()


def test_an_invited_colleague_comes_in_by_the_link(
    admin: Visitor, app: Flask, office: Office, database: Database, clock: time_machine.Traveller
) -> None:
    del office, clock
    entered = {"username": "LiuYang", "name": "刘洋", "post": "受理岗", "team_id": "", "roles": "handler"}
    page = admin.refused(f"{STAFF}/new", entered)
    assert words_of(page.select_one("[role=alert]")) == "经办人和单位负责人要选择所在的责任单位。"
    assert page.select_one("#username")["value"] == "LiuYang"  # type: ignore[index]
    link = link_in(admin, f"{STAFF}/new", entered | {"roles": "dispatcher"})
    assert words_of(admin.get(STAFF).select_one("tbody")).count("等待设置密码") == 1

    newcomer = Visitor(app)
    newcomer.client.head(link)
    newcomer.get(link)
    page = newcomer.get(link)
    assert page.select_one("#username")["value"] == "liuyang"  # type: ignore[index]
    for wrong, field in (
        ({**CHOSEN, "password_again": "x"}, "password_again"),
        ({"password": "short"}, "password"),
    ):
        assert newcomer.refused(link, wrong).select_one(f"#{field}-error") is not None
    assert newcomer.send(link, CHOSEN) == "/admin/"
    assert "下次登录的用户名是 liuyang" in words_of(newcomer.get("/admin/notices").select_one("#messages"))
    assert newcomer.get(link, status=410).h1 is not None
    newcomer.refused(link, CHOSEN, status=410)
    assert Visitor(app).get("/admin/invitation/nothing", status=404).h1 is not None
    Visitor(app).sign_in("liuyang", GOOD)
    secret = link.rpartition("/")[2]
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry)).all()
        assert not any(secret in f"{entry.words}{entry.details}" for entry in entries)
        assert "用邀请链接登录" in [entry.words for entry in entries]


def test_lines_are_previewed_and_then_invited(admin: Visitor, app: Flask, database: Database) -> None:
    lines = "n1,王建国,班长,维修服务中心,经办人\nn2\t李敏\t\t\t受理员\nhandler,在的,,,受理员\nn3,赵,,,司机"
    admin.get(f"{STAFF}/bulk")
    page = admin._page(admin.post(f"{STAFF}/bulk/preview", {"lines": lines}), 200, fragment=False)
    fates = [words_of(badge) for badge in page.select(".bulk-table .badge")]
    assert fates == ["邀请", "邀请", "跳过", "有误"]
    with database.reading() as session:
        assert session.scalar(select(Staff.id).where(Staff.username == "n1")) is None

    page = admin._page(admin.post(f"{STAFF}/bulk/invite", {"lines": lines}), 200, fragment=False)

    links = [str(field["value"]) for field in page.select(".links-table input[readonly]")]
    assert len(links) == 2
    assert [line.split("\t")[2] for line in page.select_one("#all").get_text().split("\n") if line] == links  # type: ignore[union-attr]
    Visitor(app).get(links[1].removeprefix("http://127.0.0.1:8000"))
    assert words_of(admin.refused(f"{STAFF}/bulk/invite", {"lines": lines}).select_one("[role=alert]"))
    admin.refused(f"{STAFF}/bulk/preview", {"lines": " "})


def test_the_list_is_narrowed(admin: Visitor) -> None:
    def usernames(query: str) -> list[str]:
        return [
            words_of(row.select_one("th .sub")) for row in admin.get(f"{STAFF}?{query}").select("tbody tr")
        ]

    assert usernames("role=lead") == ["lead"]
    assert usernames("words=dispatcher") == ["dispatcher", "dispatcher2"]
    assert len(usernames("team=x&state=nonsense&page=-3")) == 9
    assert usernames("factor=yes") == []
    assert "没有符合条件的人" in words_of(admin.get(f"{STAFF}?factor=yes").main)


def test_a_colleague_is_changed_closed_and_opened_again(
    admin: Visitor, app: Flask, office: Office, database: Database, file: Callable[..., Complaint]
) -> None:
    complaint = file(ComplaintStatus.IN_PROGRESS)
    colleague = Visitor(app).sign_in("handler")
    path = f"{STAFF}/{office.handler.id}"
    entered = {
        "name": "王建国",
        "post": "水电班长",
        "team_id": office.other_team.id,
        "roles": ["handler", "lead"],
    }
    admin.refused(path, {**entered, "name": ""})
    admin.send(path, entered)
    staff = account(database, "handler")
    assert (staff.name, staff.post, staff.roles) == ("王建国", "水电班长", {Role.HANDLER, Role.LEAD})
    colleague = Visitor(app).sign_in("handler")

    admin.send(f"{path}/disable")

    page = admin.get(path)
    assert "名下还有 1 件在办诉求没有人办" in words_of(page.main)
    assert [words_of(link) for link in page.select(".account-complaints .number")] == [complaint.number]
    assert colleague.leads_to("/admin/notices").startswith("/admin/sign-in")
    assert [words_of(button) for button in page.select(".account-acts button")] == ["启用"]
    admin.refused(f"{path}/reset")
    admin.send(f"{path}/enable")
    Visitor(app).sign_in("handler")


def test_who_cannot_come_in_is_helped(
    admin: Visitor, app: Flask, office: Office, database: Database, clock: time_machine.Traveller
) -> None:
    colleague, path = Visitor(app).sign_in("handler"), f"{STAFF}/{office.handler.id}"
    with database.transaction() as session:
        staff = session.get_one(Staff, office.handler.id)
        staff.person_id, staff.totp_confirmed_at = office.friend.id, staff.created_at
        staff.failed_logins, staff.locked_until = 5, staff.created_at + timedelta(minutes=5)
    del clock
    buttons = [words_of(button) for button in admin.get(path).select(".account-acts button")]
    assert buttons == ["解除", "重设", "要求", "退出", "解除", "取消二次验证", "停用"]
    admin.send(f"{path}/unlock")
    admin.send(f"{path}/demand-password")
    admin.refused(f"{path}/second-factor-off", {"reason": ""})
    admin.send(f"{path}/second-factor-off", {"reason": "手机丢失，已当面核实"})
    admin.send(f"{path}/unbind")
    admin.send(f"{path}/sign-out")
    assert colleague.leads_to("/admin/notices").startswith("/admin/sign-in")
    staff = account(database, "handler")
    assert (staff.locked_until, staff.person_id, staff.has_second_factor) == (None, None, False)
    link = link_in(admin, f"{path}/reset")
    Visitor(app).get("/admin/sign-in")
    stranger = Visitor(app)
    stranger.get("/admin/sign-in")
    stranger.refused("/admin/sign-in", {"username": "handler", "password": PASSWORD})
    newer = link_in(admin, f"{path}/reset")
    Visitor(app).get(link, status=404)
    colleague.get(newer)
    colleague.send(newer, CHOSEN)
    colleague.get("/admin/notices")


def test_ones_own_account_has_no_buttons(admin: Visitor, office: Office, database: Database) -> None:
    path = f"{STAFF}/{office.admin.id}"
    page = admin.get(path)
    assert page.select(".account-acts") == []
    for act in ("disable", "reset", "second-factor-off"):
        admin.refused(f"{path}/{act}", {"reason": "x"})
    page = admin.refused(path, {"name": "我", "roles": "leader"})
    assert words_of(page.select_one("[role=alert]")).startswith("不能取消自己的系统管理员角色")
    assert account(database, "admin").roles == {Role.ADMIN}


def test_rules_of_signing_in_are_set(admin: Visitor, database: Database, office: Office) -> None:
    assert re.findall(r"(\d) 人，已开启 0 人", words_of(admin.get(RULES).main)) == [
        "3",
        "1",
        "2",
        "1",
        "1",
        "1",
    ]
    assert admin.send(RULES, {"roles": ["leader", "nonsense"], "wechat_is_enough": "1"}) == RULES
    with database.reading() as session:
        assert office_settings.read(session, SECOND_FACTOR_ROLES) == {Role.LEADER}
        assert office_settings.read(session, WECHAT_IS_ENOUGH)
    ticked = [str(box["value"]) for box in admin.get(RULES).select("input[checked]")]
    assert ticked == ["leader", "1"]
    del office


@pytest.mark.parametrize("username", ["handler", "lead", "dispatcher", "leader", "inspector"])
def test_nobody_else_opens_these_pages(signed_in: SignedIn, office: Office, username: str) -> None:
    visitor = signed_in(username)
    visitor.get("/admin/security")
    for path in (STAFF, f"{STAFF}/new", f"{STAFF}/bulk", f"{STAFF}/{office.handler.id}", RULES):
        visitor.get(path, status=403)
    acts = [
        "disable",
        "enable",
        "reset",
        "unlock",
        "sign-out",
        "demand-password",
        "unbind",
        "second-factor-off",
    ]
    for path in ("new", "bulk/preview", "bulk/invite", *(f"{office.handler.id}/{act}" for act in acts)):
        visitor.refused(f"{STAFF}/{path}", status=403)
    visitor.refused(RULES, status=403)
