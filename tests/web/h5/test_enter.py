"""Coming in by a link from the chat."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from domain import access_links
from models.person import AccessLink
from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]
DEAD = "链接已失效"
SIGNED_OUT = "请从公众号进入"


def heading(page: object) -> str:
    return words_of(page.h1)  # type: ignore[attr-defined]


def test_opening_the_address_leaves_the_link_unused(world: World, phone: TakePhone) -> None:
    someone = phone()
    address = f"/h5/enter/{someone.link(world.office.student)}"
    for _ in range(3):  # a preview, a scanner, the person
        page = someone.get(address)
    assert words_of(page.select_one("form button")) == "打开"
    assert [str(script["src"]).split("?")[0] for script in page.select("script")] == ["/static/h5/enter.js"]
    with world.database.reading() as session:
        assert session.scalars(select(AccessLink.used_at)).all() == [None]


def test_link_opens_its_own_page_once(world: World, phone: TakePhone) -> None:
    number = world.file()
    someone, other = phone(), phone()
    token = someone.link(world.office.student, f"/h5/complaints/{number}")
    someone.get(f"/h5/enter/{token}")
    other.get(f"/h5/enter/{token}")

    assert someone.send("/h5/enter", {"token": token}) == f"/h5/complaints/{number}"
    assert heading(someone.get(f"/h5/complaints/{number}")) == f"投诉 {number}"

    assert heading(other.refused("/h5/enter", {"token": token}, status=410)) == DEAD
    page = other.get(f"/h5/enter/{token}", status=410)
    assert words_of(page.main) == (
        f"{DEAD} 链接 30 分钟内有效、只能用一次。请回到公众号，回复“进度”重新打开。"
    )
    assert heading(other.get(f"/h5/complaints/{number}", status=401)) == SIGNED_OUT


def test_button_tapped_twice_leads_to_the_same_page(world: World, phone: TakePhone) -> None:
    number = world.file()
    someone = phone(world.office.student)
    someone.get(f"/h5/complaints/{number}")
    token = someone.link(world.office.student, "/h5/notices")
    with world.database.transaction() as session:  # the first tap, answered but not yet followed
        access_links.redeem(session, token, now=datetime.now(UTC))
    assert someone.send("/h5/enter", {"token": token}) == "/h5/notices"


def test_second_tap_that_left_before_the_cookie_came_shows_the_way_on(world: World, phone: TakePhone) -> None:
    someone = phone()
    token = someone.link(world.office.student)
    someone.get(f"/h5/enter/{token}")
    with world.database.transaction() as session:
        access_links.redeem(session, token, now=datetime.now(UTC))
    page = someone.refused("/h5/enter", {"token": token}, status=410)
    assert [str(link["href"]) for link in page.select("main a")] == ["/h5/complaints"]


def test_used_link_goes_straight_on_for_who_is_in(world: World, phone: TakePhone) -> None:
    someone = phone()
    token = someone.link(world.office.student, "/h5/notices")
    someone.get(f"/h5/enter/{token}")
    someone.send("/h5/enter", {"token": token})
    assert someone.leads_to(f"/h5/enter/{token}") == "/h5/notices"


def test_expired_link_says_how_to_get_another(
    world: World, phone: TakePhone, clock: time_machine.Traveller
) -> None:
    someone = phone()
    token = someone.link(world.office.student)
    someone.get(f"/h5/enter/{token}")
    clock.shift(access_links.LIFETIME)
    assert heading(someone.get(f"/h5/enter/{token}", status=410)) == DEAD
    assert heading(someone.refused("/h5/enter", {"token": token}, status=410)) == DEAD
    assert heading(someone.get("/h5/complaints", status=401)) == SIGNED_OUT


@pytest.mark.usefixtures("world")
def test_invented_link_reads_like_a_dead_one(phone: TakePhone) -> None:
    assert heading(phone().get("/h5/enter/not-a-token", status=410)) == DEAD


def test_another_persons_link_replaces_the_session(world: World, phone: TakePhone) -> None:
    world.file(text="路灯不亮")
    someone = phone(world.office.student)
    assert "路灯不亮" in words_of(someone.get("/h5/complaints").main)
    someone.come_in(world.office.friend)
    assert "路灯不亮" not in words_of(someone.get("/h5/complaints").main)


def test_form_without_its_token_leaves_the_link_unused(world: World, phone: TakePhone) -> None:
    someone = phone()
    token = someone.link(world.office.student)
    assert someone.client.post("/h5/enter", data={"token": token}).status_code == 401
    with world.database.reading() as session:
        link = access_links.look_up(session, token)
        assert link is not None
        assert link.used_at is None


def test_session_lasts_thirty_days(world: World, phone: TakePhone, clock: time_machine.Traveller) -> None:
    someone = phone()
    token = someone.link(world.office.student)
    someone.get(f"/h5/enter/{token}")
    answer = someone.post("/h5/enter", {"token": token})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires=Wed, 23 Dec 2026 02:00:00 GMT" in cookie
    clock.shift(timedelta(days=29))
    someone.get("/h5/complaints/2026-1123-0001", status=404)
    clock.shift(timedelta(days=2))
    assert heading(someone.get("/h5/complaints", status=401)) == SIGNED_OUT


@pytest.mark.parametrize("path", ["/admin/inbox", "/h5/../admin/inbox", "/h5/\tx", "/h5/\\evil", "/h5"])
def test_link_leads_to_phone_pages_only(world: World, phone: TakePhone, path: str) -> None:
    someone = phone()
    token = someone.link(world.office.student)
    with world.database.transaction() as session:  # the domain refuses some of these by itself
        link = access_links.look_up(session, token)
        assert link is not None
        link.path = path
    someone.get(f"/h5/enter/{token}")
    assert someone.send("/h5/enter", {"token": token}) == "/h5/complaints"


def test_a_phone_is_asked_anew_after_thirty_days_however_often_its_cookie_was_written(
    world: World, phone: TakePhone, clock: time_machine.Traveller, now: datetime
) -> None:
    someone = phone(world.office.student)
    for days in (10, 20, 29):
        clock.move_to(now + timedelta(days=days))
        someone.get("/h5/notices")
        with someone.client.session_transaction() as session:
            session["written_anew"] = days

    clock.move_to(now + timedelta(days=30, seconds=1))

    assert heading(someone.get("/h5/notices", status=401)) == SIGNED_OUT
