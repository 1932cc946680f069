"""The files of docs/examples/miniprogram as they stand, against a real server.

`mini_program.cjs` is the WeChat around them.
"""

import json
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.settings import Settings
from domain import api_sessions, message_templates, mini_grants, notices
from domain.message_templates import Wish
from domain.queries import attachments_of
from models.api_session import IdempotentRequest, MiniProgramIdentity
from models.complaint import Complaint
from models.database import Database
from models.enums import NoticeChannel, NoticeKind
from models.notice import Notice
from models.person import Person
from simulator import SimulatorConfig
from simulator.server import RunningSimulator
from tests.support.api_program import MINI_APP
from tests.support.factories import Factory, Office
from tests.support.killed_server import REAL, ROOT, Server, settings_for, started
from tests.support.photo_files import jpeg

EXAMPLE = ROOT / "docs" / "examples" / "miniprogram"
FILED, TOLD = "POST /api/v1/complaints", "POST /api/v1/me/subscriptions"
TEMPLATES = ["accepted-0000000000000000000000000000000001", "done-00000000000000000000000000000000000002"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@dataclass
class Phone:
    """A phone with the mini program open, the server it calls, and what that server keeps."""

    process: "subprocess.Popen[str]"
    server: Server
    database: Database
    office: Office
    photos: Path

    def tell(self, **command: object) -> Any:
        """Do something on the phone; gives what it shows then."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        assert "error" not in told, told["error"]
        return told

    def write(self, **words: str) -> None:
        """Type into the form."""
        for name, value in words.items():
            binds = {"text": "writeText", "place_text": "writePlace", "kind": "chooseKind"}
            self.tell(tap=binds[name], **{"with": {"detail": {"value": value}}})

    def submit(self) -> Any:
        """Tap the button."""
        return self.tell(tap="submit")

    def filed(self) -> list[Complaint]:
        """Give what the server keeps, the oldest first."""
        with self.database.reading() as session:
            return list(session.scalars(select(Complaint).order_by(Complaint.id)))

    def person(self) -> Person:
        """Give who the server takes this to be."""
        with self.database.reading() as session:
            return session.get_one(Person, session.scalars(select(MiniProgramIdentity.person_id)).one())


@pytest.fixture
def phone(make_settings: Callable[..., Settings], sqlite: Database, tmp_path: Path) -> Iterator[Phone]:
    """A phone in front of a server as people install it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, so the mini program cannot run")
    with sqlite.transaction() as session:
        office = Factory(datetime.now(UTC)).office(session)
        for kind, template in zip((NoticeKind.ANSWERED, NoticeKind.RESOLVED), TEMPLATES, strict=True):
            wish, way = Wish(template, "", {"thing1": ["{remark}"]}), NoticeChannel.MINI_SUBSCRIPTION
            message_templates.save(session, kind, way, wish, staff=office.admin, now=datetime.now(UTC))
    for number in (1, 2):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg())
    with RunningSimulator(SimulatorConfig()) as platform:
        # WeChat is busy for a moment, just when the first page opens.
        platform.simulator.faults.add(path="/sns/jscode2session", kind="errcode", errcode=-1)
        user = next(iter(platform.simulator.state.users))
        codes = f"{platform.base_url.rstrip('/')}/_sim/users/{user.openid}/login_code"
        settings = settings_for(make_settings, sqlite, wechat_api_base=platform.base_url, **MINI_APP)
        with started(settings, REAL) as server:
            script = str(Path(__file__).with_name("mini_program.cjs"))
            command = [node, script, str(EXAMPLE), f"http://127.0.0.1:{server.port}", codes]
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as process:
                yield Phone(process, server, sqlite, office, tmp_path)
                process.communicate(timeout=10)


def _files_with_photos(phone: Phone) -> None:
    """Sign in at the second try, be told what is missing, lose the session and an answer, and file."""
    photos = [str(phone.photos / "1.jpg"), str(phone.photos / "2.jpg")]
    phone.tell(set={"photos": photos})
    phone.tell(open="report")
    chosen = phone.tell(tap="addPhotos")
    assert (len(chosen["data"]["uploads"]), chosen["waits"]) == (2, [5])
    assert chosen["sent"].count("POST /api/v1/sessions") == 2

    refused = phone.submit()["data"]
    assert refused["errors"] == {"place_text": "在哪里？请选一个地点，或写上楼号、房间号。"}
    phone.write(text="水龙头关不紧", place_text="一号楼 201")

    with phone.database.transaction() as session:
        api_sessions.end_all(session, session.merge(phone.person()), now=datetime.now(UTC))
    phone.tell(set={"lose": {FILED: 1, TOLD: 1}})
    shown = phone.submit()
    [complaint] = phone.filed()
    assert shown["shown"][-2:] == [
        {"toast": f"已提交 {complaint.number}"},
        {"url": "/pages/mine/mine"},
    ]
    assert {"subscribe": TEMPLATES[::-1]} in shown["shown"]  # what comes of it before how it goes on
    assert shown["sent"].count("POST /api/v1/sessions") == 3
    assert shown["data"]["text"] == ""
    assert "banshishi.draft" not in shown["storage"]
    with phone.database.reading() as session:
        kept = session.merge(complaint)
        assert (kept.text, kept.place_text) == ("水龙头关不紧", "一号楼 201")
        assert len(attachments_of(session, kept)) == 2
        # One yes, of which the server was told twice.
        assert mini_grants.remaining(session, phone.person().id) == dict.fromkeys(TEMPLATES, 1)
    assert shown["sent"].count(FILED) == 4  # refused, with the ended session, lost, and answered
    assert shown["sent"].count(TOLD) == 2


