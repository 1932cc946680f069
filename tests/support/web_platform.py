"""A running platform behind the pages, for tests of pages that call WeChat."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from config.settings import Settings
from models.database import Database
from simulator import Simulator, SimulatorConfig
from simulator.server import RunningSimulator
from tests.support.shared_platform import Platforms
from web.application import create_web


@pytest.fixture
def running(platforms: Platforms) -> Iterator[RunningSimulator]:
    with platforms.lend(SimulatorConfig()) as running:
        yield running


@pytest.fixture
def platform(running: RunningSimulator) -> Simulator:
    return running.simulator


@pytest.fixture
def make_platform_app(
    make_settings: Callable[..., Settings],
    database: Database,
    clock: time_machine.Traveller,
    compiled_templates: FileSystemBytecodeCache,
    running: RunningSimulator,
) -> Callable[..., Flask]:
    """Make the web application, with the platform in WeChat's place; settings may be replaced."""
    del clock

    def make(**changes: object) -> Flask:
        app = create_web(make_settings(**({"wechat_api_base": running.base_url} | changes)), database)
        app.testing = True
        app.jinja_env.bytecode_cache = compiled_templates
        return app

    return make
