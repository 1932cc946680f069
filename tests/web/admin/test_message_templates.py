"""The page 「消息模板」: set, see the card, send to oneself, take over from the account."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from config.settings import Settings
from domain import message_templates, mini_people
from models.database import Database
from models.enums import NoticeChannel, NoticeKind
from models.message_template import MessageTemplate
from models.person import Person
from simulator import Simulator, SimulatorConfig
from simulator.server import RunningSimulator
from tests.support.api_program import MINI_APP
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from tests.support.shared_platform import Platforms

SignedIn = Callable[[str], Visitor]
PAGE = "/admin/templates/answered/template"
TYPED = {
    "template_id": "NEW-1",
    "title": "办理进度通知",
    "key0": "thing1",
    "label0": "进展",
    "first0": "remark",
    "second0": "",
    "text0": "点击查看",
    "key3": "time2",
    "label3": "时间",
    "first3": "deadline",
    "second3": "time",
    "words": "处理中=在办\n挂账 = 已挂账\n",
}


@pytest.fixture
def running(platforms: Platforms) -> Iterator[RunningSimulator]:
    with platforms.lend(SimulatorConfig(start_following=True, template_event_delay=60)) as running:
        yield running


@pytest.fixture
def platform(running: RunningSimulator) -> Simulator:
    return running.simulator


@pytest.fixture
def make_settings(
    make_settings: Callable[..., Settings], request: pytest.FixtureRequest
) -> Callable[..., Settings]:
    """Settings that point at the pretend platform where a test has one."""
    if "running" not in request.fixturenames:
        return make_settings
    running: RunningSimulator = request.getfixturevalue("running")
    more = {"wechat_api_base": running.base_url} | (MINI_APP if "mini" in request.fixturenames else {})
    return lambda **changes: make_settings(**{**more, **changes})


@pytest.fixture
def mini() -> None:
    """There is a mini program; see `make_settings`."""


@pytest.fixture
def admin(platform: Simulator, office: Office, signed_in: SignedIn) -> Visitor:
    """The administrator, before a running platform."""
    del platform
    return signed_in(office.admin.username)


def bind(database: Database, office: Office, platform: Simulator, now: datetime) -> str:
    openid = next(iter(platform.state.users)).openid
    with database.transaction() as session:
        person = Person(openid=openid, created_at=now, followed_at=now)
        session.add(person)
        session.flush()
        session.merge(office.admin).person_id = person.id
    return openid


def rows(database: Database) -> list[MessageTemplate]:
    with database.reading() as session:
        return list(session.scalars(select(MessageTemplate).order_by(MessageTemplate.kind)))


def test_list_names_every_kind_and_where_its_template_comes_from(signed_in: SignedIn, office: Office) -> None:
    visitor = signed_in(office.admin.username)
    page = visitor.get("/admin/templates")
    assert [words_of(row.th).split()[0] for row in page.select("tbody tr")] == [
        kind.label for kind in NoticeKind
    ]
    assert "SIMTPL_PROGRESS" in words_of(page.select_one("tbody tr:nth-child(3)"))


def test_list_asks_the_database_as_often_for_three_as_for_one(
    signed_in: SignedIn, office: Office, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    visitor = signed_in(office.admin.username)
    asked = []
    for kinds in (["answered"], ["closed", "asked"]):
        for kind in kinds:
            visitor.get(f"/admin/templates/{kind}/template")
            visitor.send(f"/admin/templates/{kind}/template", TYPED)
        visitor.get("/admin/templates")  # which shows the message once
        with count_queries() as queries:
            visitor.get("/admin/templates")
        asked.append(len(queries))
    assert asked == [6, 6]


def test_template_is_set_and_shown_with_who_set_it(
    signed_in: SignedIn, office: Office, database: Database, now: datetime
) -> None:
    visitor = signed_in(office.admin.username)
    assert "来自配置文件" not in words_of(visitor.get(PAGE).select_one("form"))
    assert visitor.send(PAGE, TYPED) == PAGE
    [row] = rows(database)
    assert (row.kind, row.channel, row.template_id, row.title, row.updated_by_id, row.updated_at) == (
        NoticeKind.ANSWERED,
        NoticeChannel.TEMPLATE,
        "NEW-1",
        "办理进度通知",
        office.admin.id,
        now,
    )
    assert row.fields == {"thing1": ["{remark}", "点击查看"], "time2": ["{deadline}", "{time}"]}
    assert (row.labels, row.words) == (
        {"thing1": "进展", "time2": "时间"},
        {"处理中": "在办", "挂账": "已挂账"},
    )
    page = visitor.get(PAGE)
    assert office.admin.name in words_of(page.select_one(".template-side"))
    card = page.select_one(".phone-card")
    assert words_of(card) == (
        "办理进度通知 进展 维修服务中心：维修人员已出发，预计半小… 已裁 时间 2026年11月24日 17:30 查看详情"
    )


def test_card_follows_what_is_typed_and_nothing_is_saved(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    visitor = signed_in(office.admin.username)
    visitor.get(PAGE)
    card = visitor.post(f"{PAGE}/preview", TYPED | {"key0": "phrase1", "first0": "status"}, fragment=True)
    text = card.get_data(as_text=True)
    assert ("在办" in text, "维修人员" in text) == (True, False)
    assert visitor.post(f"{PAGE}/preview", TYPED | {"words": "broken"}, fragment=True).status_code == 200
    assert rows(database) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"template_id": "编号"}, "模板编号应为字母、数字、- 或 _"),
        ({"key0": "", "key3": ""}, "请至少填一个字段"),
        ({"key3": "thing1"}, "字段 thing1 写了两次"),
        ({"key0": "事项"}, "字段名「事项」不对"),
        ({"first0": "nonsense", "text0": ""}, "请选择 thing1 填什么"),
        ({"words": "处理中"}, "应写成：我们的词=模板的词"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_what_was_typed_stays(
    signed_in: SignedIn, office: Office, database: Database, changes: dict[str, str], words: str
) -> None:
    visitor = signed_in(office.admin.username)
    visitor.get(PAGE)
    page = visitor.refused(PAGE, TYPED | changes)
    assert words in words_of(page.select_one("[role=alert]"))
    title = page.select_one("#title")
    assert title is not None
    assert title["value"] == "办理进度通知"
    assert rows(database) == []


def test_kind_is_left_out_and_given_back_to_the_file(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    visitor = signed_in(office.admin.username)
    visitor.get(PAGE)
    visitor.send(f"{PAGE}/none")
    assert [row.template_id for row in rows(database)] == [""]
    visitor.send(f"{PAGE}/file")
    assert rows(database) == []
    template_id = visitor.get(PAGE).select_one("#template_id")
    assert template_id is not None
    assert template_id["value"] == "SIMTPL_PROGRESS"


@pytest.mark.parametrize("path", ["nonsense/template", "answered/custom", "answered/mini_subscription"])
def test_kinds_and_ways_that_do_not_exist_are_not_found(
    signed_in: SignedIn, office: Office, path: str
) -> None:
    signed_in(office.admin.username).get(f"/admin/templates/{path}", status=404)


@pytest.mark.parametrize("path", ["/admin/templates", PAGE, "/admin/template-import"])
@pytest.mark.parametrize("username", ["dispatcher", "handler", "leader"])
def test_page_is_for_administrators(signed_in: SignedIn, office: Office, path: str, username: str) -> None:
    del office
    visitor = signed_in(username)
    visitor.get(path, status=403)
    assert visitor.get("/admin/notices").select('a[href="/admin/templates"]') == []


@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}/preview", f"{PAGE}/test", f"{PAGE}/none", "/admin/template-import"]
)
def test_forms_need_their_token(signed_in: SignedIn, office: Office, path: str) -> None:
    assert signed_in(office.admin.username).post(path, TYPED, token="").status_code == 400


def test_sample_reaches_ones_own_phone(
    admin: Visitor, platform: Simulator, database: Database, office: Office, now: datetime
) -> None:
    openid = bind(database, office, platform, now)
    admin.get(PAGE)
    for _ in range(2):
        page = admin.get(admin.send(f"{PAGE}/test"))
        assert "已发到您的微信" in words_of(page.select_one(".flash"))
    assert [message["content"]["template_id"] for message in platform.messages(openid)] == [
        "SIMTPL_PROGRESS"
    ] * 2


def test_sample_that_wechat_refuses_says_why(
    admin: Visitor, platform: Simulator, database: Database, office: Office, now: datetime
) -> None:
    bind(database, office, platform, now)
    admin.get(PAGE)
    admin.send(PAGE, TYPED)
    page = admin.get(admin.send(f"{PAGE}/test"))
    assert "模板编号不正确或模板已被删除" in words_of(page.select_one(".flash.alert-danger"))


def test_sample_by_subscription_needs_leave(
    admin: Visitor, platform: Simulator, database: Database, office: Office, now: datetime
) -> None:
    openid = bind(database, office, platform, now)
    path = "/admin/templates/answered/subscription"
    admin.get(path)
    admin.send(
        path,
        TYPED
        | {"template_id": "SIMTPL_SURVEY", "key0": "thing1", "key3": "time3", "key4": "thing2", "text4": "x"},
    )
    page = admin.get(admin.send(f"{path}/test"))
    assert "43101" in words_of(page.select_one(".flash.alert-danger"))
    platform.people.need(openid).grants["SIMTPL_SURVEY"] = 1
    page = admin.get(admin.send(f"{path}/test"))
    assert "已发到您的微信" in words_of(page.select_one(".flash"))


def test_sample_needs_a_bound_wechat_and_a_template(signed_in: SignedIn, office: Office) -> None:
    visitor = signed_in(office.admin.username)
    visitor.get(PAGE)
    page = visitor.get(visitor.send(f"{PAGE}/test"))
    assert "您还没有绑定微信" in words_of(page.select_one(".flash.alert-warning"))
    path = "/admin/templates/chat_reply/template"
    page = visitor.get(visitor.send(f"{path}/test"))
    assert "还没有设置模板" in words_of(page.select_one(".flash.alert-warning"))


def test_templates_of_the_account_are_proposed_and_taken_over(admin: Visitor, database: Database) -> None:
    page = admin.get("/admin/template-import")
    boxes = {str(box["value"]): box.has_attr("checked") for box in page.select("input[name=take]")}
    assert boxes["received:template:SIMTPL_ACCEPTED"] is False, "it is in use already"
    assert boxes["staff_supervised:template:SIMTPL_PROGRESS"] is False
    assert rows(database) == []
    leads = admin.send("/admin/template-import", {"take": "received:template:SIMTPL_ACCEPTED"})
    assert "已导入 1 项" in words_of(admin.get(leads).select_one(".flash"))
    [row] = rows(database)
    assert (row.kind, row.template_id, row.title) == (NoticeKind.RECEIVED, "SIMTPL_ACCEPTED", "诉求受理通知")
    assert row.labels["time4"] == "受理时间"


def test_nothing_ticked_or_made_up_is_taken_over(admin: Visitor, database: Database) -> None:
    admin.get("/admin/template-import")
    for data in ({}, {"take": "received:template:MADE_UP"}):
        page = admin.get(admin.send("/admin/template-import", data))
        assert "没有勾选要导入的模板" in words_of(page.select_one(".flash"))
    assert rows(database) == []


def test_account_without_fitting_templates_says_what_to_do(admin: Visitor, platform: Simulator) -> None:
    for template in list(platform.state.templates):
        if template.template_id != "SIMTPL_BULLETIN":
            platform.state.templates.remove(template.template_id)
    assert "标题都对不上" in words_of(admin.get("/admin/template-import").select_one(".empty-card"))
    platform.state.templates.remove("SIMTPL_BULLETIN")
    assert "公众号里还没有模板" in words_of(admin.get("/admin/template-import").select_one(".empty-card"))


def test_platform_that_refuses_is_told_in_plain_words(admin: Visitor, platform: Simulator) -> None:
    platform.faults.add(
        path="/cgi-bin/template/get_all_private_template", kind="errcode", errcode=48001, times=-1
    )
    page = admin.get("/admin/template-import")
    assert "没有这个接口的权限" in words_of(page.select_one("[role=alert]"))
    page = admin.get(admin.send("/admin/template-import", {"take": "received:template:SIMTPL_ACCEPTED"}))
    assert "没有导入" in words_of(page.select_one(".flash.alert-danger"))


@pytest.mark.usefixtures("mini")
def test_mini_program_has_templates_of_its_own(
    admin: Visitor, platform: Simulator, database: Database, office: Office, now: datetime
) -> None:
    openid = bind(database, office, platform, now)
    user, template = platform.people.need(openid), platform.state.templates.get("SIMTPL_RESOLVED")
    assert template is not None
    theirs = replace(template, template_id="SIMSUB_DONE", subscription=True)
    platform.state.templates.put(theirs.template_id, theirs)
    cells = admin.get("/admin/templates").select("td[data-label=小程序订阅消息]")
    assert [words_of(cell).split("，")[0].strip() for cell in cells] == [
        "未设置" if NoticeChannel.MINI_SUBSCRIPTION in message_templates.ways_of(kind) else "不用"
        for kind in NoticeKind
    ]

    page = admin.get("/admin/template-import")
    proposed = [str(box["value"]) for box in page.select("input[name=take]")]
    taken = "resolved:mini_subscription:SIMSUB_DONE"
    assert taken in proposed
    admin.send("/admin/template-import", {"take": taken})
    assert [(row.kind, row.channel) for row in rows(database)] == [
        (NoticeKind.RESOLVED, NoticeChannel.MINI_SUBSCRIPTION)
    ]

    path = "/admin/templates/resolved/mini_subscription"
    admin.get(path)
    page = admin.get(admin.send(f"{path}/test"))
    assert "还没有打开过小程序" in words_of(page.select_one(".flash.alert-warning"))
    with database.transaction() as session:
        person = session.scalars(select(Person).where(Person.openid == openid)).one()
        waiting = mini_people.person_of_mini(session, openid=user.mini_openid, unionid=None, now=now)
        mini_people.link(session, waiting, to=person)
    user.grants["SIMSUB_DONE"] = 1
    page = admin.get(admin.send(f"{path}/test"))
    assert "已发到您的微信" in words_of(page.select_one(".flash"))
    [message] = platform.messages(openid)
    assert message["content"]["touser"] == user.mini_openid