def _survives_a_killed_server(phone: Phone) -> None:
    """Kill the process while it works on the request; the program sends again by itself."""
    phone.tell(open="report")
    phone.write(text="灯坏了", place_text="二号楼")
    before = phone.tell(look=True)["sent"].count(FILED)
    path = phone.database.engine.url.database
    assert path
    with closing(sqlite3.connect(path, isolation_level=None)) as other, ThreadPoolExecutor(1) as thread:
        other.execute("BEGIN IMMEDIATE")  # so that it has to wait, with its work half done
        tapped = thread.submit(phone.submit)
        time.sleep(0.5)
        phone.server.kill_all_serving()
        other.execute("ROLLBACK")
        shown = tapped.result()
    for _ in range(20):
        if shown["data"]["text"] == "":
            break
        assert shown["data"]["note"] == "没有收到回答。请检查网络，再点一次“提交”，不会重复提交。"
        time.sleep(0.5)
        shown = phone.submit()
    assert shown["sent"].count(FILED) > before + 1
    assert [complaint.text for complaint in phone.filed()] == ["水龙头关不紧", "灯坏了"]


def _keeps_its_key_until_it_is_answered(phone: Phone) -> None:
    """Lose every answer and close the program; later the same draft goes with the same key."""
    phone.tell(open="report", set={"lose": {FILED: 4}})
    phone.write(text="门坏了", place_text="三号楼")
    lost = phone.submit()["data"]
    key = phone.tell(open="report")["storage"]["banshishi.draft"]["key"]
    again = phone.submit()
    assert (lost["text"], lost["note"][:6]) == ("门坏了", "没有收到回答")
    assert again["shown"][-1] == {"url": "/pages/mine/mine"}

    phone.tell(open="report", set={"lose": {FILED: 4}})
    phone.write(text="窗坏了", place_text="四号楼")
    phone.submit()
    phone.write(text="窗坏了，玻璃碎了")
    changed = phone.submit()["data"]["note"]
    assert changed.startswith("先前写的已经提交成功")
    assert [complaint.text for complaint in phone.filed()][2:] == ["门坏了", "窗坏了"]
    with phone.database.reading() as session:
        assert session.get(IdempotentRequest, (phone.person().id, key)) is not None
    phone.tell(forget=True)


def _lists_page_by_page(phone: Phone) -> None:
    """Open the list and scroll to its end."""
    person, make = phone.person(), Factory(datetime.now(UTC))
    with phone.database.transaction() as session:
        reporter, office = session.merge(person), phone.office
        for number in range(20):
            make.complaint(session, office, reporter=reporter, text=f"第 {number} 件")
    first = phone.tell(open="mine")["data"]
    whole = phone.tell(tap="onReachBottom")["data"]
    more = phone.tell(tap="onReachBottom")["data"]
    ended = phone.tell(tap="chooseTab", **{"with": {"currentTarget": {"dataset": {"tab": "ended"}}}})["data"]
    numbers = [each.number for each in phone.filed()]
    assert len(first["items"]) == 20
    assert [each["number"] for each in whole["items"]] == numbers[::-1]
    assert (more["items"], ended["items"], ended["loading"]) == (whole["items"], [], False)


def _opens_what_a_message_is_about(phone: Phone) -> None:
    """Tap on a message of the mini program."""
    with phone.database.transaction() as session:
        notices.queue(
            session,
            key="k",
            kind=NoticeKind.ANSWERED,
            person_id=phone.person().id,
            title="诉求有新进展",
            body="明天来修",
            now=datetime.now(UTC),
        )
        notice_id = session.scalars(select(Notice.id).where(Notice.key == "k")).one()
    opened = phone.tell(open="mine", **{"with": {"notice": str(notice_id)}})["data"]
    assert opened["told"] == {"title": "诉求有新进展", "body": "明天来修"}
    with phone.database.reading() as session:
        assert session.get_one(Notice, notice_id).read_at is not None


def test_example_files_once_whatever_happens_and_lists_what_it_filed(phone: Phone) -> None:
    _files_with_photos(phone)
    _survives_a_killed_server(phone)
    _keeps_its_key_until_it_is_answered(phone)
    _lists_page_by_page(phone)
    _opens_what_a_message_is_about(phone)
    for name in ("report", "mine"):
        page = phone.tell(open=name)
        drawn = (EXAMPLE / "pages" / name / f"{name}.wxml").read_text(encoding="utf-8")
        named = set(re.findall(r"{{!?(\w+)", drawn)) | set(re.findall(r"\|\| (\w+)", drawn))
        assert set(re.findall(r'bind\w+="(\w+)"', drawn)) <= set(page["binds"])
        assert named - {"item", "index"} <= set(page["data"])
