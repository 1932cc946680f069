"""A running platform with a mini program, and our web application behind it, which its pushes reach."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import delete, select, update
from werkzeug.serving import make_server

from config.settings import Settings
from domain import release
from domain.file_store import LocalFileStore
from domain.mini_people import person_of_mini
from domain.release import Wish
from jobs.context import JobContext
from jobs.mini_program import check_contents
from models.complaint import Complaint
from models.content_check import ContentCheck, MediaVerdict
from models.database import Database
from models.enums import ComplaintStatus as S
from models.inbound import InboundMessage
from models.mini_program_code import MiniProgramCode
from models.platform_alert import PlatformAlert
from simulator import Simulator, SimulatorConfig, packet_kinds
from simulator.config import MINI_AES_KEY
from simulator.server import RunningSimulator
from simulator.state import User
from tests.support.api_program import MINI_APP, Program, token_of
from tests.support.factories import Factory, Office
from web.application import create_web
from wechat.client import build_client
from wechat.mini_program import build_mini_program

PUSHED = MINI_APP | {"miniprogram_token": "simminitoken", "miniprogram_aes_key": MINI_AES_KEY}


@dataclass
class MiniPlatform:
    """Somebody with the mini program, the platform, and our worker, whose clock is moved by hand."""

    platform: Simulator
    settings: Settings
    database: Database
    office: Office
    app: Flask
    context: JobContext
    program: Program
    user: User
    moved: timedelta = timedelta()

    def now(self) -> datetime:
        """The worker's time."""
        return datetime.now(UTC) + self.moved

    def work(self, **later: float) -> None:
        """Let the worker look, after a while."""
        self.moved += timedelta(**later)
        check_contents(self.context)

    def photo(self) -> str:
        """Send a photo ahead of its complaint, and give its id."""
        picture = BytesIO()
        Image.new("RGB", (40, 30), (90, 120, 60)).save(picture, "JPEG")
        picture.seek(0)
        answer = self.app.test_client(use_cookies=False).post(
            "/api/v1/uploads",
            data={"file": (picture, "a.jpg")},
            headers={"Authorization": f"Bearer {self.program.token}"},
        )
        assert answer.json is not None
        return str(answer.json["id"])

    def released(self, number: str, *, text: str = "高峰时排队太久", photos: bool = False) -> None:
        """Let a complaint be taken on, and the dispatcher release it, with all its photos."""
        with self.database.transaction() as session:
            complaint = session.scalars(select(Complaint).where(Complaint.number == number)).one()
            if complaint.status is S.SUBMITTED:
                office = self.office
                Factory(self.now()).bring_to(session, office, complaint, S.IN_PROGRESS, now=self.now())
            ids = [photo.id for photo in release.original_of(session, complaint).photos] if photos else []
            wish = Wish(text, photo_ids=ids)
            staff = session.merge(self.office.dispatcher)
            release.release(session, complaint, wish, confirmed=True, staff=staff, now=self.now())

    def checks(self) -> list[tuple[str, str]]:
        """State and reason of each check, in the order they were begun."""
        with self.database.reading() as session:
            rows = session.scalars(select(ContentCheck).order_by(ContentCheck.id))
            return [(row.state.value, row.reason) for row in rows]

    def pushed(self) -> list[str]:
        """The kinds of what was pushed for the mini program."""
        with self.database.reading() as session:
            rows = select(InboundMessage.kind).where(InboundMessage.from_mini_program)
            return list(session.scalars(rows.order_by(InboundMessage.id)))

    def trace_ids(self) -> list[str]:
        """The platform's numbers of the questions about photos."""
        with self.database.reading() as session:
            rows = session.scalars(select(ContentCheck.trace_id).order_by(ContentCheck.id))
            return [trace_id for trace_id in rows if trace_id is not None]

    def push(self, packet: dict[str, Any], *, openid: str = "", **how: Any) -> int | None:
        """Have the platform push something for the mini program; the status of our answer."""
        about = openid or self.user.mini_openid
        told = self.platform.dispatch.raw(packet=packet, openid=about, mini=True, **how)
        return told.attempts[0].status

    def push_verdict(self, trace_id: str, suggest: str, *, openid: str = "", **how: Any) -> int | None:
        """Have the platform push a verdict on a photo."""
        app_id = self.settings.miniprogram_app_id
        label = 100 if suggest == "pass" else 20002
        packet = packet_kinds.media_check(app_id=app_id, trace_id=trace_id, suggest=suggest, label=label)
        return self.push(packet, openid=openid, **how)

    def begin_anew(self) -> None:
        """Let the next test find nothing of the one before, on either side."""
        self.moved = timedelta()
        usual = {"job_delay": 0.0, "mini_format": "xml", "media_outcome": "", "mini_pages": []}
        self.platform.change_settings(usual | {"media_event_before_response": False})
        self.platform.faults.clear()
        self.platform.calls.clear()
        self.context = replace(self.context, settings=self.settings)
        with self.database.transaction() as session:
            for table in (ContentCheck, MediaVerdict, InboundMessage, PlatformAlert, MiniProgramCode):
                session.execute(delete(table))
            session.execute(update(Complaint).values(published_at=None))


@contextmanager
def mini_platform(database: Database, settings: Settings) -> Iterator[MiniPlatform]:
    """Put it together; the address of the web application is one that the platform reaches."""
    with ExitStack() as stack:
        running = stack.enter_context(RunningSimulator(SimulatorConfig(start_following=True, retries=0)))
        server = make_server("127.0.0.1", 0, Flask("not_yet"), threaded=True)
        address = f"http://127.0.0.1:{server.port}/"
        changes = PUSHED | {"base_url": address, "wechat_api_base": running.base_url + "/"}
        settings = Settings.model_validate(settings.model_dump() | changes)
        app = server.app = create_web(settings, database)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        yield _made(running.simulator, settings, database, app)


def _made(platform: Simulator, settings: Settings, database: Database, app: Flask) -> MiniPlatform:
    platform.change_settings({"mini_callback_url": f"{settings.base_url}wechat/mini"})
    user = next(iter(platform.state.users))
    user.mini_active = platform.clock.now()
    platform.state.users.put(user.openid, user)
    with database.transaction() as session:
        office = Factory(datetime.now(UTC)).office(session)
        person = person_of_mini(session, openid=user.mini_openid, unionid=None, now=datetime.now(UTC))
    context = JobContext(
        settings=settings,
        database=database,
        client=build_client(settings, database),
        files=LocalFileStore(settings.upload_dir),
        mini_program=build_mini_program(settings, database),
    )
    program = Program(app, token_of(database, person))
    found = MiniPlatform(platform, settings, database, office, app, context, program, user)
    found.context = replace(context, clock=found.now)
    return found
