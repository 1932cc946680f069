"""Plans as a word processor saves them, odd as people lay them out: tests/support/plan_files/plan.html."""

from datetime import date
from pathlib import Path

import pytest

from domain import plan_export, plan_import
from domain.plan_import import Fate, Preview
from domain.plan_tables import Plan, read_plan
from models.team import Team
from tests.support import plans
from tests.support.story import Story

FILES = Path(__file__).parents[1] / "support" / "plan_files"
TODAY = date(2027, 2, 3)


def read(data: bytes) -> Plan:
    return read_plan(data, units=plans.UNITS, today=TODAY)


def shown(story: Story, data: bytes) -> Preview:
    return plan_import.preview(story.session, read(data), name="文件")


@pytest.mark.parametrize("name", ["libreoffice.docx", "libreoffice.xlsx"])
def test_plan_of_a_word_processor_goes_in_without_an_edit_and_comes_out_the_same(
    story: Story, name: str
) -> None:
    data = (FILES / name).read_bytes()

    plan = read(data)

    assert (plan.title, plan.year, plan.year_from) == (plans.TITLE, 2026, "document")
    assert [(line.phase, line.item, line.title) for line in plan.lines] == [
        (phase, str(at), content) for at, (phase, content, *_) in enumerate(plans.LINES, start=1)
    ]
    assert [line.troubles for line in plan.lines if line.troubles] == []
    times = [(line.time.start, line.time.deadline) for line in plan.lines if line.time is not None]
    assert [(start and start.isoformat(), end and end.isoformat()) for start, end in times] == [
        line[4:] for line in plans.LINES
    ]
    assert [[unit.name for unit in line.units] for line in plan.lines] == [
        units.replace("\n", "、").split("、") for _, _, units, *_ in plans.LINES
    ]

    there = {team.name for team in story.session.query(Team)}
    story.session.add_all(Team(name=unit) for unit in plans.UNITS if unit not in there)
    story.session.flush()
    plan_import.confirm(story.session, shown(story, data), staff=story.office.admin, now=story.now)
    assert {one.fate for one in shown(story, data).fates} == {Fate.SAME}
    (kept,) = plan_export.plans(story.session, story.office.admin)
    table = plan_export.table_of(story.session, kept.key, story.office.admin)
    for written in (plan_export.as_document(table), plan_export.as_workbook(table)):
        again = shown(story, written)
        assert ({one.fate for one in again.fates}, list(again.gone)) == ({Fate.SAME}, [])
