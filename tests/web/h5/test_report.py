"""Raising something at a place from its page."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image
from sqlalchemy import select

from domain import queries
from domain.reporting import follow
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import Channel, ComplaintKind
from models.enums import ComplaintStatus as S
from models.person import Person
from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]
PLACE = "/h5/p/place-2"
FORM = f"{PLACE}/report"


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


def test_report_is_filed_once_at_the_place_and_the_receipt_says_what_follows(
    world: World, phone: TakePhone
) -> None:
    friend = phone(world.office.friend)
    page = friend.get(f"{FORM}?kind=repair")
    assert words_of(page.select_one(".report-place")) == "一食堂 3 号窗口"
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
    assert receipt.select("[data-subscribe]") == []  # this account has no 订阅通知


def test_anonymous_report_keeps_no_contact(world: World, phone: TakePhone) -> None:
    friend = phone(world.office.friend)
    fields = {"key": key_of(friend.get(FORM)), "words": "地滑", "anonymous": "yes", "contact_name": "小李"}

    to = friend.send(FORM, fields)

    found = filed(world)
    assert (found.anonymous, found.contact_name, found.kind) == (True, "", ComplaintKind.COMPLAINT)
    assert "您选了匿名：工作人员看不到您是谁" in words_of(friend.get(to))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"words": " "}, "请写几句话说明情况，或附上照片。"),
        ({"words": "长" * 2001}, "文字太长，最多 2000 字。"),
        ({"words": "看照片", "attachments": (BytesIO(b"no photo"), "a.jpg")}, "「a.jpg」"),
    ],
)
def test_refused_report_shows_what_was_typed_and_leaves_nothing(
    world: World, phone: TakePhone, app: Flask, fields: dict[str, Any], said: str
) -> None:
    friend = phone(world.office.friend)
    key = key_of(friend.get(FORM))

    page = friend.refused(FORM, {"key": key, "kind": "praise", "anonymous": "yes"} | fields)

    assert said in words_of(page.select_one(".refusal"))
    box = page.select_one("textarea")
    assert box is not None
    assert box.get_text().strip() == fields["words"].strip()
    assert key_of(page) == key
    assert [field["value"] for field in page.select("input[checked]")] == ["praise", "yes"]
    assert world.count(Complaint) == 0
    uploads = Path(app.extensions["banshishi"].settings.upload_dir)
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


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


def test_stranger_without_wechat_is_told_how_to_come_in(phone: TakePhone) -> None:
    assert "请从公众号进入" in words_of(phone().get(FORM, status=401))
