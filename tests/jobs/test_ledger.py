"""The ledger of complaints from the worker, read back as an office would open it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from domain import complaints, ledger
from domain.actors import Actor
from domain.figure_rules import Figure
from domain.filters import Filters
from domain.ledger import COLUMNS, CONTACT_COLUMNS
from jobs.background import Background
from jobs.context import JobContext
from models.audit import AuditEntry
from models.background_task import BackgroundTask
from models.complaint import Complaint
from models.enums import Channel, ComplaintKind, Role, TaskState
from models.enums import ComplaintStatus as S
from models.staff import Staff
from tests.support.factories import Factory, Office

Row = dict[str, Any]
Exported = Callable[..., list[Row]]
RISKY = '=HYPERLINK("http://example.com","点我")'

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def exported(context: JobContext, office: Office) -> Exported:
    """Export as somebody, and give the lines by the names of the columns."""

    def export(staff: Staff = office.dispatcher, filters: Filters | None = None) -> list[Row]:
        with context.database.transaction() as session:
            by = session.get_one(Staff, staff.id)
            task = ledger.ask(session, by, filters or Filters(), title="诉求台账", now=context.clock())
        assert Background(context).do_one()
        with context.database.reading() as session:
            done = session.get_one(BackgroundTask, task.id)
        assert done.state is TaskState.DONE, done.error
        sheet = openpyxl.load_workbook(BytesIO(context.files.read(done.result_file_key))).active
        assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []
        head, *rows = sheet.iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    return export


def test_ledger_tells_each_complaint_once_and_keeps_what_people_wrote_as_text(
    exported: Exported, context: JobContext, factory: Factory, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "SLICE", 2)
    now = context.clock()
    with context.database.transaction() as session:
        here = Office(**{name: session.merge(value) for name, value in vars(office).items()})
        for text in (RISKY, "+1", "-2", "@SUM(1)", "\t=1"):
            factory.complaint(session, here, text=text, now=now)
        named = {"contact_name": "张同学", "contact_phone": "13800000001", "service_point": here.canteen}
        closed = factory.complaint(session, here, S.RESOLVED, now=now - timedelta(days=9), **named)
        complaints.rate(
            session, closed, solved=True, stars=4, words="=好", actor=Actor.of_person(here.student), now=now
        )
        factory.complaint(session, here, S.IN_PROGRESS, now=now, anonymous=True, **named)
    rows = exported()

    assert list(rows[0]) == [*COLUMNS, *CONTACT_COLUMNS]
    assert [row["序号"] for row in rows] == list(range(1, 8))
    assert len({row["编号"] for row in rows}) == 7
    assert all(one["提出时间"] >= other["提出时间"] for one, other in pairwise(rows))
    assert {row["诉求内容"] for row in rows} > {RISKY, "+1", "-2", "@SUM(1)"}
    last = rows[-1]
    wanted = {
        "提出时间": "2026-11-14 10:00",
        "渠道": "微信",
        "类型": "投诉",
        "地点": "一食堂 3 号窗口",
        "责任单位": "饮食服务中心",
        "状态": "已销号",
        "首次答复时间": "2026-11-14 10:00",
        "办结时间": "2026-11-14 10:00",
        "办理结果": "已解决",
        "答复内容": "已更换保温设备",
        "是否超期": "否",
        "是否解决": "已解决",
        "满意度": "4 星",
        "评价": "=好",
        "退回次数": 0,
        "联系人": "张同学",
        "联系电话": "13800000001",
    }
    assert {name: last[name] for name in wanted} == wanted
    assert [row["联系电话"] for row in rows if row["联系电话"]] == ["13800000001"]
    with context.database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "ledger.export")).one()
        assert (entry.subject_kind, entry.details["lines"]) == ("task", 7)


def test_what_is_out_has_no_word_on_time_what_waits_is_not_late_and_a_full_sheet_ends(
    exported: Exported, context: JobContext, factory: Factory, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = context.clock() - timedelta(days=90)
    with context.database.transaction() as session:
        here = Office(**{name: session.merge(value) for name, value in vars(office).items()})
        for status in (S.WITHDRAWN, S.WAITING, S.IN_PROGRESS):
            factory.complaint(session, here, status, now=long_ago)
    shown = {row["状态"]: row["是否超期"] for row in exported()}
    assert shown == {S.WITHDRAWN.label: None, S.WAITING.label: "否", S.IN_PROGRESS.label: "是"}

    monkeypatch.setattr(ledger, "SLICE", 1)
    monkeypatch.setattr(ledger, "MOST_ROWS", 2)
    assert len(exported()) == 2


def test_ledger_holds_what_the_filters_find_and_whoever_asks_may_see(
    exported: Exported, context: JobContext, factory: Factory, office: Office
) -> None:
    now = context.clock()
    with context.database.transaction() as session:
        here = Office(**{name: session.merge(value) for name, value in vars(office).items()})
        own: Complaint = factory.complaint(
            session, here, S.IN_PROGRESS, now=now, service_point=here.canteen, contact_phone="13800000001"
        )
        elsewhere = factory.complaint(
            session, here, now=now, kind=ComplaintKind.REPAIR, channel=Channel.PHONE
        )
        closed = factory.complaint(session, here, S.CLOSED, now=now - timedelta(days=40))
        own_number, other_number, closed_number = own.number, elsewhere.number, closed.number
    assert [row["编号"] for row in exported(office.lead)] == [own_number, closed_number]
    filters = Filters(
        kind=ComplaintKind.REPAIR,
        channel=Channel.PHONE,
        statuses=[S.SUBMITTED],
        figure=Figure.COUNTED,
        filed_from=now - timedelta(days=1),
        filed_to=now + timedelta(days=1),
    )
    assert ledger.from_json(ledger.to_json(filters)) == filters
    assert [row["编号"] for row in exported(office.leader, filters)] == [other_number]
    inspectors = exported(office.inspector)
    assert len(inspectors) == 3
    assert "联系电话" not in inspectors[0]
    assert exported(office.leader, Filters(filed_to=now - timedelta(days=90))) == []


def test_who_lost_the_right_while_waiting_gets_nothing(context: JobContext, office: Office) -> None:
    with context.database.transaction() as session:
        lead = session.get_one(Staff, office.lead.id)
        task = ledger.ask(session, lead, Filters(), title="诉求台账", now=context.clock())
        lead.role_rows[0].role = Role.HANDLER
    assert Background(context).do_one()
    with context.database.reading() as session:
        done = session.get_one(BackgroundTask, task.id)
        assert (done.state, done.result_file_key) == (TaskState.FAILED, "")
        assert "没有导出台账的权限" in done.error
