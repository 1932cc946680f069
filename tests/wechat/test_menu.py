"""The menu under the chat of the pretend platform."""

import pytest

from config.menu import menu_seed
from domain.menu_buttons import MenuButton, MenuKind
from simulator import Simulator
from wechat import conversation_events
from wechat.client import PlatformClient
from wechat.errors import WeChatError
from wechat.menu import compare_with_live, push

BASE = "https://bss.example.edu.cn/"
START = tuple(MenuButton.of_seed(seed) for seed in menu_seed().buttons)


def test_menu_that_was_pushed_is_the_one_that_is_live(client: PlatformClient) -> None:
    push(client, START, base_url=BASE)

    assert compare_with_live(client, START, base_url=BASE) == []


def test_account_without_a_menu_gets_all_of_it(client: PlatformClient) -> None:
    found = compare_with_live(client, START, base_url=BASE)

    assert [one.line for one in found if one.added] == [one.line for one in found]
    assert len(found) == 9


def test_chinese_names_reach_people_as_they_are_written(client: PlatformClient, platform: Simulator) -> None:
    push(client, START, base_url=BASE)

    assert [button["name"] for button in platform.menu()["button"]] == ["我要反映", "我的诉求", "办实事"]


def test_refusal_is_told_with_its_code(client: PlatformClient, platform: Simulator) -> None:
    platform.faults.add(path="/cgi-bin/menu/create", kind="errcode", errcode=40055)
    with pytest.raises(WeChatError) as refusal:
        push(client, (MenuButton("网页", MenuKind.VIEW, "/h5/x"),), base_url=BASE)

    assert (refusal.value.code, refusal.value.meaning) == (40055, "菜单网址的域名不对")


def test_every_action_on_offer_is_one_the_chat_knows() -> None:
    assert set(menu_seed().actions) == set(conversation_events._MENU)
