"""Our own count of calls: in memory first, in the database every few seconds."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from domain import api_usage
from models.api_usage import ApiUsage
from models.database import Database
from simulator import Simulator
from wechat.call_counter import FLUSH_SECONDS, CallCounter
from wechat.client import PlatformClient


class Seconds:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def counter(database: Database, now: datetime, seconds: Seconds) -> CallCounter:
    return CallCounter(database, clock=lambda: now, seconds=seconds)


def counted(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {row.path: row.calls for row in session.scalars(select(ApiUsage))}


def test_calls_are_written_every_few_seconds(
    counter: CallCounter, database: Database, seconds: Seconds
) -> None:
    for _ in range(3):
        counter.add("/a")
    assert counted(database) == {}
    seconds.now += FLUSH_SECONDS
    counter.add("/b")
    assert counted(database) == {"/a": 3, "/b": 1}
    counter.add("/a")
    counter.flush()
    counter.flush()
    assert counted(database) == {"/a": 4, "/b": 1}


def test_nothing_is_written_inside_somebody_elses_transaction(
    counter: CallCounter, database: Database, seconds: Seconds
) -> None:
    seconds.now += FLUSH_SECONDS
    with database.transaction():
        counter.add("/a")
    assert counted(database) == {}


def test_count_survives_a_database_that_is_away(
    counter: CallCounter, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.add("/a")
    with monkeypatch.context() as patch:

        def away(*_: object) -> None:
            raise SQLAlchemyError("away")

        patch.setattr(api_usage, "add_calls", away)
        counter.flush()
    counter.add("/a")
    counter.flush()
    assert counted(database) == {"/a": 2}


def test_every_call_of_the_client_is_counted_under_the_platforms_name(
    client: PlatformClient, platform: Simulator, database: Database, openid: str
) -> None:
    client.user_info(openid)
    client.user_info(openid)
    client.list_subscription_templates()
    platform.tokens.revoke_all()
    client.list_templates()
    client.counter.flush()
    assert counted(database) == {
        "/cgi-bin/stable_token": 2,
        "/cgi-bin/user/info": 2,
        "/wxaapi/newtmpl/gettemplate": 1,
        "/cgi-bin/template/get_all_private_template": 2,
    }
    quota = client.quota_of("/cgi-bin/user/info")
    assert (quota.daily_limit, quota.used, quota.burst_seconds) == (5_000_000, 2, 60)
