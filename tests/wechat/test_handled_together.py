"""Plain words of many people in one transaction: effects and answers as one by one, in few statements."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event, select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from config.limits import Limits, use_limits
from domain import safety_words
from domain.secret_box import SecretBox
from models.conversation import Conversation, Draft, DraftPiece
from models.database import Database
from models.inbound import InboundMessage
from models.person import ServiceWindow
from simulator.packets import to_xml
from tests.support.dialogue import Dialogue
from tests.support.waiting import eventually, waits_for_a_lock
from wechat import callback, handled_together
from wechat.chat import Chat
from wechat.conversation import respond, take_turn
from wechat.handled_together import Brought, handle_together, may_go_together
from wechat.inbound import Inbound, read

# Nobody would take it for the name of a place.
LONG = "昨天中午也有，就是靠窗的那一家，很多同学都看到了，请你们来看一看吧"
EIGHT = tuple(f"oWriter{number}" for number in range(8))
GROWING = {"inbound_message", "draft", "draft_piece", "conversation", "service_window"}
# Whatever one message more costs, it costs no statement more.
STATEMENTS = {"sqlite": 8, "postgresql": 4}


def no_links(_session: Session) -> None:
    """Words that need no link are answered without making one."""


def brought(student: Dialogue, text: str, openid: str, **changes: object) -> Brought:
    """A message as it comes to be handled."""
    packet = student.packet("text", Content=text) | {"FromUserName": openid} | changes
    body = to_xml(packet)
    return Brought(read(body, app_id="app"), body, student.now, no_links)  # type: ignore[arg-type]


def say_all(student: Dialogue, *texts: str, of: Sequence[str] = EIGHT) -> None:
    """Have each of these people say these things, one by one."""
    for words in texts:
        for openid in of:
            assert student.send("text", Content=words, FromUserName=openid)


@pytest.fixture
def writers(student: Dialogue) -> Dialogue:
    """Eight people who are telling something; the place of it is asked for."""
    with student.database.transaction() as session:
        safety_words.seed(session, now=student.now)
    say_all(student, "饭里有虫子")
    student.wait(minutes=1)
    return student


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Gather the statements that are executed meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def everything(database: Database) -> list[object]:
    """What messages left: rows, words, drafts, conversations and windows."""
    with database.reading() as session:
        rows = [
            select(InboundMessage.openid, InboundMessage.kind, InboundMessage.state, InboundMessage.reply),
            select(DraftPiece.draft_id, DraftPiece.text, DraftPiece.sent_at),
            select(Draft.person_id, Draft.state, Draft.place_text, Draft.updated_at),
            select(
                *(Conversation.__table__.c[name] for name in ("person_id", "state", "draft_id", "options"))
            ),
            select(Conversation.person_id, Conversation.updated_at),
            select(ServiceWindow.person_id, ServiceWindow.closes_at, ServiceWindow.remaining),
        ]
        return [sorted(map(str, session.execute(query))) for query in rows]


def test_eight_cost_no_more_statements_than_one(writers: Dialogue) -> None:
    kind = writers.database.engine.dialect.name
    for openids in (EIGHT[:1], EIGHT):
        lot = [brought(writers, LONG, openid) for openid in openids]
        with counted(writers.database) as statements:
            assert None not in handle_together(writers.database, lot)
        assert len(statements) == STATEMENTS[kind], "\n".join(statements)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_no_table_that_grows_is_read_whole(writers: Dialogue) -> None:
    read_whole: set[str] = set()

    def note(connection: Connection) -> None:
        query = "SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0"
        read_whole.update(connection.execute(text(query)).scalars())

    # PostgreSQL has counted none of them yet, as in the first minutes of an installation.
    with writers.database.engine.begin() as connection:
        uncounted = "UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE relname = ANY(:names)"
        connection.execute(text(uncounted), {"names": list(GROWING)})
    # What a connection has counted stays with it for a second: a new one has counted nothing.
    writers.database.engine.dispose()
    lots = [[brought(writers, LONG, openid) for openid in EIGHT] for _ in range(2)]
    event.listen(writers.database.engine, "commit", note)
    assert all(all(handle_together(writers.database, lot)) for lot in lots)
    event.remove(writers.database.engine, "commit", note)
    assert not read_whole & GROWING


def test_one_that_goes_alone_costs_few_statements(writers: Dialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback, "may_go_together", lambda _: False)
    with counted(writers.database) as statements:
        assert writers.send("text", Content=LONG, FromUserName=EIGHT[0])
    assert len(statements) == 15, "\n".join(statements)


def test_together_has_the_effects_and_answers_of_one_by_one(writers: Dialogue) -> None:
    texts = [
        "昨天也有",
        "二食堂",
        "谢谢",
        "。",
        "再说一遍：饭里有虫子，很多同学看到了",
        "你好",
        "没有了吗",
        "冷",
    ]
    say_all(writers, "0", of=EIGHT[6:])  # two of them begin anew
    lot = [brought(writers, text, openid) for text, openid in zip(texts, EIGHT, strict=True)]
    told = select(DraftPiece.draft_id, DraftPiece.text).order_by(DraftPiece.draft_id, DraftPiece.text)
    with writers.database.transaction() as session:
        box = SecretBox("x" * 32)
        alone = [respond(session, one.inbound, box=box, now=one.now) for one in lot]
        told_alone = [row.text for row in session.execute(told)]
        session.rollback()
    assert handle_together(writers.database, lot) == alone
    with writers.database.reading() as session:
        assert [row.text for row in session.execute(told)] == told_alone
        newest = select(InboundMessage.reply).order_by(InboundMessage.id.desc()).limit(len(lot))
        assert sorted(session.scalars(newest)) == sorted(alone)


def test_repeats_are_answered_again_and_change_nothing(writers: Dialogue) -> None:
    lot = [brought(writers, f"{openid}：昨天也有", openid) for openid in EIGHT]
    first = handle_together(writers.database, lot[:5])
    before = everything(writers.database)
    assert handle_together(writers.database, lot[:5]) == first
    assert everything(writers.database) == before
    assert handle_together(writers.database, lot)[:5] == first
    assert None not in handle_together(writers.database, lot)


def test_what_is_no_plain_words_never_goes_together(student: Dialogue) -> None:
    kinds: list[Inbound] = [
        read(to_xml(student.packet(kind, **fields)), app_id="app")
        for kind, fields in (
            ("text", {"Content": "1"}),
            ("text", {"Content": "提交"}),
            ("text", {"Content": "进度"}),
            ("text", {"Content": ""}),
            ("image", {"MediaId": "m"}),
            ("event", {"Event": "subscribe"}),
            ("text", {"Content": "饭里有虫子"}),
        )
    ]
    assert [may_go_together(one) for one in kinds] == [False] * 6 + [True]


def test_who_needs_more_than_that_is_left_alone_without_a_trace(writers: Dialogue) -> None:
    stranger, danger, filed, plain = "oStranger", EIGHT[0], EIGHT[1], EIGHT[2]
    say_all(writers, "9", "1", of=[filed])
    before = everything(writers.database)
    lot = [
        brought(writers, "灯坏了", stranger),
        brought(writers, "着火了", danger),
        brought(writers, "还有一件事", filed),
    ]
    assert handle_together(writers.database, lot) == [None, None, None]
    assert everything(writers.database) == before
    lot.append(brought(writers, "昨天也有", plain))
    assert [reply is None for reply in handle_together(writers.database, lot)] == [True, True, True, False]


def test_who_is_limited_is_left_alone(writers: Dialogue) -> None:
    use_limits(Limits(chat_per_minute=2, chat_per_day=400))
    try:
        lots = [[brought(writers, f"第 {number} 句", EIGHT[0])] for number in range(4)]
        assert [handle_together(writers.database, lot)[0] is None for lot in lots] == [
            False,
            False,
            True,
            True,
        ]
        assert writers.send("text", Content="第 5 句", FromUserName=EIGHT[0]).startswith("您发得太快了")
    finally:
        use_limits(Limits())


def test_one_that_fails_harms_no_other(writers: Dialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_on_purpose(chat: Chat) -> str:
        if "坏" in chat.inbound.field("Content"):
            raise ValueError("boom")
        return take_turn(chat)

    monkeypatch.setattr(handled_together, "take_turn", fail_on_purpose)
    lot = [brought(writers, text, openid) for text, openid in (("也有", EIGHT[0]), ("坏了", EIGHT[1]))]
    before = everything(writers.database)
    with capture_logs() as logs:
        assert callback._handle(writers.database, lot) == [None, None]
    assert [line["event"] for line in logs] == ["messages_handled_apart"]
    assert everything(writers.database) == before
    with capture_logs():
        assert writers.send("text", Content="坏了", FromUserName=EIGHT[1]).startswith("已收到 2 段文字")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_whoever_is_held_elsewhere_waits_alone_and_sees_what_was_done_meanwhile(writers: Dialogue) -> None:
    database = writers.database
    say_all(writers, "0", of=EIGHT[:1])
    first, second = (brought(writers, text, EIGHT[0]) for text in ("灯坏了", "二楼也坏了"))
    other = brought(writers, "昨天也有", EIGHT[1])
    with ThreadPoolExecutor(1) as threads, database.transaction() as elsewhere:
        respond(elsewhere, first.inbound, box=SecretBox("x" * 32), now=first.now)
        elsewhere.flush()
        held, free = handle_together(database, [second, other])
        assert (held, free is None) == (None, False)
        waiting = threads.submit(writers.answer_to, packet_of(second))
        eventually(lambda: waits_for_a_lock(database))
        elsewhere.commit()
        answer = waiting.result(10)
    assert "已收到 2 段文字" in answer.body, "it goes on with the draft that was begun meanwhile"


def packet_of(one: Brought) -> dict[str, object]:
    return dict(one.inbound.fields)
