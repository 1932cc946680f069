"""Asking the platform how much of the day's quota is left."""

from collections.abc import Callable
from datetime import timedelta

from domain import api_usage, platform_alerts
from jobs.context import JobContext
from jobs.quotas import ask_quotas, write_counts
from simulator import Simulator

USER = "/cgi-bin/user/info"
ASK = "/cgi-bin/openapi/quota/get"


def usage(context: JobContext) -> dict[str, tuple[int, int | None, int | None]]:
    with context.database.reading() as session:
        rows = api_usage.usage_on(session, api_usage.quota_day(context.clock()))
        return {row.path: (row.calls, row.used, row.daily_limit) for row in rows}


def use(context: JobContext, path: str, calls: int) -> None:
    with context.database.transaction() as session:
        api_usage.add_calls(session, {(api_usage.quota_day(context.clock()), path): calls})


def alerts(context: JobContext) -> list[str]:
    with context.database.reading() as session:
        return [alert.subject for alert in platform_alerts.open_alerts(session)]


def times_asked(platform: Simulator, path: str) -> int:
    asked = [call.body["cgi_path"] for call in platform.calls.find(path=ASK, limit=100)]
    return asked.count(path)


def test_platform_is_asked_for_each_path_once_an_hour(
    context: JobContext, platform: Simulator, clock: Callable[..., object], openid: str
) -> None:
    platform.change_settings({"limits": {USER: 10}})
    for _ in range(8):
        context.client.user_info(openid)
    ask_quotas(context)
    assert usage(context)[USER] == (8, 8, 10)
    assert alerts(context) == [f"quota:{USER}"]
    ask_quotas(context)
    assert times_asked(platform, USER) == 1
    clock.advance(hours=1)  # type: ignore[attr-defined]
    ask_quotas(context)
    assert times_asked(platform, USER) == 2


def test_path_the_platform_tells_nothing_of_is_shown_without_a_limit(
    context: JobContext, platform: Simulator
) -> None:
    del platform
    use(context, "/sns/oauth2/access_token", 2)
    ask_quotas(context)
    assert usage(context)["/sns/oauth2/access_token"] == (2, None, None)


def test_platform_that_does_not_answer_is_asked_again_next_time(
    context: JobContext, platform: Simulator
) -> None:
    use(context, USER, 1)
    platform.faults.add(path=ASK, kind="http_502", times=-1)
    ask_quotas(context)
    with context.database.reading() as session:
        assert USER in api_usage.to_ask(session, now=context.clock())


def test_old_alerts_and_counts_go(context: JobContext, clock: Callable[..., object]) -> None:
    use(context, USER, 1)
    with context.database.transaction() as session:
        api_usage.note_quota(session, USER, api_usage.Quota(10, 9), now=context.clock())
    clock.advance(days=1)  # type: ignore[attr-defined]
    ask_quotas(context)
    assert alerts(context) == []
    clock.now += timedelta(days=100)  # type: ignore[attr-defined]
    ask_quotas(context)
    assert usage(context) == {}


def test_stopping_worker_asks_no_more(context: JobContext, platform: Simulator) -> None:
    use(context, USER, 1)
    context.stopping.set()
    ask_quotas(context)
    write_counts(context)
    assert platform.calls.find(path=ASK, limit=100) == []
