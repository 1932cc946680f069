"""Followers, menu, subscription messages, logins."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.simulator.conftest import Platform, Starter, wait_until


def test_follower_is_described_without_a_name(platform: Platform) -> None:
    openid = platform.get("/users")[0]["openid"]
    platform.post("/clock", freeze=1_790_000_000)
    platform.post(f"/users/{openid}/follow", scene="place:1")
    info = platform.api("/cgi-bin/user/info", openid=openid)
    assert (info["subscribe"], info["openid"], info["nickname"], info["headimgurl"]) == (1, openid, "", "")
    assert (info["subscribe_time"], info["subscribe_scene"]) == (1_790_000_000, "ADD_SCENE_QR_CODE")
    assert (info["qr_scene"], info["qr_scene_str"]) == (0, "place:1")


def test_stranger_is_described_by_the_id_alone(platform: Platform) -> None:
    user = platform.get("/users")[0]
    info = platform.api("/cgi-bin/user/info", openid=user["openid"])
    assert info == {"subscribe": 0, "openid": user["openid"], "unionid": user["unionid"]}
    assert platform.code("/cgi-bin/user/info", openid="oNobody") == 40003


def test_many_users_at_once(platform: Platform) -> None:
    openids = [platform.user(0), platform.user(1)]
    wanted = {"user_list": [{"openid": openid, "lang": "zh_CN"} for openid in openids]}
    infos = platform.api("/cgi-bin/user/info/batchget", wanted)["user_info_list"]
    assert [info["openid"] for info in infos] == openids
    assert platform.code("/cgi-bin/user/info/batchget", {"user_list": []}) == 40032
    too_many = {"user_list": wanted["user_list"] * 51}
    assert platform.code("/cgi-bin/user/info/batchget", too_many) == 40032


def test_followers_come_in_pages_and_the_last_is_empty(start: Starter) -> None:
    platform = start(user_page_size=3, start_following=True)
    openids = [user["openid"] for user in platform.get("/users")]
    first = platform.api("/cgi-bin/user/get")
    assert first == {
        "total": 4,
        "count": 3,
        "data": {"openid": openids[:3]},
        "next_openid": openids[2],
    }
    second = platform.api("/cgi-bin/user/get", next_openid=openids[2])
    assert (second["data"]["openid"], second["next_openid"]) == (openids[3:], openids[3])
    last = platform.api("/cgi-bin/user/get", next_openid=openids[3])
    assert last == {"total": 4, "count": 0, "next_openid": ""}


def test_remark_is_kept_until_unfollowing(platform: Platform) -> None:
    openid = platform.user()
    path = "/cgi-bin/user/info/updateremark"
    assert platform.code(path, {"openid": openid, "remark": "维修王师傅"}) == 0
    assert platform.api("/cgi-bin/user/info", openid=openid)["remark"] == "维修王师傅"
    assert platform.code(path, {"openid": openid, "remark": "字" * 10}) == 40035
    platform.post(f"/users/{openid}/unfollow")
    platform.post(f"/users/{openid}/follow")
    assert platform.api("/cgi-bin/user/info", openid=openid)["remark"] == ""


MENU = {
    "button": [
        {"type": "click", "name": "提诉求", "key": "NEW"},
        {
            "name": "服务",
            "sub_button": [
                {"type": "view", "name": "我的诉求", "url": "https://x/mine"},
                {
                    "type": "miniprogram",
                    "name": "小程序",
                    "url": "https://x/",
                    "appid": "wx1",
                    "pagepath": "pages/index",
                },
            ],
        },
    ]
}


def test_menu_goes_live_and_away(platform: Platform) -> None:
    assert platform.get("/menu") == {"button": []}
    assert platform.code("/cgi-bin/menu/get") == 46003
    assert platform.api("/cgi-bin/menu/create", MENU) == {"errcode": 0, "errmsg": "ok"}
    assert platform.get("/menu") == MENU
    buttons = platform.api("/cgi-bin/menu/get")["menu"]["button"]
    assert buttons[0] == {"type": "click", "name": "提诉求", "key": "NEW", "sub_button": []}
    assert [sub["name"] for sub in buttons[1]["sub_button"]] == ["我的诉求", "小程序"]
    self_menu = platform.api("/cgi-bin/get_current_selfmenu_info")
    assert self_menu["is_menu_open"] == 1
    assert self_menu["selfmenu_info"]["button"][1]["sub_button"]["list"][0]["url"] == "https://x/mine"
    assert platform.code("/cgi-bin/menu/delete") == 0
    assert platform.get("/menu") == {"button": []}
    assert platform.api("/cgi-bin/get_current_selfmenu_info")["is_menu_open"] == 0


CLICK = {"type": "click", "name": "报修", "key": "K"}


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ([CLICK | {"name": "六个汉字太长"}], 40018),
        ([CLICK | {"name": ""}], 40018),
        ([CLICK | {"type": "dance"}], 40017),
        ([CLICK | {"key": "k" * 129}], 40019),
        ([{"type": "view", "name": "x", "url": "https://x/" + "a" * 1024}], 40020),
        ([{"type": "view", "name": "x", "url": "ftp://x"}], 40055),
        ([{"name": "x", "sub_button": [CLICK] * 6}], 40023),
        ([{"name": "x", "sub_button": []}], 40023),
        ([{"name": "x", "sub_button": [CLICK | {"type": "dance"}]}], 40024),
        ([{"name": "x", "sub_button": [CLICK | {"name": "字" * 21}]}], 40025),
        ([{"name": "x", "sub_button": [{"type": "click", "name": "x"}]}], 40026),
        ([{"name": "x", "sub_button": [{"type": "view", "name": "x", "url": ""}]}], 40027),
    ],
)
def test_menu_that_does_not_fit_is_refused(platform: Platform, buttons: list[Any], code: int) -> None:
    assert platform.code("/cgi-bin/menu/create", {"button": buttons}) == code


def test_menu_refuses_escaped_chinese(platform: Platform) -> None:
    body = b'{"button":[{"type":"click","name":"\\u62a5\\u4fee","key":"K"}]}'
    query = {"access_token": platform.live_token()}
    url = f"{platform.base_url}/cgi-bin/menu/create"
    assert requests.post(url, params=query, data=body, timeout=5).json()["errcode"] == 40033


NOTICE = {
    "template_id": "SIMTPL_MATTER",
    "data": {
        "thing1": {"value": "食堂增开夜宵窗口"},
        "phrase2": {"value": "推进中"},
        "thing3": {"value": "饮食服务中心"},
        "thing4": {"value": "设备已到位"},
        "date5": {"value": "2026年11月21日"},
    },
}


def test_each_account_notice_spends_a_grant(platform: Platform) -> None:
    openid = platform.user()
    path, body = "/cgi-bin/message/subscribe/bizsend", NOTICE | {"touser": openid}
    assert platform.code(path, body) == 43101
    platform.post(f"/users/{openid}/subscribe", template_id="SIMTPL_MATTER", status="accept")
    popup = platform.app.packets("subscribe_msg_popup_event")[0]["SubscribeMsgPopupEvent"]["List"]
    assert (popup["TemplateId"], popup["SubscribeStatusString"]) == ("SIMTPL_MATTER", "accept")
    assert [platform.code(path, body) for _ in range(2)] == [0, 43101]
    line = platform.lines(openid)[-1]
    assert (line["template"]["title"], line["via"]) == ("办实事进展通知", "subscribe")
    wait_until(lambda: platform.app.packets("subscribe_msg_sent_event"))
    result = platform.app.packets("subscribe_msg_sent_event")[0]["SubscribeMsgSentEvent"]["List"]
    assert (result["ErrorCode"], result["MsgID"]) == ("0", str(line["msgid"]))


def test_mini_program_notice_goes_to_the_openid_there(platform: Platform) -> None:
    user = platform.get("/users")[0]
    body = NOTICE | {"touser": user["mini_openid"], "page": "pages/matter?id=1"}
    path = "/cgi-bin/message/subscribe/send"
    platform.post(f"/users/{user['openid']}/subscribe", template_id="SIMTPL_MATTER")
    assert platform.code(path, body | {"page": "https://x/"}) == 41030
    assert platform.code(path, body | {"template_id": "NONE"}) == 40037
    assert platform.code(path, body | {"touser": "oNobody"}) == 40003
    assert platform.code(path, body) == 0
    assert platform.get("/users")[0]["grants"] == {"SIMTPL_MATTER": 0}


def test_refusal_grants_nothing_and_switching_off_takes_all(platform: Platform) -> None:
    openid = platform.user()
    platform.post(f"/users/{openid}/subscribe", template_id="T", status="accept")
    platform.post(f"/users/{openid}/subscribe", template_id="T", status="reject")
    assert platform.get("/users")[0]["grants"] == {"T": 1}
    platform.post(f"/users/{openid}/subscribe", template_id="T", status="change")
    assert platform.get("/users")[0]["grants"] == {"T": 0}
    assert len(platform.app.packets("subscribe_msg_change_event")) == 1


def authorize(platform: Platform, **changes: str) -> requests.Response:
    query = {
        "appid": platform.simulator.settings.app_id,
        "redirect_uri": "http://127.0.0.1:8000/login?next=%2Fmine",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s1",
    } | changes
    cookies = {"sim_openid": query.pop("cookie")} if "cookie" in query else {}
    url = f"{platform.base_url}/connect/oauth2/authorize"
    return requests.get(url, params=query, cookies=cookies, allow_redirects=False, timeout=5)


def code_of(response: requests.Response) -> str:
    return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]


def exchange(platform: Platform, code: str, **changes: str) -> Any:
    settings = platform.simulator.settings
    query = {
        "appid": settings.app_id,
        "secret": settings.app_secret,
        "code": code,
        "grant_type": "authorization_code",
    } | changes
    return requests.get(f"{platform.base_url}/sns/oauth2/access_token", params=query, timeout=5).json()


def test_visitor_picks_a_user_and_comes_back_with_a_code(platform: Platform) -> None:
    user = platform.get("/users")[1]
    page = authorize(platform)
    assert page.status_code == 200
    assert "陈浩" in page.text
    link = next(part for part in page.text.split('"') if user["openid"] in part)
    back = requests.get(
        f"{platform.base_url}/connect/oauth2/authorize{link.replace('&amp;', '&')}",
        allow_redirects=False,
        timeout=5,
    )
    target = urlsplit(back.headers["Location"])
    assert (target.netloc, target.path) == ("127.0.0.1:8000", "/login")
    assert {key: value[0] for key, value in parse_qs(target.query).items() if key != "code"} == {
        "next": "/mine",
        "state": "s1",
    }
    answer = exchange(platform, code_of(back))
    assert (answer["openid"], answer["scope"], answer["expires_in"]) == (
        user["openid"],
        "snsapi_base",
        7200,
    )
    assert "is_snapshotuser" not in answer


def test_user_of_the_phone_page_is_known_by_cookie(platform: Platform) -> None:
    user = platform.get("/users")[2]
    back = authorize(platform, cookie=user["openid"])
    assert back.status_code == 302
    assert exchange(platform, code_of(back))["openid"] == user["openid"]


def test_code_works_once_and_for_five_minutes(platform: Platform) -> None:
    openid = platform.get("/users")[0]["openid"]
    code = code_of(authorize(platform, sim_openid=openid))
    exchange(platform, code)
    assert exchange(platform, code)["errcode"] == 40163
    late = code_of(authorize(platform, sim_openid=openid))
    platform.advance(301)
    assert exchange(platform, late)["errcode"] == 42003
    assert exchange(platform, "invented")["errcode"] == 40029
    assert exchange(platform, "")["errcode"] == 41008
    assert exchange(platform, "x", grant_type="other")["errcode"] == 40002
    assert exchange(platform, "x", secret="wrong")["errcode"] == 40125


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"redirect_uri": "https://evil.example/"}, "10003"),
        ({"redirect_uri": "javascript:alert(1)"}, "10003"),
        ({"scope": "snsapi_all"}, "10005"),
        ({"redirect_uri": ""}, "10010"),
        ({"response_type": "token"}, "10012"),
        ({"appid": "wxother"}, "10013"),
        ({"state": "s" * 129}, "10015"),
    ],
)
def test_wrong_authorisation_shows_the_error_number(
    platform: Platform, changes: dict[str, str], number: str
) -> None:
    page = authorize(platform, **changes)
    assert page.status_code == 200
    assert f"错误码 {number}" in page.text


def test_snapshot_user_is_marked(platform: Platform) -> None:
    openid = platform.get("/users")[0]["openid"]
    platform.post(f"/users/{openid}", snapshot=True)
    assert exchange(platform, code_of(authorize(platform, sim_openid=openid)))["is_snapshotuser"] == 1


def sns(platform: Platform, path: str, **query: str) -> Any:
    return requests.get(f"{platform.base_url}/sns/{path}", params=query, timeout=5).json()


def test_profile_needs_the_wider_scope(platform: Platform) -> None:
    user = platform.get("/users")[0]
    narrow = exchange(platform, code_of(authorize(platform, sim_openid=user["openid"])))
    query = {"access_token": narrow["access_token"], "openid": user["openid"]}
    assert sns(platform, "auth", **query) == {"errcode": 0, "errmsg": "ok"}
    assert sns(platform, "auth", **query | {"openid": "oNobody"})["errcode"] == 40003
    assert sns(platform, "userinfo", **query)["errcode"] == 48001
    back = authorize(platform, sim_openid=user["openid"], scope="snsapi_userinfo")
    wide = exchange(platform, code_of(back))
    query["access_token"] = wide["access_token"]
    assert sns(platform, "userinfo", **query)["nickname"] == "林小雨"
    platform.advance(7201)
    assert sns(platform, "userinfo", **query)["errcode"] == 42001


def test_user_token_is_renewed_with_a_new_refresh_token(platform: Platform) -> None:
    openid = platform.get("/users")[0]["openid"]
    first = exchange(platform, code_of(authorize(platform, sim_openid=openid)))
    query = {"appid": platform.simulator.settings.app_id, "refresh_token": first["refresh_token"]}
    second = sns(platform, "oauth2/refresh_token", **query)
    assert second["openid"] == openid
    assert sns(platform, "oauth2/refresh_token", **query)["errcode"] == 40030
    platform.advance(31 * 86_400)
    query["refresh_token"] = second["refresh_token"]
    assert sns(platform, "oauth2/refresh_token", **query)["errcode"] == 42002


def test_mini_program_login(platform: Platform) -> None:
    user = platform.get("/users")[0]
    settings = platform.simulator.settings
    query = {
        "appid": settings.mini_app_id,
        "secret": settings.mini_app_secret,
        "grant_type": "authorization_code",
    }

    def login() -> str:
        return str(platform.post(f"/users/{user['openid']}/login_code")["code"])

    code = login()
    answer = sns(platform, "jscode2session", js_code=code, **query)
    assert (answer["openid"], answer["unionid"]) == (user["mini_openid"], user["unionid"])
    assert len(answer["session_key"]) == 24
    assert sns(platform, "jscode2session", js_code=code, **query)["errcode"] == 40163
    assert sns(platform, "jscode2session", js_code="x", **query)["errcode"] == 40029
    platform.post(f"/users/{user['openid']}", high_risk=True)
    assert sns(platform, "jscode2session", js_code=login(), **query)["errcode"] == 40226
    # A code of the one kind is unknown to the other.
    assert exchange(platform, login())["errcode"] == 40029
