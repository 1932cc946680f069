"""我的诉求."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from models.enums import ComplaintStatus as S
from tests.support.pages import words_of
from tests.web.h5.conftest import CountQueries, Phone, World

TakePhone = Callable[..., Phone]


def test_who_raised_nothing_reads_how_to_raise_something(world: World, phone: TakePhone) -> None:
    page = phone(world.office.friend).get("/h5/complaints")
    words = words_of(page.select_one(".empty"))
    assert words.startswith("还没有诉求 遇到问题、有建议，随时告诉我们：")
    assert "扫现场的二维码" in words
    assert page.select(".chips") == []


def test_newest_stands_first_with_place_time_status_and_mark(
    world: World, phone: TakePhone, clock: time_machine.Traveller
) -> None:
    world.file(text="路灯不亮", place_text="南门")
    clock.shift(timedelta(hours=1))
    world.file(S.RESOLVED, text="饭菜是凉的\n排队太久", service_point=world.office.canteen)
    student = phone(world.office.student)
    rows = student.get("/h5/complaints").select(".row")
    assert [words_of(row) for row in rows] == [
        "饭菜是凉的 排队太久 待您评价 一食堂 3 号窗口 刚刚",
        "路灯不亮 待受理 南门 1 小时前",
    ]
    assert [len(row.select(".dot")) for row in rows] == [1, 1]
    student.get(str(rows[0]["href"]))  # reading one takes its mark away, and only its
    assert [len(row.select(".dot")) for row in student.get("/h5/complaints").select(".row")] == [0, 1]


def test_chips_count_and_choose(world: World, phone: TakePhone) -> None:
    for status in (S.SUBMITTED, S.RESOLVED, S.WAITING, S.CLOSED, S.WITHDRAWN):
        world.file(status)
    student = phone(world.office.student)
    chips = student.get("/h5/complaints").select(".chip")
    assert [words_of(chip) for chip in chips] == [
        "全部 5",
        "办理中 1",
        "待我评价 1",
        "待我补充 1",
        "已结束 2",
    ]
    chosen = student.get(str(chips[2]["href"]))
    assert [words_of(row) for row in chosen.select(".row .tag")] == ["待您评价"]
    assert [words_of(chip) for chip in chosen.select("[aria-current=true]")] == ["待我评价 1"]


def test_empty_tab_says_so(world: World, phone: TakePhone) -> None:
    world.file()
    page = phone(world.office.student).get("/h5/complaints?tab=ended")
    assert words_of(page.select_one(".empty")) == "“已结束”里现在没有诉求。"


@pytest.mark.parametrize(
    "address", ["/h5/complaints?tab=nonsense", "/h5/complaints?page=x", "/h5/complaints?page=-3"]
)
def test_nonsense_in_the_address_shows_the_first_page(world: World, phone: TakePhone, address: str) -> None:
    world.file()
    page = phone(world.office.student).get(address)
    assert len(page.select(".row")) == 1


def test_more_is_a_plain_link_to_the_next_page(world: World, phone: TakePhone) -> None:
    numbers = [world.file() for _ in range(12)]
    student = phone(world.office.student)
    first = student.get("/h5/complaints")
    assert len(first.select("#rows > li")) == 10
    second = student.get(str(first.select_one("a[data-more]")["href"]))  # type: ignore[index]
    assert [str(row["href"]) for row in second.select(".row")] == [
        f"/h5/complaints/{numbers[1]}",
        f"/h5/complaints/{numbers[0]}",
    ]
    assert words_of(second.select_one("#more")) == "没有更多了"
    assert words_of(second.select_one("[data-earlier]")) == "看前面的"


def test_long_text_is_cut_and_none_is_named(world: World, phone: TakePhone) -> None:
    world.file(text="很" * 200)
    world.file(text="<script>alert(1)</script>")
    subjects = [words_of(s) for s in phone(world.office.student).get("/h5/complaints").select(".row-subject")]
    assert subjects == ["<script>alert(1)</script>", "很" * 59 + "…"]


def test_list_asks_the_database_as_often_for_one_row_as_for_three(
    world: World, phone: TakePhone, count_queries: CountQueries
) -> None:
    student = phone(world.office.student)
    world.file(S.ASSIGNED, service_point=world.office.canteen)
    with count_queries() as for_one:
        student.get("/h5/complaints")
    world.file(S.RESOLVED, service_point=world.office.hall)
    world.file(S.CLOSED)
    with count_queries() as for_three:
        page = student.get("/h5/complaints")
    assert len(page.select(".row")) == 3
    assert len(for_three) == len(for_one) == 5


def test_front_address_leads_to_the_list(world: World, phone: TakePhone) -> None:
    assert phone(world.office.student).leads_to("/h5/") == "/h5/complaints"
