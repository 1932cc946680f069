"""The auditor finds nothing where all is well, and names each kind of damage."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings
from domain import complaints
from domain.actors import Actor
from domain.file_store import LocalFileStore
from domain.photos import clean_photo
from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentState, NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import Person
from models.staff import Staff
from simulator.storage import FileStorage
from tests.drills.auditor import Evidence, audit
from tests.drills.fault_product import photo
from tests.drills.ledger import Ledger
from tests.support.campus import build_campus
from tests.support.dialogue import Dialogue, numbers_in
from tests.support.factories import Factory
from tests.support.settings import settings_in

SAID, PHOTO, SUBMITTED, ACCEPTED = "m1000000001", "p1000000002", "w1000000003", "s1000000004"
MEDIA = "media-of-the-photo"


def evidence_in(folder: Path) -> Evidence:
    return Evidence(
        f"sqlite:///{folder}/test.db", folder / "uploads", folder / "ledger.jsonl", folder / "platform.db"
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite_file: Path) -> Path:
    """A folder with a history that agrees with its ledger: a complaint with a photo, and its notices."""
    folder = tmp_path_factory.mktemp("sound")
    shutil.copy(migrated_sqlite_file, folder / "test.db")
    settings = settings_in(folder, wechat_mode="plain")
    database, ledger = Database(settings.database_url), Ledger(folder / "ledger.jsonl")
    number = _live(settings, database, ledger)
    _fetch_photo(database, LocalFileStore(folder / "uploads"), ledger)
    _deliver(database, folder / "platform.db", number)
    ledger.close()
    database.close()
    return folder


def _live(settings: Settings, database: Database, ledger: Ledger) -> str:
    """Say something, send a photo, submit; a handler accepts. Gives the number."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    with database.transaction() as session:
        campus = build_campus(session, Factory(now))
    me = Dialogue(settings, database, now, openid=campus.student_openid)

    def bring(name: str, kind: str, **fields: object) -> str:
        packet = me.packet(kind, **fields)
        reply = me.deliver(packet)
        about = {"openid": me.openid, "packet": packet, "tries": [{"came": "answered"}]}
        ledger.note(name, kind="message", **about, reply=reply)
        return reply

    bring("e1000000000", "event", Event="SCAN", EventKey=campus.window.code, MsgId=None)
    bring(SAID, "text", Content=f"饭菜是凉的（{SAID}）")
    bring(PHOTO, "image", PicUrl="http://mmbiz.qpic.cn/x", MediaId=MEDIA)
    number = numbers_in(bring(SUBMITTED, "text", Content="提交"))[0]
    ledger.note("r1000000005", kind="receipt", openid=me.openid, number=number)
    with database.transaction() as session:
        complaint = session.scalars(select(Complaint)).one()
        handler = Actor.of_staff(session.get_one(Staff, campus.office.handler.id))
        complaints.accept(session, complaint, words=f"马上去（{ACCEPTED}）", actor=handler, now=now)
    ledger.note(ACCEPTED, kind="act", number=number, tries=[{"came": "answered"}], status=303)
    return number


def _fetch_photo(database: Database, files: LocalFileStore, ledger: Ledger) -> None:
    clean = clean_photo(photo(1)).data
    ledger.note(PHOTO, media_id=MEDIA, digest=sha256(clean).hexdigest())
    with database.transaction() as session:
        one = session.scalars(select(Attachment)).one()
        one.state, one.next_attempt_at, one.size = AttachmentState.STORED, None, len(clean)
        one.file_key = files.save(clean, "jpg")


def _deliver(database: Database, state: Path, number: str) -> None:
    """Leave all notices on the page but one, which goes out in the chat."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        for notice in session.scalars(select(Notice)):
            notice.state = NoticeState.INBOX
        person = session.scalars(select(Person).where(Person.openid.like("%Student%"))).one()
        sent = Notice(
            key="the-one",
            kind=NoticeKind.ANSWERED,
            person_id=person.id,
            title="诉求有新进展",
            body=number,
            created_at=now,
            due_at=now,
            state=NoticeState.SENT,
            channel=NoticeChannel.CUSTOM,
        )
        session.add(sent)
        session.flush()
        session.add(NoticeAttempt(notice_id=sent.id, at=now, channel=NoticeChannel.CUSTOM, code=0))
        message = {
            "openid": person.openid,
            "kind": "custom",
            "content": {"text": {"content": f"【诉求有新进展】\n{number}\n点击查看：http://x/h5/enter/y"}},
        }
    platform = FileStorage(state)
    platform.save("message", "1", json.dumps(message))
    platform.close()


def test_history_that_agrees_has_no_fault(sound: Path) -> None:
    findings = audit(evidence_in(sound), final=True)
    assert findings.faults == []
    looked_at = (
        "messages",
        "acts",
        "receipts",
        "complaints",
        "photos whose sum was compared",
        "notices sent",
    )
    assert {what: findings.counts[what] for what in looked_at} == dict.fromkeys(looked_at, 1) | {
        "messages": 5
    }
    assert findings.counts["files without a row"] == 0


def sql(statement: str) -> Callable[[Path], None]:
    """Damage the database behind everybody's back."""

    def damage(folder: Path) -> None:
        file = sqlite3.connect(folder / "test.db")
        file.execute(statement)
        file.commit()
        file.close()

    return damage


