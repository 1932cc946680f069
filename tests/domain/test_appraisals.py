"""Terms of appraisal: what is entered, how the sheets come about, and that a closed term stays as it was."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain import appraisal_entries, appraisals, peer_review, score_sheets
from domain.appraisals import TermEntry
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.permissions import may_see_sheet
from models.appraisal_words import AppraisalPart, PeerState, TermState
from models.audit import AuditEntry
from models.enums import ComplaintStatus as S
from tests.support.appraisal import begin_round, begin_term, raters
from tests.support.story import Story

P = AppraisalPart


def parts(story: Story, team_id: int) -> dict[AppraisalPart, int | None]:
    term = appraisals.running(story.session)
    assert term is not None
    sheet = score_sheets.sheet_of(story.session, term, team_id, now=story.now)
    return {one.part: one.tenths for one in sheet.parts}


def test_a_sheet_is_made_of_what_was_done_and_entered_and_stays_once_the_term_is_closed(story: Story) -> None:
    session, office = story.session, story.office
    for _ in range(10):
        story.complaint(S.CLOSED)
    story.later(days=1)
    term = begin_term(session, office.leader, now=story.now)
    assert parts(story, office.team.id) == {P.DAILY: 1000, P.ANNUAL: None, P.SURVEY: None, P.INSPECTION: None}
    assert score_sheets.sheet_of(session, term, office.team.id, now=story.now).rank is None

    team, by = office.team, {"staff": office.leader, "now": story.now}
    inspector: Any = {"staff": office.inspector, "now": story.now, "day": date(2026, 11, 24)}
    appraisal_entries.inspect(session, term, team, points=-5, words="地面积水", **inspector)
    wrong = appraisal_entries.inspect(session, term, team, points=-30, words="记错了单位", **inspector)
    appraisal_entries.void(session, term, wrong, reason="记错单位", staff=office.inspector, now=story.now)
    appraisal_entries.inspect(session, term, office.other_team, points=10, words="台账清楚", **inspector)
    appraisal_entries.set_annual(session, term, team, tenths=900, reason="年终考核", **by)
    appraisal_entries.set_annual(session, term, team, tenths=925, reason="更正：漏算一项", **by)
    said = appraisal_entries.remark(session, term, team, words="办得实", **by)
    gone = appraisal_entries.remark(session, term, team, words="写错了", **by)
    appraisal_entries.take_back(session, term, gone.id, **by)
    peers = begin_round(
        session, term, raters(session, story.factory, office.other_team), office.leader, now=story.now
    )

    sheet = score_sheets.sheet_of(session, term, team.id, now=story.now)
    assert parts(story, team.id) == {P.DAILY: 1000, P.ANNUAL: 925, P.SURVEY: None, P.INSPECTION: 950}
    assert sheet.words == (
        "（日常履职 100.0 × 40 + 年度考核 92.5 × 20 + 一线督查 95.0 × 10）÷ 70 = 97.1。"
        "师生评议没有计入，按其余 70% 的权重折算。"
    )
    assert (sheet.total, sheet.rank) == (971, 1)
    assert (
        sheet.part(P.INSPECTION).words == "从 100 分起，1 次督查合计 −5 分，得 95.0（不低于 0，不高于 100）。"
    )
    assert parts(story, office.other_team.id)[P.INSPECTION] == 1000
    assert [one.words for one in appraisal_entries.remarks(session, term, team.id)] == [said.words]
    assert appraisal_entries.inspections(session, term, team_id=team.id).total == 2

    over = begin_round(session, term, raters(session, story.factory, team), office.leader, now=story.now)
    peer_review.close(session, over, **by)
    held = appraisals.hold(session, term.id)
    before = score_sheets.sheets(session, term, now=story.now)
    appraisals.ask_to_close(session, held, staff=office.admin, now=story.now)
    score_sheets.close(session, held, **by)
    story.complaint(S.CLOSED)
    session.flush()
    session.expire_all()
    assert score_sheets.sheets(session, term, now=story.now + timedelta(days=9)) == before
    assert (term.state, peers.state, term.closed_by_id) == (
        TermState.CLOSED,
        PeerState.CLOSED,
        office.leader.id,
    )
    assert appraisals.running(session) is None
    with pytest.raises(TooLate):
        appraisals.hold(session, term.id)
    said_in_log = session.scalars(select(AuditEntry.action)).all()
    assert said_in_log == []  # sealed at the end of the transaction only


def test_entries_are_refused_that_make_no_sense(story: Story) -> None:
    session, office = story.session, story.office
    term = begin_term(session, office.admin, now=story.now)
    today = date(2026, 11, 23)
    good: dict[str, Any] = {"day": today, "points": -1, "words": "积水", "staff": office.inspector}
    for changes, field in (
        ({"day": today + timedelta(days=1)}, "day"),
        ({"day": date(2026, 7, 31)}, "day"),
        ({"points": 11}, "points"),
        ({"words": " "}, "words"),
        ({"words": "长" * 1001}, "words"),
    ):
        with pytest.raises(Invalid) as refusal:
            appraisal_entries.inspect(session, term, office.team, **(good | changes), now=story.now)
        assert refusal.value.field == field
    found = appraisal_entries.inspect(session, term, office.team, **good, now=story.now)
    by: dict[str, Any] = {"now": story.now}
    for reason in ("", "长" * 201):
        with pytest.raises(Invalid):
            appraisal_entries.void(session, term, found, reason=reason, staff=office.leader, **by)
    appraisal_entries.void(session, term, found, reason="重复", staff=office.leader, **by)
    with pytest.raises(Invalid, match="已经作废"):
        appraisal_entries.void(session, term, found, reason="重复", staff=office.leader, **by)
    with pytest.raises(Invalid, match="0 到 100"):
        appraisal_entries.set_annual(
            session, term, office.team, tenths=1001, reason="x", staff=office.admin, **by
        )
    for text in ("", "9a", "92.55", "92.x", "-1"):
        with pytest.raises(Invalid):
            appraisal_entries.read_tenths(text)
    assert [appraisal_entries.read_tenths(one) for one in ("92.5", "100", "7.")] == [925, 1000, 70]
    assert [appraisal_entries.signed(one) for one in (2, 0, -3)] == ["+2", "0", "−3"]
    for missing in (
        lambda: appraisal_entries.find_inspection(session, 999),
        lambda: appraisal_entries.take_back(session, term, 999, staff=office.leader, **by),
        lambda: appraisals.find(session, 999),
        lambda: appraisals.hold(session, 999),
        lambda: score_sheets.sheet_of(session, term, 999, now=story.now),
    ):
        with pytest.raises(NotFound):
            missing()


def test_a_term_is_named_once_and_lies_in_order(story: Story) -> None:
    session, office = story.session, story.office
    suggested = appraisals.suggested(session, now=story.now)
    assert (suggested.name, suggested.first_day, suggested.last_day) == (
        "2026年秋季学期",
        date(2026, 8, 1),
        date(2027, 1, 31),
    )
    term = appraisals.begin(session, suggested, staff=office.leader, now=story.now)
    good = {"name": "春季", "first_day": date(2027, 2, 1), "last_day": date(2027, 7, 31)}
    for changes, field in (
        ({"name": " "}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"name": "2026年秋季学期"}, "name"),
        ({"last_day": date(2027, 1, 1)}, "last_day"),
        ({"last_day": date(2037, 1, 1)}, "last_day"),
    ):
        entry = TermEntry(**(good | changes), weights=term.weights)  # type: ignore[arg-type]
        with pytest.raises(Invalid) as refusal:
            appraisals.begin(session, entry, staff=office.leader, now=story.now)
        assert refusal.value.field == field

    lighter = {"daily": 100, "annual": 0, "survey": 0, "inspection": 0}
    entry = TermEntry(name="秋季学期", first_day=term.first_day, last_day=term.last_day, weights=lighter)
    appraisals.change(session, term, entry, staff=office.admin, now=story.now)
    spring = appraisals.suggested(session, now=story.now + timedelta(days=90))
    assert (spring.name, spring.last_day, spring.weights) == ("2027年春季学期", date(2027, 7, 31), lighter)
    assert [one.name for one in appraisals.listed(session)] == ["秋季学期"]


def test_each_entry_has_its_hands(story: Story) -> None:
    session, office = story.session, story.office
    term = begin_term(session, office.admin, now=story.now)
    now, team = story.now, office.team
    day = date(2026, 11, 23)
    found = appraisal_entries.inspect(
        session, term, team, day=day, points=0, words="看过", staff=office.leader, now=now
    )
    for not_theirs in (
        lambda: appraisals.only_managers(office.inspector),
        lambda: appraisals.begin(session, appraisals.suggested(session, now=now), staff=office.lead, now=now),
        lambda: appraisal_entries.check_inspector(office.admin),
        lambda: appraisal_entries.void(session, term, found, reason="x", staff=office.inspector, now=now),
        lambda: appraisal_entries.set_annual(
            session, term, team, tenths=1, reason="x", staff=office.lead, now=now
        ),
        lambda: appraisal_entries.remark(session, term, team, words="好", staff=office.admin, now=now),
        lambda: score_sheets.close(session, term, staff=office.dispatcher, now=now),
        lambda: peer_review.begin(
            session,
            term,
            title="x",
            subject=peer_review.PeerSubject.TEAMS,
            raters=[],
            staff=office.lead,
            now=now,
        ),
    ):
        with pytest.raises(NotAllowed):
            not_theirs()
    assert [may_see_sheet(one, team.id) for one in (office.handler, office.outsider, office.leader)] == [
        True,
        False,
        True,
    ]
    session.delete(found)
    session.flush()
    session.delete(term)
    session.flush()
    with pytest.raises(Invalid, match="先新建一个考核周期"):
        appraisals.hold_running(session)
