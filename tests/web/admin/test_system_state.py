"""系统状态: what is fine, what to look at, what to mend, and who may read it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask

from domain import api_usage, platform_alerts, running_state
from domain.running_state import GONE_AFTER, LastBackup
from models.database import Database
from models.enums import NoticeKind
from models.notice import Notice
from models.wechat_token import WeChatToken
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of
from web import system_checks
from web.system_checks import Light

NAMES = [
    "数据库", "磁盘（照片和附件、数据库）", "后台任务进程", "等着办的", "备份",
    "微信平台", "接口凭证", "接口次数", "时钟", "网址", "程序版本",
]  # fmt: skip


def _lights(page: BeautifulSoup) -> dict[str, str]:
    rows = page.select(".state")
    return {words_of(row.select_one(".state-name")): words_of(row.select_one(".state-light")) for row in rows}


@pytest.fixture
def running_well(sqlite: Database, office: Office, now: datetime) -> Office:
    """An office in which nothing is to be done."""
    with sqlite.transaction() as session:
        running_state.show_worker(session, "host-1-a", leads=True, started_at=now, now=now)
        running_state.note_backup(session, LastBackup(now - timedelta(hours=7), size=9, rows=3, files=1))
        until = now + timedelta(hours=1)
        session.add(WeChatToken(app_id="wx1", token="t", fetched_at=now, expires_at=until))
    return office


def test_all_is_fine_in_an_office_that_runs_well(
    signed_in: Callable[[str], Visitor], running_well: Office
) -> None:
    del running_well
    for username in ("admin", "inspector"):
        page = signed_in(username).get("/admin/state")
        lights = _lights(page)
        assert {name: light for name, light in lights.items() if light != "正常"} == {"网址": "请留意"}
        assert sorted(lights) == sorted(NAMES)
    assert signed_in("admin").get("/admin/").select(".trouble") == []
    signed_in("leader").get("/admin/state", status=403)


def test_what_goes_wrong_is_told_with_what_to_do(
    signed_in: Callable[[str], Visitor],
    running_well: Office,
    sqlite: Database,
    clock: time_machine.Traveller,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with sqlite.transaction() as session:
        platform_alerts.raise_alert(
            session,
            platform_alerts.ACCOUNT,
            code=50002,
            words="被停",
            now=now,
            paused_until=now + timedelta(days=9),
        )
        api_usage.add_calls(session, {(api_usage.quota_day(now), "/cgi-bin/x"): 90})
        quota = api_usage.Quota(daily_limit=100, used=90)
        api_usage.note_quota(session, "/cgi-bin/x", quota, now=now)
        session.add(
            Notice(
                key="late", kind=NoticeKind.ASSIGNED, staff_id=running_well.admin.id, title="派单", body="",
                created_at=now, due_at=now,
            )
        )  # fmt: skip
    clock.move_to(now + timedelta(minutes=20))
    monkeypatch.setattr(system_checks, "_head", lambda: "9999")
    monkeypatch.setattr(system_checks, "_FULL_DISK", (1.1, 10**18))

    page = signed_in("admin").get("/admin/state")
    lights = _lights(page)
    words = words_of(page.select_one(".state-list"))

    bad = {name for name, light in lights.items() if light == "需要处理"}
    assert bad == {"数据库", "磁盘（照片和附件、数据库）", "后台任务进程", "等着办的", "微信平台"}
    assert list(lights)[: len(bad)] == [name for name in lights if name in bad]
    assert lights["接口次数"] == "请留意"
    assert "请运行 python app.py migrate" in words
    assert "没有在运行，最近一次在 11月23日 10:00" in words
    assert "通知 1 个，最早的等了 20 分钟" in words
    # The home page has those of WeChat already, and in more words.
    home = signed_in("inspector").get("/admin/")
    told = [words_of(each) for each in home.select('[aria-label="系统状态"] .trouble-title')]
    assert sorted(told) == sorted(f"{name}：需要处理" for name in bad - {"微信平台"})
    assert signed_in("leader").get("/admin/").select('[aria-label="系统状态"]') == []


@pytest.mark.parametrize(
    ("hours", "light"),
    [(29, Light.FINE), (31, Light.LOOK), (73, Light.ACT)],
    ids=["a night", "two", "three days"],
)
def test_a_backup_grows_old(
    app: Flask, sqlite: Database, office: Office, now: datetime, hours: int, light: Light
) -> None:
    del office
    with sqlite.transaction() as session:
        made = LastBackup(now - timedelta(hours=hours), size=9_500_000, rows=3, files=1)
        running_state.note_backup(session, made)
    assert _check(app, sqlite, now, "备份") == light


def test_an_office_that_never_made_a_backup_hears_of_it_louder_after_some_days(
    app: Flask, sqlite: Database, office: Office, factory: Factory, now: datetime
) -> None:
    assert _check(app, sqlite, now, "备份") == Light.LOOK
    with sqlite.transaction() as session:
        factory.complaint(session, office)
    assert _check(app, sqlite, now + timedelta(days=2), "备份") == Light.LOOK
    assert _check(app, sqlite, now + timedelta(days=4), "备份") == Light.ACT


def test_workers_that_die_or_do_not_lead_are_to_be_looked_at(
    app: Flask, sqlite: Database, office: Office, now: datetime
) -> None:
    del office

    def shown(name: str, *, leads: bool, at: datetime) -> Light:
        with sqlite.transaction() as session:
            running_state.show_worker(session, name, leads=leads, started_at=now, now=at)
        return _check(app, sqlite, now, "后台任务进程")

    assert _check(app, sqlite, now, "后台任务进程") == Light.ACT
    assert shown("host-1-a", leads=False, at=now) == Light.LOOK
    assert shown("host-1-a", leads=True, at=now) == Light.FINE
    assert shown("host-2-b", leads=False, at=now - GONE_AFTER) == Light.LOOK
    # Of another machine, whose clock is ahead.
    assert _check(app, sqlite, now, "时钟") == Light.FINE
    shown("host-3-c", leads=False, at=now + timedelta(seconds=6))
    assert _check(app, sqlite, now, "时钟") == Light.ACT


def test_a_notice_that_waits_is_named_while_wechat_has_no_trouble(
    app: Flask, sqlite: Database, office: Office, now: datetime
) -> None:
    with sqlite.transaction() as session:
        session.add(
            Notice(
                key="late", kind=NoticeKind.ASSIGNED, staff_id=office.admin.id, title="派单", body="",
                created_at=now, due_at=now - timedelta(hours=2),
            )
        )  # fmt: skip
    assert _check(app, sqlite, now, "微信平台") == Light.LOOK


def _check(app: Flask, database: Database, now: datetime, name: str) -> Light:
    settings = app.extensions["banshishi"].settings
    with database.reading() as session:
        checks = system_checks.all_checks(session, database, settings, now=now)
    return next(check.light for check in checks if check.name == name)


def test_postgresql_tells_its_version_size_and_clock(app: Flask, postgres: Database, now: datetime) -> None:
    settings = app.extensions["banshishi"].settings.model_copy(
        update={"database_url": str(postgres.engine.url), "base_url": "https://bss.example.edu.cn/"}
    )
    with postgres.reading() as session:
        found = system_checks.all_checks(session, postgres, settings, now=now)
    checks = {check.name: check for check in found}

    assert checks["数据库"].words.startswith("PostgreSQL ")
    assert "磁盘（照片和附件）" in checks
    assert checks["网址"].light is Light.FINE
    # The test plays at another time than the server's.
    assert checks["时钟"].light is Light.ACT
