"""The same act on many complaints: what is refused leaves no trace and holds up no other."""

import pytest

from domain import bulk, complaints
from domain.bulk import Pick
from domain.errors import Invalid
from models.complaint import Complaint
from models.enums import ComplaintStatus, StepName
from tests.support.story import Story

S = ComplaintStatus


def _pick(complaint: Complaint) -> Pick:
    return Pick(complaint.number, complaint.revision)


def test_what_is_refused_leaves_no_trace_and_the_rest_is_done(story: Story) -> None:
    office, session = story.office, story.session
    first, ended, last = story.complaint(), story.complaint(S.WITHDRAWN), story.complaint()
    stale = story.complaint()
    picks = [_pick(each) for each in (first, ended, last, stale)]
    complaints.classify(session, stale, urgent=True, **story.by(office.second_dispatcher))

    fates = bulk.assign_each(
        session,
        [*picks, Pick("2020-0101-0001", 1)],
        team=office.team,
        words="请一并处理",
        act=story.by(office.dispatcher),
    )

    assert [(fate.number, fate.done) for fate in fates] == [
        (first.number, True),
        (ended.number, False),
        (last.number, True),
        (stale.number, False),
        ("2020-0101-0001", False),
    ]
    assert [each.team_id for each in (first, ended, last, stale)] == [
        office.team.id,
        None,
        office.team.id,
        None,
    ]
    assert (first.events[-1].words, ended.events[-1].step, stale.events[-1].step) == (
        "请一并处理",
        StepName.WITHDRAW,
        StepName.CLASSIFY,
    )
    assert story.told(first.events[-1])["student"] == "assigned"


def test_the_main_one_may_be_ticked_too_and_stays(story: Story) -> None:
    office, session = story.office, story.session
    main, twin, hidden = story.complaint(), story.complaint(), story.complaint()
    act = story.by(office.dispatcher)

    fates = bulk.merge_each(session, [_pick(main), _pick(twin)], into=main, act=act)
    not_theirs = bulk.merge_each(session, [_pick(hidden)], into=main, act=story.by(office.outsider))

    assert [(fate.number, fate.done) for fate in fates] == [(twin.number, True)]
    assert (main.status, twin.merged_into_id, hidden.status) == (S.SUBMITTED, main.id, S.SUBMITTED)
    assert [fate.complaint for fate in not_theirs] == [None]
    with pytest.raises(Invalid, match="请先勾选诉求"):
        bulk.merge_each(session, [_pick(main)], into=main, act=act)
    with pytest.raises(Invalid, match="一次最多处理 100 件"):
        bulk.assign_each(session, [_pick(main)] * 101, team=office.team, act=act)
