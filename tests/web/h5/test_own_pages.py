"""What a person has for themselves: 我的, the settings, the privacy page, and the bar that leads there."""

from collections.abc import Callable
from datetime import time
from urllib.parse import unquote

import pytest

from config.catalogue import QuietHours
from domain import complaints, grants, personal_settings
from domain.people import open_window, unfollow
from models.enums import ComplaintStatus as S
from models.enums import NoticeChannel, NoticeKind, ServicePointKind
from models.message_template import MessageTemplate
from models.person import Person
from models.service_point import ServicePoint
from tests.support.pages import Visitor, words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]


def test_bar_leads_through_the_pages_and_tells_of_unread_notices(world: World, phone: TakePhone) -> None:
    world.file(S.RESOLVED)
    student = phone(world.office.student)
    page = student.get("/h5/me")
    tabs = {words_of(tab.select_one("span")): str(tab["href"]) for tab in page.select(".tab-bar a")}
    assert tabs == {
        "我要反映": "/h5/report",
        "我的诉求": "/h5/complaints",
        "公示": "/h5/board",
        "我的": "/h5/me",
    }
    assert words_of(page.select_one(".tab-bar [aria-current=page]")) == "我的 3 条未读消息"
    assert [words_of(cell) for cell in page.select(".cell")][:2] == [
        "消息 3 条未读",
        "我的诉求 1 件等您评价或补充",
    ]
    for path in set(tabs.values()) | {str(cell["href"]) for cell in page.select(".cell[href^='/']")}:
        student.get(path)
    student.post("/h5/notices/read")
    page = student.get("/h5/me")
    assert words_of(page.select_one(".cell")) == "消息 都看过了"
    assert page.select(".badge") == []


def test_privacy_page_is_open_to_all_and_linked_from_every_foot(world: World, phone: TakePhone) -> None:
    anybody = phone()
    words = words_of(anybody.get("/h5/privacy").main)
    assert "openid" in words
    assert "收到90 天后删除原文" in words
    assert "30 分钟内有效" in words
    foot = anybody.get(f"/h5/p/{world.office.canteen.code}").select_one(".foot a")
    assert foot is not None
    assert foot["href"] == "/h5/privacy"


def test_choices_are_kept_and_shown_again(world: World, phone: TakePhone) -> None:
    student = phone(world.office.student)
    page = student.get("/h5/settings")
    assert {str(box["value"]) for box in page.select("[name=heard][checked]")} == {
        "received", "assigned", "progress", "again", "closed", "matters", "drafts", "digest", "surveys",
    }  # fmt: skip
    answer = student.submit(
        page, "/settings", heard=["progress"], quiet_from="23:00", quiet_to="06:30", digest="yes"
    )
    assert answer.location == "/h5/settings"
    page = student.get("/h5/settings")
    assert words_of(page.select_one(".said")) == "已保存，马上生效。"
    assert [str(box["value"]) for box in page.select("input[checked]")] == ["progress", "yes"]
    with world.database.reading() as session:
        choices = personal_settings.read(session, world.office.student)
        assert choices.quiet_hours == QuietHours(start=time(23), end=time(6, 30))
        assert NoticeKind.RESOLVED not in choices.muted
        assert personal_settings.read(session, world.office.friend).muted == frozenset()


def test_who_orders_pushes_is_asked_for_leave_once(world: World, phone: TakePhone) -> None:
    with world.database.transaction() as session:
        session.add(
            MessageTemplate(
                kind=NoticeKind.PUSH_DIGEST,
                channel=NoticeChannel.SUBSCRIPTION,
                template_id="D",
                fields={"thing1": ["{subject}"]},
                updated_by_id=world.office.admin.id,
                updated_at=world.now,
            )
        )
    student = phone(world.office.student)
    student.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"
    page = student.get("/h5/settings")
    assert page.select("[data-subscribe]") == []
    student.submit(page, "/settings", heard=["digest"], quiet_from="23:00", quiet_to="06:30", digest="yes")
    (offer,) = student.get("/h5/settings").select("[data-subscribe]")
    assert offer["data-subscribe"] == "D"
    with world.database.transaction() as session:
        person = session.get_one(Person, world.office.student.id)
        grants.note_popup(session, person, template_id="D", accepted=True, event_key="e", now=world.now)
    assert student.get("/h5/settings").select("[data-subscribe]") == []


