"""What Prometheus reads, and who may read it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from flask import Flask

from config.settings import Settings
from domain import api_usage, background_tasks, platform_alerts, running_state
from domain.running_state import LastBackup
from models.database import Database
from models.enums import NoticeKind
from models.notice import Notice
from models.wechat_token import WeChatToken
from tests.support.factories import Office
from tests.support.pages import Visitor
from web.application import create_web

ALERTS = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "alerts.yml"
TOKEN = "for-the-monitor-only"


def _figures(app: Flask) -> dict[str, float]:
    lines = app.test_client().get("/metrics").text.splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def test_only_this_machine_may_ask_while_no_token_is_set(app: Flask) -> None:
    client = app.test_client()

    def status(**asked: str) -> int:
        return client.get("/metrics", environ_overrides=asked).status_code

    assert status() == 200
    assert status(REMOTE_ADDR="::1") == 200
    assert status(REMOTE_ADDR="10.1.2.3") == 403
    assert status(REMOTE_ADDR="") == 403
    # A proxy on this machine that we were not told of asks for somebody out there.
    assert status(HTTP_X_FORWARDED_FOR="127.0.0.1") == 403


def test_with_a_token_nobody_else_may_ask(
    make_settings: Callable[..., Settings], sqlite: Database, clock: object
) -> None:
    del clock
    client = create_web(make_settings(metrics_token=TOKEN), sqlite).test_client()

    def status(given: str) -> int:
        return client.get("/metrics", headers={"Authorization": given}).status_code

    assert client.get("/metrics").status_code == 403
    assert [status(f"Bearer {TOKEN}"), status(f"Bearer {TOKEN}x"), status(TOKEN)] == [200, 403, 403]
    assert status("Bearer 口令".encode().decode("latin-1")) == 403


def test_what_waits_and_how_the_rest_stands_is_told(
    app: Flask, sqlite: Database, office: Office, now: datetime
) -> None:
    before = _figures(app)
    with sqlite.transaction() as session:
        session.add(
            Notice(
                key="late",
                kind=NoticeKind.ASSIGNED,
                staff_id=office.admin.id,
                title="派单",
                body="",
                created_at=now,
                due_at=now - timedelta(minutes=7),
            )
        )
        background_tasks.ask(session, office.admin, kind="x", title="x", now=now - timedelta(hours=1))
        for name, leads in (("host-1-a", True), ("host-2-b", False)):
            running_state.show_worker(session, name, leads=leads, started_at=now, now=now)
        running_state.note_backup(session, LastBackup(now - timedelta(hours=2), size=9, rows=3, files=1))
        api_usage.add_calls(session, {(api_usage.quota_day(now), "/cgi-bin/x"): 30})
        quota = api_usage.Quota(daily_limit=100, used=30)
        api_usage.note_quota(session, "/cgi-bin/x", quota, now=now)
        stop = now + timedelta(hours=1)
        platform_alerts.raise_alert(
            session, platform_alerts.ACCOUNT, code=50002, words="", now=now, paused_until=stop
        )
        session.add(
            WeChatToken(
                app_id="wx1",
                token="secret-token",
                fetched_at=now - timedelta(minutes=30),
                expires_at=now + timedelta(minutes=90),
            )
        )
    after = _figures(app)

    changed = {name: value for name, value in after.items() if before.get(name) != value}
    assert {name: value for name, value in changed.items() if "http" not in name and "disk" not in name} == {
        'banshishi_queue_waiting{queue="notices"}': 1,
        'banshishi_queue_oldest_seconds{queue="notices"}': 420,
        'banshishi_queue_waiting{queue="tasks"}': 1,
        'banshishi_queue_oldest_seconds{queue="tasks"}': 3600,
        "banshishi_workers": 2,
        "banshishi_leaders": 1,
        "banshishi_worker_last_seen_seconds": 0,
        "banshishi_leader_last_seen_seconds": 0,
        "banshishi_backup_age_seconds": 7200,
        'banshishi_wechat_quota_left{path="/cgi-bin/x"}': 70,
        'banshishi_wechat_quota_limit{path="/cgi-bin/x"}': 100,
        'banshishi_wechat_token_age_seconds{token="wx1"}': 1800,
        'banshishi_wechat_token_left_seconds{token="wx1"}': 5400,
        'banshishi_wechat_troubles{kind="all"}': 1,
        'banshishi_wechat_troubles{kind="stops"}': 1,
    }
    assert before["banshishi_database_reachable"] == 1


def test_requests_and_refused_sign_ins_are_counted(app: Flask, visitor: Visitor, office: Office) -> None:
    route = 'banshishi_http_requests_total{method="GET",route="/admin/sign-in",status="200"}'
    nowhere = 'banshishi_http_requests_total{method="OTHER",route="-",status="404"}'
    refused = 'banshishi_sign_in_failures_total{step="password"}'
    before = _figures(app)
    visitor.client.open("/nowhere", method="BREW")
    visitor.client.get("/admin/sign-in")
    visitor.take_token()
    visitor.refused("/admin/sign-in", {"username": office.admin.username, "password": "wrong"})
    after = _figures(app)

    assert [after[name] - before.get(name, 0) for name in (route, nowhere, refused)] == [1, 1, 1]


def test_a_database_out_of_reach_is_told_of_and_hides_nothing_else(
    make_settings: Callable[..., Settings],
) -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=1")
    figures = _figures(create_web(make_settings(), database))
    database.close()

    assert figures["banshishi_database_reachable"] == 0
    assert 'banshishi_disk_free_bytes{folder="uploads"}' in figures
    assert "banshishi_workers" not in figures


def test_every_figure_the_alerts_name_is_there(app: Flask) -> None:
    told = set(re.findall(r"^# TYPE (\S+)", app.test_client().get("/metrics").text, re.MULTILINE))
    rules = [rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]]
    named = {name for rule in rules for name in re.findall(r"\bbanshishi_\w+", rule["expr"])}

    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in named} - told == set()
    assert len(rules) >= 10
    for rule in rules:
        assert set(rule["annotations"]) == {"summary", "description"}
        assert re.search("[一-鿿]", rule["annotations"]["description"])


@pytest.mark.parametrize("value", ["short", "with spaces in it all", "中文" * 10])
def test_a_token_that_could_be_guessed_is_refused(make_settings: Callable[..., Settings], value: str) -> None:
    with pytest.raises(Exception, match="METRICS_TOKEN：至少 16 个字符"):
        make_settings(metrics_token=value)
