"""Reading a message: what it is, and what makes it this one and no other."""

from datetime import UTC, datetime

import pytest

from simulator.packets import to_xml
from wechat.inbound import UnreadableError, read, unreadable_key

TEXT: dict[str, object] = {
    "ToUserName": "gh_1",
    "FromUserName": "o1",
    "CreateTime": 1790000000,
    "MsgType": "text",
    "Content": "你好",
    "MsgId": 1234567890123456,
}
EVENT: dict[str, object] = {
    "ToUserName": "gh_1",
    "FromUserName": "o1",
    "CreateTime": 1790000000,
    "MsgType": "event",
    "Event": "SCAN",
    "EventKey": "canteen",
}
POPUP = {"List": [{"TemplateId": "T1", "SubscribeStatusString": "accept"}]}


def key(packet: dict[str, object], *, app_id: str = "wx1") -> str:
    return read(to_xml(packet), app_id=app_id).dedupe_key


def without(packet: dict[str, object], name: str) -> dict[str, object]:
    return {field: value for field, value in packet.items() if field != name}


def test_text_message_is_read() -> None:
    inbound = read(to_xml(TEXT).encode(), app_id="wx1")
    assert (inbound.openid, inbound.account, inbound.kind) == ("o1", "gh_1", "text")
    assert inbound.sent_at == datetime.fromtimestamp(1790000000, UTC)
    assert (inbound.message_id, inbound.field("Content"), inbound.is_event) == (
        "1234567890123456",
        "你好",
        False,
    )


def test_event_is_named_in_lower_case() -> None:
    inbound = read(to_xml(EVENT), app_id="wx1")
    assert (inbound.kind, inbound.message_id, inbound.is_event) == ("event:scan", "", True)


def test_same_message_has_the_same_key_whatever_else_differs() -> None:
    assert key(TEXT) == key(TEXT | {"CreateTime": 1790000005, "Content": "x"})


@pytest.mark.parametrize("change", [{"MsgId": 1234567890123457}])
def test_other_message_has_another_key(change: dict[str, object]) -> None:
    assert key(TEXT) != key(TEXT | change)


def test_other_account_has_another_key() -> None:
    assert key(TEXT) != key(TEXT, app_id="wx2")
    assert key(EVENT) != key(EVENT, app_id="wx2")


@pytest.mark.parametrize(
    "change",
    [
        {"FromUserName": "o2"},
        {"CreateTime": 1790000001},
        {"Event": "CLICK"},
        {"EventKey": "library"},
        {"MsgID": "7"},
        {"TemplateId": "T1"},
        {"SubscribeMsgPopupEvent": POPUP},
    ],
)
def test_events_of_one_second_are_told_apart(change: dict[str, object]) -> None:
    assert key(EVENT) != key(EVENT | change)


def test_same_event_has_the_same_key() -> None:
    assert key(EVENT | {"SubscribeMsgPopupEvent": POPUP}) == key(EVENT | {"SubscribeMsgPopupEvent": POPUP})


def test_subscribe_by_code_keeps_its_own_key_beside_the_scan() -> None:
    scan = key(EVENT | {"Event": "subscribe", "EventKey": "qrscene_canteen"})
    assert scan != key(EVENT | {"Event": "subscribe", "EventKey": "canteen"})


