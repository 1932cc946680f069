"""What waits for workers, and the traces that workers and backups leave."""

from datetime import datetime, timedelta

from domain import running_state
from domain.running_state import GONE_AFTER, REMEMBERED, LastBackup, Queue, QueueName, Token
from models.database import Database
from models.enums import InboundState, NoticeKind
from models.inbound import InboundMessage
from models.notice import Notice
from models.wechat_token import WeChatToken
from tests.support.factories import Office

NAME = "a-host-with-a-rather-long-name-4711-0123456789ab"


def test_only_what_could_be_done_now_is_counted(database: Database, office: Office, now: datetime) -> None:
    def notice(key: str, due_at: datetime, *, bulk: bool = False) -> Notice:
        return Notice(
            key=key,
            kind=NoticeKind.ASSIGNED,
            person_id=office.student.id,
            title="",
            body="",
            bulk=bulk,
            created_at=now,
            due_at=due_at,
        )

    early, later = now - timedelta(minutes=5), now + timedelta(minutes=5)
    with database.transaction() as session:
        session.add_all(
            [notice("a", early), notice("b", now), notice("c", later), notice("d", now, bulk=True)]
        )
        for number, state in enumerate((InboundState.DEFERRED, InboundState.HANDLED)):
            session.add(InboundMessage(dedupe_key=f"{number}", body="", state=state, received_at=early))

    with database.reading() as session:
        found = {queue.name: queue for queue in running_state.queues(session, now=now)}
        by_night = {
            queue.name: queue.waiting
            for queue in running_state.queues(session, now=now.replace(hour=16) + timedelta(days=1))
        }
    assert found[QueueName.NOTICES] == Queue(QueueName.NOTICES, 2, early)
    assert found[QueueName.BULK].waiting == 1
    assert found[QueueName.INBOUND] == Queue(QueueName.INBOUND, 1, early)
    assert found[QueueName.NOTICES].age(now) == timedelta(minutes=5)
    assert (found[QueueName.PUSHES].oldest, found[QueueName.PUSHES].age(now)) == (None, timedelta())
    assert set(found) == set(QueueName)
    # At night they wait for the morning, which is nobody's fault.
    assert by_night[QueueName.NOTICES] == 0


def test_a_worker_is_seen_until_it_says_farewell_or_is_forgotten(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        for at in (now, now + timedelta(seconds=15)):
            running_state.show_worker(session, NAME, leads=True, started_at=now, now=at)
        running_state.show_worker(session, "other", leads=False, started_at=now, now=now)
    with database.reading() as session:
        first, second = running_state.workers(session)
    assert (NAME.endswith(first.name), first.leads, first.started_at) == (True, True, now)
    assert (second.name, second.leads) == ("other", False)
    seen = first.seen_at
    assert [first.lives(at) for at in (seen, seen + GONE_AFTER)] == [True, False]

    with database.transaction() as session:
        running_state.forget_worker(session, NAME)
        assert running_state.drop_gone_workers(session, now=now + REMEMBERED) == 0
        assert [worker.name for worker in running_state.workers(session)] == ["other"]
        assert running_state.drop_gone_workers(session, now=now + REMEMBERED * 2) == 1
        assert running_state.workers(session) == []


def test_the_last_backup_and_the_tokens_are_told(database: Database, now: datetime) -> None:
    made = LastBackup(now, size=10, rows=3, files=1)
    with database.transaction() as session:
        assert running_state.last_backup(session) is None
        running_state.note_backup(session, LastBackup(now - timedelta(days=1), size=1, rows=1, files=1))
        running_state.note_backup(session, made)
        session.add(WeChatToken(app_id="wx1", token="secret", fetched_at=now, expires_at=None))
    with database.reading() as session:
        assert running_state.last_backup(session) == made
        assert running_state.tokens(session) == [Token("wx1", now, None)]
