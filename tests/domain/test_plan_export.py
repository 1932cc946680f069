"""A plan as a table again: in the form it came in, with what was done, and fit to be imported once more."""

import io
from datetime import date

import docx
import openpyxl
import pytest

from domain import matter_work, plan_export, plan_import
from domain.errors import NotFound
from domain.plan_import import Fate
from domain.plan_tables import read_plan
from models.matter import Matter
from models.matter_words import MatterStatus
from models.team import Team
from tests.support import plans
from tests.support.story import Story
from tests.support.workbooks import workbook

HEADINGS = ["阶段", "序号", "工作内容", "责任单位", "完成时限", "进展情况", "状态"]


@pytest.fixture
def key(story: Story) -> str:
    """A plan in the ledger; its key."""
    _take_in(story, plans.as_document())
    (plan,) = plan_export.plans(story.session, story.office.admin)
    assert (plan.name, plan.total, plan.closed) == (plans.TITLE, 24, 0)
    return plan.key


def _take_in(story: Story, data: bytes) -> plan_import.Preview:
    for name in plans.UNITS:
        if story.session.query(Team).filter_by(name=name).first() is None:
            story.session.add(Team(name=name))
    story.session.flush()
    plan = read_plan(data, units=_names(story), today=date(2026, 11, 23))
    shown = plan_import.preview(story.session, plan, name="计划")
    plan_import.confirm(story.session, shown, staff=story.office.admin, now=story.now)
    story.session.flush()
    return shown


def _names(story: Story) -> list[str]:
    return [team.name for team in story.session.query(Team)]


def _matters(story: Story) -> list[Matter]:
    return story.session.query(Matter).order_by(Matter.id).all()


def test_both_files_say_the_plan_and_are_the_same_plan_when_imported(story: Story, key: str) -> None:
    table = plan_export.table_of(story.session, key, story.office.admin)

    assert (table.title, table.headings) == (plans.TITLE, HEADINGS)
    assert [(row[0], row[1], row[2], row[4]) for row in table.rows] == [
        (phase, str(at), content, time)
        for at, (phase, content, _, time, *_) in enumerate(plans.LINES, start=1)
    ]
    assert table.phases == plans.spans()
    document, book = plan_export.as_document(table), plan_export.as_workbook(table)
    word = docx.Document(io.BytesIO(document))
    assert word.paragraphs[0].text == plans.TITLE
    cells = [row.cells for row in word.tables[0].rows]
    assert cells[1][0]._tc is cells[4][0]._tc
    assert cells[1][0].text == "调查摸底"
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == HEADINGS
    for data in (document, book):
        shown = _take_in(story, data)
        assert {one.fate for one in shown.fates} == {Fate.SAME}
    assert len(_matters(story)) == 24


def test_a_plan_whose_title_names_no_year_is_the_same_one_in_the_next_year(story: Story) -> None:
    rows = [["修灯", "校医院", "5月"], ["换锁", "校医院", "12月底前"]]
    data = workbook(rows, header=["工作内容", "责任单位", "完成时限"])
    story.session.add(Team(name="校医院"))
    plan = read_plan(data, units=["校医院"], today=date(2026, 11, 23))
    shown = plan_import.preview(story.session, plan, name="计划")
    plan_import.confirm(story.session, shown, staff=story.office.admin, now=story.now)
    (kept,) = plan_export.plans(story.session, story.office.admin)

    table = plan_export.table_of(story.session, kept.key, story.office.admin)

    assert (table.title, table.year) == ("计划", "（2026年）")
    for written in (plan_export.as_document(table), plan_export.as_workbook(table)):
        later = read_plan(written, units=["校医院"], today=date(2027, 1, 8))
        again = plan_import.preview(story.session, later, name="下载的文件")
        assert [one.fate for one in again.fates] == [Fate.SAME, Fate.SAME]


def test_what_was_done_stands_beside_each_line(story: Story, key: str) -> None:
    first, second, third, *_ = _matters(story)
    third.team_id = story.office.team.id
    handler = story.by(story.office.lead)
    matter_work.start(story.session, third, **handler)
    matter_work.progress(story.session, third, words="=已完成一半", **handler)
    second.status, second.closed_at = MatterStatus.CLOSED, story.now
    first.goal, first.deadline, first.start = "走访 12 个学院", date(2026, 4, 1), None
    first.lead_staff = story.office.leader

    table = plan_export.table_of(story.session, key, story.office.admin)

    rows = [dict(zip(table.headings, row, strict=True)) for row in table.rows]
    assert (rows[2]["进展情况"], rows[2]["状态"]) == ("11月23日：=已完成一半", "推进中")
    assert rows[1]["状态"] == "11月23日销号"
    assert (rows[0]["目标"], rows[0]["完成时限"]) == ("走访 12 个学院", "2026年4月1日前")
    assert rows[0]["牵头领导"] == story.office.leader.name
    sheet = openpyxl.load_workbook(io.BytesIO(plan_export.as_workbook(table))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


@pytest.mark.parametrize(
    ("start", "deadline", "words", "said"),
    [
        (None, None, "长期", "长期"),
        (None, None, "", "长期"),
        (date(2026, 3, 1), date(2026, 4, 2), "3月", "2026年3月1日至2026年4月2日"),
        (date(2026, 3, 1), date(2026, 3, 1), "说不清", "2026年3月1日"),
        (date(2025, 11, 1), date(2026, 2, 28), "11-2月", "11-2月"),
    ],
)
def test_deadline_is_told_in_its_words_while_they_are_true(
    story: Story, key: str, start: date | None, deadline: date | None, words: str, said: str
) -> None:
    first = _matters(story)[0]
    first.start, first.deadline, first.deadline_words = start, deadline, words

    table = plan_export.table_of(story.session, key, story.office.admin)

    assert table.rows[0][table.headings.index("完成时限")] == said


def test_plan_without_phases_and_with_long_lines_keeps_them_whole(story: Story) -> None:
    long = "逐条梳理" * 40
    rows = [[long, "校医院", "5月"], ["修灯", "校医院", "6月"]]
    _take_in(story, workbook(rows, header=["工作内容", "责任单位", "完成时限"]))
    (plan,) = plan_export.plans(story.session, story.office.admin)

    table = plan_export.table_of(story.session, plan.key, story.office.admin)

    assert (table.headings[:2], table.rows[0][1], table.phases) == (["序号", "工作内容"], long, [])
    assert docx.Document(io.BytesIO(plan_export.as_document(table))).tables[0].cell(1, 1).text == long
    assert plan_export.as_workbook(table).startswith(b"PK")


def test_nobody_reads_a_plan_that_is_not_theirs(story: Story, key: str) -> None:
    with pytest.raises(NotFound):
        plan_export.table_of(story.session, "0" * 16, story.office.admin)
    for one in _matters(story):
        one.team_id, one.supporting = story.office.other_team.id, []
    assert plan_export.plans(story.session, story.office.handler) == []
    with pytest.raises(NotFound):
        plan_export.table_of(story.session, key, story.office.handler)
