"""Messages that could not be acted on when they came are acted on later."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from domain import notices
from models.database import Database
from models.enums import InboundState, NoticeKind, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue
from wechat import conversation
from wechat.deferred import DELAYS, handle_deferred


def broken(*_: object, **__: object) -> str:
    raise RuntimeError("boom")


@pytest.fixture
def while_broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Do something while no message can be acted on."""

    def run(act: Callable[[], object]) -> None:
        with monkeypatch.context() as patch, capture_logs():
            patch.setattr(conversation, "respond", broken)
            act()

    return run


def inbound(database: Database) -> InboundMessage:
    with database.reading() as session:
        return session.scalars(select(InboundMessage).order_by(InboundMessage.id.desc()).limit(1)).one()


def replies(database: Database) -> list[Notice]:
    with database.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == NoticeKind.CHAT_REPLY)))


def test_deferred_message_is_acted_on_and_its_answer_goes_out_as_a_notice(
    me: Dialogue, campus: Campus, while_broken: Callable[[Callable[[], object]], None]
) -> None:
    me.event("SCAN", campus.window.code)
    me.say("饭里有虫子")
    while_broken(lambda: me.say("1"))
    me.wait(seconds=10)
    assert handle_deferred(me.settings, me.database, now=me.now) == 1
    assert [c.text for c in me.complaints()] == ["饭里有虫子"]
    row = inbound(me.database)
    assert (row.state, row.error, row.attempts) == (InboundState.HANDLED, "", 1)
    notice = replies(me.database)[0]
    assert notice.key == f"inbound:{row.id}"
    assert (notice.person_id, notice.state) == (campus.office.student.id, NoticeState.PENDING)
    assert notice.body.splitlines()[0] == "已提交，编号 2026-1123-0001"
    assert "查看办理进展" in notice.body
    assert "h5/enter" not in notice.body
    assert notice.path == "/h5/complaints"


def test_platform_asking_again_hears_what_was_done_meanwhile(
    me: Dialogue, while_broken: Callable[[Callable[[], object]], None]
) -> None:
    packet = me.packet("text", Content="你好")
    while_broken(lambda: me.deliver(packet))
    handle_deferred(me.settings, me.database, now=me.now + timedelta(seconds=10))
    assert me.deliver(packet).startswith("您好！")


def test_message_is_acted_on_once_however_often_the_worker_looks(
    me: Dialogue, while_broken: Callable[[Callable[[], object]], None]
) -> None:
    while_broken(lambda: me.say("走廊起火了"))
    me.wait(seconds=10)
    assert [handle_deferred(me.settings, me.database, now=me.now) for _ in range(3)] == [1, 0, 0]
    assert len(me.complaints()) == 1


def test_silent_message_queues_no_notice(
    me: Dialogue, while_broken: Callable[[Callable[[], object]], None]
) -> None:
    while_broken(lambda: me.event("subscribe"))
    with me.database.transaction() as session:
        session.scalars(select(InboundMessage)).one().body = inbound(me.database).body.replace(
            "subscribe", "unsubscribe"
        )
    assert handle_deferred(me.settings, me.database, now=me.now + timedelta(seconds=10)) == 1
    assert replies(me.database) == []


def test_failing_again_waits_longer_each_time_and_ends_with_a_human(
    me: Dialogue, while_broken: Callable[[Callable[[], object]], None]
) -> None:
    while_broken(lambda: me.say("饭里有虫子"))
    moment = me.now
    for attempt, delay in enumerate(DELAYS, start=1):
        too_soon, due = moment + delay - timedelta(seconds=1), moment + delay
        while_broken(lambda at=too_soon: handle_deferred(me.settings, me.database, now=at))  # type: ignore[misc]
        assert inbound(me.database).attempts == attempt - 1
        while_broken(lambda at=due: handle_deferred(me.settings, me.database, now=at))  # type: ignore[misc]
        assert inbound(me.database).attempts == attempt
        moment = due
    assert handle_deferred(me.settings, me.database, now=moment + timedelta(days=30)) == 0
    row = inbound(me.database)
    assert (row.state, row.error) == (InboundState.DEFERRED, "RuntimeError: boom")


def test_giving_up_is_logged_as_such(
    me: Dialogue, while_broken: Callable[[Callable[[], object]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    while_broken(lambda: me.say("饭里有虫子"))
    with me.database.transaction() as session:
        session.scalars(select(InboundMessage)).one().attempts = len(DELAYS) - 1
    monkeypatch.setattr(conversation, "respond", broken)
    with capture_logs() as logs:
        handle_deferred(me.settings, me.database, now=me.now + timedelta(days=1))
    assert [(entry["event"], entry["gave_up"]) for entry in logs] == [("deferred_message_failed", True)]


def test_what_failed_leaves_nothing_behind(
    me: Dialogue,
    while_broken: Callable[[Callable[[], object]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    while_broken(lambda: me.say("走廊起火了"))
    monkeypatch.setattr(notices, "queue", broken)
    with capture_logs():
        assert handle_deferred(me.settings, me.database, now=me.now + timedelta(seconds=10)) == 0
    assert me.complaints() == []
