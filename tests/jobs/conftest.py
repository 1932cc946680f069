"""A running platform and a clock for the tests of this folder."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog

from config.logs import configure_logging
from config.settings import Settings
from domain.file_store import LocalFileStore
from jobs.context import JobContext
from models.database import Database
from tests.support.platform import openid, platform, running, settings
from wechat.client import PlatformClient, build_client

__all__ = ["openid", "platform", "running", "settings"]


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """Log as the worker does; structlog alone draws exceptions so richly that threads stand still."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("WARNING", "text", process="test")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@pytest.fixture
def clock(now: datetime) -> HandClock:
    return HandClock(now)


@pytest.fixture
def client(settings: Settings, database: Database, clock: HandClock) -> PlatformClient:
    """Our client, whose days are those of the clock."""
    return build_client(settings, database, clock=clock)


@pytest.fixture
def context(settings: Settings, database: Database, client: PlatformClient, clock: HandClock) -> JobContext:
    """What a job works with, at a time moved by hand."""
    files = LocalFileStore(settings.upload_dir)
    return JobContext(settings=settings, database=database, client=client, files=files, clock=clock)
