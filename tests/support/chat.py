"""Fixtures for talking with the account."""

from collections.abc import Callable
from datetime import datetime

import pytest

from config.settings import Settings
from models.database import Database
from tests.support.campus import Campus, build_campus
from tests.support.dialogue import Dialogue
from tests.support.factories import Factory


@pytest.fixture
def campus(sqlite: Database, factory: Factory) -> Campus:
    """Places to speak of and an office to answer, in SQLite: the chat is the same on every database."""
    with sqlite.transaction() as session:
        return build_campus(session, factory)


@pytest.fixture
def me(make_settings: Callable[..., Settings], sqlite: Database, campus: Campus, now: datetime) -> Dialogue:
    """A student who writes to the account."""
    return Dialogue(make_settings(wechat_mode="plain"), sqlite, now, openid=campus.student_openid)
