"""Tags, the blacklist, and the menus that only some see."""

from typing import Any

import pytest

from simulator.account_rows import Tag
from tests.simulator.conftest import Platform, Starter

TAG, UNTAG = "/cgi-bin/tags/members/batchtagging", "/cgi-bin/tags/members/batchuntagging"
CLICK = {"type": "click", "name": "报修", "key": "K"}


def create(platform: Platform, name: str) -> int:
    return int(platform.api("/cgi-bin/tags/create", {"tag": {"name": name}})["tag"]["id"])


def test_tags_are_made_renamed_counted_and_thrown_away(platform: Platform) -> None:
    openid, tag = platform.user(), create(platform, "员工")
    assert tag == 100
    assert platform.code(TAG, {"openid_list": [openid], "tagid": tag}) == 0
    assert platform.code("/cgi-bin/tags/update", {"tag": {"id": tag, "name": "教职工"}}) == 0
    listed = platform.api("/cgi-bin/tags/get")["tags"]
    assert listed == [
        {"id": 2, "name": "星标组", "count": 0},
        {"id": 100, "name": "教职工", "count": 1},
    ]
    assert platform.api("/cgi-bin/tags/getidlist", {"openid": openid}) == {"tagid_list": [100]}
    assert platform.api("/cgi-bin/user/info", openid=openid)["tagid_list"] == [100]
    assert platform.code("/cgi-bin/tags/delete", {"tag": {"id": tag}}) == 0
    assert platform.api("/cgi-bin/tags/getidlist", {"openid": openid}) == {"tagid_list": []}


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("create", {"tag": {"name": "员工"}}, 45157),
        ("create", {"tag": {"name": "星标组"}}, 45157),
        ("create", {"tag": {"name": ""}}, 45158),
        ("create", {"tag": {"name": "字" * 11}}, 45158),
        ("create", {}, 40097),
        ("update", {"tag": {"id": 2, "name": "x"}}, 45058),
        ("update", {"tag": {"id": 999, "name": "x"}}, 45159),
        ("delete", {"tag": {"id": 0}}, 45058),
        ("members/batchtagging", {"openid_list": ["o"], "tagid": 999}, 45159),
        ("members/batchtagging", {"openid_list": ["o"], "tagid": 100}, 49003),
        ("members/batchtagging", {"openid_list": ["o"] * 51, "tagid": 100}, 40032),
        ("getidlist", {"openid": "o"}, 40003),
    ],
)
def test_mistakes_are_named(platform: Platform, path: str, body: dict[str, Any], code: int) -> None:
    create(platform, "员工")
    assert platform.code(f"/cgi-bin/tags/{path}", body) == code


def test_account_has_a_hundred_tags_and_a_user_twenty(platform: Platform) -> None:
    openid = platform.user()
    tags = list(range(100, 200))
    for tag in tags:
        platform.simulator.state.tags.put(str(tag), Tag(tag, f"标签{tag}"))
    assert platform.code("/cgi-bin/tags/create", {"tag": {"name": "再一个"}}) == 45056
    platform.simulator.people.need(openid).tagid_list = tags[:19]
    codes = [platform.code(TAG, {"openid_list": [openid], "tagid": tag}) for tag in tags[18:21]]
    assert codes == [0, 0, 45059]
    assert platform.code(UNTAG, {"openid_list": [openid], "tagid": tags[0]}) == 0
    assert platform.code(TAG, {"openid_list": [openid], "tagid": tags[20]}) == 0


def test_members_come_in_pages(start: Starter) -> None:
    platform = start(start_following=True, user_page_size=3)
    openids = [user["openid"] for user in platform.get("/users")]
    platform.api(TAG, {"openid_list": openids, "tagid": 2})
    first = platform.api("/cgi-bin/user/tag/get", {"tagid": 2, "next_openid": ""})
    assert (first["count"], first["data"]["openid"]) == (3, openids[:3])
    second = platform.api("/cgi-bin/user/tag/get", {"tagid": 2, "next_openid": first["next_openid"]})
    assert second["data"]["openid"] == openids[3:]
    last = platform.api("/cgi-bin/user/tag/get", {"tagid": 2, "next_openid": openids[3]})
    assert last == {"count": 0, "next_openid": ""}


def test_strangers_cannot_be_tagged(platform: Platform) -> None:
    stranger = platform.get("/users")[0]["openid"]
    assert platform.code(TAG, {"openid_list": [stranger], "tagid": 2}) == 43004


