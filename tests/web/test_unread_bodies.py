"""A request that is refused before it was read leaves its connection open for the next."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from config.settings import Settings
from models.database import Database
from tests.support.killed_server import REAL, settings_for, started


@pytest.mark.slow
def test_next_request_on_the_connection_is_answered(
    sqlite: Database, make_settings: Callable[..., Settings]
) -> None:
    body = b'{"text": "' + b"a" * 2000 + b'"}'
    with ExitStack() as ending:
        server = ending.enter_context(started(settings_for(make_settings, sqlite), REAL))
        connection = ending.enter_context(closing(HTTPConnection("127.0.0.1", server.port, timeout=20)))
        connection.request("GET", "/healthz")
        assert connection.getresponse().read()
        connection.auto_open = 0  # whatever is closed stays closed
        for _ in range(3):
            connection.putrequest("POST", "/api/v1/complaints")
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            time.sleep(0.1)  # as programs do that send the head and the body by themselves
            connection.send(body)
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (401, True)
