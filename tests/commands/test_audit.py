"""`app.py audit verify`: what it says, and the exit status a watchdog reads."""

from collections.abc import Callable
from datetime import datetime

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from commands.audit import audit
from config.settings import Settings
from domain.audit import record
from models.database import Database


@pytest.fixture
def run(
    database: Database, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Result]:
    """The command, on the database of this test."""
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr("commands.with_settings.load_settings", lambda: make_settings(database_url=url))
    return lambda: CliRunner().invoke(audit, ["verify"])


def test_a_whole_log_gives_its_last_seal_and_a_touched_one_status_1(
    run: Callable[[], Result], database: Database, now: datetime
) -> None:
    assert (run().exit_code, run().stdout) == (0, "✓ 审计日志完整，共 0 条。\n")
    with database.transaction() as session:
        record(session, None, action="a.b", subject_kind="a", subject="1", words="改名", now=now)
    assert run().stdout.splitlines()[0] == "✓ 审计日志完整，共 1 条。"

    with database.transaction() as session:
        session.execute(text("DELETE FROM audit_entry"))
    result = run()
    assert (result.exit_code, result.stderr) == (1, "✗ 末尾少了 1 条：应有 1 条，只有 0 条。\n")
