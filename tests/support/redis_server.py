"""A real Redis for a test, where one is installed (Debian: apt-get install redis-server)."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.waiting import eventually

HOW = "没有找到 redis-server，这项测试跳过。安装：apt-get install redis-server"


@contextmanager
def redis_server(folder: Path, *, port: int | None = None) -> Iterator[int]:
    """Give the port of a Redis that keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip(HOW)
    chosen = port or free_port()
    options = ["--port", str(chosen), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(chosen))
        yield chosen
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    from redis import Redis, RedisError

    try:
        with Redis(port=port) as counts:
            return bool(counts.ping())
    except RedisError:
        return False