def platform(statement: str) -> Callable[[Path], None]:
    """Let the platform remember something else."""

    def damage(folder: Path) -> None:
        file = sqlite3.connect(folder / "platform.db")
        file.execute(statement)
        file.commit()
        file.close()

    return damage


def note(name: str, **fields: object) -> Callable[[Path], None]:
    """Let the ledger say something else."""

    def damage(folder: Path) -> None:
        ledger = Ledger(folder / "ledger.jsonl")
        ledger.note(name, **fields)
        ledger.close()

    return damage


def change_file(folder: Path) -> None:
    [path] = folder.glob("uploads/*/*/*.jpg")
    path.write_bytes(bytes(len(path.read_bytes())))


def take_file_away(folder: Path) -> None:
    [path] = folder.glob("uploads/*/*/*.jpg")
    path.unlink()


def leave_a_file(folder: Path) -> None:
    LocalFileStore(folder / "uploads").save(b"nobody's", "jpg")


STORED_TWICE = """
INSERT INTO inbound_message
  (dedupe_key, openid, kind, body, state, reply, received_at, attempts, error, from_mini_program)
SELECT 'x', openid, kind, body, state, reply, received_at, attempts, error, from_mini_program
FROM inbound_message WHERE kind = 'image'
"""
DAMAGES: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a message stored twice": (sql(STORED_TWICE), "message", "2 times"),
    "a message lost": (sql("DELETE FROM inbound_message WHERE kind = 'image'"), "message", "had no effect"),
    "a message put off for ever": (
        sql("UPDATE inbound_message SET state = 'deferred'"),
        "message",
        "deferred",
    ),
    "words lost": (
        sql("UPDATE complaint SET text = ''"),
        "message",
        f"{SAID} was answered and had no effect",
    ),
    "words doubled": (
        sql("UPDATE complaint SET text = text || '（m1000000001）'"),
        "message",
        f"{SAID} had its effect 2",
    ),
    "words nobody wrote": (
        sql("UPDATE complaint SET text = text || '（m999999999999）'"),
        "effect",
        "nobody wrote it",
    ),
    "words of a refused act": (
        note(ACCEPTED, status=409),
        "act",
        f"{ACCEPTED} was refused or reached nobody",
    ),
    "a number told to another": (note("r1000000005", openid="oSomebodyElse"), "answer", "is not theirs"),
    "a photo of the chat lost": (sql("UPDATE attachment SET media_id = ''"), "photo", "is there 0 times"),
    "a photo never fetched": (sql("UPDATE attachment SET state = 'pending'"), "stuck", "attachment 1"),
    "a file changed": (change_file, "file", "is not what was sent"),
    "a file gone": (take_file_away, "file", "is not there"),
    "a file without a row": (leave_a_file, "file", "no row names it"),
    "a notice left in hand": (
        sql("UPDATE notice SET state = 'sending', claimed_at = created_at WHERE key = 'the-one'"),
        "stuck",
        "is sending",
    ),
    "a notice sent twice": (
        platform("INSERT INTO record SELECT kind, '2', body FROM record"),
        "notice",
        "the platform took 2",
    ),
    "a notice never sent": (platform("DELETE FROM record"), "notice", "the platform took 0"),
    "a notice acknowledged twice": (
        sql(
            "INSERT INTO notice_attempt (notice_id, at, channel, code, words) "
            "SELECT notice_id, at, 'template', 0, '' FROM notice_attempt"
        ),
        "notice",
        "acknowledged 2 times",
    ),
    "a notice given up": (
        sql("UPDATE notice SET state = 'failed' WHERE key <> 'the-one'"),
        "notice",
        "was given up",
    ),
    "a status without its step": (sql("UPDATE complaint SET status = 'assigned'"), "status", "is assigned"),
    "a step without its revision": (sql("UPDATE complaint SET revision = 7"), "status", "revision 7"),
    "a number given out for nothing": (sql("UPDATE number_counter SET last = 9"), "number", "9 numbers"),
    "a timer nobody fired": (sql("UPDATE timer SET due_at = '2026-01-01 00:00:00.000000'"), "stuck", "timer"),
    "an audit entry changed": (sql("UPDATE audit_entry SET words = 'x'"), "audit", "第 1 条"),
    "a row without what it belongs to": (sql("UPDATE complaint SET team_id = 99"), "database", "belongs to"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named(name: str, sound: Path, tmp_path: Path) -> None:
    damage, check, words = DAMAGES[name]
    folder = tmp_path / "damaged"
    shutil.copytree(sound, folder)
    damage(folder)
    found = [said for kind, said in audit(evidence_in(folder), final=True).faults if kind == check]
    assert any(words in said for said in found), found
