"""Plans as departments write them: what is read, and what a person is asked about."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from zipfile import ZipFile

import docx
import pytest
from openpyxl import Workbook

from domain.errors import Invalid
from domain.plan_columns import PlanColumn, column_for
from domain.plan_tables import Plan, PlanLine, read_plan
from tests.support import plans
from tests.support.workbooks import comma_separated, workbook

TODAY = date(2027, 2, 3)
C = PlanColumn


def read(data: bytes, **more: object) -> Plan:
    return read_plan(data, units=plans.UNITS, today=TODAY, **more)  # type: ignore[arg-type]


def as_csv() -> bytes:
    return comma_separated(
        [[line[0], *row[1:]] for line, row in zip(plans.LINES, plans.rows(), strict=True)],
        header=plans.HEADER,
        encoding="gbk",
    )


def table(header: Sequence[str], *rows: Sequence[object], merged: Sequence[str] = ()) -> Plan:
    return read(workbook([list(row) for row in rows], header=header, merged=merged))


def only(plan: Plan) -> PlanLine:
    (line,) = plan.lines
    return line


def days(line: PlanLine) -> tuple[str | None, str | None]:
    assert line.time is not None, line
    return (
        line.time.start and line.time.start.isoformat(),
        line.time.deadline and line.time.deadline.isoformat(),
    )


@pytest.mark.parametrize("made", [plans.as_document, plans.as_workbook], ids=["docx", "xlsx"])
def test_plan_of_24_lines_is_read_without_an_edit(made: Callable[[], bytes]) -> None:
    plan = read(made())

    assert (plan.title, plan.year, plan.year_from) == (plans.TITLE, 2026, "document")
    assert [(line.phase, line.title, *days(line)) for line in plan.lines] == [
        (phase, content, first, last) for phase, content, _, _, first, last in plans.LINES
    ]
    assert [line.item for line in plan.lines] == [str(at) for at in range(1, 25)]
    assert [[unit.name for unit in line.units] for line in plan.lines] == [
        units.replace("\n", "、").split("、") for _, _, units, *_ in plans.LINES
    ]
    assert all(line.units[0].leads and not any(unit.leads for unit in line.units[1:]) for line in plan.lines)
    assert [line.troubles for line in plan.lines if line.troubles] == []


def test_csv_of_an_old_office_says_the_same_with_the_year_it_is_given() -> None:
    plan = read(as_csv(), year=2026)

    assert (plan.title, plan.year_from) == ("", "given")
    assert [days(line) for line in plan.lines] == [line[4:] for line in plans.LINES]
    # Without a year in the file or from a person it is this one's.
    assert (read(as_csv()).year, read(as_csv()).year_from) == (2027, "today")


def test_what_is_not_understood_is_asked_line_by_line() -> None:
    plan = table(
        ("工作内容", "责任单位", "完成时限"),
        ("修路灯", "保卫处、水电中心", "尽快"),
        ("换门锁", "", "2月30日"),
        ("换灯", "保卫处", "=TODAY()"),
    )

    assert [line.place for line in plan.lines] == ["第 2 行", "第 3 行", "第 4 行"]
    assert [len(line.troubles) for line in plan.lines] == [1, 2, 1]
    assert plan.lines[1].troubles == ["没有 2027 年 2 月 30 日这一天，请检查。", "没有写责任单位。"]
    assert plan.unknown_units == ["保卫处"]
    assert [(unit.words, unit.name, unit.guessed) for unit in plan.lines[0].units] == [
        ("保卫处", "", False),
        ("水电中心", "水电能源中心", True),
    ]


def test_a_formula_is_told_and_a_day_kept_as_a_day_is_read() -> None:
    plan = table(("工作内容", "责任单位", "完成时间"), ("=A1", "校医院", date(2026, 3, 15)))

    assert days(only(plan)) == ("2026-03-15", "2026-03-15")
    assert only(plan).troubles[0].startswith("这一格是公式")


def test_problem_list_has_problems_measures_and_who_leads_and_helps() -> None:
    plan = table(
        ("序号", "存在问题", "整改目标", "整改措施", "牵头领导", "责任分工", "", "整改时限", "备注"),
        ("", "", "", "", "", "牵头", "配合", "", ""),
        (
            "一",
            "排队时间长",
            "少于 10 分钟",
            "增设窗口",
            "王处长",
            "饮食中心",
            "维修中心、饮食中心",
            "长期",
            "无",
        ),
        merged=[f"{column}1:{column}2" for column in "ABCDEHI"] + ["F1:G1"],
    )

    line = only(plan)
    assert (line.item, line.title, line.problem) == ("一", "排队时间长", "排队时间长")
    assert (line.goal, line.measures, line.person, line.remark) == (
        "少于 10 分钟",
        "增设窗口",
        "王处长",
        "无",
    )
    assert [(unit.name, unit.leads) for unit in line.units] == [
        ("饮食服务中心", True),
        ("维修服务中心", False),
    ]
    assert plan.headings[5:7] == ["牵头单位", "配合单位"]


def test_phases_may_stand_in_rows_of_their_own_and_notes_at_the_foot() -> None:
    plan = table(
        ("序号", "工作任务", "责任单位", "时间"),
        ("第一阶段：摸底", "", "", ""),
        ("1", "走访", "校医院", "3月"),
        ("第二阶段：整改", "", "", ""),
        ("2", "修缮", "校医院", "4月"),
        ("备注：以实际为准", "", "", ""),
        ("合计", "2 项", "", ""),
        merged=["A2:D2", "A4:D4"],
    )

    assert [(line.phase, line.title) for line in plan.lines] == [
        ("第一阶段：摸底", "走访"),
        ("第二阶段：整改", "修缮"),
    ]


def test_document_may_go_on_in_further_tables_and_begin_with_another() -> None:
    document = docx.Document()
    document.add_paragraph("后勤处文件")
    document.add_paragraph(" ")
    signed = document.add_table(rows=1, cols=2)
    signed.cell(0, 0).text, signed.cell(0, 1).text = "签发人", "王处长"
    for rows in (
        [("任务", "单位", "期限"), ("甲", "校医院", "3月")],
        [("乙", "校医院", "4月"), ("", "", "")],
    ):
        made = document.add_table(rows=0, cols=3)
        for row in rows:
            for cell, words in zip(made.add_row().cells, row, strict=True):
                cell.text = words
        document.add_paragraph("（续）")
    output = io.BytesIO()
    document.save(output)

    plan = read(output.getvalue())

    assert [(line.place, line.title) for line in plan.lines] == [
        ("表 2 第 2 行", "甲"),
        ("表 3 第 1 行", "乙"),
    ]
    assert plan.title == "后勤处文件"


def test_person_may_say_which_column_is_what() -> None:
    strange = workbook([["修灯", "校医院", "5月"]], header=["甲", "乙", "丙"])

    with pytest.raises(Invalid, match="没有找到表头"):
        read(strange)
    plan = read(strange, columns={PlanColumn.TITLE: 0, PlanColumn.UNITS: 1, PlanColumn.TIME: 2})

    assert [line.title for line in plan.lines] == ["甲", "修灯"]
    assert plan.lines[1].troubles == []


def test_long_and_upright_words_are_kept_whole() -> None:
    line = only(table(("阶段", "工作内容", "单位"), ("调\n查\n摸\n底", "很长的话" * 40, "校医院")))

    assert (line.phase, len(line.title), line.problem) == ("调查摸底", 100, "很长的话" * 40)
    assert line.troubles == ["没有写完成时限。"]


def test_files_that_hold_no_plan_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.BytesIO()
    docx.Document().save(output)
    hollow = io.BytesIO()
    with ZipFile(hollow, "w") as archive:
        archive.writestr("word/document.xml", "<nothing")
    for data, says in (
        (output.getvalue(), "这个文档里没有表格"),
        (plans.as_document()[:4000], "不完整或已损坏"),
        (hollow.getvalue(), "不完整或已损坏"),
        (b"MZ\x90", "这是程序文件"),
        (workbook([], header=("工作内容", "责任单位")), "表头下面没有内容"),
    ):
        with pytest.raises(Invalid, match=says):
            read(data)
    monkeypatch.setattr("domain.plan_tables.MOST_LINES", 23)
    with pytest.raises(Invalid, match="一次最多导入 23 行"):
        read(plans.as_workbook())
    monkeypatch.setattr("domain.uploaded_documents.MOST_TABLES", 0)
    with pytest.raises(Invalid, match="一次最多导入 50000 行"):
        read(plans.as_document())


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("责任单位", PlanColumn.UNITS),
        ("配合单位", PlanColumn.SUPPORT),
        ("牵头 校领导", PlanColumn.PERSON),
        ("完成时间（节点）", PlanColumn.TIME),
        ("主要举措", PlanColumn.MEASURES),
        ("存在的突出问题", PlanColumn.PROBLEM),
        ("重点任务", PlanColumn.TITLE),
        ("温度", None),
        ("根据学校统一部署，现将任务分工安排如下", None),
    ],
)
def test_headings_are_known_by_what_they_say(heading: str, column: PlanColumn | None) -> None:
    assert column_for(heading) is column


def test_workbook_may_have_a_sheet_for_each_unit_with_columns_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = Workbook()
    notes = book.active
    notes.title = "填表说明"
    notes.append(["请各单位按时限填写"])
    for name, rows in {
        "饮食": [["序号", "工作任务", "责任单位", "时限"], ["1", "换灶具", "饮食中心", "3月"]],
        "公寓": [["存在问题", "整改时限", "责任单位"], ["热水不热", "4月底", "公寓中心"]],
    }.items():
        sheet = book.create_sheet(name)
        for row in [[f"{name}2026年清单"], *rows]:
            sheet.append(row)
    output = io.BytesIO()
    book.save(output)

    plan = read(output.getvalue(), columns={C.ITEM: 0, C.TITLE: 1, C.UNITS: 2, C.TIME: 3})

    assert (plan.title, plan.year) == ("饮食2026年清单", 2026)
    assert [(line.place, line.title, days(line)[1]) for line in plan.lines] == [
        ("「饮食」第 3 行", "换灶具", "2026-03-31"),
        ("「公寓」第 3 行", "热水不热", "2026-04-30"),
    ]
    assert [[unit.name for unit in line.units] for line in plan.lines] == [["饮食服务中心"], ["公寓管理中心"]]
    monkeypatch.setattr("domain.uploaded_workbooks.MOST_ROWS", 3)
    with pytest.raises(Invalid, match="一次最多导入"):
        read(output.getvalue())


def test_person_may_say_what_a_time_means() -> None:
    rows = [["修灯", "校医院", "立行 立改"], ["换锁", "校医院", ""], ["刷墙", "校医院", "尽快"]]
    data = workbook(rows, header=("工作内容", "责任单位", "时限"))

    plan = read(data, times={"立行 立改": "3月底前", "": "长期", "尽快": "随便"}, year=2026)

    assert [(line.time_words, line.time and line.time.words) for line in plan.lines] == [
        ("立行 立改", "3月底前"),
        ("", "长期"),
        ("尽快", None),
    ]
    assert days(plan.lines[0]) == (None, "2026-03-31")
    assert plan.lines[2].troubles[0].startswith("看不出「随便」是哪一天")
