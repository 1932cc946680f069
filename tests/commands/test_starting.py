"""`app.py serve` and `app.py worker` look before they start: at the database, the folders and the disks."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from commands.running import serve, worker
from config.settings import Settings
from domain.free_space import low_disks
from models.database import Database
from models.migrate import head_revision
from tests.support.killed_server import ROOT
from tests.support.processes import environment_of

Start = Callable[..., Result]


@pytest.fixture
def start(sqlite: Database, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Start:
    """Runs a command without what it would start."""
    monkeypatch.setattr("web.server.serve_web", lambda *_, **__: 0)
    monkeypatch.setattr("jobs.worker.run_worker", lambda _: None)
    monkeypatch.setattr("commands.with_settings.begin_process", lambda *_: None, raising=False)

    def run(command: object = serve, **changes: object) -> Result:
        settings = make_settings(**{"database_url": sqlite.engine.url.render_as_string()} | changes)
        monkeypatch.setattr("commands.with_settings.load_settings", lambda: settings)
        return CliRunner().invoke(command, catch_exceptions=False)  # type: ignore[arg-type]

    return run


def _stands_at(database: Database, revision: str) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


@pytest.mark.parametrize("command", [serve, worker])
def test_nothing_starts_on_a_database_of_another_version(
    start: Start, sqlite: Database, command: object, tmp_path: Path
) -> None:
    assert (start(command).exit_code, start(command).output) == (0, "")

    _stands_at(sqlite, "0010")
    older = start(command)
    _stands_at(sqlite, "9999")
    newer = start(command)
    none = start(command, database_url=f"sqlite:///{tmp_path}/empty.db")

    assert [one.exit_code for one in (older, newer, none)] == [2, 2, 2]
    head = head_revision()
    assert older.output == (
        f"数据库的结构是 0010，这份程序需要 {head}，没有启动。请先运行 python app.py migrate，再启动。\n"
    )
    assert newer.output.startswith(f"这个数据库是更新的版本用过的（9999），这份程序只到 {head}，没有启动。")
    assert none.output.startswith("数据库里还没有表，")


def test_folder_that_cannot_be_written_keeps_it_from_starting(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    refused = start(upload_dir=tmp_path / "file" / "uploads")

    assert refused.exit_code == 2
    assert refused.output.startswith(f"UPLOAD_DIR：{tmp_path}/file/uploads 不能写入（")


def test_disk_with_little_room_and_a_database_that_is_away_are_warned_of(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.free_space.shutil.disk_usage", lambda _: SimpleNamespace(free=5_000_000))

    started = start(database_url="postgresql+psycopg://nobody@127.0.0.1:9/nothing")

    assert started.exit_code == 0
    away, low = started.output.splitlines()
    assert away.startswith("注意：连不上数据库（DATABASE_URL），先照常启动。")
    assert "所在的磁盘只剩 5 MB" in low


def test_each_disk_is_named_once_also_for_folders_to_be_made(tmp_path: Path) -> None:
    folders = [tmp_path / "uploads" / "2026", tmp_path / "run"]

    assert low_disks(folders, enough=0) == []
    [words] = low_disks(folders, enough=10**18)
    assert words.startswith(f"{tmp_path} 所在的磁盘只剩 ")


def test_the_program_itself_ends_with_status_2(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings(database_url=f"sqlite:///{tmp_path}/empty.db")
    done = subprocess.run(
        [sys.executable, "app.py", "worker"],
        cwd=ROOT,
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("请先运行 python app.py migrate，再启动。\n")
    assert "Traceback" not in done.stderr
