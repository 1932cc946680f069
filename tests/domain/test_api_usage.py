"""Counting calls by day, and hearing of a quota before it is used up."""

from datetime import date, timedelta

import pytest

from domain import api_usage, platform_alerts
from domain.api_usage import Allowance, Quota
from tests.support.story import Story, shanghai

TODAY, YESTERDAY = date(2026, 11, 23), date(2026, 11, 22)
SEND = "/cgi-bin/message/template/send"


def alerts(story: Story) -> list[tuple[str, str]]:
    return [(alert.subject, alert.words) for alert in platform_alerts.open_alerts(story.session)]


def note(story: Story, used: int | None, limit: int | None = 100) -> None:
    told = None if limit is None or used is None else Quota(limit, used)
    api_usage.note_quota(story.session, SEND, told, now=story.now)


def test_counts_of_all_processes_come_together_by_day(story: Story) -> None:
    api_usage.add_calls(story.session, {(TODAY, SEND): 3, (TODAY, "/b"): 5, (YESTERDAY, SEND): 1})
    api_usage.add_calls(story.session, {(TODAY, SEND): 4})
    found = [(row.path, row.calls) for row in api_usage.usage_on(story.session, TODAY)]
    assert found == [(SEND, 7), ("/b", 5)]


@pytest.mark.parametrize(
    ("moment", "day"), [("2026-11-23 23:59:59", TODAY), ("2026-11-24 00:00", TODAY + timedelta(days=1))]
)
def test_platform_counts_anew_at_midnight_in_shanghai(moment: str, day: date) -> None:
    assert api_usage.quota_day(shanghai(moment)) == day


def test_path_is_asked_for_once_an_hour(story: Story) -> None:
    api_usage.add_calls(story.session, {(TODAY, SEND): 1, (YESTERDAY, "/old"): 1})
    assert api_usage.to_ask(story.session, now=story.now) == [SEND]
    note(story, 1)
    story.later(minutes=59)
    assert api_usage.to_ask(story.session, now=story.now) == []
    story.later(minutes=1)
    assert api_usage.to_ask(story.session, now=story.now) == [SEND]


@pytest.mark.parametrize(("used", "alerted"), [(79, False), (80, True), (100, True)])
def test_administrators_hear_from_four_fifths_on(story: Story, used: int, *, alerted: bool) -> None:
    api_usage.add_calls(story.session, {(TODAY, SEND): 1})
    note(story, used)
    told = [(f"quota:{SEND}", f"今天已用 {used} 次，上限 100 次")]
    assert alerts(story) == (told if alerted else [])
    [row] = api_usage.usage_on(story.session, TODAY)
    assert (row.daily_limit, row.used, row.asked_at) == (100, used, story.now)


def test_alert_goes_when_the_quota_is_cleared_or_nothing_is_told(story: Story) -> None:
    note(story, 90)
    note(story, 0)
    assert alerts(story) == []
    note(story, 90)
    note(story, None, None)
    assert alerts(story) == []


def test_alert_of_yesterday_goes_with_the_day(story: Story) -> None:
    note(story, 90)
    platform_alerts.raise_alert(story.session, "account", code=48001, words="", now=story.now)
    api_usage.clear_yesterdays_alerts(story.session, now=story.now)
    assert len(alerts(story)) == 2
    story.at("2026-11-24 00:00")
    api_usage.clear_yesterdays_alerts(story.session, now=story.now)
    assert [subject for subject, _ in alerts(story)] == ["account"]


def test_counts_of_long_ago_are_forgotten(story: Story) -> None:
    old = TODAY - timedelta(days=91)
    api_usage.add_calls(story.session, {(TODAY, SEND): 1, (old, SEND): 1})
    assert api_usage.drop_old(story.session, now=story.now) == 1
    assert len(api_usage.usage_on(story.session, TODAY)) == 1


def test_what_is_left_is_what_the_platform_told_less_our_calls_since(story: Story) -> None:
    add = api_usage.add_calls
    add(story.session, {(TODAY, SEND): 7, (TODAY, "/b"): 2})
    assert api_usage.allowances_on(story.session, TODAY)[SEND] == Allowance(None, None, None)
    api_usage.note_quota(story.session, SEND, Quota(100, 90, burst_calls=5, burst_seconds=60), now=story.now)
    add(story.session, {(TODAY, SEND): 4})
    assert api_usage.allowances_on(story.session, TODAY)[SEND] == Allowance(6, 5, 60)
    assert api_usage.to_ask(story.session, now=story.now) == ["/b"]

    add(story.session, {(TODAY, SEND): 8})
    assert api_usage.allowances_on(story.session, TODAY)[SEND].left_today == 0
    # Somebody may clear the counters at any time, so a path that seems used up is asked for each time.
    assert api_usage.to_ask(story.session, now=story.now) == ["/b", SEND]
    api_usage.forget_told(story.session, now=story.now)
    assert api_usage.allowances_on(story.session, TODAY)[SEND].left_today is None
