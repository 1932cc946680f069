"""The page 公众号菜单, with the pretend platform in WeChat's place."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from models.database import Database
from models.staff import Staff
from simulator import Simulator
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

MENU = "/admin/menu"


@pytest.fixture
def app(make_platform_app: Callable[..., Flask]) -> Flask:
    return make_platform_app()


@pytest.fixture
def admin(signed_in: Callable[[str], Visitor], office: Office) -> Visitor:
    del office
    return signed_in("admin")


def bar(page: BeautifulSoup) -> list[Any]:
    """The menu as the phone on the page shows it."""
    buttons = page.select(".menu-phone-button")
    return [
        [words_of(button.span), *[words_of(one) for one in button.select("li")]]
        if button.ul
        else words_of(button.span)
        for button in buttons
    ]


def revision(page: BeautifulSoup) -> str:
    return str(page.select_one("form[action$='/push'] input[name=revision]")["value"])  # type: ignore[index]


def put(visitor: Visitor, at: str, **fields: str) -> BeautifulSoup:
    seen = revision(visitor.get(MENU))
    visitor.send(f"{MENU}/button", {"at": at, "revision": seen, "kind": "click", "key": "HELP"} | fields)
    return visitor.get(MENU)


START = [
    ["我要反映", "扫码反映", "文字反映", "紧急报修"],
    "我的诉求",
    ["办实事", "办实事清单", "通报", "满意度测评"],
]


def test_menu_is_arranged_pushed_and_taken_back(admin: Visitor, platform: Simulator) -> None:
    page = admin.get(MENU)
    assert bar(page) == START
    assert "还没有从这里发布过" in words_of(page.main)
    admin.send(f"{MENU}/push", {"revision": revision(page)})
    page = admin.get(MENU)
    assert words_of(page.select_one(".flash")).startswith("菜单已发布")
    assert [button["name"] for button in platform.menu()["button"]] == ["我要反映", "我的诉求", "办实事"]
    assert "不用发布" in words_of(admin.get(f"{MENU}/live", fragment=True))

    page = put(admin, "0.3", name="看进度", kind="view", url="/h5/complaints")
    admin.send(f"{MENU}/move", {"at": "0.3", "by": "-1", "revision": revision(page)})
    admin.send(f"{MENU}/move", {"at": "1", "by": "1", "revision": revision(admin.get(MENU))})
    admin.send(f"{MENU}/remove", {"at": "0.0", "revision": revision(admin.get(MENU))})
    page = admin.get(MENU)
    assert bar(page) == [["我要反映", "文字反映", "看进度", "紧急报修"], START[2], "我的诉求"]
    assert "还没有发布" in words_of(page.main)
    changes = [words_of(one) for one in admin.get(f"{MENU}/live", fragment=True).select("li")]
    assert any(change.startswith("去掉 我要反映 › 扫码反映") for change in changes)
    assert "加上 我要反映 › 看进度：打开 http://127.0.0.1:8000/h5/complaints" in changes

    version = str(page.select_one("form[action$='/restore'] input[name=version]")["value"])  # type: ignore[index]
    admin.send(f"{MENU}/restore", {"version": version, "revision": revision(page)})
    assert bar(admin.get(MENU)) == START


def test_refused_button_shows_what_was_typed_and_why(admin: Visitor) -> None:
    page = admin.get(MENU)
    fields = {"at": "1", "revision": revision(page), "name": "一二三四五六", "kind": "click", "key": "MINE"}
    page = admin.refused(f"{MENU}/button", fields)

    opened = page.select("details.menu-edit[open]")
    assert len(opened) == 1
    assert words_of(opened[0].select_one("[role=alert]")) == "「一二三四五六」太长，最多 5 个汉字。"
    assert opened[0].select_one("input[name=name]")["value"] == "一二三四五六"  # type: ignore[index]
    assert bar(page) == START


def test_second_of_two_editors_is_shown_the_newest_menu(admin: Visitor, app: Flask) -> None:
    other = Visitor(app).sign_in("admin")
    seen = revision(other.get(MENU))
    put(admin, "1", name="说明")

    page = other.refused(f"{MENU}/remove", {"at": "1", "revision": seen}, status=409)
    assert "菜单刚刚被别人改过" in words_of(page.main)
    other.refused(f"{MENU}/push", {"revision": seen}, status=409)


def test_unfinished_menu_is_not_pushed(admin: Visitor, platform: Simulator) -> None:
    page = put(admin, "1", name="更多", kind="group")
    page = admin.refused(f"{MENU}/push", {"revision": revision(page)})

    assert words_of(page.select_one("[role=alert]")) == "「更多」要展开子菜单，但下面还没有按钮。"
    assert platform.menu()["button"] == []


@pytest.mark.usefixtures("office")
def test_refusal_by_the_platform_is_told_and_nothing_is_noted(admin: Visitor, platform: Simulator) -> None:
    platform.change_settings({"verified": False})
    page = admin.refused(f"{MENU}/push", {"revision": revision(admin.get(MENU))}, status=502)

    assert words_of(page.select_one("[role=alert]")).startswith("菜单没有发布成功。公众号没有这个接口的权限")
    assert "还没有从这里发布过" in words_of(page.main)
    assert "现在看不到公众号上的菜单" in words_of(admin.get(f"{MENU}/live", fragment=True))


@pytest.mark.parametrize("username", ["handler", "lead", "dispatcher", "leader", "inspector"])
def test_menu_is_for_administrators_only(
    signed_in: Callable[[str], Visitor], office: Office, username: str
) -> None:
    del office
    visitor = signed_in(username)

    assert "由系统管理员管理" in words_of(visitor.get(MENU, status=403).main)
    assert visitor.post(f"{MENU}/push", {"revision": "0"}).status_code == 403
    assert visitor.get("/admin/notices").select(f'a[href="{MENU}"]') == []


def test_last_button_may_go_and_others_come(admin: Visitor) -> None:
    for _ in range(3):
        admin.send(f"{MENU}/remove", {"at": "0", "revision": revision(admin.get(MENU))})
    assert bar(admin.get(MENU)) == ["还没有按钮"]

    assert bar(put(admin, "0", name="问路")) == ["问路"]


def test_who_edited_last_is_named(admin: Visitor, office: Office, database: Database) -> None:
    page = put(admin, "1", name="说明")
    with database.reading() as session:
        name = session.get_one(Staff, office.admin.id).name

    assert f"{name} 今天 10:00 修改，还没有发布。" in words_of(page.select_one(".menu-edits"))
