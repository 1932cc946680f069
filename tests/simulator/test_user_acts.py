"""What users do, and the packets it makes."""

from typing import Any

import pytest
import requests

from tests.simulator.conftest import Platform, Starter


def sent(platform: Platform) -> dict[str, Any]:
    """The one packet that arrived, without the header every packet has."""
    (received,) = platform.app.received
    header = {"ToUserName", "FromUserName", "CreateTime", "MsgId"}
    return {name: value for name, value in received.packet.items() if name not in header}


def first_openid(platform: Platform) -> str:
    return str(platform.get("/users")[0]["openid"])


def test_four_users_stand_at_the_start_and_do_not_follow(platform: Platform) -> None:
    users = platform.get("/users")
    assert [user["nickname"] for user in users] == ["林小雨", "陈浩", "王芳老师", "张伟"]
    assert [user["following"] for user in users] == [False] * 4
    assert {len(user["openid"]) for user in users} == {28}
    assert {user["openid"][:4] for user in users} == {"oSim"}
    assert len({user["openid"] for user in users}) == 4


def test_openids_depend_on_the_seed_only(start: Starter) -> None:
    one, same, other = start(), start(), start(seed=7)
    assert first_openid(one) == first_openid(same)
    assert first_openid(one) != first_openid(other)


def test_first_users_may_follow_from_the_start(start: Starter) -> None:
    platform = start(start_following=True)
    assert [user["following"] for user in platform.get("/users")] == [True] * 4


def test_new_user_gets_an_openid_of_their_own(platform: Platform) -> None:
    user = platform.post("/users", nickname="赵敏")
    assert user["nickname"] == "赵敏"
    assert [entry["openid"] for entry in platform.get("/users")].count(user["openid"]) == 1


@pytest.mark.parametrize("nickname", ["", "  ", "名" * 33])
def test_nickname_must_be_one(platform: Platform, nickname: str) -> None:
    assert platform.post("/users", nickname=nickname) == {"error": "a nickname has 1 to 32 characters"}


def test_following(platform: Platform) -> None:
    openid = first_openid(platform)
    platform.post(f"/users/{openid}/follow")
    assert sent(platform) == {"MsgType": "event", "Event": "subscribe", "EventKey": None}
    assert platform.get("/users")[0]["following"] is True


def test_following_twice_is_refused(platform: Platform) -> None:
    openid = platform.user()
    assert platform.post(f"/users/{openid}/follow") == {"error": "林小雨 already follows the account"}


def test_following_by_a_code_carries_scene_and_ticket(platform: Platform) -> None:
    openid = first_openid(platform)
    code = platform.post("/codes", scene="place:canteen-1", title="一食堂")[0]
    platform.post(f"/users/{openid}/follow", scene="place:canteen-1")
    assert sent(platform) == {
        "MsgType": "event",
        "Event": "subscribe",
        "EventKey": "qrscene_place:canteen-1",
        "Ticket": code["ticket"],
    }


def test_scanning_follows_first_and_then_scans(platform: Platform) -> None:
    openid = first_openid(platform)
    code = platform.post("/codes", scene="s1", title="一号楼")[0]
    platform.post(f"/users/{openid}/scan", scene="s1")
    assert sent(platform)["EventKey"] == "qrscene_s1"
    platform.app.received.clear()
    platform.post(f"/users/{openid}/scan", scene="s1")
    assert sent(platform) == {
        "MsgType": "event",
        "Event": "SCAN",
        "EventKey": "s1",
        "Ticket": code["ticket"],
    }


def test_code_that_ran_out_cannot_be_scanned(platform: Platform) -> None:
    openid = platform.user()
    scene = {"action_info": {"scene": {"scene_str": "bind:1"}}, "action_name": "QR_STR_SCENE"}
    platform.api("/cgi-bin/qrcode/create", scene | {"expire_seconds": 60})
    platform.advance(61)
    assert platform.post(f"/users/{openid}/scan", scene="bind:1") == {"error": "这个二维码已经过期"}


def test_unfollowing_and_coming_back_keeps_the_openid(platform: Platform) -> None:
    openid = platform.user()
    platform.post(f"/users/{openid}/unfollow")
    assert sent(platform) == {"MsgType": "event", "Event": "unsubscribe", "EventKey": None}
    assert platform.say(openid) == {"error": "林小雨 does not follow the account; follow first"}
    platform.post(f"/users/{openid}/follow")
    assert platform.say(openid)["openid"] == openid


def test_pressing_a_button(platform: Platform) -> None:
    openid = platform.user()
    platform.post(f"/users/{openid}/click", key="REPAIR")
    assert sent(platform) == {"MsgType": "event", "Event": "CLICK", "EventKey": "REPAIR"}


def test_opening_a_page_from_the_menu(platform: Platform) -> None:
    openid = platform.user()
    platform.post(f"/users/{openid}/view", url="https://x.example/")
    packet = sent(platform)
    assert (packet["Event"], packet["EventKey"]) == ("VIEW", "https://x.example/")


def test_any_event_can_be_caused(platform: Platform) -> None:
    openid = platform.user()
    fields = {"Latitude": 23.1, "Longitude": 113.3, "Precision": 119.4}
    platform.post(f"/users/{openid}/event", event="LOCATION", fields=fields)
    assert sent(platform) == {
        "MsgType": "event",
        "Event": "LOCATION",
        "Latitude": "23.1",
        "Longitude": "113.3",
        "Precision": "119.4",
    }


def test_location(platform: Platform) -> None:
    openid = platform.user()
    place = {"latitude": 23.134521, "longitude": "113.358803", "label": "3号宿舍楼"}
    platform.post(f"/users/{openid}/send", type="location", **place)
    assert sent(platform) == {
        "MsgType": "location",
        "Location_X": "23.134521",
        "Location_Y": "113.358803",
        "Scale": "20",
        "Label": "3号宿舍楼",
    }


