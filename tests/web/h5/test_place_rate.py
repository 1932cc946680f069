"""Judging a place by its stars, and what its staff read of that."""

from collections.abc import Callable

from bs4 import BeautifulSoup

from domain.figure_rules import SMALLEST_GROUP
from models.place_rating import PlaceRating
from tests.support.pages import Visitor, words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]
PLACE = "/h5/p/place-2"
RATE = f"{PLACE}/rate"


def chosen(page: BeautifulSoup) -> list[str]:
    return [str(field["value"]) for field in page.select("input[checked]")]


def test_star_that_was_tapped_is_set_and_the_first_word_of_a_day_holds(
    world: World, phone: TakePhone
) -> None:
    friend = phone(world.office.friend)
    assert chosen(friend.get(f"{RATE}?stars=2")) == ["2"]
    assert chosen(friend.get(f"{RATE}?stars=nine")) == []

    said = {"stars": "2", "tags": ["等得太久", "不够干净"], "words": "桌子上\r\n都是油<b>"}
    for fields in (said, {"stars": "5"}):
        assert friend.send(RATE, fields) == RATE
    thanks = friend.get(RATE)
    assert world.count(PlaceRating) == 1
    assert words_of(thanks.select_one("blockquote")) == "桌子上 都是油<b>"
    assert "2 星 不满意" in words_of(thanks)
    assert "不够干净、等得太久" in words_of(thanks)
    assert [words_of(link) for link in thanks.select("main .button")] == ["反映这个问题", "回到这个地点"]
    assert words_of(friend.get(PLACE).select_one(".rate-here")).startswith("今天评价过了")
    assert "要有人来办" not in words_of(_rated(phone(world.office.student), stars="5"))


def _rated(someone: Phone, **fields: str) -> BeautifulSoup:
    someone.get(RATE)
    someone.send(RATE, fields)
    return someone.get(RATE)


def test_judgement_without_stars_or_with_a_whole_essay_comes_back(world: World, phone: TakePhone) -> None:
    friend = phone(world.office.friend)
    friend.get(RATE)
    page = friend.refused(RATE, {"words": "还行", "tags": "态度好"})
    assert words_of(page.select_one("#stars-error")) == "请点一下星星，选 1 到 5 星。"
    assert (words_of(page.select_one("textarea")), chosen(page)) == ("还行", ["态度好"])
    page = friend.refused(RATE, {"stars": "3", "words": "长" * 301})
    assert words_of(page.select_one("#words-error")).startswith("写了 301 字，最多 300 字。")
    assert world.count(PlaceRating) == 0


def test_staff_read_stars_and_words_newest_first_but_not_whose(world: World, phone: TakePhone) -> None:
    desk = Visitor(world.app).sign_in(world.office.dispatcher.username)
    address = f"/admin/places/{world.office.canteen.id}"
    assert "还没有人扫码评价这里。" in words_of(desk.get(address).select_one("#ratings"))
    with world.database.transaction() as session:
        people = [world.make.person(session, f"oRater{number}") for number in range(SMALLEST_GROUP + 1)]
    for number, person in enumerate(people):
        _rated(phone(person), stars="4", words=f"第 {number} 个说的")

    page = desk.get(address)
    listed = [words_of(row) for row in page.select("#ratings .ratings > li")]
    assert len(listed) == SMALLEST_GROUP
    assert listed[0] == "★★★★☆ 4 星 第 10 个说的 11月23日"
    assert f"近半年 {SMALLEST_GROUP + 1} 人评价，平均 4.0 分" in words_of(page.select_one("#ratings"))
    assert "oRater" not in str(page)
    last = desk.get(f"{address}?ratings=2").select_one("#ratings .ratings")
    assert words_of(last) == "★★★★☆ 4 星 第 0 个说的 11月23日"
    assert words_of(phone().get(PLACE).select_one(".standing")) == "4.0 分 （满分 5 分，11 人评价）"
