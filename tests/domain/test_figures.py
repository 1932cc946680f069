"""What each figure counts, told as stories: the edges of the three rates and of what stands beside them."""

from datetime import date, timedelta

import pytest

from domain import complaints, figure_times, figures, reporting, timers
from domain.figure_groups import branches, hours_of_week, trend
from domain.figure_periods import Period, Span, Step, period_of
from domain.figure_rules import COVERAGE, RESOLUTION, RESPONSE, SATISFACTION, Counts, Figure, Rate, rate_of
from domain.figure_times import lasting
from domain.figures import By
from domain.filters import Filters
from domain.permissions import figures_of_team, may_export_ledger, may_see_figures, may_see_rates
from models.complaint import Complaint
from models.complaint_round import ComplaintRound
from models.enums import ComplaintKind, Outcome
from models.enums import ComplaintStatus as S
from models.service_point import ServicePoint
from tests.support.story import Story

F = Figure


def counted(story: Story) -> Counts:
    return figures.count_all(story.session, Filters(), now=story.now)


def numbers(story: Story, *wanted: Figure) -> list[int]:
    counts = counted(story)
    return [counts[figure].rounds for figure in wanted]


def rates(story: Story) -> list[tuple[int, int]]:
    counts = counted(story)
    found = [rate_of(counts, pair) for pair in (RESPONSE, RESOLUTION, SATISFACTION, COVERAGE)]
    return [(rate.good, rate.of) for rate in found]


def resolve(story: Story, complaint: Complaint, words: str = "已经更换了新的保温设备") -> None:
    complaints.resolve(
        story.session,
        complaint,
        words=words,
        outcome=Outcome.SOLVED,
        no_photo_reason="不涉及设施",
        **story.by(story.office.handler),
    )


def fire_all(story: Story) -> None:
    """Let the timers do what is due."""
    story.session.flush()
    for timer in timers.due_timers(story.session, now=story.now):
        timers.fire(story.session, timer, now=story.now)


def test_only_an_answer_by_a_human_in_time_is_a_response(story: Story) -> None:
    office, session = story.office, story.session
    waiting = story.complaint()  # assigned to nobody, told by the system that it was received
    asked = story.complaint(S.WAITING)  # a question by a human is an answer
    story.complaint(S.DEFERRED)  # an approval is none
    praise = story.complaint(kind=ComplaintKind.PRAISE)
    assert rates(story)[0] == (1, 1)
    assert praise.answer_due_at is None

    story.later(days=1)
    assert rates(story)[0] == (1, 1)  # due in this very moment: not late yet
    story.later(minutes=1)
    assert rates(story)[0] == (1, 3)  # due and unanswered; being deferred helps nobody

    complaints.reply(session, waiting, words="马上去看", **story.by(office.dispatcher))
    assert numbers(story, F.ANSWERED, F.ANSWERED_LATE, F.ANSWER_DUE) == [1, 2, 3]
    complaints.withdraw(session, asked, **story.by(office.student))
    assert rates(story)[0] == (0, 2)
    assert numbers(story, F.FILED, F.COUNTED, F.LEFT_OUT, F.WITHDRAWN) == [4, 3, 1, 1]


def test_rejected_withdrawn_and_merged_are_out_and_their_number_is_shown(story: Story) -> None:
    for status in (S.REJECTED, S.WITHDRAWN, S.MERGED, S.CLOSED):
        story.complaint(status)
    shown = (F.FILED, F.COUNTED, F.LEFT_OUT, F.REJECTED, F.WITHDRAWN, F.MERGED)
    assert numbers(story, *shown) == [5, 2, 3, 1, 1, 1]  # with the one that another was merged into
    assert rates(story) == [(1, 1)] * 4


def test_nobodys_silence_counts_as_satisfaction_and_each_redo_is_a_round(story: Story) -> None:
    office, session = story.office, story.session
    silent, redone = story.complaint(S.RESOLVED), story.complaint(S.RESOLVED)
    assert rates(story)[1:] == [(0, 0), (0, 0), (0, 2)]
    complaints.rate(session, redone, solved=True, stars=2, **story.by(office.student))
    assert numbers(story, F.RATED, F.SOLVED, F.SATISFIED, F.REOPENED, F.TO_RATE) == [1, 1, 0, 1, 1]
    resolve(story, redone)
    complaints.rate(session, redone, solved=True, stars=4, **story.by(office.student))
    story.later(days=8)
    fire_all(story)
    assert silent.status is S.CLOSED

    assert rates(story)[1:] == [(2, 2), (1, 2), (2, 3)]
    assert numbers(story, F.UNRATED, F.TO_RATE, F.RESOLVED) == [1, 0, 3]
    assert counted(story)[F.RESOLVED].complaints == 2
    assert numbers(story, F.RELAPSED) == [0]
    reporting.reopen(session, silent, words="又坏了", **story.by(office.student))
    assert numbers(story, F.RELAPSED, F.UNRATED, F.REOPENED) == [1, 1, 2]


def test_flags_show_what_was_pushed_around_hurried_or_told_in_two_words(story: Story) -> None:
    office, session = story.office, story.session
    pushed = story.complaint(S.ASSIGNED)
    for team in (office.other_team, office.team):
        complaints.assign(session, pushed, team=team, **story.by(office.dispatcher))
    story.complaint(S.DEFERRED)
    hurried = story.complaint(S.IN_PROGRESS)
    late = story.complaint(S.IN_PROGRESS)
    assert hurried.done_due_at is not None
    story.now = hurried.done_due_at - timedelta(minutes=59)
    resolve(story, hurried, words="好了")
    complaints.rate(session, hurried, solved=False, stars=1, **story.by(office.student))
    story.now = hurried.done_due_at + timedelta(hours=3)
    resolve(story, late, words="一二三四五六七八九十")
    flags = (F.BOUNCED, F.DEFERRED, F.RUSHED, F.WORDLESS, F.DONE_LATE)
    assert numbers(story, *flags) == [1, 1, 1, 1, 1]


