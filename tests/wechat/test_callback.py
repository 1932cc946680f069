"""The platform calls: every kind of input has its exact answer and its exact effect."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from config.settings import Settings
from models.complaint import Complaint
from models.conversation import DraftPiece
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from simulator import crypto
from simulator.packets import from_xml, to_xml
from tests.support.campus import Campus, build_campus
from tests.support.dialogue import Dialogue, signed_query
from tests.support.factories import Factory
from wechat import callback, conversation
from wechat.callback import Answer, receive, verify

SUCCESS = Answer(200, "success")
LATER = "您的消息已收到，稍后给您答复。"
NO_SIGNATURE = Answer(403, "缺少签名。这里只供微信公众平台推送消息，不能直接打开。")
WRONG_SIGNATURE = Answer(403, "签名不符，请核对公众平台与本系统的令牌（Token）是否一致。")
STALE = Answer(403, "时间相差超过 5 分钟，请核对服务器时钟。")
NOT_ENCRYPTED = Answer(403, "安全模式下只接收加密的消息，请核对公众平台的消息加解密方式。")
NOTHING_ENCRYPTED = Answer(403, "消息体里没有加密内容（Encrypt），请核对公众平台的消息加解密方式。")
CANNOT_DECRYPT = Answer(403, "无法解密，或 AppID 不符：请核对 AppID 与消息加解密密钥。")

Query = dict[str, str]
Delivery = tuple[Query, bytes]


class Platform:
    """Makes deliveries as the platform does, in safe mode."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings, self.now = settings, now

    def packet(self, **changes: object) -> dict[str, object]:
        packet: dict[str, object] = {
            "ToUserName": "gh_sim0001",
            "FromUserName": "oTestStudent0000000000000001",
            "CreateTime": int(self.now.timestamp()),
            "MsgType": "text",
            "Content": "饭里有虫子",
            "MsgId": 1234567890123456,
        } | changes
        return {name: value for name, value in packet.items() if value is not None}

    def sealed(
        self, message: str, *, app_id: str = "", key: str = "", at: datetime | None = None
    ) -> Delivery:
        cipher = crypto.encrypt(
            message.encode(),
            encoding_aes_key=key or self.settings.wechat_aes_key.get_secret_value(),
            app_id=app_id or self.settings.wechat_app_id,
        )
        return self.signed(cipher, at=at), f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()

    def signed(self, cipher: str, *, at: datetime | None = None) -> Query:
        timestamp = str(int((at or self.now).timestamp()))
        token = self.settings.wechat_token.get_secret_value()
        return {
            "signature": crypto.signature(token, timestamp, "7"),
            "msg_signature": crypto.signature(token, timestamp, "7", cipher),
            "timestamp": timestamp,
            "nonce": "7",
            "openid": "oTestStudent0000000000000001",
            "encrypt_type": "aes",
        }

    def opened(self, answer: Answer) -> str:
        """The text of an encrypted answer, after checking all that the platform checks."""
        reply = from_xml(answer.body)
        token = self.settings.wechat_token.get_secret_value()
        signed = crypto.signature(token, reply["TimeStamp"], reply["Nonce"], reply["Encrypt"])
        assert signed == reply["MsgSignature"]
        key = self.settings.wechat_aes_key.get_secret_value()
        message, app_id = crypto.decrypt(reply["Encrypt"], encoding_aes_key=key)
        assert app_id == self.settings.wechat_app_id
        return str(from_xml(message)["Content"])


