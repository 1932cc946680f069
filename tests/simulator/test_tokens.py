"""Access tokens: normal, stable, forced, and how each of them ends."""

from typing import Any

import pytest
import requests

from tests.simulator.conftest import Platform, Starter

STABLE = "/cgi-bin/stable_token"


def normal(platform: Platform, **changes: Any) -> Any:
    settings = platform.simulator.settings
    query = {
        "grant_type": "client_credential",
        "appid": settings.app_id,
        "secret": settings.app_secret,
    } | changes
    return requests.get(f"{platform.base_url}/cgi-bin/token", params=query, timeout=5).json()


def judged(platform: Platform, token: str) -> int:
    """What a call with this token answers: 0 is good."""
    query = {"access_token": token}
    answer = requests.get(f"{platform.base_url}/cgi-bin/getcallbackip", params=query, timeout=5).json()
    return int(answer.get("errcode", 0))


def test_stable_token_is_the_same_for_everybody_who_asks(platform: Platform) -> None:
    first = platform.call_token(STABLE)
    platform.advance(1000)
    second = platform.call_token(STABLE)
    assert first == {"access_token": second["access_token"], "expires_in": 7200}
    assert second["expires_in"] == 6200


def test_stable_token_changes_in_its_last_five_minutes_and_both_work(platform: Platform) -> None:
    first = platform.token()
    platform.advance(7200 - 299)
    second = platform.call_token(STABLE)
    assert second["access_token"] != first
    assert second["expires_in"] == 7200
    assert (judged(platform, first), judged(platform, second["access_token"])) == (0, 0)
    platform.advance(300)
    assert (judged(platform, first), judged(platform, second["access_token"])) == (42001, 0)


def test_forced_refresh_kills_the_old_token_at_once(platform: Platform) -> None:
    first = platform.token()
    second = platform.token(force_refresh=True)
    assert (judged(platform, first), judged(platform, second)) == (40001, 0)


def test_forced_refresh_within_30_seconds_changes_nothing(platform: Platform) -> None:
    first = platform.token(force_refresh=True)
    platform.advance(29)
    assert platform.token(force_refresh=True) == first
    platform.advance(1)
    assert platform.token(force_refresh=True) != first


def test_forced_refresh_works_twenty_times_a_day(platform: Platform) -> None:
    platform.post("/clock", freeze="2026-11-21T00:00:00+08:00")
    for _ in range(20):
        assert "access_token" in platform.call_token(STABLE, force_refresh=True)
        platform.advance(31)
    assert platform.call_token(STABLE, force_refresh=True)["errcode"] == 45009
    platform.advance(86_400)
    assert "access_token" in platform.call_token(STABLE, force_refresh=True)


def test_new_normal_token_leaves_the_old_one_five_minutes(platform: Platform) -> None:
    first = normal(platform)["access_token"]
    second = normal(platform)["access_token"]
    assert first != second
    assert (judged(platform, first), judged(platform, second)) == (0, 0)
    platform.advance(301)
    assert (judged(platform, first), judged(platform, second)) == (40001, 0)


def test_normal_and_stable_tokens_leave_each_other_alone(platform: Platform) -> None:
    stable = platform.token()
    one = normal(platform)["access_token"]
    platform.token(force_refresh=True)
    assert judged(platform, one) == 0
    assert judged(platform, stable) == 40001
    stable = platform.token()
    normal(platform)
    platform.advance(600)
    assert judged(platform, stable) == 0


def test_token_runs_out_after_two_hours(platform: Platform) -> None:
    token = normal(platform)["access_token"]
    platform.advance(7199)
    assert judged(platform, token) == 0
    platform.advance(2)
    assert judged(platform, token) == 42001


def test_tokens_can_be_expired_and_revoked_from_outside(platform: Platform) -> None:
    token = platform.token()
    assert platform.post("/tokens/expire") == {"ended": 1}
    assert judged(platform, token) == 42001
    token = platform.token()
    assert platform.post("/tokens/revoke") == {"ended": 1}
    assert judged(platform, token) == 40001
    assert judged(platform, platform.token()) == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"appid": "wxother"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_wrong_credentials_are_named(platform: Platform, changes: dict[str, str], code: int) -> None:
    assert normal(platform, **changes)["errcode"] == code
    assert platform.call_token(STABLE, **changes)["errcode"] == code


@pytest.mark.parametrize(
    ("token", "code"),
    [("", 41001), ("short", 40014), ("with blanks and so on " * 3, 40014), ("a" * 100, 40001)],
)
def test_wrong_token_is_judged(platform: Platform, token: str, code: int) -> None:
    assert judged(platform, token) == code


def test_token_is_long_as_real_ones_may_be(platform: Platform) -> None:
    assert 130 < len(platform.token()) <= 512


def test_stable_token_wants_json_by_post(platform: Platform) -> None:
    url = platform.base_url + STABLE
    assert requests.get(url, timeout=5).json()["errcode"] == 43002
    assert requests.post(url, timeout=5).json()["errcode"] == 44002
    assert requests.post(url, data={"grant_type": "x"}, timeout=5).json()["errcode"] == 47001
    assert platform.call_token(STABLE, force_refresh="yes")["errcode"] == 47001
    assert requests.post(f"{platform.base_url}/cgi-bin/token", timeout=5).json()["errcode"] == 43001


def test_foreign_address_is_named_in_the_refusal(start: Starter) -> None:
    platform = start(ip_whitelist=["10.1.1.1"])
    answer = normal(platform)
    assert answer["errcode"] == 40164
    expected = "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: "
    assert answer["errmsg"].startswith(expected)


def test_mini_program_has_tokens_of_its_own(platform: Platform) -> None:
    settings = platform.simulator.settings
    own = platform.token()
    mini = platform.token(appid=settings.mini_app_id, secret=settings.mini_app_secret)
    assert own != mini
    platform.token(appid=settings.mini_app_id, secret=settings.mini_app_secret, force_refresh=True)
    assert (judged(platform, own), judged(platform, mini)) == (0, 40001)
