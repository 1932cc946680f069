"""`app.py import-plan`: a plan as a table on the screen, and in the ledger once confirmed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from commands.plans import import_plan
from config.settings import Settings
from models.database import Database
from models.matter import Matter
from models.team import Team
from tests.support import plans
from tests.support.factories import Office
from tests.support.workbooks import workbook

Run = Callable[..., Result]


@pytest.fixture
def run(
    sqlite: Database, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Run:
    """The command, on a plan in Word and the database of this test."""
    url = sqlite.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr("commands.with_settings.load_settings", lambda: make_settings(database_url=url))
    file = tmp_path / "plan.docx"
    file.write_bytes(plans.as_document())
    return lambda *arguments: CliRunner().invoke(import_plan, [str(file), *arguments])


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One kind is enough: the rules are tested on both."""
    return sqlite


def _cells(result: Result) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in result.stdout.splitlines() if "|" in line]


def _count(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        matters = session.scalar(select(func.count(Matter.id))) or 0
        return matters, session.scalar(select(func.count(Team.id))) or 0


@pytest.mark.usefixtures("office")
def test_preview_is_one_line_a_row_and_writes_nothing(run: Run, database: Database) -> None:
    before = _count(database)

    result = run("--year", "2026", "--create-units")

    rows = _cells(result)
    assert (result.exit_code, _count(database)) == (0, before)
    assert rows[0] == ["行", "阶段", "序号", "工作内容", "责任单位", "开始", "完成时限", "结果"]
    assert [row[1:7] for row in rows[1:]] == [
        [phase, str(at), content, units.replace("\n", "、"), first or "", last or time]
        for at, (phase, content, units, time, first, last) in enumerate(plans.LINES, start=1)
    ]
    assert {row[7] for row in rows[1:]} == {"新增"}
    assert result.stdout.splitlines()[0] == f"{plans.TITLE}（2026 年，按参数）"
    assert result.stdout.splitlines()[-1] == "这是预览，没有写入。加上 --confirm 写入台账。"


@pytest.mark.usefixtures("office")
def test_confirmed_plan_is_written_once(run: Run, database: Database, tmp_path: Path) -> None:
    result = run("--create-units", "--confirm", "--as", "dispatcher")

    assert (result.exit_code, result.stdout.splitlines()[-2:]) == (0, ["新增 24 行。", "已写入台账。"])
    assert _count(database)[0] == 24
    again = run("--confirm")
    assert (again.exit_code, again.stdout.splitlines()[-2:]) == (0, ["不变 24 行。", "已写入台账。"])
    (tmp_path / "plan.docx").write_bytes(plans.as_document(lines=3))
    assert "台账里有 21 项在这个文件里没有了，不会改动。" in run().stdout
    assert _count(database)[0] == 24


def test_unknown_units_are_named_and_may_be_meant_for_others(
    run: Run, database: Database, office: Office
) -> None:
    unknown = [name for name in plans.UNITS if name not in {office.team.name, office.other_team.name}]

    refused = run("--confirm")
    assert (refused.exit_code, _count(database)[0]) == (1, 0)
    assert "行没有处理好，没有导入。" in refused.stderr
    assert f"没有叫「{unknown[0]}」的责任单位。" in refused.stdout

    pairs = [part for name in unknown for part in ("--unit", f"{name}={office.team.name}")]
    assert run("--confirm", *pairs).exit_code == 0
    assert _count(database)[0] == 24
    with database.reading() as session:
        teams = set(session.scalars(select(Matter.team_id)))
    assert teams <= {office.team.id, office.other_team.id}


def test_what_is_missing_is_said(run: Run, tmp_path: Path) -> None:
    assert "还没有系统管理员。" in run("--confirm").stderr
    assert "没有用户名是「nobody」的账号。" in run("--confirm", "--as", "nobody").stderr
    assert "没有叫「丙」的责任单位。" in run("--unit", "甲=丙").stderr
    (tmp_path / "plan.docx").write_bytes(b"MZ")
    assert "这是程序文件，不是表格。" in run().stderr


def test_times_may_be_said_and_what_is_left_out_is_told(run: Run, tmp_path: Path, office: Office) -> None:
    rows = [["修灯", office.team.name, "尽快", "急"]]
    plan = workbook(rows, header=["工作内容", "责任单位", "完成时限", "备注"])
    (tmp_path / "plan.docx").write_bytes(plan)

    asked = "待处理：看不出「尽快」是哪一天。请写成“3月15日前”“3-7月”“7月底”这样。"
    assert _cells(run())[1][6:] == ["尽快", asked]
    result = run("--year", "2026", "--time", "尽快=6月底前")
    assert _cells(result)[1][6:] == ["2026-06-30", "新增"]
    assert "备注不写入台账（1 行有备注）。" in result.stdout


def test_without_a_database_the_plan_is_shown_and_nothing_is_written(
    run: Run, monkeypatch: pytest.MonkeyPatch, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings(database_url=f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setattr("commands.with_settings.load_settings", lambda: settings)

    result = run()

    assert (result.exit_code, (tmp_path / "none.db").exists()) == (0, False)
    assert [row[6] for row in _cells(result)[1:]] == [line[5] or line[3] for line in plans.LINES]
    assert result.stdout.splitlines()[-1] == (
        "共 24 行。数据库还没有建好，没有对照台账；要写入请先运行：python app.py migrate"
    )
    refused = run("--confirm")
    assert (refused.exit_code, "python app.py migrate" in refused.stderr) == (1, True)
    (tmp_path / "none.db").touch()
    (tmp_path / "plan.docx").write_bytes(
        workbook([["修灯", "", "5月"]], header=["工作内容", "责任单位", "时限"])
    )
    assert "待处理：没有写责任单位。" in run().stdout