def test_blacklist_bars_and_lets_in_again(platform: Platform) -> None:
    openid = platform.user()
    barring = {"openid_list": [openid]}
    assert platform.code("/cgi-bin/tags/members/batchblacklist", barring) == 0
    listed = platform.api("/cgi-bin/tags/members/getblacklist", {"begin_openid": ""})
    assert listed == {"total": 1, "count": 1, "data": {"openid": [openid]}, "next_openid": openid}
    platform.say(openid)
    body = {"touser": openid, "msgtype": "text", "text": {"content": "x"}}
    assert platform.code("/cgi-bin/message/custom/send", body) == 43019
    assert platform.code("/cgi-bin/tags/members/batchunblacklist", barring) == 0
    assert platform.code("/cgi-bin/message/custom/send", body) == 0
    assert platform.code("/cgi-bin/tags/members/batchblacklist", {"openid_list": ["o"] * 21}) == 40032


def add_conditional(platform: Platform, rule: dict[str, Any], name: str = "派单") -> Any:
    body = {"button": [CLICK | {"name": name}], "matchrule": rule}
    return platform.api("/cgi-bin/menu/addconditional", body)


def test_menu_for_a_tag_is_seen_by_who_has_it_last(platform: Platform) -> None:
    one, two = platform.user(0), platform.user(1)
    staff, leaders = create(platform, "员工"), create(platform, "领导")
    assert add_conditional(platform, {"tag_id": str(staff)})["errcode"] == 65303
    platform.api("/cgi-bin/menu/create", {"button": [CLICK]})
    menu_id = add_conditional(platform, {"tag_id": str(staff)})["menuid"]
    platform.api(TAG, {"openid_list": [one], "tagid": staff})

    def seen(openid: str) -> str:
        return str(platform.get("/menu", openid=openid)["button"][0]["name"])

    assert [seen(one), seen(two)] == ["派单", "报修"]
    assert platform.api("/cgi-bin/menu/trymatch", {"user_id": one})["button"][0]["name"] == "派单"
    (listed,) = platform.api("/cgi-bin/menu/get")["conditionalmenu"]
    assert (str(listed["menuid"]), listed["matchrule"]) == (menu_id, {"tag_id": str(staff)})
    platform.api(TAG, {"openid_list": [one], "tagid": leaders})
    assert seen(one) == "报修"
    platform.api(TAG, {"openid_list": [one], "tagid": staff})
    assert seen(one) == "派单"
    assert platform.code("/cgi-bin/menu/delconditional", {"menuid": menu_id}) == 0
    assert seen(one) == "报修"
    assert platform.code("/cgi-bin/menu/delconditional", {"menuid": menu_id}) == 65301


def test_deleting_the_menu_takes_the_conditional_ones_along(platform: Platform) -> None:
    openid = platform.user()
    platform.api("/cgi-bin/menu/create", {"button": [CLICK]})
    add_conditional(platform, {"client_platform_type": "1"})
    assert platform.get("/menu", openid=openid)["button"][0]["name"] == "派单"
    platform.code("/cgi-bin/menu/delete")
    assert platform.get("/menu", openid=openid) == {"button": []}
    assert platform.code("/cgi-bin/menu/trymatch", {"user_id": openid}) == 46003


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({}, 40097),
        ({"tag_id": ""}, 40097),
        ({"tag_id": "999"}, 45159),
        ({"sex": "1"}, 65320),
        ({"client_platform_type": "4"}, 40097),
    ],
)
def test_rule_must_be_one_that_still_exists(platform: Platform, rule: dict[str, Any], code: int) -> None:
    platform.api("/cgi-bin/menu/create", {"button": [CLICK]})
    assert add_conditional(platform, rule)["errcode"] == code


def test_conditional_menu_leads_to_three_domains_at_most(platform: Platform) -> None:
    platform.api("/cgi-bin/menu/create", {"button": [CLICK]})
    subs = [{"type": "view", "name": "x", "url": f"https://{host}.edu/"} for host in "abcd"]
    body = {"button": [{"name": "服务", "sub_button": subs}], "matchrule": {"tag_id": "2"}}
    assert platform.code("/cgi-bin/menu/addconditional", body) == 65316
    body["button"] = [{"name": "服务", "sub_button": subs[:3]}]
    assert platform.code("/cgi-bin/menu/addconditional", body) == 0
