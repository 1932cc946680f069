"""Mass sends: who gets them, how often, and what the account is told."""

from typing import Any

import pytest

from tests.simulator.conftest import Platform, wait_until

ALL, LIST = "/cgi-bin/message/mass/sendall", "/cgi-bin/message/mass/send"
PREVIEW = "/cgi-bin/message/mass/preview"


def text(words: str = "停水通知", **more: Any) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": words}} | more


def to_all(**more: Any) -> dict[str, Any]:
    return {"filter": {"is_to_all": True}} | more


def send(platform: Platform, path: str, body: dict[str, Any]) -> dict[str, int]:
    """Send, and return the counts when it is done."""
    answer = platform.api(path, body)
    assert answer["errmsg"] == "send job submission success"
    return done(platform, answer["msg_id"])


def done(platform: Platform, msg_id: int) -> dict[str, int]:
    def counts() -> dict[str, int]:
        (job,) = [job for job in platform.get("/mass_jobs") if job["msg_id"] == msg_id]
        found: dict[str, int] = job["counts"]
        return found

    wait_until(counts)
    return counts()


def test_article_reaches_every_follower_as_a_card(platform: Platform) -> None:
    one, two = platform.user(0), platform.user(1)
    stranger = platform.get("/users")[2]["openid"]
    media_id = platform.draft(digest="摘要")
    answer = platform.api(ALL, to_all(msgtype="mpnews", mpnews={"media_id": media_id}))
    assert set(answer) == {"errcode", "errmsg", "msg_id", "msg_data_id"}
    event = platform.event("MASSSENDJOBFINISH")
    names = ("MsgID", "Status", "TotalCount", "FilterCount", "SentCount", "ErrorCount")
    assert [event[name] for name in names] == [str(answer["msg_id"]), "send success", "2", "2", "2", "0"]
    assert event["FromUserName"] == "mphelper"
    (card,) = platform.lines(one)
    (article,) = card["articles"]
    assert (card["type"], card["via"]) == ("news", "mass")
    assert (article["title"], article["description"]) == ("本周办实事清单", "摘要")
    assert article["url"] == event["ArticleUrlResult"]["ResultList"]["item"]["ArticleUrl"]
    assert len(platform.lines(two)) == 1
    assert platform.lines(stranger) == []
    status = platform.api("/cgi-bin/message/mass/get", {"msg_id": str(answer["msg_id"])})
    assert status == {"msg_id": answer["msg_id"], "msg_status": "SEND_SUCCESS"}
    assert platform.api("/cgi-bin/draft/count") == {"total_count": 0}


def test_those_who_may_not_receive_are_filtered(platform: Platform) -> None:
    users = [platform.user(index) for index in range(4)]
    platform.post(f"/users/{users[0]}", receive_off=True)
    platform.post(f"/users/{users[1]}", blacklisted=True)
    counts = send(platform, ALL, to_all(**text()))
    assert counts == {"TotalCount": 4, "FilterCount": 2, "SentCount": 2, "ErrorCount": 0}
    assert [len(platform.lines(openid)) for openid in users] == [0, 0, 1, 1]


def test_fifth_message_of_a_month_is_filtered_and_a_new_month_begins_again(platform: Platform) -> None:
    platform.post("/clock", freeze="2026-11-30T23:00:00+08:00")
    users = [platform.user(0), platform.user(1)]
    for number in range(4):
        assert send(platform, LIST, text(str(number), touser=users))["SentCount"] == 2
    third = platform.user(2)
    counts = send(platform, LIST, text("五", touser=[*users, third]))
    assert counts == {"TotalCount": 3, "FilterCount": 1, "SentCount": 1, "ErrorCount": 0}
    assert [len(platform.lines(openid)) for openid in (*users, third)] == [4, 4, 1]
    platform.advance(3600)
    assert send(platform, LIST, text("六", touser=users))["SentCount"] == 2


def test_fifth_send_to_everybody_in_a_month_is_refused(platform: Platform) -> None:
    platform.post("/clock", freeze="2026-11-30T23:00:00+08:00")
    platform.user()
    for number in range(4):
        send(platform, ALL, to_all(**text(str(number))))
    assert platform.code(ALL, to_all(**text("五"))) == 45028
    platform.advance(3600)
    assert platform.code(ALL, to_all(**text("五"))) == 0


def test_same_client_id_within_a_day_is_refused_with_the_first_number(platform: Platform) -> None:
    users = [platform.user(0), platform.user(1)]
    first = platform.api(LIST, text(touser=users, clientmsgid="broadcast:7"))
    again = platform.api(LIST, text("别的内容", touser=users, clientmsgid="broadcast:7"))
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    done(platform, first["msg_id"])
    assert len(platform.lines(users[0])) == 1
    platform.advance(86_400)
    assert platform.code(LIST, text(touser=users, clientmsgid="broadcast:7")) == 0
    assert platform.code(LIST, text(touser=users, clientmsgid="x" * 33)) == 45067


def test_repeated_call_gets_the_number_although_the_draft_is_gone(platform: Platform) -> None:
    platform.user()
    body = to_all(msgtype="mpnews", mpnews={"media_id": platform.draft()}, clientmsgid="a")
    first = platform.api(ALL, body)
    done(platform, first["msg_id"])
    again = platform.api(ALL, body)
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])


def test_same_content_without_a_client_id_counts_as_the_same(platform: Platform) -> None:
    users = [platform.user(0), platform.user(1)]
    assert platform.code(LIST, text(touser=users)) == 0
    assert platform.code(LIST, text(touser=users)) == 45065
    assert platform.code(LIST, text("另一条", touser=users)) == 0


