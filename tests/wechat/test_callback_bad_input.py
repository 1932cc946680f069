"""Input that is no message of the platform: each kind has its exact answer and its exact effect."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from config.settings import Settings
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from simulator.packets import to_xml
from tests.support.chat import kept
from tests.support.dialogue import Dialogue, signed_query
from tests.support.sender import Delivery, Sender
from wechat.callback import Answer, receive

SUCCESS = Answer(200, "success")
NO_SIGNATURE = Answer(403, "缺少签名。这里只供微信公众平台推送消息，不能直接打开。")
WRONG_SIGNATURE = Answer(403, "签名不符，请核对公众平台与本系统的令牌（Token）是否一致。")
STALE = Answer(403, "时间相差超过 5 分钟，请核对服务器时钟。")
NOT_ENCRYPTED = Answer(403, "安全模式下只接收加密的消息，请核对公众平台的消息加解密方式。")
NOTHING_ENCRYPTED = Answer(403, "消息体里没有加密内容（Encrypt），请核对公众平台的消息加解密方式。")
CANNOT_DECRYPT = Answer(403, "无法解密，或 AppID 不符：请核对 AppID 与消息加解密密钥。")


def signed_without_the_body(sender: Sender) -> Delivery:
    query, body = sender.sealed(to_xml(sender.packet()))
    return query | {"msg_signature": query["signature"]}, body


def tampered(sender: Sender) -> Delivery:
    query, body = sender.sealed(to_xml(sender.packet()))
    last = body.index(b"]]>") - 6
    return query, body[:last] + (b"B" if body[last : last + 1] == b"A" else b"A") + body[last + 1 :]


BAD: dict[str, tuple[Callable[[Sender], Delivery], Answer]] = {
    "no signature": (lambda p: ({}, to_xml(p.packet()).encode()), NOT_ENCRYPTED),
    "encrypted part that is no text": (
        lambda p: (p.signed("x") | {"msg_signature": "x"}, b'{"Encrypt": "\\ud800"}'),
        NOTHING_ENCRYPTED,
    ),
    "no msg_signature": (
        lambda p: (p.signed("x") | {"msg_signature": ""}, b"<xml><Encrypt>x</Encrypt></xml>"),
        NO_SIGNATURE,
    ),
    "wrong signature": (
        lambda p: (p.signed("other"), p.sealed(to_xml(p.packet()))[1]),
        WRONG_SIGNATURE,
    ),
    "signature not ascii": (
        lambda p: (p.signed("x") | {"msg_signature": "签名"}, b"<xml><Encrypt>x</Encrypt></xml>"),
        WRONG_SIGNATURE,
    ),
    "signed with the wrong signature parameter": (signed_without_the_body, WRONG_SIGNATURE),
    "tampered cipher": (tampered, WRONG_SIGNATURE),
    "stale": (lambda p: p.sealed(to_xml(p.packet()), at=p.now - timedelta(minutes=6)), STALE),
    "from the future": (lambda p: p.sealed(to_xml(p.packet()), at=p.now + timedelta(minutes=6)), STALE),
    "for another app id": (
        lambda p: p.sealed(to_xml(p.packet()), app_id="wx0000000000000000"),
        CANNOT_DECRYPT,
    ),
    "under an unknown key": (lambda p: p.sealed(to_xml(p.packet()), key="Z" * 43), CANNOT_DECRYPT),
    "signed, but no cipher": (
        lambda p: (p.signed("%%%"), b"<xml><Encrypt>%%%</Encrypt></xml>"),
        CANNOT_DECRYPT,
    ),
    "plain in safe mode": (
        lambda p: (signed_query(p.settings, now=p.now), to_xml(p.packet()).encode()),
        NOT_ENCRYPTED,
    ),
    "raw said aloud in safe mode": (
        lambda p: (
            signed_query(p.settings, now=p.now) | {"encrypt_type": "raw"},
            to_xml(p.packet()).encode(),
        ),
        NOT_ENCRYPTED,
    ),
    "empty": (lambda p: (p.signed(""), b""), NOTHING_ENCRYPTED),
    "binary": (lambda p: (p.signed(""), bytes(range(256))), NOTHING_ENCRYPTED),
    "json without cipher": (lambda p: (p.signed(""), b'{"Content":"x"}'), NOTHING_ENCRYPTED),
    "half a json": (lambda p: (p.signed(""), b'{"Encrypt":'), NOTHING_ENCRYPTED),
    "cipher twice": (
        lambda p: (p.signed("x"), b"<xml><Encrypt>x</Encrypt><Encrypt>x</Encrypt></xml>"),
        NOTHING_ENCRYPTED,
    ),
    "entity bomb around the cipher": (
        lambda p: (
            p.signed("x"),
            b'<!DOCTYPE x [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>',
        ),
        NOTHING_ENCRYPTED,
    ),
    "two megabytes": (
        lambda p: p.sealed("x" * 2 * 1024 * 1024),
        Answer(413, "消息体超过 1 MB，不予接收。"),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_from_the_platform_is_refused_and_leaves_nothing(
    name: str, sender: Sender, database: Database
) -> None:
    make, expected = BAD[name]
    query, body = make(sender)
    assert receive(sender.settings, database, query, body, now=sender.now) == expected
    assert kept(database) == []


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>'
UNREADABLE: dict[str, tuple[Callable[[Sender], str], str]] = {
    "nothing inside": (lambda _: "", "不是公众平台的 XML：ExpatError"),
    "no xml inside": (lambda _: "hello \0 world", "不是公众平台的 XML：ExpatError"),
    "json inside": (lambda p: json.dumps(p.packet()), "消息体是 JSON：请在公众平台把数据格式改为 XML"),
    "entity bomb inside": (lambda _: BOMB, "不是公众平台的 XML：ValueError"),
    "without sender": (lambda p: to_xml(p.packet(FromUserName=None)), "缺少 FromUserName 或 MsgType"),
    "without type": (lambda p: to_xml(p.packet(MsgType=None)), "缺少 FromUserName 或 MsgType"),
    "without time": (lambda p: to_xml(p.packet(CreateTime=None)), "CreateTime 不是时间"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_authentic_body_that_is_no_message_is_kept_once_and_not_sent_again(
    name: str, sender: Sender, database: Database
) -> None:
    make, reason = UNREADABLE[name]
    message = make(sender)
    for _ in range(2):
        query, body = sender.sealed(message)
        assert receive(sender.settings, database, query, body, now=sender.now) == SUCCESS
    with database.reading() as session:
        row = session.scalars(select(InboundMessage)).one()
    assert (row.state, row.body, row.error) == (InboundState.UNREADABLE, message.replace("\0", ""), reason)


def test_binary_body_in_plain_mode_is_kept_as_unreadable(
    make_settings: Callable[..., Settings], database: Database, now: datetime
) -> None:
    plain = make_settings(wechat_mode="plain")
    query = signed_query(plain, now=now)
    assert receive(plain, database, query, bytes(range(256)), now=now) == SUCCESS
    assert kept(database) == [("", InboundState.UNREADABLE)]


def test_unknown_type_gets_help_and_is_kept(student: Dialogue) -> None:
    reply = student.send("hologram", Content="x")
    assert reply == "这种消息我们暂时看不懂，请改发文字、照片、语音、视频或位置。"
    assert kept(student.database) == [("hologram", InboundState.HANDLED)]


def test_unknown_event_is_kept_in_silence(student: Dialogue) -> None:
    assert student.event("event_of_next_year") == ""
    assert kept(student.database) == [("event:event_of_next_year", InboundState.HANDLED)]


@pytest.mark.parametrize(
    ("kind", "fields", "answer"),
    [
        ("text", {}, "没看明白您的意思。"),
        ("image", {}, "刚才的内容没有收到"),
        ("location", {}, "刚才的内容没有收到"),
        ("text", {"Content": "帮助", "MsgId": None}, "您可以这样用："),
        ("text", {"Content": "帮助", "ToUserName": None}, "您可以这样用："),
    ],
)
def test_missing_field_gets_an_answer_that_helps(
    student: Dialogue, kind: str, fields: dict[str, object], answer: str
) -> None:
    assert student.send(kind, **fields).startswith(answer)


def test_event_without_a_name_is_kept_in_silence(student: Dialogue) -> None:
    assert student.send("event", MsgId=None, EventKey="x") == ""
