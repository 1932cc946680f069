"""Importing a plan in pages: it goes in, is settled in its preview, and only then stands in the ledger."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from domain.file_store import LocalFileStore
from jobs.background import Background
from jobs.context import JobContext
from models.audit import AuditEntry
from models.database import Database
from models.matter import Matter
from models.team import Team
from tests.support import plans
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from tests.support.workbooks import workbook
from web.parts import Parts

SignedIn = Callable[[str], Visitor]
Work = Callable[[], None]
PATH = "/admin/matters/import"


@pytest.fixture
def work(app: Flask, database: Database, office: Office) -> Work:
    """What the worker does with one task."""
    del office
    parts: Parts = app.extensions["banshishi"]
    assert isinstance(parts.file_store, LocalFileStore)
    context = JobContext(
        settings=parts.settings, database=database, client=parts.client, files=parts.file_store
    )
    return lambda: (Background(context).do_one(), None)[1]


def uploaded(data: bytes, name: str = "2026工作方案.docx", **fields: str) -> dict[str, Any]:
    return {"file": (BytesIO(data), name), **fields}


def matters(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.scalars(select(Matter).order_by(Matter.id))
        return [(one.title, one.team.name if one.team else "") for one in rows]


def test_plan_is_looked_at_settled_and_written(
    signed_in: SignedIn, database: Database, work: Work, office: Office
) -> None:
    visitor = signed_in("admin")
    visitor.get(PATH)
    page = visitor.send(PATH, uploaded(plans.as_document()))
    assert visitor.get(page).select_one(f"[hx-get='{page}']")
    work()

    shown = visitor.get(page)
    assert plans.TITLE in words_of(shown)
    assert "没写年份的日期算 2026 年（文件里写的）" in words_of(shown)
    rows = shown.select(".plan-table tbody tr")
    assert len(rows) == 24
    unknown = [words_of(one) for one in shown.select(".plan-choices label[for^=unit-]")]
    assert set(unknown) == set(plans.UNITS) - {office.team.name, office.other_team.name}
    assert shown.select_one(f"form[action='{page}']") is None
    assert visitor.send(page) == page  # nothing is written while lines are open

    settled = {f"unit-{at}": str(office.team.id) for at in range(len(unknown))} | {"unit-0": "new"}
    columns = {"column-0": "phase", "column-1": "item", "column-2": "title", "column-3": "units"}
    page = visitor.send(f"{page}/settle", {**settled, **columns, "column-4": "time", "year": "2027"})
    work()
    shown = visitor.get(page)
    assert [words_of(one) for one in shown.select(".plan-counts .badge")] == ["新增 24"]
    assert words_of(shown.select(".plan-table tbody tr")[4].select("td")[4]) == (
        "2027-03-01 至 2027-07-31 3-7月"
    )
    assert matters(database) == []
    with database.reading() as session:
        assert unknown[0] not in session.scalars(select(Team.name)).all()

    task = visitor.send(page)
    assert visitor.send(page) == task
    work()
    assert "新增 24 项，更新 0 项。" in words_of(visitor.get(task))
    written = matters(database)
    assert [title for title, _ in written] == [line[1] for line in plans.LINES]
    assert {team for _, team in written} >= {unknown[0], office.team.name}
    assert "已确认导入" in words_of(visitor.get(page))
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.import")).one()
        assert entry.words == f"导入「{plans.TITLE}」：新增 24 项，更新 0 项"


def test_a_ledger_that_changed_meanwhile_is_looked_at_again(
    signed_in: SignedIn, database: Database, work: Work, office: Office
) -> None:
    visitor = signed_in("dispatcher")
    rows = [["修灯", office.team.name, "5月"], ["换锁", office.team.name, "6月"]]
    plan = workbook(rows, header=["工作内容", "责任单位", "完成时限"])
    first, second = (visitor.send(PATH, uploaded(plan, "计划.xlsx", kind="practical")) for _ in range(2))
    work()
    work()
    done, late = visitor.send(first), visitor.send(second)
    work()
    work()

    assert "新增 2 项" in words_of(visitor.get(done))
    assert "预览以后台账有了变化，没有导入。请重新预览。" in words_of(visitor.get(late))
    assert len(matters(database)) == 2
    again = visitor.send(PATH, uploaded(plan, "计划.xlsx", kind="practical"))
    work()
    assert "台账里已经都有，没有变化。" in words_of(visitor.get(again))
    visitor.send(again)
    assert len(matters(database)) == 2


def test_nonsense_is_told_in_a_sentence(signed_in: SignedIn, work: Work) -> None:
    visitor = signed_in("dispatcher")
    for sent, says in (
        ({}, "请先选择文件。"),
        (uploaded(b"MZ\x90"), "这是程序文件，不是表格。"),
        (uploaded(b"a,b", kind="?"), "请从列表中选择类型。"),
        (uploaded(b"a,b", year="26"), "年份请填四位数字，例如 2026。"),
    ):
        visitor.get(PATH)
        assert says in words_of(visitor.refused(PATH, sent))
    visitor.get(PATH)
    page = visitor.send(PATH, uploaded("甲,乙\n修灯,后勤\n".encode(), "无表头.csv"))
    work()
    assert "没有找到表头" in words_of(visitor.get(page))


def test_columns_and_units_are_taken_only_where_they_make_sense(
    signed_in: SignedIn, database: Database, work: Work, office: Office
) -> None:
    visitor = signed_in("dispatcher")
    plan = workbook([["修灯", "保卫处", "5月"]], header=["工作内容", "责任单位", "完成时限"])
    visitor.get(PATH)
    page = visitor.send(PATH, uploaded(plan, "计划.xlsx"))
    work()
    shown = visitor.get(page)
    assert shown.select("option[value=new]") == []
    for columns, says in (
        ({"column-0": "title", "column-1": "title"}, "有两列都选了「工作内容」，请只留一列。"),
        ({"column-0": "nonsense"}, "请选择哪一列是工作内容。"),
        ({"column-0": "title", "year": "x"}, "年份请填四位数字，例如 2026。"),
    ):
        visitor.get(page)
        assert visitor.send(f"{page}/settle", columns) == page
        assert says in words_of(visitor.get(page))

    good = {"column-0": "title", "column-1": "units", "column-2": "time", "unit-0": "new"}
    open_still = visitor.send(f"{page}/settle", good)
    work()
    assert "没有叫「保卫处」的责任单位。" in words_of(visitor.get(open_still))
    page = visitor.send(f"{open_still}/settle", {**good, "unit-0": str(office.other_team.id)})
    work()
    visitor.get(page)
    visitor.send(page)
    work()
    assert matters(database) == [("修灯", office.other_team.name)]


def test_times_that_name_no_day_are_asked_for(
    signed_in: SignedIn, database: Database, work: Work, office: Office
) -> None:
    visitor = signed_in("dispatcher")
    name = office.team.name
    rows = [["修灯", name, "尽快", "王处长", "急"], ["换锁", name, "", "", ""]]
    plan = workbook(rows, header=["工作内容", "责任单位", "完成时限", "牵头领导", "备注"])
    visitor.get(PATH)
    page = visitor.send(PATH, uploaded(plan, "计划.xlsx"))
    work()
    shown = visitor.get(page)
    assert [words_of(one) for one in shown.select("label[for^=time-]")] == ["尽快", "没有写时限的"]
    assert "备注不写入台账（1 行有备注）。" in words_of(shown)
    assert "牵头领导「王处长」没有账号，没有写入。" in words_of(shown)
    columns = {"column-0": "title", "column-1": "units", "column-2": "time", "year": "2026"}
    page = visitor.send(f"{page}/settle", {**columns, "time-0": "6月底前", "time-1": ""})
    work()
    shown = visitor.get(page)
    assert [str(one["value"]) for one in shown.select("input[name^=time-]")] == ["6月底前", ""]
    page = visitor.send(f"{page}/settle", {**columns, "time-0": "6月底前", "time-1": "长期"})
    work()
    visitor.get(page)
    visitor.send(page)
    work()
    with database.reading() as session:
        found = session.scalars(select(Matter).order_by(Matter.id)).all()
        said = [(str(one.deadline), one.deadline_words) for one in found]
        assert said == [("2026-06-30", "6月底前"), ("None", "长期")]


@pytest.mark.usefixtures("office")
def test_who_does_the_work_sets_no_goals(signed_in: SignedIn) -> None:
    signed_in("handler").get(PATH, status=403)
    signed_in("dispatcher").get(f"{PATH}/999", status=404)