def test_time_that_is_none_is_said_and_nothing_else_is_lost(world: World, phone: TakePhone) -> None:
    student = phone(world.office.student)
    student.get("/h5/settings")
    page = student.refused("/h5/settings", {"heard": "closed", "quiet_from": "晚上", "quiet_to": "07:00"})
    assert words_of(page.select_one("#settings-error")) == "时间请写成 22:30 这样。"
    assert [str(box["value"]) for box in page.select("input[checked]")] == ["closed"]
    assert page.select_one("#quiet-from[aria-invalid]") is not None


def test_page_says_which_ways_are_open_now(world: World, phone: TakePhone) -> None:
    student = phone(world.office.student)

    def ways() -> dict[str, str]:
        found = student.get("/h5/settings").select(".ways li")
        return {words_of(way.select_one("b")): words_of(way.span) for way in found}

    shut = ways()
    assert "给公众号发一句话" in shut["公众号对话"]
    assert "（能收到）" in shut["「消息」页"]
    with world.database.transaction() as session:
        person = session.get_one(Person, world.office.student.id)
        open_window(session, person, seconds=3600, messages=4, now=world.now)
        for way in (NoticeChannel.TEMPLATE, NoticeChannel.SUBSCRIPTION):
            session.add(
                MessageTemplate(
                    kind=NoticeKind.RESOLVED,
                    channel=way,
                    template_id="T",
                    fields={"thing1": ["{number}"]},
                    updated_by_id=world.office.admin.id,
                    updated_at=world.now,
                )
            )
    assert "点一次可以收到一次" in ways()["订阅通知"]
    with world.database.transaction() as session:
        person = session.get_one(Person, world.office.student.id)
        grants.note_popup(session, person, template_id="T", accepted=True, event_key="e", now=world.now)
    opened = ways()
    assert "（能收到）" in opened["服务通知卡片"]
    assert "今天 11:00前还可以回复您 4 条" in opened["公众号对话"]
    assert "还剩 1 次" in opened["订阅通知"]
    with world.database.transaction() as session:
        unfollow(session.get_one(Person, world.office.student.id), now=world.now)
    assert "关注公众号以后才能收到" in ways()["公众号对话"]


# Searching one's list


def test_long_list_can_be_searched_and_narrowed(world: World, phone: TakePhone) -> None:
    office = world.office
    for number in range(9):
        world.file(text=f"第 {number} 件", place_text="南门")
    lamp = world.file(S.RESOLVED, text="路灯不亮", service_point=office.hall)
    student = phone(office.student)
    assert student.get("/h5/complaints").select(".search") == []
    theirs = world.file(reporter=office.friend, text="路灯的电话13800001111", place_text="北门")
    world.write(theirs, lambda s, c: complaints.follow(s, c, person=office.student, now=world.now))

    def shown(query: str) -> list[str]:
        page = student.get(f"/h5/complaints?{query}")
        assert page.select_one(".search") is not None
        return [str(row["href"]).rpartition("/")[2] for row in page.select(".row")]

    assert shown("q=路灯") == [lamp], "what a follower may not read is not found by its words either"
    assert shown(f"q={theirs}") == [theirs]
    assert shown("q=图书馆") == [lamp]
    assert shown("q=路灯 南门") == []
    assert shown("whose=followed") == [theirs]
    assert len(shown("whose=own&q=南门")) == 9
    page = student.get("/h5/complaints?q=没有这样的&tab=open")
    assert words_of(page.select_one(".empty")) == "没有找到。 看全部诉求"
    page = student.get("/h5/complaints?q=路灯&whose=own")
    assert [words_of(chip) for chip in page.select(".chip")][:3] == ["全部 1", "办理中 0", "待我评价 1"]
    assert unquote(str(page.select(".chip")[2]["href"])).endswith("tab=to_rate&q=路灯&whose=own")


# The bar and the card of one complaint


def test_bar_tells_when_each_step_was_taken(world: World, phone: TakePhone) -> None:
    student = phone(world.office.student)

    def bar(number: str) -> list[str]:
        page = student.get(f"/h5/complaints/{number}")
        return [words_of(step) for step in page.select(".bar li")]

    resolved = bar(world.file(S.RESOLVED))
    assert resolved[3:] == ["办结 （已完成） 11-23 10:00", "评价 （进行中）"]
    assert bar(world.file(S.ASSIGNED))[1:3] == ["派单 （已完成） 11-23 10:00", "办理 （进行中）"]
    assert bar(world.file(S.DEFERRED))[2:] == [
        "挂账 （暂停） 11-23 10:00",
        "办结 （未开始）",
        "评价 （未开始）",
    ]
    assert bar(world.file(S.WITHDRAWN))[1:] == ["已撤回 （到此为止） 11-23 10:00"]
    again = world.file(S.RESOLVED)
    world.do(again, complaints.rate, solved=False, stars=1, words="没好")
    assert bar(again)[2:] == ["办理 （进行中） 11-23 10:00", "办结 （未开始）", "评价 （未开始）"]


