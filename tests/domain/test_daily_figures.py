"""Days counted ahead of time: whatever happens, and by whichever way, adding them up is counting now."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bench.plans import noted
from domain import calendar_days, complaints, daily_figures, figure_times, figures, recomputing, timers
from domain.calendar_days import DayEdit
from domain.figure_periods import Period
from domain.figure_rules import Count, Figure
from domain.figures import By
from domain.filters import Filters
from models.daily_figure import DailyFigure, FigureChange, FigureDay
from models.enums import ComplaintKind, Outcome
from models.enums import ComplaintStatus as S
from tests.domain.test_figures_laws import Filed, filed, moments, write
from tests.support.story import Story

PERIOD = Period(date(2026, 11, 2), date(2026, 12, 20))
ASKED = Filters(filed_from=PERIOD.start, filed_to=PERIOD.end)
on_sqlite = pytest.mark.parametrize("story", ["sqlite"], indirect=True)


def count_all_days(session: Session, now: datetime) -> None:
    while (day := daily_figures.next_day(session, now=now)) is not None:
        daily_figures.keep(session, daily_figures.count_day(session, day, now=now))


def assert_as_if_counted_now(
    session: Session, filters: Filters, now: datetime, ways: Sequence[By] = tuple(By)
) -> None:
    direct = figures.count_ways(session, filters, ways, now=now)
    assert daily_figures.count_ways(session, filters, ways, now=now) == direct
    for by in (By.ALL, By.TEAM):
        direct_times = figure_times.times_by(session, filters, by, now=now)
        assert daily_figures.times_by(session, filters, by, now=now) == direct_times


def days_counted_now(session: Session, now: datetime) -> set[date]:
    """Ask, and see which days were not taken from what was counted ahead."""
    found: set[date] = set()
    direct = daily_figures._filed_in

    def noting(stretches: list[Period]) -> object:
        found.update(one.first + timedelta(days=at) for one in stretches for at in range(one.days))
        return direct(stretches)

    with patch.object(daily_figures, "_filed_in", noting):
        daily_figures.count_all(session, ASKED, now=now)
    return found


@on_sqlite
@given(complaints=st.lists(filed, min_size=1, max_size=6), now=moments)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_days_counted_ahead_add_up_to_what_is_counted_now(
    story: Story, complaints: list[Filed], now: datetime
) -> None:
    session, team_id = story.session, story.office.team.id
    period = Period(date(2026, 11, 5), date(2026, 11, 9))
    asked = Filters(filed_from=period.start, filed_to=period.end)
    for at, one in enumerate(complaints):
        one["filed_at"] = period.start + timedelta(hours=17 * at)
    with session.begin_nested() as savepoint:
        write(story, complaints, now)
        for at in range(period.days):
            day = (period.first + timedelta(days=at)).isoformat()
            daily_figures.keep(session, daily_figures.count_day(session, day, now=now))
        assert_as_if_counted_now(session, asked, now)
        for filters in (replace(asked, team_id=team_id), replace(asked, kind=ComplaintKind.REPAIR)):
            assert_as_if_counted_now(session, filters, now, (By.ALL, By.TEAM))
        assert_as_if_counted_now(session, asked, now + timedelta(days=3), (By.DAY,))  # more is due by then
        savepoint.rollback()


def happenings(story: Story) -> Iterator[str]:
    """Do to complaints of some days ago whatever changes a column that figures count or group by."""
    session, office, act = story.session, story.office, story.by
    other = story.factory.category(session, "another", name="另一类", team=office.team)
    desk, student = office.dispatcher, office.student
    story.at("2026-11-23 10:00")
    first, second, third, merged, main = [story.complaint(S.ASSIGNED) for _ in range(5)]
    later = story.complaint(S.RESOLVED)
    story.at("2026-12-02 10:00")
    yield "filed"
    complaints.classify(session, first, category=other, words="换类别", **act(desk))
    yield "category"
    complaints.classify(session, first, kind=ComplaintKind.REPAIR, **act(desk))
    yield "kind"
    complaints.classify(session, first, service_point=office.canteen, **act(desk))
    yield "place"
    complaints.assign(session, second, team=office.other_team, **act(desk))
    yield "team"
    complaints.merge(session, merged, into=main, **act(desk))
    yield "merged"
    complaints.accept(session, third, **act(office.handler))
    yield "accepted"
    story.later(minutes=61)
    complaints.reply(session, third, words="已经安排人去看了", **act(office.handler))
    yield "answered"
    words = {"words": "已更换", "outcome": Outcome.SOLVED, "no_photo_reason": "不涉及设施"}
    complaints.resolve(session, third, **words, **act(office.handler))
    yield "resolved"
    complaints.rate(session, third, solved=False, stars=1, **act(student))
    yield "redone"
    complaints.withdraw(session, main, **act(student))
    yield "withdrawn"
    for timer in timers.due_timers(session, now=story.now):
        timers.fire(session, timer, now=story.now)
    assert later.status is S.CLOSED
    yield "closed by the clock"
    edit = DayEdit(date(2026, 11, 24), working=False)
    assert calendar_days.set_days(session, [edit], staff=office.admin, now=story.now) > 0
    while recomputing.do_slice(session, now=story.now):
        pass
    yield "due times moved"


def test_no_way_of_changing_a_complaint_leaves_an_old_number(story: Story) -> None:
    session, day = story.session, date(2026, 11, 23)
    groups = (By.TEAM, By.CATEGORY, By.PLACE, By.KIND)
    seen = []
    for happened in happenings(story):
        assert day in days_counted_now(session, story.now), happened
        daily_figures.keep(session, daily_figures.count_day(session, day.isoformat(), now=story.now))
        assert day not in days_counted_now(session, story.now), happened
        assert_as_if_counted_now(session, ASKED, story.now, groups)
        assert session.scalar(select(func.count()).where(FigureChange.day == day.isoformat())) == 0
        seen.append(happened)
    assert len(seen) == 13


@on_sqlite
def test_change_while_a_day_is_counted_has_it_counted_again(story: Story) -> None:
    session = story.session
    story.at("2026-11-23 10:00")
    one = story.complaint(S.ASSIGNED)
    story.at("2026-11-24 10:00")
    counted = daily_figures.count_day(session, "2026-11-23", now=story.now)
    complaints.accept(session, one, **story.by(story.office.handler))
    daily_figures.keep(session, counted)
    assert daily_figures.next_day(session, now=story.now) == "2026-11-23"
    assert date(2026, 11, 23) in days_counted_now(session, story.now)


@on_sqlite
def test_what_falls_due_untouched_is_noticed_and_today_is_never_kept(story: Story) -> None:
    session = story.session
    story.at("2026-11-23 10:00")
    complaint = story.complaint(S.ASSIGNED)
    assert daily_figures.next_day(session, now=story.now) is None
    assert complaint.answer_due_at is not None
    story.at("2026-11-24 00:01")
    count_all_days(session, story.now)
    until = session.get_one(FigureDay, "2026-11-23").good_until
    assert until == complaint.answer_due_at
    story.now = until + timedelta(seconds=1)
    assert daily_figures.count_all(session, ASKED, now=story.now)[Figure.ANSWERED_LATE].rounds == 1
    assert daily_figures.next_day(session, now=story.now) == "2026-11-23"


@on_sqlite
def test_changed_rules_have_every_day_counted_anew(story: Story) -> None:
    session = story.session
    story.at("2026-11-22 10:00")
    story.complaint()
    story.at("2026-11-24 10:00")
    count_all_days(session, story.now)
    session.execute(update(DailyFigure).values({"filed": 0}))
    assert daily_figures.count_all(session, ASKED, now=story.now)[Figure.FILED].rounds == 0
    with patch.object(daily_figures, "_rules", lambda: "of the next version"):
        assert daily_figures.count_all(session, ASKED, now=story.now)[Figure.FILED].rounds == 1
        count_all_days(session, story.now)
        assert days_counted_now(session, story.now) == {
            PERIOD.first + timedelta(days=at) for at in range(PERIOD.days) if not 20 <= at <= 21
        }
        assert daily_figures.count_all(session, ASKED, now=story.now)[Figure.FILED].rounds == 1
    assert daily_figures._rules() == daily_figures._rules()


@on_sqlite
def test_what_was_counted_ahead_is_added_up_by_few_statements(story: Story) -> None:
    session = story.session
    story.at("2026-11-22 10:00")
    story.complaint()
    story.at("2026-12-21 10:00")
    count_all_days(session, story.now)
    for day in (PERIOD.first + timedelta(days=at) for at in range(20)):
        daily_figures.keep(session, daily_figures.count_day(session, day.isoformat(), now=story.now))

    with noted(session.connection().engine) as asked:
        assert daily_figures.count_ways(session, ASKED, tuple(By), now=story.now)[By.ALL][1][
            Figure.FILED
        ] == Count(1, 1)
        assert daily_figures.times_ways(session, ASKED, [By.ALL, By.TEAM], now=story.now) == {
            By.ALL: {},
            By.TEAM: {},
        }
    assert len(asked) == 5  # which days are fresh, once; days, all and the others; minutes
    assert not any("FROM complaint" in statement for statement in asked)


@on_sqlite
def test_nothing_is_counted_before_there_is_a_complaint(story: Story) -> None:
    assert daily_figures.next_day(story.session, now=story.now) is None
    for asked in (ASKED, Filters()):
        assert daily_figures.count_by(story.session, asked, By.TEAM, now=story.now) == {}
