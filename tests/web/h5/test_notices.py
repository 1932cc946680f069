"""消息."""

from collections.abc import Callable

from domain import notices
from models.enums import ComplaintStatus as S
from models.enums import NoticeKind
from tests.support.pages import words_of
from tests.web.h5.conftest import CountQueries, Phone, World

TakePhone = Callable[..., Phone]


def write(world: World, key: str, **changes: object) -> None:
    values = {"kind": NoticeKind.DRAFT_WAITING, "title": "有一条诉求还没提交", "body": "回复“提交”即可。"}
    with world.database.transaction() as session:
        notices.queue(
            session,
            key=key,
            person_id=world.office.student.id,
            now=world.now,
            **(values | changes),  # type: ignore[arg-type]
        )


def test_who_has_none_reads_what_will_come(world: World, phone: TakePhone) -> None:
    page = phone(world.office.student).get("/h5/notices")
    assert words_of(page.select_one(".empty h2")) == "还没有消息"
    assert page.select(".badge, form") == []


def test_newest_stands_first_and_leads_to_its_complaint(world: World, phone: TakePhone) -> None:
    number = world.file(S.ASSIGNED)
    write(world, "a")
    rows = phone(world.office.student).get("/h5/notices").select(".notice")
    assert words_of(rows[0]) == "有一条诉求还没提交 刚刚 回复“提交”即可。"
    assert rows[0].name == "div"  # it leads nowhere
    assert [(row.name, row.get("href")) for row in rows[1:]] == [("a", f"/h5/complaints/{number}")] * 2


def test_notice_leads_to_phone_pages_only(world: World, phone: TakePhone) -> None:
    write(world, "a", path="/h5/\\evil.example")
    write(world, "b", path="//evil.example")
    rows = phone(world.office.student).get("/h5/notices").select(".notice")
    assert [row.get("href") for row in rows] == [None, "/h5/complaints"]


def test_all_are_marked_read_at_once(world: World, phone: TakePhone) -> None:
    world.file(S.RESOLVED)
    student = phone(world.office.student)
    page = student.get("/h5/notices")
    assert len(page.select(".dot")) == len(page.select(".notice")) == 3
    assert words_of(page.select_one(".badge")) == "3"
    assert student.submit(page, "/notices/read").location == "/h5/notices"
    page = student.get("/h5/notices")
    assert page.select(".dot, .badge, form") == []
    assert len(page.select(".notice")) == 3


def test_others_notices_are_not_shown(world: World, phone: TakePhone) -> None:
    world.file(S.RESOLVED)
    assert phone(world.office.friend).get("/h5/notices").select(".notice") == []


def test_more_are_a_plain_link_away(world: World, phone: TakePhone, count_queries: CountQueries) -> None:
    student = phone(world.office.student)
    write(world, "0")
    with count_queries() as for_one:
        student.get("/h5/notices")
    for count in range(1, 16):
        write(world, str(count), body=f"第 {count} 条 <b>")
    with count_queries() as for_many:
        page = student.get("/h5/notices")
    assert len(for_many) == len(for_one) == 4
    assert words_of(page.select(".notice-body")[0]) == "第 15 条 <b>"
    assert len(page.select(".notice")) == 15
    link = page.select_one("a[data-more]")
    assert link is not None
    second = student.get(str(link["href"]))
    assert [words_of(row) for row in second.select(".notice-body")] == ["回复“提交”即可。"]
    assert words_of(second.select_one("[data-earlier]")) == "看前面的"
    assert len(student.get("/h5/notices?page=x").select(".notice")) == 15
