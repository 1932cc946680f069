"""Limits that several machines count together, and each for itself while their Redis is away."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from structlog.testing import capture_logs

from config.settings import Settings
from models.database import Database
from tests.support.redis_server import redis_server
from web.application import create_web
from web.rate_limits import limiter
from wechat.checkup import check


@pytest.fixture
def counting_alone_again() -> Iterator[None]:
    """One limiter serves all applications of a process; what this test sets must not stay."""
    kept = dict(vars(limiter))
    yield
    vars(limiter).clear()
    vars(limiter).update(kept)


def _statuses(app: Flask, times: int) -> list[int]:
    visitor = app.test_client()
    return [visitor.get("/h5/matters").status_code for _ in range(times)]


@pytest.mark.usefixtures("counting_alone_again")
def test_machines_count_together_and_serve_on_when_redis_goes(
    sqlite: Database, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    with redis_server(tmp_path) as port:
        settings = make_settings(
            rate_limit_store=f"redis://127.0.0.1:{port}",
            limit_pages_per_minute=60,
            database_url=str(sqlite.engine.url),
        )
        said = {found.name: found for found in check(settings)}
        assert (said["限流计数"].warns, said["限流计数"].words) == (
            False,
            "记在 Redis 里，所有机器合在一起算",
        )
        first, second = create_web(settings, sqlite), create_web(settings, sqlite)
        assert _statuses(first, 40) == [200] * 40
        assert _statuses(second, 30) == [200] * 20 + [429] * 10
    with capture_logs() as log:
        # Nobody waits for what is gone, and nobody is told off for it.
        assert _statuses(second, 61) == [200] * 60 + [429]
    assert [line["event"] for line in log if line["event"].startswith("limits_")] == ["limits_counted_alone"]
    gone = next(found for found in check(settings) if found.name == "限流计数")
    assert (gone.fine, gone.warns) == (True, True)
    assert gone.words.startswith("连不上 RATE_LIMIT_STORE（ConnectionError）")