def share(page_of: Phone, number: str) -> dict[str, str] | None:
    card = page_of.get(f"/h5/complaints/{number}").select_one("[data-share]")
    return None if card is None else {name: str(card[name]) for name in ("data-share", "data-title")}


def test_card_leads_strangers_to_what_was_released_and_to_nothing_else(
    world: World, phone: TakePhone
) -> None:
    office, student = world.office, phone(world.office.student)
    nowhere = world.file(S.IN_PROGRESS, text="私事")
    assert share(student, nowhere) is None
    number = world.file(S.IN_PROGRESS, text="私事13800001111", service_point=office.canteen)
    card = share(student, number)
    assert card is not None
    assert card["data-title"] == "一食堂 3 号窗口：大家反映的，办得怎么样"
    path = card["data-share"].removeprefix("http://127.0.0.1:8000")
    assert path == f"/h5/p/{office.canteen.code}"
    assert "私事" not in words_of(phone().get(path).main)
    world.do(number, complaints.publish, staff=office.dispatcher, public_text="窗口排队太久" * 6)
    card = share(student, number)
    assert card is not None
    assert card["data-title"] == ("窗口排队太久" * 6)[:29] + "…"
    assert card["data-share"].endswith(f"/h5/board/{number}")
    shown = words_of(phone().get(card["data-share"].removeprefix("http://127.0.0.1:8000")).main)
    assert "窗口排队太久" in shown
    assert "我也遇到" in shown
    assert "私事" not in shown
    assert "13800001111" not in shown


def test_room_is_passed_on_by_nobody(world: World, phone: TakePhone) -> None:
    number = world.file(S.IN_PROGRESS, service_point=world.office.canteen)
    with world.database.transaction() as session:
        session.get_one(ServicePoint, world.office.canteen.id).kind = ServicePointKind.ROOM
    assert share(phone(world.office.student), number) is None


# Whose page it is


def _numbered(world: World, method: str) -> list[str]:
    rules = [rule for rule in world.app.url_map.iter_rules() if method in (rule.methods or ())]
    return [rule.rule for rule in rules if rule.rule.startswith("/h5/complaints/<number>")]


@pytest.mark.usefixtures("clock")
def test_every_page_of_a_complaint_is_for_its_people_only(world: World, phone: TakePhone) -> None:
    office = world.office
    number = world.file(S.RESOLVED, text="只有我知道", contact_phone="13800001111")
    world.write(number, lambda s, c: complaints.follow(s, c, person=office.friend, now=world.now))
    with world.database.transaction() as session:
        stranger = world.make.person(session)
    people = {"owner": office.student, "follower": office.friend, "stranger": stranger, "nobody": None}
    phones: dict[str, Visitor] = {name: phone(person) for name, person in people.items()}
    phones["stranger"].get("/h5/settings")  # has a token for forms of their own
    met = {}
    for rule in _numbered(world, "GET"):
        for name, visitor in phones.items():
            answer = visitor.client.get(rule.replace("<number>", number))
            met[rule.rpartition("/")[2], name] = answer.status_code
            hidden = "13800001111" in answer.get_data(as_text=True)
            assert not hidden or name == "owner", (rule, name)
    ends = ("<number>", "rate", "rated", "filed")
    of_owner = [met[end, "owner"] for end in ends]
    assert of_owner == [200, 200, 302, 200]
    assert {status for (_, name), status in met.items() if name == "stranger"} == {404}
    assert {status for (_, name), status in met.items() if name == "nobody"} == {401}
    assert {met[end, "follower"] for end in ends} == {200, 302}
    for rule in _numbered(world, "POST"):
        refused = {
            name: phones[name].post(rule.replace("<number>", number), {"words": "x"}).status_code
            for name in ("stranger", "nobody")
        }
        # Without a session there is no token either.
        assert refused == {"stranger": 404, "nobody": 401}, rule
    assert world.status(number) is S.RESOLVED


def test_inbox_and_list_are_each_persons_own(world: World, phone: TakePhone) -> None:
    world.file(S.RESOLVED)
    student, friend = phone(world.office.student), phone(world.office.friend)
    rows = [
        [len(one.get(path).select(".row")) for path in ("/h5/notices", "/h5/complaints")]
        for one in (student, friend)
    ]
    assert rows == [[3, 1], [0, 0]]
    friend.post("/h5/notices/read")
    assert words_of(student.get("/h5/me").select_one(".cell")) == "消息 3 条未读"