def test_sixty_a_minute(platform: Platform) -> None:
    platform.post("/clock", freeze="2026-11-21T08:00:00+08:00")
    for _ in range(59):
        platform.simulator.quotas.count(LIST)
    codes = [platform.code(LIST, text(touser=["oNobody"])) for _ in range(2)]
    assert codes == [40130, 45011]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text(touser="oSim"), 40031),
        (text(touser=["oSim", 7]), 40031),
        (text(touser=["oSim"]), 40130),
        (text(touser=["oSim"] * 10_001), 40032),
        (text(touser=["oNobody", "oNoone"]), 40003),
        ({"msgtype": "dance"}, 40008),
        ({"msgtype": "text"}, 44004),
        (text("字" * 683), 45002),
        ({"msgtype": "mpnews", "mpnews": {"media_id": "none"}}, 40007),
        ({"msgtype": "image", "images": {"media_ids": []}}, 40007),
        ({"msgtype": "voice", "voice": {"media_id": "none"}}, 40007),
    ],
)
def test_mistakes_are_named(platform: Platform, body: dict[str, Any], code: int) -> None:
    assert platform.code(LIST, body) == code


def test_tag_chooses_who_receives(platform: Platform) -> None:
    users = [platform.user(0), platform.user(1)]
    tag = platform.api("/cgi-bin/tags/create", {"tag": {"name": "教职工"}})["tag"]["id"]
    platform.api("/cgi-bin/tags/members/batchtagging", {"openid_list": users[:1], "tagid": tag})
    counts = send(platform, ALL, text(filter={"is_to_all": False, "tag_id": tag}))
    assert counts["SentCount"] == 1
    assert [len(platform.lines(openid)) for openid in users] == [1, 0]
    assert platform.code(ALL, text(filter={"is_to_all": False, "tag_id": 999})) == 40152
    assert platform.code(ALL, text()) == 40152


@pytest.mark.parametrize("outcome", ["send fail", "err(20001)"])
def test_failed_send_reaches_nobody_and_keeps_the_draft(platform: Platform, outcome: str) -> None:
    openid = platform.user()
    platform.post("/settings", mass_outcome=outcome)
    body = to_all(msgtype="mpnews", mpnews={"media_id": platform.draft()})
    counts = send(platform, ALL, body)
    assert (counts["SentCount"], counts["ErrorCount"]) == (0, 1)
    event = platform.event("MASSSENDJOBFINISH")
    assert (event["Status"], "ArticleUrlResult" in event) == (outcome, False)
    assert platform.lines(openid) == []
    assert platform.api("/cgi-bin/draft/count") == {"total_count": 1}


def test_pictures_and_voices_in_both_shapes(platform: Platform) -> None:
    users = [platform.user(0), platform.user(1)]
    picture = platform.upload("/cgi-bin/media/upload", type="image")["media_id"]
    voice = platform.upload("/cgi-bin/media/upload", name="a.mp3", type="voice")["media_id"]
    send(platform, LIST, {"touser": users, "msgtype": "image", "images": {"media_ids": [picture] * 2}})
    send(platform, LIST, {"touser": users, "msgtype": "image", "image": {"media_id": picture}})
    send(platform, LIST, {"touser": users, "msgtype": "voice", "voice": {"media_id": voice}})
    kinds = [(line["type"], line["media_url"].rsplit("/", 1)[1]) for line in platform.lines(users[0])]
    assert kinds == [("image", picture)] * 3 + [("voice", voice)]


def test_preview_shows_the_draft_to_one_and_keeps_it(platform: Platform) -> None:
    one, two = platform.user(0), platform.user(1)
    body = {"msgtype": "mpnews", "mpnews": {"media_id": platform.draft()}}
    assert platform.code(PREVIEW, body | {"touser": one}) == 0
    assert platform.code(PREVIEW, body | {"towxname": "陈浩"}) == 0
    (line,) = platform.lines(one)
    assert (line["type"], line["via"]) == ("news", "preview")
    assert len(platform.lines(two)) == 1
    assert platform.code(PREVIEW, body | {"touser": "oNobody"}) == 40003
    assert platform.code(PREVIEW, body | {"touser": platform.get("/users")[3]["openid"]}) == 43004
    assert platform.api("/cgi-bin/draft/count") == {"total_count": 1}


def test_deleted_article_leaves_the_card_but_not_the_page(platform: Platform) -> None:
    openid = platform.user()
    answer = platform.api(ALL, to_all(msgtype="mpnews", mpnews={"media_id": platform.draft()}))
    done(platform, answer["msg_id"])
    path = "/cgi-bin/message/mass/delete"
    assert platform.code(path, {"msg_id": answer["msg_id"], "article_idx": 2}) == 40114
    assert platform.code(path, {"msg_id": answer["msg_id"]}) == 0
    assert len(platform.lines(openid)) == 1
    assert platform.get("/articles") == []
    status = platform.api("/cgi-bin/message/mass/get", {"msg_id": answer["msg_id"]})
    assert status["msg_status"] == "DELETE"
    assert platform.code(path, {"msg_id": 7}) == 40097


def test_speed_is_set_and_told(platform: Platform) -> None:
    path = "/cgi-bin/message/mass/speed"
    assert platform.api(f"{path}/get", {})["realspeed"] == 80
    assert platform.code(f"{path}/set", {"speed": 4}) == 0
    assert platform.api(f"{path}/get", {}) == {"errcode": 0, "errmsg": "ok", "speed": 4, "realspeed": 10}
    assert platform.code(f"{path}/set", {"speed": 5}) == 45083
