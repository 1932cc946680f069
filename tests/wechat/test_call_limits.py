"""Calls that would only be refused do not leave us."""

from datetime import datetime

import pytest
from sqlalchemy.exc import SQLAlchemyError

from domain import api_usage
from domain.api_usage import Quota
from models.database import Database
from simulator import Simulator
from wechat.call_limits import LOOK_SECONDS, CallLimits
from wechat.client import PlatformClient
from wechat.error_codes import Action
from wechat.errors import WeChatError

USER = "/cgi-bin/user/info"


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
def limits(database: Database, now: datetime, seconds: Seconds) -> CallLimits:
    return CallLimits(database, clock=lambda: now, seconds=seconds)


def told(database: Database, quota: Quota, now: datetime) -> None:
    """The platform has told of a path that was called once."""
    with database.transaction() as session:
        api_usage.add_calls(session, {(api_usage.quota_day(now), USER): 1})
        api_usage.note_quota(session, USER, quota, now=now)


def spent(limits: CallLimits, path: str = USER, *, tries: int = 20) -> tuple[int, Action | None]:
    """Call until something holds back; give how many calls went and what to do about the refusal."""
    for count in range(tries):
        try:
            limits.spend(path)
        except WeChatError as error:
            return count, error.action
    return tries, None


def test_a_path_of_which_nothing_is_known_is_free(limits: CallLimits) -> None:
    assert spent(limits) == (20, None)


def test_the_days_quota_is_not_overrun_and_a_cleared_one_is_used_again(
    limits: CallLimits, database: Database, now: datetime, seconds: Seconds
) -> None:
    told(database, Quota(daily_limit=10, used=7), now)
    assert spent(limits) == (3, Action.WAIT_DAY)
    assert spent(limits, "/cgi-bin/openapi/quota/get") == (20, None)

    told(database, Quota(daily_limit=10, used=0), now)
    assert spent(limits) == (0, Action.WAIT_DAY)
    seconds.now += LOOK_SECONDS
    assert spent(limits) == (10, Action.WAIT_DAY)


def test_a_minutes_calls_are_not_overrun_and_the_next_minute_begins_anew(
    limits: CallLimits, database: Database, now: datetime, seconds: Seconds
) -> None:
    told(database, Quota(daily_limit=1000, used=0, burst_calls=4, burst_seconds=60), now)
    assert spent(limits) == (4, Action.WAIT_MINUTE)
    seconds.now += 60
    assert spent(limits) == (4, Action.WAIT_MINUTE)


def test_a_database_that_is_away_holds_nothing_back_that_was_free_before(
    limits: CallLimits, database: Database, now: datetime, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(database, Quota(daily_limit=10, used=5), now)
    assert spent(limits, tries=2) == (2, None)

    def away(*_: object) -> None:
        raise SQLAlchemyError("away")

    monkeypatch.setattr(api_usage, "allowances_on", away)
    seconds.now += LOOK_SECONDS
    assert spent(limits) == (3, Action.WAIT_DAY)


def test_the_client_makes_no_call_that_would_be_refused(
    client: PlatformClient, platform: Simulator, database: Database, openid: str
) -> None:
    told(database, Quota(daily_limit=2, used=2), client.counter._clock())
    with pytest.raises(WeChatError, match="当天调用次数已用完"):
        client.user_info(openid)
    assert platform.calls.find(path=USER, limit=10) == []
