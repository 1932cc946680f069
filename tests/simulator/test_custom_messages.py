"""客服消息 and the windows in which they may be sent."""

from typing import Any

import pytest

from tests.simulator.conftest import Platform

SEND = "/cgi-bin/message/custom/send"


def text(openid: str, content: str = "您好") -> dict[str, Any]:
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


def send(platform: Platform, openid: str) -> int:
    return platform.code(SEND, text(openid))


def closed(platform: Platform) -> str:
    """A follower whose windows have all closed."""
    openid = platform.user()
    platform.advance(3 * 86_400)
    assert send(platform, openid) == 45015
    return openid


def test_text_reaches_the_chat(platform: Platform) -> None:
    openid = platform.user()
    platform.say(openid)
    assert platform.api(SEND, text(openid, "您好，已派单")) == {"errcode": 0, "errmsg": "ok"}
    line = platform.lines(openid)[-1]
    assert (line["type"], line["text"], line["via"]) == ("text", "您好，已派单", "custom")
    (kept,) = platform.get("/messages")
    assert (kept["openid"], kept["kind"], kept["content"]["text"]["content"]) == (
        openid,
        "custom",
        "您好，已派单",
    )


def test_message_opens_five_sends_for_48_hours(platform: Platform) -> None:
    openid = closed(platform)
    platform.say(openid)
    assert [send(platform, openid) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    platform.say(openid)
    assert send(platform, openid) == 0
    platform.advance(48 * 3600 - 1)
    assert send(platform, openid) == 0
    platform.advance(1)
    assert send(platform, openid) == 45015


@pytest.mark.parametrize(
    ("act", "body"),
    [("click", {"key": "K"}), ("scan", {"scene": "s"}), ("event", {"event": "scancode_waitmsg"})],
)
def test_click_and_scan_open_three_sends_for_a_minute(
    platform: Platform, act: str, body: dict[str, str]
) -> None:
    openid = closed(platform)
    platform.post(f"/users/{openid}/{act}", **body)
    assert [send(platform, openid) for _ in range(4)] == [0, 0, 0, 45047]
    platform.advance(60)
    assert send(platform, openid) == 45015


def test_following_opens_three_sends_for_a_minute(platform: Platform) -> None:
    openid = platform.user()
    assert [send(platform, openid) for _ in range(4)] == [0, 0, 0, 45047]


def test_opening_a_page_gives_no_window(platform: Platform) -> None:
    openid = closed(platform)
    platform.post(f"/users/{openid}/view", url="https://x/")
    assert send(platform, openid) == 45015


def test_short_window_is_spent_before_the_long_one(platform: Platform) -> None:
    openid = closed(platform)
    platform.say(openid)
    platform.post(f"/users/{openid}/click", key="K")
    assert [send(platform, openid) for _ in range(3)] == [0, 0, 0]
    platform.advance(60)
    assert [send(platform, openid) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]


def test_unfollowing_closes_the_windows(platform: Platform) -> None:
    openid = platform.user()
    platform.say(openid)
    platform.post(f"/users/{openid}/unfollow")
    assert send(platform, openid) == 45015


@pytest.mark.parametrize(
    ("switch", "code"), [("blacklisted", 43019), ("receive_off", 48002), ("protected_minor", 70000)]
)
def test_user_who_cannot_be_written_to(platform: Platform, switch: str, code: int) -> None:
    openid = platform.user()
    platform.post(f"/users/{openid}", **{switch: True})
    assert send(platform, openid) == code
    platform.post(f"/users/{openid}", **{switch: False})
    assert send(platform, openid) == 0


def test_refused_message_spends_nothing(platform: Platform) -> None:
    openid = platform.user()
    for _ in range(3):
        assert platform.code(SEND, text(openid, "")) == 44004
    assert [send(platform, openid) for _ in range(4)] == [0, 0, 0, 45047]


ARTICLE = {"title": "公示", "description": "说明", "url": "https://x/", "picurl": "https://x/p.png"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"msgtype": "poem"}, 40008),
        ({}, 40008),
        ({"msgtype": "text"}, 44004),
        ({"msgtype": "text", "text": {"content": "汉" * 683}}, 45002),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"msgtype": "image", "image": {}}, 41006),
        ({"msgtype": "news", "news": {"articles": []}}, 44003),
        ({"msgtype": "news", "news": {"articles": [ARTICLE, ARTICLE]}}, 45008),
        ({"msgtype": "text", "text": {"content": "x"}, "touser": "oNobody"}, 40003),
        ({"msgtype": "text", "text": {"content": "x"}, "touser": ""}, 41009),
    ],
)
def test_wrong_arguments_are_named(platform: Platform, body: dict[str, Any], code: int) -> None:
    assert platform.code(SEND, {"touser": platform.user()} | body) == code


def test_article_reaches_the_chat(platform: Platform) -> None:
    openid = platform.user()
    platform.api(SEND, {"touser": openid, "msgtype": "news", "news": {"articles": [ARTICLE]}})
    (line,) = platform.lines(openid)
    assert line["articles"] == [
        {"title": "公示", "description": "说明", "pic_url": "https://x/p.png", "url": "https://x/"}
    ]


def test_files_of_all_kinds_reach_the_chat(platform: Platform) -> None:
    openid = platform.user()
    platform.say(openid)
    store = platform.simulator.media
    kinds = {"image": "image/png", "voice": "audio/amr", "video": "video/mp4"}
    for kind, content_type in kinds.items():
        media = store.save(b"x", kind=kind, filename=f"a.{kind}", content_type=content_type)
        body = {"touser": openid, "msgtype": kind, kind: {"media_id": media.media_id}}
        assert platform.code(SEND, body) == 0
        assert platform.lines(openid)[-1]["media_url"] == store.url(media.media_id)
    assert [line["type"] for line in platform.lines(openid)] == ["image", "voice", "video"]


def test_menu_in_a_message_is_shown_as_lines(platform: Platform) -> None:
    openid = platform.user()
    menu = {
        "head_content": "满意吗？",
        "list": [{"id": "1", "content": "满意"}, {"id": "2", "content": "不满意"}],
        "tail_content": "谢谢",
    }
    platform.api(SEND, {"touser": openid, "msgtype": "msgmenu", "msgmenu": menu})
    (line,) = platform.lines(openid)
    assert line["text"] == "满意吗？\n· 满意\n· 不满意\n谢谢"


def test_typing_needs_a_recent_word_and_is_shown_once(platform: Platform) -> None:
    path, openid = "/cgi-bin/message/custom/typing", platform.user()
    platform.say(openid)
    assert platform.code(path, {"touser": openid, "command": "Typing"}) == 0
    assert platform.code(path, {"touser": openid, "command": "Typing"}) == 45081
    assert platform.code(path, {"touser": openid, "command": "CancelTyping"}) == 0
    assert platform.code(path, {"touser": openid, "command": "Dance"}) == 45072
    platform.advance(31)
    assert platform.code(path, {"touser": openid, "command": "Typing"}) == 45080
