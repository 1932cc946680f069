"""A running platform, and our client pointed at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings
from models.database import Database
from simulator import Simulator, SimulatorConfig
from simulator.server import RunningSimulator
from wechat.client import PlatformClient, build_client


@pytest.fixture
def running() -> Iterator[RunningSimulator]:
    with RunningSimulator(SimulatorConfig(start_following=True, template_event_delay=60)) as running:
        yield running


@pytest.fixture
def platform(running: RunningSimulator) -> Simulator:
    return running.simulator


@pytest.fixture
def settings(running: RunningSimulator, tmp_path: Path, database: Database) -> Settings:
    account = running.simulator.settings
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database.engine.url.render_as_string(hide_password=False),
        wechat_app_id=account.app_id,
        wechat_app_secret=account.app_secret,  # type: ignore[arg-type]
        wechat_token=account.token,  # type: ignore[arg-type]
        wechat_aes_key=account.aes_key,  # type: ignore[arg-type]
        wechat_api_base=running.base_url,
        base_url="https://logistics.example.edu.cn",
        secret_key="k" * 32,  # type: ignore[arg-type]
        upload_dir=tmp_path / "uploads",
        run_dir=tmp_path / "run",
    )


@pytest.fixture
def client(settings: Settings, database: Database) -> PlatformClient:
    return build_client(settings, database)


@pytest.fixture
def openid(platform: Simulator) -> str:
    """The first user, 林小雨, who follows the account."""
    return next(iter(platform.state.users)).openid