@pytest.fixture
def safe(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings()


@pytest.fixture
def platform(safe: Settings, now: datetime) -> Platform:
    return Platform(safe, now)


@pytest.fixture
def place(database: Database, factory: Factory) -> Campus:
    with database.transaction() as session:
        return build_campus(session, factory)


@pytest.fixture
def student(
    make_settings: Callable[..., Settings], database: Database, place: Campus, now: datetime
) -> Dialogue:
    """A student who writes in plain mode, on either database."""
    return Dialogue(make_settings(wechat_mode="plain"), database, now, openid=place.student_openid)


def kept(database: Database) -> list[tuple[str, InboundState]]:
    """What was stored, by kind and state."""
    with database.reading() as session:
        rows = session.scalars(select(InboundMessage).order_by(InboundMessage.id))
        return [(row.kind, row.state) for row in rows]


# --- the check of our address -------------------------------------------------------------------------------


def test_echo_comes_back_verbatim_however_often_it_is_asked(safe: Settings, now: datetime) -> None:
    query = signed_query(safe, now=now) | {"echostr": "4375120948345356249<&>"}
    answers = [verify(safe, query, now=now) for _ in range(3)]
    assert answers == [Answer(200, "4375120948345356249<&>", "text/plain; charset=utf-8")] * 3


def test_check_with_a_wrong_token_says_what_to_look_at(
    safe: Settings, make_settings: Callable[..., Settings], now: datetime
) -> None:
    query = signed_query(make_settings(wechat_token="another"), now=now) | {"echostr": "1"}
    assert verify(safe, query, now=now) == WRONG_SIGNATURE


def test_address_opened_in_a_browser_explains_itself(safe: Settings, now: datetime) -> None:
    assert verify(safe, {}, now=now) == NO_SIGNATURE


def test_check_by_a_server_whose_clock_is_wrong_says_so(safe: Settings, now: datetime) -> None:
    query = signed_query(safe, now=now) | {"echostr": "1"}
    assert verify(safe, query, now=now + timedelta(minutes=6)) == STALE


# --- good messages ------------------------------------------------------------------------------------------


def test_encrypted_message_gets_an_encrypted_answer(
    safe: Settings, platform: Platform, database: Database, now: datetime
) -> None:
    query, body = platform.sealed(to_xml(platform.packet(Content="帮助")))
    answer = receive(safe, database, query, body, now=now)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert platform.opened(answer).startswith("您可以这样用：")
    assert kept(database) == [("text", InboundState.HANDLED)]


def test_openid_of_the_address_is_never_trusted(
    safe: Settings, platform: Platform, database: Database, now: datetime
) -> None:
    query, body = platform.sealed(to_xml(platform.packet(Content="帮助")))
    receive(safe, database, query | {"openid": "oSomebodyElse"}, body, now=now)
    with database.reading() as session:
        assert session.scalars(select(InboundMessage.openid)).all() == ["oTestStudent0000000000000001"]


def test_compatible_mode_takes_either_form(
    make_settings: Callable[..., Settings], platform: Platform, database: Database, now: datetime
) -> None:
    compat = make_settings(wechat_mode="compat")
    query, body = platform.sealed(to_xml(platform.packet(Content="帮助")))
    assert platform.opened(receive(compat, database, query, body, now=now)).startswith("您可以这样用：")
    plain = to_xml(platform.packet(Content="帮助", MsgId=2)).encode()
    answer = receive(compat, database, signed_query(compat, now=now), plain, now=now)
    assert from_xml(answer.body)["Content"].startswith("您可以这样用：")


def test_silence_is_a_bare_success_even_in_safe_mode(
    safe: Settings, platform: Platform, database: Database, now: datetime
) -> None:
    event_packet = platform.packet(
        MsgType="event", Event="VIEW", EventKey="https://x/", MsgId=None, Content=None
    )
    query, body = platform.sealed(to_xml(event_packet))
    assert receive(safe, database, query, body, now=now) == SUCCESS
    assert kept(database) == [("event:view", InboundState.HANDLED)]


# --- bad input: exact answer, exact effect ------------------------------------------------------------------


def signed_without_the_body(platform: Platform) -> Delivery:
    query, body = platform.sealed(to_xml(platform.packet()))
    return query | {"msg_signature": query["signature"]}, body


def tampered(platform: Platform) -> Delivery:
    query, body = platform.sealed(to_xml(platform.packet()))
    last = body.index(b"]]>") - 6
    return query, body[:last] + (b"B" if body[last : last + 1] == b"A" else b"A") + body[last + 1 :]


BAD: dict[str, tuple[Callable[[Platform], Delivery], Answer]] = {
    "no signature": (lambda p: ({}, to_xml(p.packet()).encode()), NOT_ENCRYPTED),
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
    name: str, platform: Platform, database: Database
) -> None:
    make, expected = BAD[name]
    query, body = make(platform)
    assert receive(platform.settings, database, query, body, now=platform.now) == expected
    assert kept(database) == []


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>'
UNREADABLE: dict[str, tuple[Callable[[Platform], str], str]] = {
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
    name: str, platform: Platform, database: Database
) -> None:
    make, reason = UNREADABLE[name]
    message = make(platform)
    for _ in range(2):
        query, body = platform.sealed(message)
        assert receive(platform.settings, database, query, body, now=platform.now) == SUCCESS
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


# --- each message once --------------------------------------------------------------------------------------


def test_repeat_has_no_effect_and_gets_the_same_answer(student: Dialogue, place: Campus) -> None:
    student.event("SCAN", place.window.code)
    packet = student.packet("text", Content="饭里有虫子")
    answers = {student.answer_to(packet).body for _ in range(4)}
    assert len(answers) == 1
    with student.database.reading() as session:
        assert session.scalars(select(DraftPiece.text)).all() == ["饭里有虫子"]


def test_repeat_after_others_were_handled_still_gets_its_own_answer(student: Dialogue) -> None:
    packet = student.packet("text", Content="你好")
    first = student.deliver(packet)
    student.say("帮助")
    assert student.deliver(packet) == first


def test_repeat_of_a_receipt_brings_links_that_work_anew(student: Dialogue, place: Campus) -> None:
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    packet = student.packet("text", Content="1")
    first, again = student.deliver(packet), student.deliver(packet)
    tokens = [reply.split("/h5/enter/")[1].split('"')[0] for reply in (first, again)]
    assert first.replace(tokens[0], "") == again.replace(tokens[1], "")
    assert tokens[0] != tokens[1]
    assert len(student.complaints()) == 1


def test_replayed_packet_within_five_minutes_has_no_effect(
    safe: Settings, platform: Platform, database: Database, now: datetime
) -> None:
    query, body = platform.sealed(to_xml(platform.packet()))
    first = receive(safe, database, query, body, now=now)
    again = receive(safe, database, query, body, now=now + timedelta(minutes=4))
    assert platform.opened(first) == platform.opened(again)
    with database.reading() as session:
        assert session.scalar(select(func.count(DraftPiece.id))) == 1


def test_two_events_of_one_second_are_both_handled(student: Dialogue, place: Campus) -> None:
    student.pause = timedelta(0)
    student.event("subscribe")
    assert student.event("SCAN", place.window.code).startswith("您好，这里是 东校区第二食堂3号窗口。")


# --- when something fails -----------------------------------------------------------------------------------


def test_message_that_cannot_be_handled_is_undone_and_kept_for_later(
    student: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_done(session: Session, _inbound: object, *, now: datetime) -> str:
        session.add(Complaint(number="x"))
        session.flush()
        raise ValueError(now)

    monkeypatch.setattr(conversation, "respond", half_done)
    packet = student.packet("text", Content="饭里有虫子")
    with capture_logs() as logs:
        assert [student.deliver(packet), student.deliver(packet)] == [LATER, LATER]
    assert [entry["event"] for entry in logs] == ["message_deferred"]
    assert kept(student.database) == [("text", InboundState.DEFERRED)]
    assert student.complaints() == []


def test_danger_that_cannot_be_handled_is_answered_with_the_telephone(
    student: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "respond", fail_with(ValueError("boom")))
    with capture_logs():
        reply = student.say("起火了")
    assert reply.splitlines() == [
        LATER,
        "请先保证人身安全！紧急电话 0571-88886110，后勤值班 0571-88886120，危及生命请拨 119 / 120。",
    ]


def test_event_that_cannot_be_handled_is_kept_in_silence(
    student: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "respond", fail_with(ValueError("boom")))
    with capture_logs():
        assert student.event("subscribe") == ""
    with student.database.reading() as session:
        row = session.scalars(select(InboundMessage)).one()
    assert (row.state, row.error) == (InboundState.DEFERRED, "ValueError: boom")


def fail_with(error: Exception) -> Callable[..., str]:
    def respond(*_: object, **__: object) -> str:
        raise error

    return respond


def test_unreachable_database_makes_the_platform_send_again(
    make_settings: Callable[..., Settings], now: datetime
) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    plain = make_settings(wechat_mode="plain")
    expected = Answer(503, "系统暂时不能处理，请稍后重发。")
    for body in (to_xml(Platform(plain, now).packet()).encode(), b"unreadable"):
        assert receive(plain, gone, signed_query(plain, now=now), body, now=now) == expected


def test_connection_lost_at_the_end_makes_the_platform_send_again(
    student: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", fail_with(OperationalError("COMMIT", {}, Exception("gone"))))
        packet = student.packet("text", Content="你好")
        assert student.answer_to(packet).status == 503
    assert kept(student.database) == []
    assert student.deliver(packet).startswith("您好！")


def test_plain_draft_text_costs_few_statements(student: Dialogue, place: Campus) -> None:
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(student.database.engine, "before_cursor_execute", note)
    student.say("昨天也有")
    event.remove(student.database.engine, "before_cursor_execute", note)
    assert len(statements) <= 12, "\n".join(statements)


def test_lock_timeout_is_told_from_other_failures() -> None:
    class Refusal(Exception):
        sqlstate = "55P03"

    assert callback.is_lock_timeout(OperationalError("", {}, Refusal()))
    assert not callback.is_lock_timeout(OperationalError("", {}, Exception()))
    assert not callback.is_lock_timeout(ValueError())
