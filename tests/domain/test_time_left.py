"""What presses most on a complaint, in a few words."""

from datetime import datetime, timedelta

import pytest

from domain.clock_texts import ClockState
from domain.deadlines import calendar_for
from domain.time_left import TimeLeft, time_left
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintKind, ComplaintStatus
from tests.support.factories import Factory, Office

S = ComplaintStatus


@pytest.fixture
def left(database: Database, factory: Factory, office: Office, now: datetime):  # noqa: ANN201 (a helper)
    """Bring a complaint to a status and tell what is left of its time some minutes later."""

    def tell(
        status: S, *, later: timedelta = timedelta(), answered: bool = False, **changes: object
    ) -> TimeLeft:
        with database.transaction() as session:
            complaint: Complaint = factory.complaint(session, office, status, **changes)
            if answered:
                complaint.first_answered_at = now
            return time_left(complaint, calendar_for(session), now=now + later)

    return tell


@pytest.mark.parametrize(
    ("status", "minutes", "answered", "said"),
    [
        (S.SUBMITTED, 0, False, (ClockState.RUNNING, "受理派单", "还剩 30 分钟")),
        (S.SUBMITTED, 25, False, (ClockState.NEAR, "受理派单", "还剩 5 分钟")),
        (S.SUBMITTED, 30, False, (ClockState.NEAR, "受理派单", "还剩不到 1 分钟")),
        (S.SUBMITTED, 45, False, (ClockState.OVERDUE, "受理派单", "已超 15 分钟")),
        (S.ASSIGNED, 0, False, (ClockState.RUNNING, "首次答复", "还剩 1 个工作日")),
        (S.IN_PROGRESS, 0, True, (ClockState.RUNNING, "办结", "还剩 3 个工作日")),
        (S.IN_PROGRESS, 3 * 24 * 60 - 10, True, (ClockState.NEAR, "办结", "还剩 10 分钟")),
        (S.IN_PROGRESS, 3 * 24 * 60 + 60, True, (ClockState.OVERDUE, "办结", "已超 1 小时")),
    ],
)
def test_the_clock_that_ends_first_is_named(left, status, minutes, answered, said) -> None:  # noqa: ANN001
    found = left(status, later=timedelta(minutes=minutes), answered=answered)

    assert (found.state, found.what, found.text) == said
    assert found.due_at is not None


def test_urgent_time_runs_at_any_hour(left) -> None:  # noqa: ANN001
    found = left(S.IN_PROGRESS, later=timedelta(hours=20), answered=True, urgent=True)

    assert (found.state, found.text) == (ClockState.NEAR, "还剩 4 小时")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (S.WAITING, (ClockState.STOPPED, "等诉求人补充")),
        (S.DEFERRED, (ClockState.STOPPED, "承诺 12月14日前办")),
        (S.RESOLVED, (ClockState.MET, "未评价则 11月30日销号")),
        (S.CLOSED, (ClockState.MET, "")),
        (S.WITHDRAWN, (ClockState.MET, "")),
    ],
)
def test_where_no_clock_runs_it_says_what_comes_next(left, status, said) -> None:  # noqa: ANN001
    found = left(status)

    assert (found.state, found.text) == said
    assert found.what == ""


def test_a_promise_that_was_not_kept_is_overdue(left) -> None:  # noqa: ANN001
    assert left(S.DEFERRED, later=timedelta(days=30)).state is ClockState.OVERDUE


def test_praise_has_no_clock(left) -> None:  # noqa: ANN001
    assert left(S.ASSIGNED, kind=ComplaintKind.PRAISE).text == "不计时"
