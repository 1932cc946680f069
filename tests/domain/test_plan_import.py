"""A plan in the ledger: what becomes of each line, the first time and again."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from domain import matter_work, plan_import, teams
from domain.errors import Invalid, NotAllowed
from domain.plan_dates import read_time
from domain.plan_import import Fate, Preview
from domain.plan_tables import Plan, PlanLine, read_plan
from domain.plan_units import PlannedUnit
from models.matter import Matter
from models.matter_words import MatterKind, MatterSource
from models.team import Team
from tests.support import plans
from tests.support.story import Story

TODAY = date(2026, 11, 23)


def _teams(story: Story, *names: str) -> list[str]:
    """Add the units that are not there yet."""
    there = {team.name for team in story.session.scalars(select(Team))}
    for name in names:
        if name not in there:
            teams.add(story.session, name=name, phone="", staff=story.office.admin, now=story.now)
    return [team.name for team in story.session.scalars(select(Team))]


def _plan(story: Story, data: bytes) -> Plan:
    return read_plan(data, units=_teams(story, *plans.UNITS), today=TODAY)


def _shown(story: Story, plan: Plan, **more: object) -> Preview:
    return plan_import.preview(story.session, plan, name="文件", **more)  # type: ignore[arg-type]


def _taken(story: Story, plan: Plan, **more: object) -> list[Matter]:
    plan_import.confirm(story.session, _shown(story, plan, **more), staff=story.office.admin, now=story.now)
    story.session.flush()
    return list(story.session.scalars(select(Matter).order_by(Matter.id)))


def _fates(story: Story, plan: Plan) -> dict[str, int]:
    shown = _shown(story, plan)
    return {fate.value: shown.count(fate) for fate in Fate if shown.count(fate)}


def _with(plan: Plan, *lines: PlanLine) -> Plan:
    return replace(plan, lines=lines)


def test_plan_becomes_matters_and_the_same_file_changes_nothing(story: Story) -> None:
    document = _plan(story, plans.as_document())
    assert _fates(story, document) == {"新增": 24}

    taken = _taken(story, document)

    assert [(one.phase, one.item, one.title, one.deadline_words) for one in taken] == [
        (phase, str(at), content, time)
        for at, (phase, content, _, time, *_) in enumerate(plans.LINES, start=1)
    ]
    assert [
        (one.start and one.start.isoformat(), one.deadline and one.deadline.isoformat()) for one in taken
    ] == [line[4:] for line in plans.LINES]
    assert [
        [one.team.name if one.team else "", *sorted(team.name for team in one.supporting)] for one in taken
    ] == [
        [(parts := units.replace("\n", "、").split("、"))[0], *sorted(parts[1:])]
        for _, _, units, *_ in plans.LINES
    ]
    first = taken[0]
    assert (first.kind, first.source, first.source_words) == (
        MatterKind.WORKPLAN,
        MatterSource.PLAN,
        plans.TITLE,
    )
    # The same table from another program is the same plan.
    workbook = _plan(story, plans.as_workbook())
    assert _fates(story, workbook) == {"不变": 24}
    assert len(_taken(story, workbook)) == 24


def test_changed_lines_change_their_matters(story: Story) -> None:
    plan = _plan(story, plans.as_document())
    taken = _taken(story, plan)
    first, second, third, *rest = plan.lines
    changed = _with(
        plan,
        replace(first, title="走访各学院，广泛收集师生意见", item="1"),
        replace(second, time=read_time("4月1日", year=2026)),
        replace(rest[-1], item="2"),
        replace(third, title="全新的一项工作", item="3"),
    )

    shown = _shown(story, changed)

    assert [(one.fate, list(one.why)) for one in shown.fates] == [
        (Fate.CHANGED, ["工作内容"]),
        (Fate.CHANGED, ["开始", "完成时限", "时限写法"]),
        (Fate.CHANGED, ["序号"]),
        (Fate.NEW, []),
    ]
    assert [matter.id for matter in shown.gone] == [one.id for one in taken[2:-1]]
    plan_import.confirm(story.session, shown, staff=story.office.admin, now=story.now)
    story.session.flush()
    assert (taken[0].title, taken[1].deadline, taken[-1].item) == (
        "走访各学院，广泛收集师生意见",
        date(2026, 4, 1),
        "2",
    )
    assert len(list(story.session.scalars(select(Matter.id)))) == 25


def test_what_has_ended_stays_and_what_was_added_in_the_ledger_too(story: Story) -> None:
    plan = _plan(story, plans.as_document())
    taken = _taken(story, plan)
    by = story.by(story.office.leader)
    matter_work.cancel(story.session, taken[0], words="并入另一项", **by)
    taken[1].goal, taken[1].cause = "座谈 5 场", "听得少"
    later = read_time("12月31日前", year=2026)

    shown = _shown(story, _with(plan, *(replace(line, time=later) for line in plan.lines[:2])))

    assert [one.fate for one in shown.fates] == [Fate.ENDED, Fate.CHANGED]
    assert shown.fates[0].why == ["已取消，不再修改。"]
    plan_import.confirm(story.session, shown, staff=story.office.admin, now=story.now)
    assert (taken[1].goal, taken[1].cause) == ("座谈 5 场", "听得少")
    assert taken[1].deadline == date(2026, 12, 31)


def test_what_is_not_settled_keeps_everything_out(story: Story) -> None:
    names = _teams(story)
    whole = read_plan(plans.as_document(), units=names, today=TODAY)
    strange = [words for words in whole.unknown_units if words not in names]
    line = replace(whole.lines[0], units=[PlannedUnit("保卫处", leads=True)])
    plan = _with(whole, line, replace(line, time=None, troubles=["看不出"]), replace(line, title=" "))

    shown = _shown(story, plan)

    assert "水电能源中心" in strange
    assert [list(one.why) for one in shown.fates] == [
        ["没有叫「保卫处」的责任单位。"],
        ["看不出", "没有叫「保卫处」的责任单位。"],
        ["没有叫「保卫处」的责任单位。"],
    ]
    with pytest.raises(Invalid, match="还有 3 行没有处理好"):
        plan_import.confirm(story.session, shown, staff=story.office.admin, now=story.now)
    settled = {"保卫处": story.office.team.id}
    assert [(one.fate, list(one.why)) for one in _shown(story, plan, units=settled).fates] == [
        (Fate.NEW, []),
        (Fate.BLOCKED, ["看不出"]),
        (Fate.BLOCKED, ["请填写事项名称。"]),
    ]
    (taken,) = _taken(story, _with(plan, line), units=settled, kind=MatterKind.RECTIFICATION)
    assert (taken.team_id, taken.kind) == (story.office.team.id, MatterKind.RECTIFICATION)


def test_a_line_said_twice_becomes_two_matters_and_leads_are_found_by_name(story: Story) -> None:
    plan = _plan(story, plans.as_document())
    line = replace(plan.lines[0], person=story.office.leader.name)
    other = replace(line, person="王处长", remark="已开会")
    shown = _shown(story, _with(plan, line, other))
    assert [list(one.left) for one in shown.fates] == [[], ["牵头领导「王处长」没有账号，没有写入。"]]
    assert shown.remarks == 1

    taken = _taken(story, _with(plan, line, line))

    assert [one.lead_staff_id for one in taken] == [story.office.leader.id] * 2
    assert len({one.source_key for one in taken}) == 2
    assert _fates(story, _with(plan, line, line)) == {"不变": 2}


def test_who_may_not_list_matters_imports_none(story: Story) -> None:
    shown = _shown(story, _plan(story, plans.as_document()))
    with pytest.raises(NotAllowed):
        plan_import.confirm(story.session, shown, staff=story.office.handler, now=story.now)
