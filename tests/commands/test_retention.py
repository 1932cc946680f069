"""What the command says is due, and what it does when it is told to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from commands.retention import retention
from models.audit import AuditEntry
from models.database import Database
from models.person import AccessLink
from tests.support.factories import Factory
from tests.support.settings import settings_in


def run(*arguments: str) -> str:
    result = CliRunner().invoke(retention, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_dry_run_tells_and_apply_deletes(
    sqlite: Database, factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path, database_url=str(sqlite.engine.url))
    monkeypatch.setattr("commands.with_settings.load_settings", lambda: settings)
    old = datetime.now(UTC) - timedelta(days=3)
    with sqlite.transaction() as session:
        person = factory.person(session)
        session.add_all(
            AccessLink(token_hash=f"{n}", person_id=person.id, path="/h5", expires_at=old) for n in range(2)
        )
    told = run()
    assert "! 进入页面的链接：1 天（从过期算起），到期 2 条，最早 " in told
    assert "  审计日志（工作人员做了什么）：长期保存\n" in told
    assert "共 2 条到期。" in told
    assert run("--apply").endswith("进入页面的链接：2 / 2\n清理好了，共 2 条。\n")
    with sqlite.reading() as session:
        assert session.scalars(select(AccessLink.id)).all() == []
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.details) == ("retention.apply", {"links": 2})
    assert run("--apply").endswith("没有到期的，不用清理。\n")
