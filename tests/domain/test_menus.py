"""The menu as data: limits, rearranging, editing by two people, versions, differences."""

from datetime import datetime
from typing import Any

import pytest

from domain import menu_buttons, menus
from domain.errors import Invalid, NotFound, TooLate
from domain.menu_buttons import Buttons, MenuButton, MenuKind
from models.database import Database
from tests.support.factories import Office

BASE = "https://bss.example.edu.cn/"


def click(name: str, key: str = "REPORT") -> MenuButton:
    return MenuButton(name, MenuKind.CLICK, key)


def group(name: str, *below: MenuButton) -> MenuButton:
    return MenuButton(name, MenuKind.GROUP, "", below)


def view(url: str) -> MenuButton:
    return MenuButton("网页", MenuKind.VIEW, url)


MENU: Buttons = (group("反映", click("文字"), MenuButton("扫码", MenuKind.SCAN)), click("我的", "MINE"))


def names(buttons: Buttons) -> list[Any]:
    return [[b.name, *names(b.buttons)] if b.buttons else b.name for b in buttons]


def test_menu_an_installation_starts_from_can_go_out_as_it_is(database: Database) -> None:
    with database.reading() as session:
        draft = menus.draft(session)
    menu_buttons.check(draft.buttons, complete=True)

    assert (draft.revision, draft.edited_by) == (0, None)
    assert names(draft.buttons) == [
        ["我要反映", "扫码反映", "文字反映", "紧急报修"],
        "我的诉求",
        ["办实事", "办实事清单", "通报", "满意度测评"],
    ]


def test_platform_gets_the_menu_in_its_own_form() -> None:
    assert menu_buttons.for_platform(
        (*MENU, view("/h5/complaints"), view("https://a.edu/b")), base_url=BASE
    ) == [
        {
            "name": "反映",
            "sub_button": [
                {"type": "click", "name": "文字", "key": "REPORT"},
                {"type": "scancode_push", "name": "扫码", "key": "SCAN"},
            ],
        },
        {"type": "click", "name": "我的", "key": "MINE"},
        {"type": "view", "name": "网页", "url": f"{BASE}h5/complaints"},
        {"type": "view", "name": "网页", "url": "https://a.edu/b"},
    ]


