"""The office with one of everything, for tests that hold over all pages."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from jinja2 import FileSystemBytecodeCache

from config.settings import Settings
from models.database import Database
from simulator import SimulatorConfig
from simulator.server import RunningSimulator
from tests.support.factories import Factory
from tests.support.furnished import Furnished, furnish
from web.application import create_web
from web.rate_limits import limiter


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates as compiled by the first test that used them."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def furnished(
    make_settings: Callable[..., Settings],
    sqlite: Database,
    factory: Factory,
    monkeypatch: pytest.MonkeyPatch,
    compiled_templates: FileSystemBytecodeCache,
) -> Iterator[Furnished]:
    """The office with one of everything, in front of a running platform; the clock moves on from `now`."""
    monkeypatch.setattr(limiter, "enabled", False)
    with RunningSimulator(SimulatorConfig()) as platform, time_machine.travel(factory.now, tick=True):
        app = create_web(make_settings(wechat_api_base=platform.base_url), sqlite)
        app.testing = True
        app.jinja_env.bytecode_cache = compiled_templates
        yield furnish(app, sqlite, factory)
