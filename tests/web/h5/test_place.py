"""The page behind a place's QR code: open to all, and careful about what it tells."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image

from domain import complaints
from models.enums import ComplaintStatus as S
from models.service_point import ServicePoint
from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]
PLACE = "/h5/p/place-2"


@pytest.fixture(autouse=True)
def shown(world: World) -> None:
    """Let the canteen's window show what is promised there."""
    change(
        world,
        standard="热菜不低于 60℃",
        pledge="凉了热，少了补",
        in_charge="胡秀英（大锅菜组）",
        label_number="A-03",
    )


def change(world: World, **values: Any) -> None:
    with world.database.transaction() as session:
        place = session.get_one(ServicePoint, world.office.canteen.id)
        for name, value in values.items():
            setattr(place, name, value)


def rows(page: BeautifulSoup) -> list[str]:
    return [words_of(row) for row in page.select("#rows > li")]


def test_stranger_reads_who_answers_here_and_how_to_reach_us(world: World, phone: TakePhone) -> None:
    page = phone().get(PLACE)

    assert words_of(page.h1) == "一食堂 3 号窗口"
    said = {words_of(row.dt): words_of(row.dd) for row in page.select(".shown > div")}
    assert said == {"亮身份": "胡秀英（大锅菜组）", "亮标准": "热菜不低于 60℃", "亮承诺": "凉了热，少了补"}
    assert words_of(page.select_one("header .small")) == "由饮食服务中心负责 · 编号 A-03"
    assert "在微信里打开公众号「后勤办实事」" in words_of(page)
    assert page.select("main a[href$='/report'], .rate-stars") == []
    assert "近 90 天没有公开的反映" in words_of(page)
    assert page.select(".rates") == []

    change(world, party_member=True)
    assert words_of(phone().get(PLACE).select_one(".who")) == "胡秀英（大锅菜组） 中共党员"


def test_only_released_words_are_told_and_nobody_is_named(world: World, phone: TakePhone) -> None:
    secret = {"text": "我是化学系的小李，13812345678", "contact_name": "李同学", "anonymous": True}
    world.file(S.CLOSED, service_point=world.office.canteen, **secret)
    told = world.file(S.IN_PROGRESS, service_point=world.office.canteen, text="我是小李，排队太久")
    world.do(
        told,
        complaints.publish,
        staff=world.office.dispatcher,
        public_text="高峰时排队超过二十分钟。",
    )

    page = phone().get(PLACE)

    assert [row.removesuffix(" 11月23日") for row in rows(page)] == [
        "高峰时排队超过二十分钟。 处理中 投诉 · 其他",
        "投诉 · 其他 已销号 已解决，诉求人已评价 内容没有公开",
    ]
    whole = page.get_text()
    assert [word for word in ("小李", "化学系", "138", "李同学", told) if word in whole] == []


def test_signed_in_reader_may_report_join_and_open_their_own(world: World, phone: TakePhone) -> None:
    own = world.file(S.IN_PROGRESS, service_point=world.office.canteen)
    world.do(own, complaints.publish, staff=world.office.dispatcher, public_text="高峰时排队太久。")

    mine = phone(world.office.student).get(PLACE)
    assert [a["href"] for a in mine.select("#rows a")] == [f"/h5/complaints/{own}"]
    friend = phone(world.office.friend)
    page = friend.get(PLACE)
    stars = [f"{PLACE}/rate?stars={number}" for number in range(1, 6)]
    acts = [f"{PLACE}/report", f"{PLACE}/report?kind=repair", *stars]
    assert [a["href"] for a in page.select("header a")] == acts
    joining = f"{PLACE}/join/{own}"
    assert [a["href"] for a in page.select("#rows a")] == [joining]

    assert words_of(friend.get(joining).select_one("blockquote")) == "高峰时排队太久。"
    assert friend.send(joining) == f"/h5/complaints/{own}"
    seen = friend.get(f"/h5/complaints/{own}")
    assert "已记下您也遇到了" in words_of(seen)
    assert "排队太久" in words_of(seen.select_one(".own-words"))
    assert friend.leads_to(joining) == f"/h5/complaints/{own}"
    assert friend.send(joining) == f"/h5/complaints/{own}"


def test_what_was_not_released_cannot_be_joined_by_its_number(world: World, phone: TakePhone) -> None:
    number = world.file(S.IN_PROGRESS, service_point=world.office.canteen)
    friend = phone(world.office.friend)

    assert "不再公开" in words_of(friend.get(f"{PLACE}/join/{number}", status=404))
    friend.get(f"{PLACE}/report")
    friend.refused(f"{PLACE}/join/{number}", status=404)
    friend.get(f"/h5/complaints/{number}", status=404)


def test_long_list_goes_on_another_page_and_rates_appear(world: World, phone: TakePhone) -> None:
    for _ in range(10):
        world.file(S.CLOSED, service_point=world.office.canteen)

    first = phone().get(PLACE)
    second = phone().get(f"{PLACE}?page=2")

    assert (len(rows(first)), len(rows(second))) == (8, 2)
    assert words_of(first.select_one("#records-title .small")) == "正在办 0 件，近 90 天办完 10 件"
    cells = [words_of(cell) for cell in first.select(".rates > div")]
    assert cells == ["及时答复 100% 10 / 10", "问题解决 100% 10 / 10", "师生满意 100% 10 / 10"]


def test_closed_and_unknown_codes_say_what_to_do(world: World, phone: TakePhone) -> None:
    with world.database.transaction() as session:
        below = world.make.place(
            session, "旧窗口", parent=session.get_one(ServicePoint, world.office.canteen.id)
        )
        below.active = False
        code = below.code

    gone = phone().get(f"/h5/p/{code}", status=410)
    unknown = phone().get("/h5/p/no-such-code", status=404)

    assert words_of(gone.h1) == "这个服务点已停用"
    assert [a["href"] for a in gone.select("a.button")] == [PLACE]
    assert words_of(unknown.h1) == "没有认出这个二维码"
    for page in (gone, unknown):
        assert "直接发文字、照片或语音，写清是哪里就行" in words_of(page)
        assert "0571-88886120" in words_of(page)
    assert phone(world.office.friend).leads_to(f"/h5/p/{code}/report") == f"/h5/p/{code}"
    phone(world.office.friend).get(f"/h5/p/{code}/rate", status=404)


def test_photo_of_the_place_is_open_to_all_while_it_is_in_use(
    world: World, phone: TakePhone, app: Flask
) -> None:
    phone().get(f"{PLACE}/photo", status=404)
    data = BytesIO()
    Image.new("RGB", (64, 36), (10, 120, 80)).save(data, "JPEG")
    store = app.extensions["banshishi"].file_store
    change(world, photo_file_key=store.save(data.getvalue(), "jpg"))

    image = phone().get(PLACE).select_one(".place-photo")
    assert image is not None
    answer = phone().client.get(str(image["src"]))
    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/jpeg", data.getvalue())

    change(world, active=False)
    phone().get(f"{PLACE}/photo", status=404)


def test_page_costs_few_queries_whatever_it_shows(
    world: World, phone: TakePhone, count_queries: Callable[[], Any]
) -> None:
    for _ in range(3):
        world.file(S.CLOSED, service_point=world.office.canteen)
    reader = phone()
    with count_queries() as few:
        reader.get(PLACE)
    for _ in range(4):
        world.file(S.IN_PROGRESS, service_point=world.office.canteen)
    with count_queries() as more:
        reader.get(PLACE)

    assert len(few) == len(more) <= 12
