"""Imports and exports in the background: seen first, done once, left where somebody else was faster."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain import background_tasks as tasks
from domain import service_point_import_apply, service_point_registry
from domain.reading_tables import read_table
from domain.service_point_export import template
from domain.service_point_fields import fields_of
from domain.service_point_import import RowFate, plan_import
from jobs import service_points
from jobs.background import Background
from jobs.context import JobContext
from models.audit import AuditEntry
from models.background_task import BackgroundTask
from models.enums import Role, ServicePointKind, TaskState
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole
from tests.support.factories import Office
from tests.support.workbooks import HEADER, cells_of, comma_separated, place_row, workbook

K = ServicePointKind
Run = Callable[..., BackgroundTask]
TEAM = "饮食服务中心"
LEFT = "预览之后这里有变化，没有导入。请重新上传，再看一次预览。"

ROWS = [
    place_row(编号="XQ", 名称="东校区", 类型="校区"),
    place_row(
        编号="ST", 上级编号="XQ", 名称="第二食堂", 类型="食堂", 责任单位="饮食服务中心", 负责人="王建国"
    ),
    place_row(上级全称="东校区/第二食堂", 名称="+3号窗口", 类型="窗口", 服务标准="热菜\n不低于 60℃"),
    place_row(上级全称="东校区/第九食堂", 名称="4号窗口", 类型="窗口"),
]


@pytest.fixture
def run(context: JobContext, office: Office) -> Run:
    """Have a task of the dispatcher done; the source is a file, or the source of another task."""

    def do(kind: str, /, source: bytes | BackgroundTask = b"", **parameters: Any) -> BackgroundTask:
        key = context.files.save(source, "bin") if isinstance(source, bytes) else source.source_file_key
        with context.database.transaction() as session:
            staff = session.get_one(Staff, office.dispatcher.id)
            task = tasks.ask(
                session, staff, kind=f"service_point_{kind}", title=kind, parameters=parameters,
                source_file_key=key, source_name="表.xlsx", now=context.clock(),
            )  # fmt: skip
        assert Background(context).do_one()
        with context.database.reading() as session:
            return session.get_one(BackgroundTask, task.id)

    return do


def import_of(run: Run, seen: BackgroundTask) -> BackgroundTask:
    return run("import", seen, preview=seen.id, page="/admin/places")


def places(context: JobContext) -> dict[str, ServicePoint]:
    with context.database.reading() as session:
        return {place.full_name: place for place in session.scalars(select(ServicePoint))}


def test_what_was_seen_is_written_once_and_comes_out_again_unchanged(
    run: Run, context: JobContext, office: Office
) -> None:
    before = places(context).keys()
    seen = run("preview", workbook(ROWS), page="/admin/places/import/1")
    assert seen.result["counts"] == {"refused": 1, "new": 3, "changed": 0, "unchanged": 0}
    assert seen.result["next"] == {"words": "查看导入预览", "path": "/admin/places/import/1"}
    assert places(context).keys() == before

    done = import_of(run, seen)
    assert done.result["lines"] == ["新增 3 个，修改 0 个。"]
    made = places(context)
    window = made["东校区第二食堂+3号窗口"]
    assert (window.standard, window.parent_id) == ("热菜\n不低于 60℃", made["东校区第二食堂"].id)
    assert (made["东校区第二食堂"].team_id, made["东校区"].label_number) == (office.team.id, "XQ")
    with context.database.reading() as session:
        words = session.scalars(select(AuditEntry.words).order_by(AuditEntry.position)).all()
    assert [words[0], words[-1]] == [
        "导入：新增服务点「东校区」",
        "导入服务点「表.xlsx」：新增 3 个，修改 0 个",
    ]

    with context.database.transaction() as session:
        session.add(ServicePoint(code="risky", kind=K.FACILITY, name="=1+1", full_name="=1+1"))
    exported = run("export")
    data = context.files.read(exported.result_file_key)
    table = {row[3]: row for row in cells_of(data)}
    assert cells_of(data)[0] == list(HEADER)
    assert table["+3号窗口"][:5] == ["", "ST", "东校区/第二食堂", "+3号窗口", "窗口"]
    cells = [cell for row in load_workbook(io.BytesIO(data))["服务点"] for cell in row]
    risky = [cell for cell in cells if str(cell.value).startswith(("=", "+"))]
    assert [(cell.data_type, cell.quotePrefix) for cell in risky] == [("s", True), ("s", True)]
    again = run("preview", data, page="/x")
    assert again.result["counts"] == {"refused": 0, "new": 0, "changed": 0, "unchanged": len(made) + 1}
    assert run("import", again, preview=again.id, page="/x").error == "找不到这次导入的预览，请重新上传。"
    some = run("export", words="东校区", kind=K.CANTEEN.value)
    assert [row[3] for row in cells_of(context.files.read(some.result_file_key))] == ["名称", "第二食堂"]


def test_every_row_comes_back_with_its_fate_beside_it(run: Run, context: JobContext) -> None:
    import_of(run, run("preview", workbook(ROWS[:2]), page="/x"))
    renamed = place_row(编号="ST", 上级编号="XQ", 名称="第二餐厅", 类型="食堂")
    data = comma_separated([HEADER, ROWS[0], renamed, [], ROWS[3]], header=["登记表"], encoding="gbk")
    seen = run("preview", data, page="/x")
    report = cells_of(context.files.read(seen.result_file_key))
    how = "请写到最上一级，用斜线隔开，例如：东校区/第一食堂。"

    assert [row[:3] for row in report] == [
        ["行号", "结果", "说明"],
        ["3", "不变", ""],
        ["4", "修改", "名称：第二食堂 → 第二餐厅\n责任单位：饮食服务中心 → （空）\n负责人：王建国 → （空）"],
        ["6", "有误", f"上级全称：没有找到上级「东校区/第九食堂」。{how}"],
    ]  # fmt: skip
    assert report[0][3:] == list(HEADER)
    assert seen.result["rows"]["changed"][0]["changes"][0] == ["名称", "第二食堂", "第二餐厅"]


def test_rows_that_would_do_something_else_by_now_are_left(
    run: Run, context: JobContext, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_of(run, run("preview", workbook(ROWS[:2]), page="/x"))
    rows = [
        place_row(编号="XQ", 名称="东校区", 类型="校区", 服务承诺="随叫随到"),
        place_row(编号="ST", 上级编号="XQ", 名称="二食堂", 类型="食堂", 责任单位=TEAM),
        ROWS[2],
        place_row(名称="西校区", 类型="校区"),
    ]
    seen = run("preview", workbook(rows), page="/x")
    assert seen.result["counts"] == {"refused": 0, "new": 2, "changed": 2, "unchanged": 0}
    with context.database.transaction() as session:
        admin = session.get_one(Staff, office.admin.id)
        for place in session.scalars(select(ServicePoint).where(ServicePoint.label_number.is_not(None))):
            wanted = replace(fields_of(place), pledge="凉了热")
            service_point_registry.change(session, place, wanted, staff=admin, now=context.clock())
    monkeypatch.setattr(service_points, "_LINES", 1)

    # What is new is new still; the two that were to be changed are somebody else's by now.
    assert import_of(run, seen).result["lines"] == [
        "新增 2 个，修改 0 个。",
        f"第 2 行：{LEFT}",
        "……共 2 行没有导入。",
    ]
    # Begun again, as after a worker died, it does nothing twice.
    assert import_of(run, seen).result["lines"][0] == "新增 0 个，修改 0 个。"


def test_changes_take_more_transactions_than_new_rows_so_that_nobody_waits_long(
    context: JobContext, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_point_import_apply, "ROWS_AT_ONCE", 30)
    rows = [place_row(编号=f"A{at}", 名称=f"{at}号校区", 类型="校区") for at in range(4)]
    changed = [[*row[:-1], "随叫随到"] for row in rows]
    told = []
    for table in (rows, [*changed, place_row(名称="新校区", 类型="校区")]):
        with context.database.reading() as session:
            plan = plan_import(session, read_table(workbook(table)))
        steps: list[int] = []
        outcome = service_point_import_apply.apply_import(
            plan,
            {str(row.row): row.mark for row in plan.rows},
            staff_id=office.dispatcher.id,
            transaction=context.database.transaction,
            clock=context.clock,
            progress=lambda done, _total: steps.append(done),  # noqa: B023 (done with at once)
        )
        told.append((outcome.added, outcome.changed, steps))

    assert told == [(4, 0, [4]), (1, 4, [2, 4, 5])]


def test_what_goes_wrong_while_writing_is_left_and_told(
    run: Run, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_point_import_apply, "ROWS_AT_ONCE", 1)
    rows = [
        place_row(编号="XQ", 名称="东校区", 类型="校区"),
        place_row(编号="A", 上级编号="XQ", 名称="甲", 类型="设施"),
        place_row(编号="B", 上级编号="A", 名称="乙", 类型="设施"),
        place_row(上级全称="图书馆大厅", 名称="丙", 类型="设施"),
    ]
    seen = run("preview", workbook(rows), page="/x")
    real = service_point_import_apply._add

    def add(session: Any, rows: Any, *given: Any, **named: Any) -> Any:
        # Between the plan and the writing, somebody takes the number A and retires the hall.
        names = [row.wanted.name for row in rows]
        if names == ["甲"]:
            session.add(
                ServicePoint(code="other", kind=K.FACILITY, name="别", full_name="别", label_number="A")
            )
        if names == ["丙"]:
            session.execute(
                update(ServicePoint).where(ServicePoint.id == office.hall.id).values(active=False)
            )
        return real(session, rows, *given, **named)

    monkeypatch.setattr(service_point_import_apply, "_add", add)
    done = import_of(run, seen)

    assert done.result["lines"] == [
        "新增 1 个，修改 0 个。",
        f"第 3 行：{LEFT}",
        f"第 4 行：{LEFT}",
        "第 5 行：上级已停用，请先恢复上级。",
    ]


def test_a_change_that_goes_wrong_while_writing_is_left_and_told(
    run: Run, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [
        place_row(编号="A", 上级全称="图书馆大厅", 名称="甲", 类型="设施"),
        place_row(编号="B", 名称="乙", 类型="校区"),
        place_row(编号="C", 上级编号="B", 名称="丙", 类型="设施"),
    ]
    import_of(run, run("preview", workbook(first), page="/x"))
    changed = [
        place_row(编号="A", 上级全称="图书馆大厅", 名称="甲一", 类型="设施"),
        place_row(编号="C", 上级全称="图书馆大厅", 名称="丙一", 类型="设施"),
    ]
    seen = run("preview", workbook(changed), page="/x")
    real = service_point_import_apply._change

    def change(session: Session, row: RowFate, known: Mapping[int, int], **named: Any) -> str | None:
        # Between the plan and the writing, somebody takes the first away and retires the hall.
        if row.row == 2:
            session.execute(delete(ServicePoint).where(ServicePoint.label_number == "A"))
        else:
            session.execute(
                update(ServicePoint).where(ServicePoint.id == office.hall.id).values(active=False)
            )
        return real(session, row, known, **named)

    monkeypatch.setattr(service_point_import_apply, "_change", change)

    assert import_of(run, seen).result["lines"] == [
        "新增 0 个，修改 0 个。",
        f"第 2 行：{LEFT}",
        "第 3 行：这个上级已停用，请选一个在用的。",
    ]


def test_a_table_that_cannot_be_read_or_somebody_who_may_not_ends_the_task(
    run: Run, context: JobContext, office: Office
) -> None:
    bad = run("preview", workbook([], header=("甲", "乙")), page="/x")
    assert (bad.state, bad.error[:13]) == (TaskState.FAILED, "表头缺少「名称」、「类型」")
    seen = run("preview", workbook(ROWS), page="/x")
    with context.database.transaction() as session:
        for row in session.scalars(select(StaffRole).where(StaffRole.staff_id == office.dispatcher.id)):
            session.delete(row)
        session.add(StaffRole(staff_id=office.dispatcher.id, role=Role.LEADER))

    assert import_of(run, seen).error == "服务点由受理员或系统管理员管理。"


def test_the_template_is_an_import_that_goes_through(run: Run, context: JobContext, office: Office) -> None:
    del office
    with context.database.reading() as session:
        data = template(session)
    seen = run("preview", data, page="/x")

    assert seen.result["counts"] == {"refused": 0, "new": 4, "changed": 0, "unchanged": 0}
    lists = load_workbook(io.BytesIO(data))["服务点"].data_validations.dataValidation
    assert [one.formula1 for one in lists] == [
        "选项!$A$1:$A$8", "选项!$B$1:$B$2", "选项!$C$1:$C$1", "选项!$D$1:$D$2",
    ]  # fmt: skip
    assert cells_of(data, "填写说明")[0] == ["怎么填这张表"]


def test_a_moved_place_takes_its_branch_along(run: Run, context: JobContext) -> None:
    import_of(run, run("preview", workbook(ROWS[:3]), page="/x"))
    moved = place_row(
        编号="ST", 上级全称="图书馆大厅", 名称="第二食堂", 类型="食堂", 责任单位=TEAM, 负责人="李红"
    )
    seen = run("preview", workbook([moved]), page="/x")

    assert import_of(run, seen).result["lines"] == ["新增 0 个，修改 1 个。"]
    assert places(context)["图书馆大厅第二食堂+3号窗口"].active


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_template_of_an_empty_office_offers_what_there_is(context: JobContext) -> None:
    with context.database.reading() as session:
        data = template(session)

    lists = load_workbook(io.BytesIO(data))["服务点"].data_validations.dataValidation
    assert [one.formula1 for one in lists] == ["选项!$A$1:$A$8", "选项!$D$1:$D$2"]
