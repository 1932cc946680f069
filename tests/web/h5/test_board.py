"""The public board: what strangers read, and that it is drawn once for all of them."""

from collections.abc import Callable

import pytest
from flask import Flask

from domain import complaints, hiding
from domain.hiding import Target
from models.board import AbuseReport
from models.board_words import BoardPart
from models.complaint import Complaint, ComplaintFollower
from models.enums import ComplaintStatus as S
from tests.support.pages import words_of
from tests.web.h5.conftest import CountQueries, Phone, World
from tests.web.h5.on_board import put, with_photo
from web.application import create_web
from web.h5.board_cache import LOOK_EVERY_SECONDS, SHARED_SECONDS, cache

TakePhone = Callable[..., Phone]
BOARD = "/h5/board"


class Seconds:
    """Time that only a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def watched(app: Flask) -> Seconds:
    """Let a test move the clock by which a process keeps its pages."""
    seconds = Seconds()
    with app.app_context():
        cache().clock = seconds
    return seconds


@pytest.fixture(autouse=True)
def _always_fresh(request: pytest.FixtureRequest, app: Flask) -> None:
    """Let each page be drawn anew, but where a test watches the clock itself."""
    if "seconds" not in request.fixturenames:
        moments = iter(range(0, 10**6, 100))
        with app.app_context():
            cache().clock = lambda: float(next(moments))


@pytest.fixture
def seconds(app: Flask) -> Seconds:
    return watched(app)


def rows(page: object) -> list[str]:
    return [words_of(row) for row in page.select(".board-row")]  # type: ignore[attr-defined]


def test_stranger_reads_what_was_released_and_nothing_else(world: World, phone: TakePhone) -> None:
    secret = {"text": "我是化学系的小李，13812345678", "contact_name": "李同学", "place_text": "3号楼412"}
    number = put(world, S.RESOLVED, service_point=world.office.canteen, **secret)
    hidden = world.file(S.IN_PROGRESS, text="没有公开的话")
    refused, deferred = world.file(S.REJECTED), world.file(S.DEFERRED)

    page = phone().get(BOARD)
    item = phone().get(f"{BOARD}/{number}")

    told = "投诉 · 其他 已办结 高峰时排队太久。 饮食服务中心 已加开两个窗口。 已解决 一食堂 3 号窗口"
    assert rows(page) == [f"{told} 11月23日提出"]
    assert words_of(page.select_one(".week p")) == "1 本周解决 件"
    assert words_of(item.h1) == f"投诉 {number}"
    whole = page.get_text() + item.get_text()
    secrets = ("小李", "化学系", "138", "李同学", "412", "没有公开的话")
    assert [word for word in secrets if word in whole] == []
    assert [refused in row for row in rows(phone().get(f"{BOARD}?show=refused"))] == [True]
    assert ["承诺" in row for row in rows(phone().get(f"{BOARD}?show=deferred"))] == [True]
    assert "内容没有公开，只公布编号、类别和承诺的日期" in words_of(phone().get(f"{BOARD}/{deferred}"))
    assert "不予受理，原因：" in words_of(phone().get(f"{BOARD}/{refused}"))
    phone().get(f"{BOARD}/{hidden}", status=404)
    assert "近 90 天" not in words_of(phone().get(f"{BOARD}?show=open"))


def test_board_is_searched_narrowed_and_leafed_through(world: World, phone: TakePhone) -> None:
    for at in range(13):
        put(world, released=f"第{at}件", service_point=world.office.canteen)
    lamp = put(world, released="灯不亮", service_point=world.office.hall)
    place = world.office.hall.id

    first = phone().get(BOARD)
    assert (len(rows(first)), words_of(first.select_one(".board-pages .small"))) == (12, "1 / 2")
    later = first.select_one(".board-pages a[rel=next]")
    assert later is not None
    assert len(rows(phone().get(str(later["href"])))) == 2
    assert [lamp in str(row) for row in phone().get(f"{BOARD}?place={place}").select(".board-row")] == [True]
    assert len(rows(phone().get(f"{BOARD}?q=灯"))) == 1
    assert len(rows(phone().get(f"{BOARD}?category={world.office.category.id}&page=2"))) == 2
    nothing = phone().get(f"{BOARD}?q=火星车&show=open")
    assert "没有找到。换个词，或者 看全部" in words_of(nothing.select_one(".empty-note"))
    assert len(phone().get(f"{BOARD}?show=nonsense&place=-1&category=x&page=0").select(".board-row")) == 12


def test_an_empty_board_says_what_will_be_here(phone: TakePhone) -> None:
    for show in ("", "open", "deferred", "done", "week", "refused"):
        page = phone().get(f"{BOARD}?show={show}")
        assert len(words_of(page.select_one(".empty-note"))) > 10
    assert "件数还太少" in words_of(phone().get(f"{BOARD}/rates"))


def test_rates_show_what_they_divide_and_no_small_group(world: World, phone: TakePhone) -> None:
    for _ in range(10):
        world.file(S.CLOSED, service_point=world.office.canteen)
    page = phone().get(f"{BOARD}/rates")

    cells = [words_of(cell) for cell in page.select("section[aria-label=饮食服务中心] .rates > div")]
    assert cells == [
        "及时答复 100% 10 / 10",
        "问题解决 100% 10 / 10",
        "师生满意 100% 10 / 10",
        "参与评价 100% 10 / 10",
    ]


def test_kept_page_costs_no_query_carries_no_cookie_and_is_not_sent_twice(
    world: World, phone: TakePhone, count_queries: CountQueries, seconds: Seconds
) -> None:
    number = put(world)
    reader = phone(world.office.student)
    paths = (BOARD, f"{BOARD}/{number}", f"{BOARD}/rates")
    drawn = {path: reader.client.get(path) for path in paths}
    seconds.now += LOOK_EVERY_SECONDS

    for path in paths:
        with count_queries() as asked:
            again = phone().client.get(path)
        assert len(asked) <= 1
        assert again.data == drawn[path].data
        assert b"csrf" not in again.data
        for answer in (drawn[path], again):
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("Vary", "")
            assert answer.headers["Cache-Control"] == f"public, max-age=0, s-maxage={SHARED_SECONDS}"
        etag = {"If-None-Match": again.headers["ETag"]}
        with count_queries() as asked:
            same = phone().client.get(path, headers=etag)
        assert (same.status_code, same.data, asked) == (304, b"", [])
    with count_queries() as asked:
        reader.client.get(f"{BOARD}/no-such-number")
        reader.client.get(f"{BOARD}/no-such-number")
    assert len(asked) <= 2


def test_change_shows_on_every_process_within_seconds(world: World, seconds: Seconds) -> None:
    number = put(world)
    second = create_web(world.app.extensions["banshishi"].settings, world.database)
    clocks = [seconds, watched(second)]
    processes = [world.app.test_client(), second.test_client()]

    def read() -> list[bool]:
        return ["排队太久" in process.get(BOARD).get_data(as_text=True) for process in processes]

    def wait(length: float) -> None:
        for clock in clocks:
            clock.now += length

    assert read() == [True, True]
    world.do(number, complaints.unpublish, staff=world.office.dispatcher, words="本人要求")
    wait(LOOK_EVERY_SECONDS / 2)
    assert read() == [True, True]
    wait(LOOK_EVERY_SECONDS / 2)
    assert read() == [False, False]
    for process in processes:
        assert process.get(f"{BOARD}/{number}").status_code == 404


def test_joining_and_following_ask_who_it_is_and_count_apart(world: World, phone: TakePhone) -> None:
    number = put(world)
    page = phone().get(f"{BOARD}/{number}")
    links = [str(link["href"]) for link in page.select(".board-join a")]
    assert links == [f"{BOARD}/{number}/join", f"{BOARD}/{number}/join?how=follow"]
    assert phone().client.get(links[0]).status_code == 401

    friend = phone(world.office.friend)
    assert words_of(friend.get(links[1]).h1) == "关注进展"
    assert friend.send(links[0], {"how": "follow"}) == f"/h5/complaints/{number}"
    assert friend.leads_to(links[0]) == f"/h5/complaints/{number}"
    with world.database.reading() as session:
        assert [row.met for row in session.query(ComplaintFollower)] == [False]
    assert words_of(phone().get(f"{BOARD}/{number}").select_one(".joined")) == "1 人关注"
    own = phone(world.office.student)
    assert own.leads_to(links[0]) == f"/h5/complaints/{number}"
    closed = put(world, S.CLOSED)
    own.get(f"{BOARD}/{closed}/join", status=404)


def test_released_photo_is_open_to_all_until_it_is_hidden(world: World, phone: TakePhone) -> None:
    number = put(world)
    photo = with_photo(world, number)
    small = f"{BOARD}/photos/{photo}/small"
    page = phone().get(f"{BOARD}/{number}")
    assert [image["src"] for image in page.select(".photos img")] == [small]
    assert [phone().client.get(path).status_code for path in (small, f"{BOARD}/photos/{photo}")] == [200, 200]

    def hide(session: object, complaint: Complaint) -> None:
        act = {"reason": "有人脸", "staff": world.office.admin, "now": world.now}
        hiding.hide(session, complaint, Target(BoardPart.PHOTO, photo), **act)  # type: ignore[arg-type]

    world.write(number, hide)
    assert [phone().client.get(path).status_code for path in (small, f"{BOARD}/photos/{photo}")] == [404, 404]
    assert phone().get(f"{BOARD}/{number}").select(".photos") == []


def test_anybody_reports_what_they_read(world: World, phone: TakePhone) -> None:
    number = put(world)
    photo, visitor = with_photo(world, number), phone()
    address = f"{BOARD}/{number}/abuse"
    page = visitor.get(f"{address}?about=answer-0")
    assert words_of(page.select_one(".abuse-words")) == "已加开两个窗口。"

    assert "请选一个原因" in words_of(visitor.refused(address, {"about": "text-0"}))
    other = visitor.refused(address, {"about": "text-0", "reason": "other", "words": ""})
    assert "请写一句说明" in words_of(other)
    done = visitor.send(address, {"about": "text-0", "reason": "false", "words": "不是真的"})
    assert words_of(visitor.get(done).h1) == "已收到举报"
    visitor.get(f"{address}?about=photo-{photo}")
    visitor.send(address, {"about": f"photo-{photo}", "reason": "privacy"})
    for gone in ("photo-999", "words-1", "nonsense"):
        visitor.get(f"{address}?about={gone}", status=404)
    assert world.count(AbuseReport) == 2
    statuses = [visitor.post(address, {"about": "text-0", "reason": "false"}).status_code for _ in range(9)]
    assert statuses[-1] == 429


def test_hidden_words_and_files_are_shown_to_nobody_on_the_phone(world: World, phone: TakePhone) -> None:
    number = put(world)
    photo = with_photo(world, number)
    said = {"words": "请找蓝色的门", "staff": world.office.handler}
    world.do(number, complaints.reply, **said)

    def hide(session: object, complaint: Complaint) -> None:
        act = {"reason": "不实", "staff": world.office.admin, "now": world.now}
        for target in (Target(BoardPart.WORDS, complaint.events[-1].id), Target(BoardPart.PHOTO, photo)):
            hiding.hide(session, complaint, target, **act)  # type: ignore[arg-type]

    own = phone(world.office.student)
    assert "蓝色的门" in words_of(own.get(f"/h5/complaints/{number}"))
    world.write(number, hide)
    page = words_of(own.get(f"/h5/complaints/{number}"))
    assert ("蓝色的门" in page, "内容已隐藏：不实" in page) == (False, True)
    assert own.client.get(f"/h5/attachments/{photo}").status_code == 404
