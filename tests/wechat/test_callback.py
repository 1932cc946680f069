"""The platform calls: each message is stored first, has its effect once, and gets the same answer again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from config.settings import Settings
from domain import safety_words
from models.complaint import Complaint
from models.conversation import DraftPiece
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from simulator.packets import from_xml, to_xml
from tests.support.campus import Campus
from tests.support.chat import kept
from tests.support.dialogue import Dialogue, signed_query
from tests.support.sender import Sender
from wechat import callback, conversation
from wechat.callback import Answer, receive, verify

SUCCESS = Answer(200, "success")
LATER = "您的消息已收到，稍后给您答复。"
NO_SIGNATURE = Answer(403, "缺少签名。这里只供微信公众平台推送消息，不能直接打开。")
WRONG_SIGNATURE = Answer(403, "签名不符，请核对公众平台与本系统的令牌（Token）是否一致。")
STALE = Answer(403, "时间相差超过 5 分钟，请核对服务器时钟。")


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


def test_encrypted_message_gets_an_encrypted_answer(
    safe: Settings, sender: Sender, database: Database, now: datetime
) -> None:
    query, body = sender.sealed(to_xml(sender.packet(Content="帮助")))
    answer = receive(safe, database, query, body, now=now)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert sender.opened(answer).startswith("您可以这样用：")
    assert kept(database) == [("text", InboundState.HANDLED)]


def test_probe_of_our_own_is_read_and_forgotten_but_no_other_event(
    safe: Settings, sender: Sender, database: Database, now: datetime
) -> None:
    answers = []
    for name in ("check_config_probe", "check_config_probe", "something_new"):
        event = sender.packet(MsgType="event", Event=name, Content=None, MsgId=None)
        answers.append(receive(safe, database, *sender.sealed(to_xml(event)), now=now))
    assert answers == [SUCCESS] * 3
    assert kept(database) == [("event:something_new", InboundState.HANDLED)]


def test_openid_of_the_address_is_never_trusted(
    safe: Settings, sender: Sender, database: Database, now: datetime
) -> None:
    query, body = sender.sealed(to_xml(sender.packet(Content="帮助")))
    receive(safe, database, query | {"openid": "oSomebodyElse"}, body, now=now)
    with database.reading() as session:
        assert session.scalars(select(InboundMessage.openid)).all() == ["oTestStudent0000000000000001"]


def test_compatible_mode_takes_either_form(
    make_settings: Callable[..., Settings], sender: Sender, database: Database, now: datetime
) -> None:
    compat = make_settings(wechat_mode="compat")
    query, body = sender.sealed(to_xml(sender.packet(Content="帮助")))
    assert sender.opened(receive(compat, database, query, body, now=now)).startswith("您可以这样用：")
    plain = to_xml(sender.packet(Content="帮助", MsgId=2)).encode()
    answer = receive(compat, database, signed_query(compat, now=now), plain, now=now)
    assert from_xml(answer.body)["Content"].startswith("您可以这样用：")


def test_silence_is_a_bare_success_even_in_safe_mode(
    safe: Settings, sender: Sender, database: Database, now: datetime
) -> None:
    event_packet = sender.packet(
        MsgType="event", Event="VIEW", EventKey="https://x/", MsgId=None, Content=None
    )
    query, body = sender.sealed(to_xml(event_packet))
    assert receive(safe, database, query, body, now=now) == SUCCESS
    assert kept(database) == [("event:view", InboundState.HANDLED)]


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
    safe: Settings, sender: Sender, database: Database, now: datetime
) -> None:
    query, body = sender.sealed(to_xml(sender.packet()))
    first = receive(safe, database, query, body, now=now)
    again = receive(safe, database, query, body, now=now + timedelta(minutes=4))
    assert sender.opened(first) == sender.opened(again)
    with database.reading() as session:
        assert session.scalar(select(func.count(DraftPiece.id))) == 1


def test_two_events_of_one_second_are_both_handled(student: Dialogue, place: Campus) -> None:
    student.pause = timedelta(0)
    student.event("subscribe")
    assert student.event("SCAN", place.window.code).startswith("您好，这里是 东校区第二食堂3号窗口。")


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
    for body in (to_xml(Sender(plain, now).packet()).encode(), b"unreadable"):
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
    with student.database.transaction() as session:
        safety_words.seed(session, now=student.now)
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(student.database.engine, "before_cursor_execute", note)
    student.say("昨天也有")
    event.remove(student.database.engine, "before_cursor_execute", note)
    assert len(statements) <= 15, "\n".join(statements)
    assert sum("safety_word" in statement for statement in statements) == 0, "the words are kept"


def test_lock_timeout_is_told_from_other_failures() -> None:
    class Refusal(Exception):
        sqlstate = "55P03"

    assert callback.is_lock_timeout(OperationalError("", {}, Refusal()))
    assert not callback.is_lock_timeout(OperationalError("", {}, Exception()))
    assert not callback.is_lock_timeout(ValueError())