def test_times_are_working_minutes_without_what_was_waited_for_the_person(story: Story) -> None:
    session, office = story.session, story.office
    complaint = story.complaint(S.IN_PROGRESS)  # Monday 10:00
    story.at("2026-11-23 11:00")
    complaints.ask(session, complaint, words="请问是哪一天？", **story.by(office.handler))
    story.at("2026-11-24 08:30")
    complaints.supplement(session, complaint, words="昨天", **story.by(office.student))
    story.at("2026-11-24 15:00")
    resolve(story, complaint)
    row = session.get_one(ComplaintRound, (complaint.id, 1))
    assert (row.answer_minutes, row.done_minutes) == (60, 60 + 210 + 60)
    found = figure_times.times_by(session, Filters(), By.ALL, now=story.now)[1]
    assert (found.answer.of, found.answer.median, found.done.median) == (1, 60, 330)
    assert not found.done.enough


def test_places_and_hours_add_up_to_those_above(story: Story) -> None:
    office, session = story.office, story.session
    table = story.factory.place(session, "靠窗", parent=office.canteen)
    story.complaint(service_point=table)
    story.complaint(service_point=office.canteen)
    story.later(days=1, hours=4)
    story.complaint(S.CLOSED, service_point=office.hall)
    by_place = figures.count_by(session, Filters(), By.PLACE, now=story.now)
    laid = branches(session, ServicePoint, by_place)
    assert [(one.name, one.depth, one.counts[F.FILED].rounds) for one in laid] == [
        (office.canteen.name, 0, 2),
        ("靠窗", 1, 1),
        (office.hall.name, 0, 1),
    ]
    by_hour = figures.count_by(session, Filters(), By.HOUR, now=story.now)
    grid = hours_of_week(by_hour)
    assert (grid[0][10], grid[1][14], sum(map(sum, grid))) == (2, 1, 3)
    by_day = figures.count_by(session, Filters(), By.DAY, now=story.now)
    week = trend(by_day, Period(date(2026, 11, 22), date(2026, 11, 25)), Step.WEEK)
    assert [(part.first.day, part.last.day, one[F.FILED].rounds) for part, one in week] == [
        (22, 22, 0),
        (23, 25, 3),
    ]


def test_who_may_see_which_figures(story: Story) -> None:
    office = story.office
    people = (office.handler, office.lead, office.dispatcher, office.leader, office.inspector, office.admin)
    own = [figures_of_team(one) == office.team.id for one in people]
    assert own == [True, True, False, False, False, False]
    assert [may_see_rates(one) for one in people] == [False, True, True, True, True, True]
    assert [may_export_ledger(one) for one in people] == [False, True, True, True, True, True]
    office.lead.team = None
    office.admin.active = False
    story.session.flush()
    assert [may_see_figures(one) for one in (office.lead, office.admin)] == [False, False]


def test_a_rate_is_rounded_down_and_nothing_is_divided_by_nothing() -> None:
    shown = [Rate(*pair).words for pair in ((35, 40), (1999, 2000), (2000, 2000), (0, 0), (1, 3))]
    assert shown == ["87.5%", "99.9%", "100%", "—", "33.3%"]
    assert lasting({10: 5, 20: 4, 300: 1}) == figure_times.Lasting(10, 20, 10)
    assert lasting({}) == figure_times.Lasting()


@pytest.mark.parametrize(
    ("period", "before", "last_year", "step"),
    [
        (("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-31"), ("2025-11-01", "2025-11-30"), Step.DAY),
        (("2026-11-16", "2026-11-22"), ("2026-11-09", "2026-11-15"), ("2025-11-16", "2025-11-22"), Step.DAY),
        (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31"), ("2025-01-01", "2025-03-31"), Step.WEEK),
        (("2024-02-29", "2024-02-29"), ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28"), Step.DAY),
        (
            ("2024-01-01", "2025-12-31"),
            ("2022-01-01", "2023-12-31"),
            ("2023-01-01", "2024-12-31"),
            Step.MONTH,
        ),
    ],
)
def test_periods_are_compared_with_the_one_before_and_a_year_ago(
    period: tuple[str, str], before: tuple[str, str], last_year: tuple[str, str], step: Step
) -> None:
    made = Period(*map(date.fromisoformat, period))
    assert made.before() == Period(*map(date.fromisoformat, before))
    assert made.last_year() == Period(*map(date.fromisoformat, last_year))
    assert made.usual_step is step
    assert sum(part.days for part in made.steps(step)) == made.days


def test_terms_follow_one_another_without_a_gap() -> None:
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 7, 31), date(2026, 8, 1)]
    starts = [period_of(Span.TERM, today=day).first for day in days]
    assert starts == [date(2025, 8, 1), date(2026, 2, 1), date(2026, 2, 1), date(2026, 8, 1)]
    assert period_of(Span.WEEK, today=date(2026, 11, 25)) == Period(date(2026, 11, 23), date(2026, 11, 25))
    assert period_of(Span.MONTH, today=date(2026, 11, 1)).words == "2026年11月1日"
