"""A running platform, and our client pointed at it."""

from collections.abc import Callable, Iterator

import pytest

from config.settings import Settings
from models.database import Database
from simulator import Simulator, SimulatorConfig
from simulator.server import RunningSimulator
from tests.support.shared_platform import Platforms
from wechat.client import PlatformClient, build_client


@pytest.fixture
def running(platforms: Platforms) -> Iterator[RunningSimulator]:
    with platforms.lend(SimulatorConfig(start_following=True, template_event_delay=60)) as running:
        yield running


@pytest.fixture
def platform(running: RunningSimulator) -> Simulator:
    return running.simulator


@pytest.fixture
def settings(
    running: RunningSimulator, database: Database, make_settings: Callable[..., Settings]
) -> Settings:
    url = database.engine.url.render_as_string(hide_password=False)
    return make_settings(database_url=url, wechat_api_base=running.base_url)


@pytest.fixture
def client(settings: Settings, database: Database) -> PlatformClient:
    return build_client(settings, database)


@pytest.fixture
def openid(platform: Simulator) -> str:
    """The first user, 林小雨, who follows the account."""
    return next(iter(platform.state.users)).openid
