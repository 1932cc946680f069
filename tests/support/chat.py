"""Fixtures for talking with the account."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from config.settings import Settings
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from tests.support.campus import Campus, build_campus
from tests.support.dialogue import Dialogue
from tests.support.factories import Factory
from tests.support.sender import Sender


@pytest.fixture
def campus(sqlite: Database, factory: Factory) -> Campus:
    """Places to speak of and an office to answer, in SQLite: the chat is the same on every database."""
    with sqlite.transaction() as session:
        return build_campus(session, factory)


@pytest.fixture
def me(make_settings: Callable[..., Settings], sqlite: Database, campus: Campus, now: datetime) -> Dialogue:
    """A student who writes to the account."""
    return Dialogue(make_settings(wechat_mode="plain"), sqlite, now, openid=campus.student_openid)


@pytest.fixture
def safe(make_settings: Callable[..., Settings]) -> Settings:
    """Settings in which messages come encrypted."""
    return make_settings()


@pytest.fixture
def sender(safe: Settings, now: datetime) -> Sender:
    """The platform, as it sends in safe mode."""
    return Sender(safe, now)


@pytest.fixture
def place(database: Database, factory: Factory) -> Campus:
    """The campus, on either database."""
    with database.transaction() as session:
        return build_campus(session, factory)


@pytest.fixture
def student(
    make_settings: Callable[..., Settings], database: Database, place: Campus, now: datetime
) -> Dialogue:
    """A student who writes in plain mode, on either database."""
    return Dialogue(make_settings(wechat_mode="plain"), database, now, openid=place.student_openid)


SystemEvent = Callable[..., str]


@pytest.fixture
def system(student: Dialogue) -> SystemEvent:
    """Lets the platform tell something by an account of its own, on either database."""

    def tell(name: str, **fields: object) -> str:
        return student.event(name, "", **fields | {"FromUserName": "oSystemAccount00000000000001"})

    return tell


def kept(database: Database) -> list[tuple[str, InboundState]]:
    """What was stored of what came, by kind and state."""
    with database.reading() as session:
        rows = session.scalars(select(InboundMessage).order_by(InboundMessage.id))
        return [(row.kind, row.state) for row in rows]
