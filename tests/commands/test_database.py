"""`app.py migrate`: brings a database to the newest shape, and never back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from commands.database import migrate
from config.settings import Settings
from models.database import Database
from models.migrate import current_revision, head_revision


def test_database_of_a_newer_version_is_left_as_it_is(
    tmp_path: Path, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    monkeypatch.setattr("commands.with_settings.load_settings", lambda: make_settings(database_url=url))
    done = CliRunner().invoke(migrate)
    assert (done.exit_code, done.output) == (0, f"数据库已是最新结构（{head_revision()}）。\n")

    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    refused = CliRunner().invoke(migrate)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: 这个数据库是更新的版本用过的（9999）")
    assert current_revision(database) == "9999"
    database.close()
