"""What is refused on the pages is said with a time, and counted for the people it concerns."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from config.limits import Limits, use_limits
from models.database import Database
from models.person_limit import LimitKind, PersonLimit
from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]


@pytest.fixture(autouse=True)
def other_numbers() -> Iterator[None]:
    """Tests may set numbers of their own."""
    yield
    use_limits(Limits())


def met(database: Database) -> dict[LimitKind, int]:
    with database.reading() as session:
        return {row.kind: row.refused for row in session.scalars(select(PersonLimit))}


def test_one_complaint_too_many_is_refused_with_a_time_and_what_was_written(
    world: World, phone: TakePhone, database: Database
) -> None:
    use_limits(Limits(filed_per_hour=1))
    student = phone(world.office.student)
    key = student.get("/h5/p/place-2/report").select_one("input[name=key]")
    assert key is not None
    form = {"key": str(key["value"]), "kind": "repair", "words": "桌子坏了"}
    student.send("/h5/p/place-2/report", form)
    page = student.refused(
        "/h5/p/place-2/report", {**form, "key": "x" * 22, "words": "椅子也坏了"}, status=429
    )
    assert "您一小时内已经提交了 1 件，今天 11:00 以后可以再提交" in words_of(page)
    assert "椅子也坏了" in words_of(page.select_one("textarea[name=words]"))
    assert met(database) == {LimitKind.FILING: 1}
    student.send("/h5/p/place-2/report", {**form, "key": "y" * 22, "words": "椅子旁边漏电"})


def test_pages_opened_too_often_are_counted_for_a_person_and_by_address_for_strangers(
    world: World, phone: TakePhone, database: Database
) -> None:
    use_limits(Limits(pages_per_minute=3))
    student, friend, stranger = phone(world.office.student), phone(world.office.friend), phone()
    for _ in range(3):
        student.get("/h5/p/place-2")
    page = student.get("/h5/p/place-2", status=429)
    assert "以后再试" in words_of(page)
    friend.get("/h5/p/place-2")
    stranger.get("/h5/p/place-2")
    assert met(database) == {LimitKind.PAGES: 1}
