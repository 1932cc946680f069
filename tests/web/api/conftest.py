"""Programs that call the API, and the platform that knows their users."""

from collections.abc import Callable

import pytest
from flask import Flask

from models.database import Database
from models.person import Person
from simulator import Simulator
from simulator.endpoints.codes_exchange import make_code
from simulator.state import User
from tests.support.api_program import MINI_APP, Program, token_of
from tests.support.factories import Factory, Office
from tests.web.h5.conftest import World


@pytest.fixture
def world(app: Flask, database: Database, office: Office, factory: Factory) -> World:
    """The office, with the clock standing still."""
    return World(app, database, office, factory)


@pytest.fixture
def program(app: Flask, database: Database) -> Callable[[Person], Program]:
    """Give a program in which somebody is signed in."""
    return lambda person: Program(app, token_of(database, person))


@pytest.fixture
def mini_app(make_platform_app: Callable[..., Flask]) -> Flask:
    """The web application with a mini program, before a running platform."""
    return make_platform_app(**MINI_APP)


@pytest.fixture
def user(platform: Simulator) -> User:
    """Somebody whom the platform knows."""
    return next(iter(platform.state.users))


@pytest.fixture
def login_code(platform: Simulator) -> Callable[..., str]:
    """Make codes as wx.login does, or the button for telephone numbers."""
    return lambda user, kind="mini": make_code(platform, user, kind=kind)
