"""A worker that brings articles out, and the pretend platform they go to."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from werkzeug.serving import make_server

from config.settings import Settings
from domain import article_approval, articles, platform_alerts
from domain import article_release as release
from domain.article_limits import ArticleText
from jobs.article_results import ask_for_results
from jobs.articles import send_articles
from jobs.context import JobContext
from models.article import Article
from models.attachment import Attachment
from models.database import Database
from models.enums import ArticleState, ArticleWay, AttachmentKind, AttachmentState
from simulator import Simulator
from tests.jobs.conftest import HandClock
from tests.support.factories import Office
from tests.support.waiting import eventually
from web.application import create_web
from wechat.troubles import describe

SUBMIT, SENDALL = "/cgi-bin/freepublish/submit", "/cgi-bin/message/mass/sendall"
CALL = {ArticleWay.PUBLISH: SUBMIT, ArticleWay.MASS: SENDALL}
OUT = {ArticleWay.PUBLISH: ArticleState.PUBLISHED, ArticleWay.MASS: ArticleState.MASS_SENT}
BOTH = pytest.mark.parametrize("way", [ArticleWay.PUBLISH, ArticleWay.MASS])
PUBLISH, MASS = ArticleWay.PUBLISH, ArticleWay.MASS
S = ArticleState


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One kind of database will do: what may happen to an article is tested on both beside its rules."""
    return sqlite


@pytest.fixture
def clock() -> HandClock:
    """Starts with real time, as the platform's events are stamped with it."""
    return HandClock(datetime.now(UTC))


@dataclass
class Desk:
    """A worker's articles, and the platform they go to."""

    context: JobContext
    clock: HandClock
    platform: Simulator
    office: Office

    def released(self, way: ArticleWay, html: str = "<p>三号楼的水管修好了。</p>") -> int:
        """Write, approve and release an article."""
        office, now = self.office, self.clock()
        with self.context.database.transaction() as session:
            text = ArticleText(title="本周办实事清单", html=html, author="后勤处")
            article = article_approval.write(session, text, staff=office.dispatcher, now=now)
            article_approval.note_preview(session, article, seen=1, now=now)
            article_approval.ask(session, article, staff=office.dispatcher, seen=1, now=now)
            article_approval.approve(session, article, staff=office.leader, seen=1, now=now)
            release.release(session, article, way=way, staff=office.leader, seen=1, now=now)
            return article.id

    def photo(self, **changes: Any) -> int:
        output = BytesIO()
        Image.new("RGB", (300, 200), "green").save(output, "JPEG")
        values = {"kind": AttachmentKind.PHOTO, "state": AttachmentState.STORED, "created_at": self.clock()}
        with self.context.database.transaction() as session:
            key = self.context.files.save(output.getvalue(), "jpg")
            photo = Attachment(**(values | {"file_key": key} | changes))
            session.add(photo)
            session.flush()
            return photo.id

    def work(self, **later: float) -> None:
        """Let both jobs look once, some time later."""
        self.clock.advance(**later)
        self.platform.clock.advance(timedelta(**later).total_seconds())
        send_articles(self.context)
        ask_for_results(self.context)

    def article(self, article_id: int) -> Article:
        with self.context.database.reading() as session:
            return articles.get(session, article_id)

    def state(self, article_id: int) -> ArticleState:
        return self.article(article_id).state

    def told(self, article_id: int) -> None:
        """Wait for the event."""
        eventually(lambda: self.state(article_id) in OUT.values())

    def calls(self, path: str) -> int:
        return len(self.platform.calls.find(path=path, limit=1000))

    def jobs(self) -> int:
        """How often something went out on the platform."""
        return len(self.platform.state.publications) + len(self.platform.state.mass_jobs)

    def troubles(self) -> list[str]:
        with self.context.database.reading() as session:
            return [describe(alert, now=self.clock()).title for alert in platform_alerts.open_alerts(session)]


@pytest.fixture
def desk(context: JobContext, clock: HandClock, platform: Simulator, office: Office) -> Desk:
    """The platform ends its jobs at once; its events reach nobody."""
    platform.change_settings({"job_delay": 0.0, "callback_url": "http://127.0.0.1:9/", "retries": 0})
    return Desk(context, clock, platform, office)


@pytest.fixture
def told(desk: Desk, settings: Settings) -> Iterator[Desk]:
    """The desk, with pages that the platform's events reach."""
    server = make_server("127.0.0.1", 0, create_web(settings, desk.context.database), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    desk.platform.change_settings({"callback_url": f"http://127.0.0.1:{server.port}/wechat"})
    yield desk
    server.shutdown()
    server.server_close()
    thread.join()