def test_link(platform: Platform) -> None:
    openid = platform.user()
    platform.post(f"/users/{openid}/send", type="link", title="停水", description="通知", url="https://x/")
    assert sent(platform) == {
        "MsgType": "link",
        "Title": "停水",
        "Description": "通知",
        "Url": "https://x/",
    }


def send_file(platform: Platform, openid: str, kind: str, name: str, content: bytes) -> Any:
    return platform.control(
        "POST", f"/users/{openid}/send", files={"media": (name, content)}, data={"type": kind}
    )


def test_image_can_be_fetched_by_address_and_by_id(platform: Platform) -> None:
    openid = platform.user()
    send_file(platform, openid, "image", "水管.jpg", b"\xff\xd8\xff picture")
    packet = sent(platform)
    assert set(packet) == {"MsgType", "PicUrl", "MediaId"}
    assert requests.get(packet["PicUrl"], timeout=5).content == b"\xff\xd8\xff picture"
    query = {"access_token": platform.live_token(), "media_id": packet["MediaId"]}
    fetched = requests.get(f"{platform.base_url}/cgi-bin/media/get", params=query, timeout=5)
    assert fetched.content == b"\xff\xd8\xff picture"
    assert fetched.headers["Content-Type"] == "image/jpeg"


def test_voice_is_not_recognised(platform: Platform) -> None:
    send_file(platform, platform.user(), "voice", "a.amr", b"#!AMR")
    packet = sent(platform)
    assert (packet["Format"], packet["Recognition"]) == ("amr", None)
    assert packet["MediaId"] != packet["MediaId16K"]


@pytest.mark.parametrize("kind", ["video", "shortvideo"])
def test_video_has_a_thumbnail(platform: Platform, kind: str) -> None:
    send_file(platform, platform.user(), kind, "a.mp4", b"mp4")
    packet = sent(platform)
    assert (packet["MsgType"], set(packet)) == (kind, {"MsgType", "MediaId", "ThumbMediaId"})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"type": "text", "content": " "}, "content is empty"),
        ({"type": "text"}, "content must be a text"),
        ({"type": "location", "latitude": "north", "longitude": 1}, "latitude must be a number"),
        ({"type": "dance"}, "type must be text, location or link; files come as multipart/form-data"),
        ([], "the body must be a JSON object"),
    ],
)
def test_act_that_makes_no_sense_is_explained(platform: Platform, body: Any, error: str) -> None:
    openid = platform.user()
    assert platform.control("POST", f"/users/{openid}/send", json=body) == {"error": error}
    assert platform.app.received == []


def test_file_of_unknown_kind_is_refused(platform: Platform) -> None:
    answer = send_file(platform, platform.user(), "hologram", "a.holo", b"x")
    assert answer == {"error": "type must be one of image, voice, video, shortvideo"}


def test_nobody_has_this_openid(platform: Platform) -> None:
    assert platform.post("/users/oNobody/follow") == {"error": "no user with openid oNobody"}


def test_own_acts_stand_in_the_chat(platform: Platform) -> None:
    openid = platform.user()
    platform.say(openid, "你好")
    platform.post(f"/users/{openid}/click", key="REPAIR")
    lines = [(line["type"], line["text"]) for line in platform.lines(openid, "me")]
    assert lines == [("event", "关注了公众号"), ("text", "你好"), ("event", "点击了菜单「REPAIR」")]


def test_crowd_follows_and_can_be_written_to_but_nobody_holds_their_phones(platform: Platform) -> None:
    stranger = "oDmo000000000000000000000001"
    assert platform.get("/crowd") == {"count": 0}
    assert platform.post("/crowd", openids=[stranger, first_openid(platform)]) == {"count": 1}
    assert platform.post("/crowd", openids=[stranger]) == {"count": 1}
    assert platform.post("/crowd", openids=stranger) == {"error": "openids must be a list of texts"}

    assert len(platform.get("/users")) == 4
    assert platform.api("/cgi-bin/user/get")["data"]["openid"] == [stranger]


def test_answers_to_a_page_come_in_one_event_with_the_scene_of_pages(platform: Platform) -> None:
    openid = first_openid(platform)
    platform.post(f"/users/{openid}/subscribe", answers={"T1": "accept", "T2": "reject"})

    rows = sent(platform)["SubscribeMsgPopupEvent"]["List"]
    assert [tuple(row.values()) for row in rows] == [("T1", "accept", "1"), ("T2", "reject", "1")]
    assert platform.get("/users")[0]["grants"] == {"T1": 1}


@pytest.mark.parametrize(
    "answers", [{}, {"T1": "maybe"}, {"T": "accept", "U": "accept", "V": "accept", "W": "reject"}]
)
def test_page_asks_for_one_to_three_templates(platform: Platform, answers: dict[str, str]) -> None:
    answer = platform.post(f"/users/{first_openid(platform)}/subscribe", answers=answers)
    assert answer == {"error": "a page asks for 1 to 3 templates; each answer is accept or reject"}


def test_answers_of_no_known_form_are_refused(platform: Platform) -> None:
    answer = platform.post(f"/users/{first_openid(platform)}/subscribe", answers=["T1"])
    assert answer == {"error": "answers must be an object of template ids and accept or reject"}


def test_code_that_the_account_drew_itself_names_the_page_it_opens(platform: Platform) -> None:
    platform.post("/codes", scene="gym", title="体育馆", link="http://127.0.0.1:8000/h5/p/gym")
    platform.post("/codes", scene="hall", title="大厅")
    assert [code["link"] for code in platform.get("/codes")] == ["http://127.0.0.1:8000/h5/p/gym", ""]