def test_message_without_number_is_known_by_all_that_is_in_it() -> None:
    nameless = without(TEXT, "MsgId")
    assert key(nameless) == key(dict(reversed(nameless.items())))
    assert key(nameless) != key(nameless | {"Content": "您好"})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "不是公众平台的 XML：ExpatError"),
        ("hello", "不是公众平台的 XML：ExpatError"),
        ("<xml/>", "XML 里没有内容"),
        ("<html><a>1</a></html>", "不是公众平台的 XML：KeyError"),
        ("<xml><a>\x0b</a></xml>", "不是公众平台的 XML：ExpatError"),
        ('{"MsgType":"text"}', "消息体是 JSON：请在公众平台把数据格式改为 XML"),
        (to_xml(without(TEXT, "FromUserName")), "缺少 FromUserName 或 MsgType"),
        (to_xml(without(TEXT, "MsgType")), "缺少 FromUserName 或 MsgType"),
        (to_xml(TEXT | {"MsgType": ["text", "text"]}), "缺少 FromUserName 或 MsgType"),
        (to_xml(TEXT | {"FromUserName": "o" * 65}), "FromUserName 过长"),
        (to_xml(without(TEXT, "CreateTime")), "CreateTime 不是时间"),
        (to_xml(TEXT | {"CreateTime": "soon"}), "CreateTime 不是时间"),
        (to_xml(TEXT | {"CreateTime": "9" * 30}), "CreateTime 不是时间"),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>',
            "不是公众平台的 XML：ValueError",
        ),
        (
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>',
            "不是公众平台的 XML：ValueError",
        ),
    ],
)
def test_what_is_no_message_says_why(body: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(body, app_id="wx1")
    assert caught.value.reason == reason


def test_bytes_that_are_no_text_are_no_message() -> None:
    with pytest.raises(UnreadableError):
        read(b"\xff\xfe\x00\x01", app_id="wx1")


def test_unreadable_bodies_are_told_apart() -> None:
    assert unreadable_key(b"a", app_id="wx1") == unreadable_key(b"a", app_id="wx1")
    assert len({unreadable_key(body, app_id="wx1") for body in (b"a", b"b", b"")}) == 3


def test_what_is_nested_is_read_by_its_path() -> None:
    told = {
        "publish_id": 22,
        "article_detail": {"count": 1, "item": {"idx": 1, "article_url": " https://x "}},
    }
    inbound = read(to_xml(EVENT | {"PublishEventInfo": told}), app_id="wx1")
    assert inbound.inner("PublishEventInfo", "publish_id") == "22"
    rows = inbound.rows("PublishEventInfo", "article_detail", "item")
    assert rows == [{"idx": "1", "article_url": "https://x"}]


def test_repeated_elements_are_rows_each() -> None:
    inbound = read(to_xml(EVENT | {"A": {"List": [{"B": 1}, {"B": 2, "C": {"D": 3}}, "text"]}}), app_id="wx1")
    assert inbound.rows("A", "List") == [{"B": "1"}, {"B": "2"}]


@pytest.mark.parametrize("path", [(), ("None",), ("A",), ("A", "B", "C"), ("A", "List", "B"), ("Event", "B")])
def test_what_is_not_where_it_was_looked_for_is_empty(path: tuple[str, ...]) -> None:
    inbound = read(to_xml(EVENT | {"A": {"B": "text", "List": ["x", "y"]}}), app_id="wx1")
    assert inbound.inner(*path) == ""
    assert [row for row in inbound.rows(*path) if row.get("C")] == []


def test_closed_accounts_told_in_one_second_are_told_apart() -> None:
    closed = EVENT | {"Event": "user_authorization_cancellation"}
    assert key(closed | {"OpenID": "o1"}) != key(closed | {"OpenID": "o2"})


_HEAD = '{"FromUserName": "oA", "MsgType": "event", "Event": "view", "CreateTime": 1'


@pytest.mark.parametrize(
    "body",
    [
        _HEAD + ', "x": ' + "[" * 900 + "]" * 900 + "}",
        _HEAD + ', "x": ' + "[" * 90_000 + "]" * 90_000 + "}",
        "<xml><FromUserName>oA</FromUserName><MsgType>event</MsgType><Event>view</Event><CreateTime>1</CreateTime>"
        + "<x>" * 20_000
        + "</x>" * 20_000
        + "</xml>",
    ],
    ids=["JSON", "JSON no parser takes", "XML"],
)
def test_what_is_nested_without_end_is_no_message(body: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(body, app_id="wx1", takes_json=True)
    assert refused.value.reason == "消息体嵌套太深"


def test_half_a_character_in_a_name_is_replaced() -> None:
    found = read(_HEAD + r', "\ud800": {"\udfff": "\ud800"}}', app_id="wx1", takes_json=True)
    assert found.groups == {"?": {"?": "?"}}
