"""The product as in life: two web processes, a worker and the platform; and who is in it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config.settings import Settings
from domain import access_links, api_sessions, connected_systems, release
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from models.migrate import upgrade
from models.person import Person
from models.staff import Staff
from models.tables import Base
from tests.e2e.product import ROOT, wait_until_ready
from tests.support import matters
from tests.support.factories import Factory, Office
from tests.support.furnished import key_of
from tests.support.pages import Visitor
from tests.support.ports import free_port
from tests.support.postgresql import migrated_database
from tests.support.processes import environment_of
from tests.support.settings import settings_in
from web.application import create_web

PEOPLE, PHONES = 60, 12
_COMPLAINTS, _RELEASED = 200, 30
_PATIENCE = 4
_NO_NIGHT = '[quiet_hours]\nstart = "00:00"\nend = "00:00"\n'


@dataclass(frozen=True)
class SignedIn:
    """A browser's cookie, and the token of its forms."""

    cookie: str
    token: str


@dataclass
class Product:
    """What runs, and what the drill plays with.

    Attributes:
        people: openids of ordinary people; `phones` are the cookies of the same.
        abuser: openid, cookie and API token of who abuses it.
        number: a complaint on the public board; `matter` a public matter.
        used_link: token of a link from the chat that was used already.
    """

    settings: Settings
    folder: Path
    database: Database
    people: list[str]
    phones: list[SignedIn]
    desk: SignedIn
    abuser: str
    abuser_phone: SignedIn
    abuser_token: str
    system_key: str
    place: str
    number: str
    matter: str
    used_link: str

    @property
    def port(self) -> int:
        """Of the web."""
        return int(self.settings.base_url.rstrip("/").rpartition(":")[2])

    def size(self) -> tuple[int, int]:
        """Count all rows of all tables, and the bytes of database and files."""
        with self.database.reading() as session:
            rows = sum(
                session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            )
            if not self.database.is_sqlite:
                kept = int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
        if self.database.is_sqlite:
            kept = sum(path.stat().st_size for path in self.folder.glob("test.db*"))
        return rows, kept + sum(path.stat().st_size for path in self.uploads.rglob("*") if path.is_file())

    @property
    def uploads(self) -> Path:
        """Where files lie."""
        return self.settings.upload_dir


@contextlib.contextmanager
def running(folder: Path, kind: str) -> Iterator[Product]:
    """Furnish and start everything, and end it with the block.

    Args:
        kind: sqlite or postgresql.
    """
    with contextlib.ExitStack() as ending:
        changes: dict[str, object] = {}
        if kind == "postgresql":
            changes["database_url"] = ending.enter_context(migrated_database(f"abuse_{folder.name[-8:]}"))
        web_port, platform_port = free_port(), free_port()
        (folder / "catalogue.toml").write_text(_NO_NIGHT, encoding="utf-8")
        settings = settings_in(
            folder,
            catalogue_file=folder / "catalogue.toml",
            base_url=f"http://127.0.0.1:{web_port}/",
            wechat_api_base=f"http://127.0.0.1:{platform_port}",
            wechat_open_base=f"http://127.0.0.1:{platform_port}",
            wechat_oauth=True,
            trusted_proxies=1,
            log_level="WARNING",
            **changes,
        )
        database = Database(settings.database_url)
        ending.callback(database.close)
        upgrade(database)
        product = _furnished(settings, folder, database)
        ending.enter_context(_processes(settings, folder, web_port, platform_port))
        yield product


@contextlib.contextmanager
def _processes(settings: Settings, folder: Path, web_port: int, platform_port: int) -> Iterator[None]:
    commands = {
        "platform": [
            *("-m", "simulator", "--port", str(platform_port), "--quiet"),
            *("--callback-url", f"http://127.0.0.1:{web_port}/wechat"),
        ],
        "web": ["app.py", "serve", "--port", str(web_port), "--processes", "2"],
        "worker": ["app.py", "worker"],
    }
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, command in commands.items():
            with (folder / f"{name}.log").open("wb") as log:
                environment = environment_of(settings)
                whole = [sys.executable, *command]
                started.append(subprocess.Popen(whole, cwd=ROOT, env=environment, stdout=log, stderr=log))
        _wait(f"http://127.0.0.1:{web_port}/readyz", started)
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


def _wait(address: str, started: list[subprocess.Popen[bytes]]) -> None:
    """Wait until the web answers, however busy the machine is with other things."""
    for patience in range(_PATIENCE, -1, -1):
        try:
            wait_until_ready(address, started)
        except AssertionError:
            if patience == 0 or any(process.poll() is not None for process in started):
                raise
        else:
            return


def _furnished(settings: Settings, folder: Path, database: Database) -> Product:
    now = datetime.now(UTC)
    factory = Factory(now)
    with database.transaction() as session:
        office = factory.office(session)
        people = [factory.person(session) for _ in range(PEOPLE)]
        abuser = factory.person(session)
        public = _file(session, factory, office, people)
        matter = matters.matter(session, office, now=now)
        link = access_links.create_link(session, person=abuser, path="/h5/complaints", now=now)
        _, token = api_sessions.begin(session, abuser, device="drill", now=now)
        session.flush()
        access_links.redeem(session, link, now=now)
        _, key = connected_systems.add(
            session,
            name="市民热线",
            contact="0571-12345",
            rights=connected_systems.Rights(read=True, submit=True, hook=False),
            staff=session.get_one(Staff, office.admin.id),
            now=now,
        )
        openids = [str(person.openid) for person in people]
        numbers = public.number, matter.number
    app = create_web(settings, database)
    return Product(
        settings=settings,
        folder=folder,
        database=database,
        people=openids,
        phones=[_phone(app, database, person) for person in people[:PHONES]],
        desk=_desk(app),
        abuser=str(abuser.openid),
        abuser_phone=_phone(app, database, abuser),
        abuser_token=token,
        system_key=key,
        place=office.canteen.code,
        number=numbers[0],
        matter=numbers[1],
        used_link=link,
    )


def _file(session: Session, factory: Factory, office: Office, people: list[Person]) -> Complaint:
    """File what a term brings, and release some of it; give one that is on the board."""
    made = [
        factory.complaint(
            session,
            office,
            ComplaintStatus.IN_PROGRESS if number < _RELEASED else ComplaintStatus.SUBMITTED,
            text=f"第 {number} 张桌子坏了，请修一下",
            reporter=people[number % PEOPLE],
            service_point=office.canteen,
        )
        for number in range(_COMPLAINTS)
    ]
    for one in made[:_RELEASED]:
        wish = release.Wish(one.text, "已安排维修", [])
        staff = office.dispatcher
        release.release(session, one, wish, confirmed=True, staff=staff, now=factory.now)
    return made[0]


def _phone(app: Flask, database: Database, person: Person) -> SignedIn:
    return _signed(app, *key_of(app, database, person))


def _desk(app: Flask) -> SignedIn:
    visitor = Visitor(app, check=False).sign_in("dispatcher")
    cookie = visitor.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return _signed(app, cookie.value, visitor.token)


def _signed(app: Flask, cookie: str, token: str) -> SignedIn:
    return SignedIn(f"{app.config['SESSION_COOKIE_NAME']}={cookie}", token)
