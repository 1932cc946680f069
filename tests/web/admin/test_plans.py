"""Imported plans: listed, and taken out again by who may."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import select

from domain import plan_import
from domain.plan_tables import read_plan
from models.audit import AuditEntry
from models.database import Database
from models.staff import Staff
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from tests.support.workbooks import workbook

SignedIn = Callable[[str], Visitor]


@pytest.fixture
def plan(database: Database, office: Office, now: datetime) -> bytes:
    """A plan of two lines, in the ledger."""
    rows = [["修灯", office.team.name, "5月"], ["换锁", office.team.name, "2026年底"]]
    data = workbook(rows, header=["工作内容", "责任单位", "完成时限"])
    with database.transaction() as session:
        names = [office.team.name]
        shown = plan_import.preview(
            session, read_plan(data, units=names, today=date(2026, 1, 1)), name="计划"
        )
        plan_import.confirm(session, shown, staff=session.get_one(Staff, office.admin.id), now=now)
    return data


@pytest.mark.usefixtures("plan")
def test_plan_is_taken_out_in_both_forms_and_written_down(signed_in: SignedIn, database: Database) -> None:
    visitor = signed_in("dispatcher")
    page = visitor.get("/admin/matters/plans")
    assert words_of(page.select_one("tbody tr")).startswith("计划 0 / 2 项")
    links = [str(link["href"]) for link in page.select("a[download]")]
    assert [link.rpartition(".")[2] for link in links] == ["docx", "xlsx"]
    for link in links:
        with visitor.client.get(link) as answer:
            assert answer.status_code == 200
            titles = [line.title for line in read_plan(answer.data, units=[], today=date(2026, 1, 1)).lines]
            assert titles == ["修灯", "换锁"]
        assert visitor.client.head(link).status_code == 200
    with database.reading() as session:
        written = session.scalars(select(AuditEntry.words).where(AuditEntry.action == "plan.export")).all()
        assert written == ["导出工作安排「计划」"] * 2
    visitor.get(links[0].replace("docx", "exe"), status=404)
    visitor.get("/admin/matters/plans/0000.docx", status=404)


@pytest.mark.usefixtures("office")
def test_who_may_not_export_gets_none_and_an_empty_list_says_what_to_do(signed_in: SignedIn) -> None:
    signed_in("handler").get("/admin/matters/plans", status=403)
    assert "还没有导入过工作安排" in words_of(signed_in("leader").get("/admin/matters/plans"))
