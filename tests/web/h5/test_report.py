"""Raising something, at a place or anywhere, and what the form says when it cannot be taken."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from domain import complaints, queries
from domain.reporting import follow
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import AttachmentKind, AttachmentState, Channel, ComplaintKind
from models.enums import ComplaintStatus as S
from models.person import Person
from models.service_point import ServicePoint
from tests.support.pages import words_of
from tests.support.recordings import silence
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]
PLACE = "/h5/p/place-2"
FORM = f"{PLACE}/report"
ANYWHERE = "/h5/report"
NOTHING_SAID = "请写几句话说明情况，或附上照片、语音。"


def picture() -> tuple[BytesIO, str]:
    data = BytesIO()
    Image.new("RGB", (40, 30), (200, 40, 40)).save(data, "JPEG")
    data.seek(0)
    return data, "桌子.jpg"


def key_of(page: BeautifulSoup) -> str:
    field = page.select_one("input[name=key]")
    assert field is not None
    return str(field["value"])


def filed(world: World) -> Complaint:
    with world.database.reading() as session:
        return session.scalars(select(Complaint)).one()


def attached(world: World) -> list[Attachment]:
    with world.database.reading() as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.id)))


def by_script(phone: Phone, path: str, fields: dict[str, Any]) -> TestResponse:
    data = {"csrf_token": phone.token} | fields
    return phone.client.post(path, data=data, headers={"Accept": "application/json"})


def retire(world: World) -> None:
    with world.database.transaction() as session:
        session.get_one(ServicePoint, world.office.canteen.id).active = False


def test_report_is_filed_once_at_the_place_and_the_receipt_says_what_follows(
    world: World, phone: TakePhone
) -> None:
    friend = phone(world.office.friend)
    page = friend.get(f"{FORM}?kind=repair")
    assert words_of(page.select_one("[data-where-name]")) == "一食堂 3 号窗口"
    assert page.select_one("details[open].contact") is not None
    fields = {
        "key": key_of(page),
        "kind": "repair",
        "words": "保温台不热了",
        "contact_name": "李同学",
        "contact_phone": "13800000000",
    }

    to = friend.send(FORM, fields | {"attachments": picture()})
    again = friend.send(FORM, fields | {"attachments": picture()})

    assert to == again
    found = filed(world)
    assert to == f"/h5/complaints/{found.number}/filed"
    assert (found.kind, found.channel, found.status) == (ComplaintKind.REPAIR, Channel.WEB, S.ASSIGNED)
    assert (found.text, found.anonymous) == ("保温台不热了", False)
    assert (found.contact_name, found.contact_phone) == ("李同学", "13800000000")
    assert (found.reporter_id, found.service_point_id) == (world.office.friend.id, world.office.canteen.id)
    assert world.count(Attachment) == 1
    receipt = friend.get(to)
    assert words_of(receipt.select_one(".filed-number")) == f"报修编号 {found.number}"
    assert words_of(receipt.select_one(".next-title")) == "明天 10:00前给您第一次答复"
    assert "由饮食服务中心负责。周四 10:00前办结。" in words_of(receipt)
    assert receipt.select(".said") == []
    assert receipt.select("[data-subscribe]") == []  # this account has no 订阅通知


def test_answer_that_was_lost_is_given_again_and_later_words_are_not_swallowed(
    world: World, phone: TakePhone
) -> None:
    friend = phone(world.office.friend)
    key = key_of(friend.get(FORM))
    first = by_script(friend, FORM, {"key": key, "words": "地滑"})
    again = by_script(friend, FORM, {"key": key, "words": "地很滑，已经有人摔了"})

    number = filed(world).number
    assert first.status_code == again.status_code == 200
    assert first.json == again.json == {"to": f"/h5/complaints/{number}/filed"}
    said = words_of(friend.get(f"/h5/complaints/{number}/filed").select_one(".said"))
    assert said == "您之前已经提交成功，就是这一件。后来改的文字没有算进去，可以在进度页补充。"


def test_anonymous_report_keeps_no_contact(world: World, phone: TakePhone) -> None:
    friend = phone(world.office.friend)
    fields = {"key": key_of(friend.get(FORM)), "words": "地滑", "anonymous": "yes", "contact_name": "小李"}

    to = friend.send(FORM, fields)

    found = filed(world)
    assert (found.anonymous, found.contact_name, found.kind) == (True, "", ComplaintKind.COMPLAINT)
    assert "您选了匿名：工作人员看不到您是谁" in words_of(friend.get(to))


@pytest.mark.parametrize(
    ("path", "fields", "field", "said"),
    [
        (FORM, {"words": " \r\n"}, "words", NOTHING_SAID),
        (FORM, {"words": "\u202e\u200f\u200b"}, "words", NOTHING_SAID),
        (FORM, {"words": "😡😡"}, "words", "只有表情或符号，看不出是什么事。请写几个字，或附上照片、语音。"),
        (
            FORM,
            {"words": "长" * 10_001},
            "words",
            "写了 10001 字，最多 10000 字。请删去一些，或分成几件反映。",
        ),
        (
            FORM,
            {"words": "灯坏了", "contact_phone": "138"},
            "contact_phone",
            "这个电话好像不对，请填手机号、带区号的座机号或校内短号；不想留可以空着。",
        ),
        (
            ANYWHERE,
            {"words": "灯坏了", "kind": "repair"},
            "place",
            "在哪里？请选一个地点，或写上楼号、房间号。",
        ),
        (
            ANYWHERE,
            {"words": "灯坏了", "place": "no-such-code"},
            "place",
            "这个地点的二维码已停用。您写的都还在，请重新选一下在哪里。",
        ),
    ],
    ids=["empty", "unseen", "emoji", "too long", "telephone", "nowhere", "unknown place"],
)
def test_refusal_stands_at_its_field_and_leaves_nothing(
    world: World, phone: TakePhone, path: str, fields: dict[str, Any], field: str, said: str
) -> None:
    friend = phone(world.office.friend)
    key = key_of(friend.get(path))
    # A file would make up for missing words, so only some of these bring one.
    files = {"attachments": picture()} if field != "words" else {}

    page = friend.refused(path, {"key": key, "kind": "repair"} | fields | files)
    answer = by_script(friend, path, {"key": key, "kind": "repair"} | fields)

    shown = [words_of(line) for line in page.select("[data-error]:not([hidden])")]
    assert shown == [said] == [words_of(page.select_one(f"#{field}-error"))]
    marked = page.select("[aria-invalid]")
    assert [mark["aria-describedby"] for mark in marked] == [f"{field}-error"]
    assert (answer.status_code, answer.json) == (422, {"field": field, "message": said})
    box = page.select_one("textarea[name=words]")
    assert box is not None
    assert box.get_text().strip() == fields["words"].replace("\u202e", "").strip()
    assert key_of(page) == key
    assert [mark["value"] for mark in page.select("input[name=kind][checked]")] == ["repair"]
    assert world.count(Complaint) == 0


def test_file_that_is_none_is_refused_by_name(world: World, phone: TakePhone, app: Flask) -> None:
    friend = phone(world.office.friend)
    friend.get(FORM)
    photo = {"words": "看照片", "attachments": (BytesIO(b"no photo"), "a.jpg")}
    page = friend.refused(FORM, photo)
    assert words_of(page.select_one("#attachments-error")).startswith("「a.jpg」：")
    page = friend.refused(FORM, {"voice": (BytesIO(b"no sound"), "voice.mp4")})
    assert words_of(page.select_one("#voice-error")) == "语音的格式不支持。请重新录一段，或写成文字。"
    assert world.count(Complaint) == world.count(Attachment) == 0
    uploads = Path(app.extensions["banshishi"].settings.upload_dir)
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


def test_odd_texts_arrive_as_they_are_and_stay_texts(world: World, phone: TakePhone) -> None:
    friend = phone(world.office.friend)
    friend.get(FORM)
    markup = "<script>alert(1)</script><b>灯</b> & {{ 7*7 }} 😡 \u202e反了\u202c ئۇيغۇرچە"
    for words in (markup, "长" * 10_000, "第一行\r\n第二行"):
        friend.send(FORM, {"words": words})
    friend.send(FORM, {"words": "👍", "kind": "praise"})

    with world.database.reading() as session:
        kept = list(session.scalars(select(Complaint.text).order_by(Complaint.id)))
        number = session.scalars(select(Complaint.number).order_by(Complaint.id)).first()
    plain = markup.replace("\u202e", "").replace("\u202c", "")
    assert kept == [plain, "长" * 10_000, "第一行\n第二行", "👍"]
    page = friend.get(f"/h5/complaints/{number}")
    assert words_of(page.select_one(".own-words")) == plain
    refused = friend.refused(FORM, {"words": "</textarea><b>灯</b>", "contact_phone": '"><i>'})
    assert refused.select("form.report b, form.report i") == []


def test_place_retired_while_writing_keeps_what_was_written(world: World, phone: TakePhone) -> None:
    friend = phone(world.office.friend)
    page = friend.get(FORM)
    retire(world)

    page = friend.refused(FORM, {"key": key_of(page), "words": "保温台不热了", "attachments": picture()})

    assert "已停用。您写的都还在" in words_of(page.select_one("#place-error"))
    assert words_of(page.select_one("textarea")) == "保温台不热了"
    assert page.select("input[type=radio][name=place]") != []
    assert world.count(Complaint) == 0


def test_form_without_a_place_helps_to_find_one_also_without_scripts(world: World, phone: TakePhone) -> None:
    with world.database.transaction() as session:
        hall = session.get_one(ServicePoint, world.office.hall.id)
        world.make.place(session, "东侧", parent=hall)
    friend = phone(world.office.friend)

    def offered(page: BeautifulSoup) -> list[str]:
        return [words_of(each.parent) for each in page.select("input[type=radio][name=place]")]

    page = friend.get(ANYWHERE)
    assert words_of(page.select_one(".offer-title")) == "全部地点"
    assert offered(page) == [world.office.canteen.full_name, world.office.hall.full_name]
    typed = {"key": key_of(page), "words": "灯坏了", "kind": "repair", "place_words": "三号窗口"}
    found = friend.post(ANYWHERE, typed | {"find": "1"})
    assert found.status_code == 200
    page = BeautifulSoup(found.get_data(as_text=True), "html.parser")
    assert offered(page) == [world.office.canteen.full_name]
    assert words_of(page.select_one("textarea")) == "灯坏了"
    opened = friend.post(ANYWHERE, typed | {"inside": world.office.hall.code}).get_data(as_text=True)
    assert offered(BeautifulSoup(opened, "html.parser")) == [f"就选{world.office.hall.full_name}", "东侧"]

    friend.send(ANYWHERE, typed | {"place": world.office.canteen.code})
    first = filed(world)
    assert (first.service_point_id, first.place_text) == (world.office.canteen.id, "")
    assert words_of(friend.get(ANYWHERE).select_one(".offer-title")) == "您最近反映过的"


def test_place_nobody_has_listed_is_taken_in_their_words_with_their_position(
    world: World, phone: TakePhone
) -> None:
    friend = phone(world.office.friend)
    friend.get(ANYWHERE)
    spot = {"latitude": "30.26", "longitude": "120.12"}
    friend.send(ANYWHERE, {"words": "路灯不亮", "place_words": "湖边小路 ", **spot})
    found = filed(world)
    assert (found.service_point_id, found.place_text) == (None, "湖边小路")
    (position,) = attached(world)
    assert (position.kind, position.latitude, position.label) == (AttachmentKind.LOCATION, 30.26, "湖边小路")
    assert position.complaint_id == found.id

    friend.send(FORM, {"words": "灯不亮", "place": world.office.canteen.code, **spot})
    friend.send(ANYWHERE, {"words": "灯不亮", "place_words": "x", "latitude": "nan", "longitude": "500"})
    assert world.count(Attachment) == 1


def test_places_are_looked_up_as_the_script_asks(world: World, phone: TakePhone) -> None:
    friend = phone(world.office.friend)
    assert words_of(friend.get("/h5/places?q=火星", fragment=True)).startswith("是这里吗？ 没有找到。没关系")
    near = friend.get("/h5/places?lat=30.1&lng=120.1", fragment=True)
    assert "附近没有登记过位置的地点" in words_of(near)
    scan = "/h5/places/scanned?text="
    link = f"https://hq.example.edu.cn{PLACE}"
    assert friend.client.get(scan + link).json == {"code": "place-2", "name": "一食堂 3 号窗口"}
    assert friend.client.get(f"{scan}https://example.com").json == {"code": "", "name": ""}


def test_what_others_raised_is_told_as_it_was_released_and_joined_from_the_form(
    world: World, phone: TakePhone
) -> None:
    number = world.file(S.IN_PROGRESS, service_point=world.office.canteen, text="我是小李，排队二十分钟")
    secret = world.file(S.IN_PROGRESS, service_point=world.office.canteen, text="排队时被推搡")
    world.do(number, complaints.publish, staff=world.office.dispatcher, public_text="高峰时排队太久")
    friend = phone(world.office.friend)
    shown = friend.get(FORM).select_one("[data-alike-list]")
    assert words_of(shown).startswith(
        "这里正在办 1 件，看看有没有您要说的 高峰时排队太久 一食堂 3 号窗口 · 11月23日"
    )
    asked = "/h5/alike?words=排队太久了&place="
    listed = friend.get(asked, fragment=True)
    assert words_of(listed.select_one(".alike-words")) == "高峰时排队太久"
    assert words_of(friend.get("/h5/alike?words=空调不冷", fragment=True)) == ""
    join = f"/h5/join/{number}"
    assert [str(button["formaction"]) for button in listed.select("button")] == [join]

    said = by_script(friend, join, {}).json
    assert said == {"said": "已记下您也遇到了，有进展会通知您。", "to": f"/h5/complaints/{number}"}
    assert friend.send(join) == f"/h5/complaints/{number}"
    assert "2 人遇到" in words_of(friend.get(f"{asked}place-2", fragment=True))
    assert friend.get(asked, fragment=True).select("button") == []
    friend.refused(f"/h5/join/{secret}", status=404)
    retire(world)
    friend.get(f"{PLACE}/join/{number}", status=404)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"voice": (BytesIO(silence(1)), "voice.amr")}, ("", True)),
        ({"voice_media": "serverid-0123456789"}, ("serverid-0123456789", False)),
    ],
    ids=["recorded by the browser", "recorded by WeChat"],
)
def test_voice_note_alone_is_enough_and_waits_for_the_worker(
    world: World, phone: TakePhone, fields: dict[str, Any], kept: tuple[str, bool]
) -> None:
    friend = phone(world.office.friend)
    friend.get(FORM)
    friend.refused(FORM, {"voice_media": "short"})
    to = friend.send(FORM, fields)
    (voice,) = attached(world)
    assert (voice.kind, voice.state) == (AttachmentKind.VOICE, AttachmentState.PENDING)
    assert (voice.media_id, bool(voice.file_key)) == kept
    assert voice.next_attempt_at == voice.created_at
    assert "语音正在接收" in words_of(friend.get(to.removesuffix("/filed")))


def test_key_that_is_none_is_replaced_and_two_people_may_have_the_same(
    world: World, phone: TakePhone
) -> None:
    for person in (world.office.friend, world.office.student):
        one = phone(person)
        one.get(FORM)
        one.send(FORM, {"key": "the-same-key-for-two", "words": "地滑"})
        one.send(FORM, {"key": "no key; '", "words": "地滑"})

    assert world.count(Complaint) == 4


def test_receipt_is_for_who_raised_it(world: World, phone: TakePhone) -> None:
    number = world.file(S.IN_PROGRESS)
    phone(world.office.friend).get(f"/h5/complaints/{number}/filed", status=404)
    phone(world.office.student).get(f"/h5/complaints/{number}/filed")
    with world.database.transaction() as session:
        complaint = queries.by_number(session, number)
        follow(session, complaint, person=session.get_one(Person, world.office.friend.id), now=world.now)
    to = phone(world.office.friend).leads_to(f"/h5/complaints/{number}/filed")
    assert to == f"/h5/complaints/{number}"


def test_stranger_without_wechat_is_told_how_to_come_in_and_keeps_what_they_typed(
    world: World, phone: TakePhone
) -> None:
    for path in (FORM, ANYWHERE):
        assert "请从公众号进入" in words_of(phone().get(path, status=401))
    ended = phone(world.office.friend)
    ended.get(FORM)
    ended.client.delete_cookie(world.app.config["SESSION_COOKIE_NAME"])
    page = ended.refused(FORM, {"words": "写了很久的一段话"}, status=401)
    assert words_of(page.select_one("textarea")) == "写了很久的一段话"