@pytest.mark.parametrize(
    ("buttons", "words"),
    [
        (tuple(click(str(n)) for n in range(4)), "菜单栏最多 3 个按钮。"),
        ((group("多", *(click(str(n)) for n in range(6))),), "「多」下面最多 5 个子菜单。"),
        ((click("一二三四五六"),), "「一二三四五六」太长，最多 5 个汉字。"),
        ((group("好", click("长" * 21)),), f"「{'长' * 21}」太长，最多 20 个汉字。"),
        ((click(" "),), "请填写按钮的名称。"),
        ((click("错", "NEVER_HEARD"),), "请选择「错」在聊天里办理什么。"),
        ((group("外", group("内")),), "「内」已经是子菜单，不能再展开。"),
        ((view("ftp://x"),), "网址要以 https:// 开头；本系统的页面以 / 开头。"),
        ((view("//evil.example"),), "网址要以 https:// 开头；本系统的页面以 / 开头。"),
        ((view("https://a b"),), "网址里不能有空格和特殊字符。"),
        ((view("https://a.edu/" + "x" * 1011),), "网址太长。"),
    ],
)
def test_limits_of_the_platform_are_told_before_it_refuses(buttons: Buttons, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        menu_buttons.check(buttons)

    assert refusal.value.message == words


def test_longest_allowed_names_and_addresses_pass() -> None:
    menu_buttons.check(
        (group("一二三四五", click("长" * 20)), view("https://a.edu/" + "x" * 1010), view("/h5/x"))
    )


@pytest.mark.parametrize(
    ("buttons", "words"),
    [((), "菜单是空的，请至少加一个按钮。"), ((group("空"),), "「空」要展开子菜单，但下面还没有按钮。")],
)
def test_unfinished_menu_is_kept_but_does_not_go_out(
    database: Database, office: Office, now: datetime, buttons: Buttons, words: str
) -> None:
    with database.transaction() as session:
        menus.save(session, buttons, revision=0, staff=office.admin, now=now)
        with pytest.raises(Invalid) as refusal:
            menus.ready(session, revision=1)

    assert refusal.value.message == words


def test_buttons_are_added_changed_moved_and_taken_out() -> None:
    added = menu_buttons.put(MENU, (0, 2), click("报修", "REPAIR"))
    assert names(added) == [["反映", "文字", "扫码", "报修"], "我的"]
    renamed = menu_buttons.put(added, (0,), group("我要反映"))
    assert names(renamed) == [["我要反映", "文字", "扫码", "报修"], "我的"]
    assert names(menu_buttons.move(renamed, (0, 2), by=-1)) == [["我要反映", "文字", "报修", "扫码"], "我的"]
    assert names(menu_buttons.move(renamed, (0,), by=1)) == ["我的", ["我要反映", "文字", "扫码", "报修"]]
    assert menu_buttons.move(renamed, (1,), by=1) == renamed
    assert menu_buttons.move(renamed, (0,), by=-1) == renamed
    assert names(menu_buttons.remove(renamed, (0, 1))) == [["我要反映", "文字", "报修"], "我的"]
    assert names(menu_buttons.remove(renamed, (0,))) == ["我的"]


def test_group_with_buttons_does_not_become_something_else() -> None:
    with pytest.raises(Invalid, match="请先删掉子菜单"):
        menu_buttons.put(MENU, (0,), click("反映"))


@pytest.mark.parametrize("at", [(2,), (0, 2), (1, 0), (5, 0)])
def test_position_without_a_button_is_refused(at: tuple[int, ...]) -> None:
    with pytest.raises(NotFound):
        menu_buttons.remove(MENU, at)
    with pytest.raises(NotFound):
        menu_buttons.put(MENU, (*at[:-1], 9), click("远"))


@pytest.mark.parametrize("words", ["", "x", "-1", "0.1.2", "1.", "²"])
def test_position_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(NotFound):
        menu_buttons.read_position(words)


def test_positions_are_read() -> None:
    assert [menu_buttons.read_position(words) for words in ("2", "0.4")] == [(2,), (0, 4)]


def test_edit_of_a_menu_that_was_changed_meanwhile_is_refused(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        menus.save(session, MENU, revision=0, staff=office.admin, now=now)
    for seen in (0, 2):
        with pytest.raises(TooLate), database.transaction() as session:
            menus.save(session, (), revision=seen, staff=office.admin, now=now)
    with database.transaction() as session:
        menus.save(session, MENU[:1], revision=1, staff=office.admin, now=now)

    with database.reading() as session:
        draft = menus.draft(session)
        assert (draft.buttons, draft.revision, draft.edited_by.id) == (MENU[:1], 2, office.admin.id)  # type: ignore[union-attr]
        with pytest.raises(TooLate):
            menus.ready(session, revision=1)
        assert menus.ready(session, revision=2) == MENU[:1]


def test_versions_are_kept_and_taken_back(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        first = menus.note_pushed(session, MENU, staff=office.admin, now=now)
        menus.note_pushed(session, MENU[1:], staff=office.admin, now=now)

    with database.reading() as session:
        found = menus.versions(session, limit=9)
        assert [menus.buttons_of(version) for version in found] == [MENU[1:], MENU]
        assert menus.buttons_of(menus.version_numbered(session, first.id)) == MENU
        for missing in (0, 99, 2**40):
            with pytest.raises(NotFound):
                menus.version_numbered(session, missing)


def test_differences_name_each_line_that_comes_or_goes() -> None:
    present = menu_buttons.for_platform(
        (group("反映", click("旧", "OLD")), click("我的", "MINE")), base_url=BASE
    )
    present.append({"type": "miniprogram", "name": "小程序", "appid": "wx2", "pagepath": "a"})
    present.append({"type": "media_id", "name": "图文"})
    wanted = menu_buttons.for_platform((*MENU, view("/h5/x")), base_url=BASE)

    assert [(one.added, one.line) for one in menus.differences(present, wanted)] == [
        (False, "反映 › 旧：在聊天里办理「OLD」"),
        (True, "反映 › 文字：在聊天里办理「反映问题」"),
        (True, "反映 › 扫码：扫一扫"),
        (False, "小程序：打开小程序 wx2 a"),
        (False, "图文：其他类型（media_id）"),
        (True, f"网页：打开 {BASE}h5/x"),
    ]
    assert menus.differences(wanted, wanted) == []
