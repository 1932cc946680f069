"""Pausable clocks: examples from the office's days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.clocks import (
    Deadline,
    Pause,
    elapsed_deadline,
    elapsed_limit_text,
    working_deadline,
    working_limit_text,
)
from domain.working_time import LOCAL, Span, WorkingTime

OFFICE = WorkingTime([Span(time(8), time(12)), Span(time(14), time(17, 30))])
UNTIL_MIDNIGHT = WorkingTime([Span(time(18), time(0))])
THREE_DAYS = 3 * 450
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """A local moment written as 2026-11-23 10:00."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def shown(moment: datetime) -> str:
    """The other way round; the result must be in UTC."""
    assert moment.tzinfo is UTC
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def waiting(start: str, end: str | None) -> Pause:
    """A pause while the reporter is asked for more."""
    return Pause(at(start), None if end is None else at(end), "等待补充")


def due(
    start: str = "2026-11-23 10:00",
    *pauses: Pause,
    minutes: int = THREE_DAYS,
    now: str = "2026-11-27 09:00",
    calendar: WorkingTime = OFFICE,
) -> Deadline:
    """A deadline with the limit's text taken from the limit."""
    return working_deadline(
        calendar,
        start=at(start),
        minutes=minutes,
        pauses=pauses,
        now=at(now),
        limit_text=working_limit_text(calendar, minutes=minutes),
    )


def times(deadline: Deadline) -> tuple[str, str, str]:
    """When the reminder, the due time and the escalation come."""
    return shown(deadline.near_at), shown(deadline.due_at), shown(deadline.escalate_at)


# Working time


def test_deadline_reminds_at_three_quarters_and_escalates_a_working_day_after() -> None:
    assert times(due()) == ("2026-11-25 11:52", "2026-11-26 10:00", "2026-11-27 10:00")


def test_limit_used_up_in_the_evening_is_due_then() -> None:
    assert times(due("2026-11-27 08:00", minutes=450)) == (
        "2026-11-27 15:37",
        "2026-11-27 17:30",
        "2026-11-30 17:30",
    )


def test_deadline_over_national_day_names_the_rest_days() -> None:
    deadline = due("2026-09-30 10:00", now="2026-09-30 10:05")
    assert shown(deadline.due_at) == "2026-10-10 10:00"
    assert deadline.steps == (
        "提交：今天 10:00",
        "时限：3 个工作日（每个工作日 7.5 小时）",
        "休息日：10月1日–7日，不计时",
        "到期：10月10日 10:00",
    )


def test_pause_moves_the_due_time_and_is_explained() -> None:
    deadline = due(
        "2026-11-23 10:00", waiting("2026-11-24 09:00", "2026-11-25 15:00"), now="2026-11-29 09:00"
    )
    assert times(deadline) == ("2026-11-27 08:22", "2026-11-27 16:00", "2026-11-30 16:00")
    assert deadline.steps == (
        "提交：周一 10:00",
        "时限：3 个工作日（每个工作日 7.5 小时）",
        "等待补充：周二 09:00–周三 15:00，不计时",
        "到期：周五 16:00",
    )


def test_open_pause_counts_up_to_now() -> None:
    open_pause = waiting("2026-11-24 09:00", None)
    deadline = due("2026-11-23 10:00", open_pause, now="2026-11-25 15:00")
    assert shown(deadline.due_at) == "2026-11-27 16:00"
    assert shown(due("2026-11-23 10:00", open_pause, now="2026-11-25 16:00").due_at) == "2026-11-27 17:00"
    assert deadline.steps[2] == "等待补充：昨天 09:00 至今，不计时"


def test_only_the_open_one_of_two_pauses_is_said_to_last() -> None:
    pauses = waiting("2026-11-23 15:00", "2026-11-23 16:00"), waiting("2026-11-25 09:00", None)
    deadline = due("2026-11-23 10:00", *pauses, now="2026-11-25 10:00")
    assert deadline.steps[2:-1] == (
        "等待补充：周一 15:00–16:00，不计时",
        "等待补充：今天 09:00 至今，不计时",
    )


def test_pause_of_no_length_is_not_mentioned() -> None:
    empty = waiting("2026-11-24 09:00", "2026-11-24 09:00")
    assert due("2026-11-23 10:00", empty) == due("2026-11-23 10:00")


def test_open_pause_that_begins_after_now_changes_nothing() -> None:
    deadline = due("2026-11-23 10:00", waiting("2026-11-24 09:00", None), now="2026-11-23 11:00")
    assert deadline == due("2026-11-23 10:00", now="2026-11-23 11:00")


def test_several_pauses_are_explained_in_the_order_in_which_they_began() -> None:
    deadline = due(
        "2026-11-23 10:00",
        Pause(at("2026-11-24 14:00"), at("2026-11-24 15:00"), "等待配件"),
        waiting("2026-11-25 09:00", "2026-11-25 10:00"),
        waiting("2026-11-23 15:00", "2026-11-23 16:00"),
    )
    assert shown(deadline.due_at) == "2026-11-26 15:00"
    assert deadline.steps[2:-1] == (
        "等待补充：周一 15:00–16:00，不计时",
        "等待配件：周二 14:00–15:00，不计时",
        "等待补充：周三 09:00–10:00，不计时",
    )


def test_overlapping_and_nested_pauses_count_once() -> None:
    whole = waiting("2026-11-24 09:00", "2026-11-24 12:00")
    parts = (
        Pause(at("2026-11-24 10:00"), at("2026-11-24 12:00"), "等待配件"),
        waiting("2026-11-24 09:00", "2026-11-24 11:00"),
        waiting("2026-11-24 09:30", "2026-11-24 10:30"),
    )
    deadline = due("2026-11-23 10:00", *parts)
    assert times(deadline) == times(due("2026-11-23 10:00", whole))
    assert deadline.steps[2:-1] == (
        "等待补充：周二 09:00–11:00，不计时",
        "等待配件：周二 10:00–12:00，不计时",
    )


def test_what_a_pause_has_before_filing_counts_for_nothing() -> None:
    early = waiting("2026-11-20 09:00", "2026-11-23 11:00")
    deadline = due("2026-11-23 10:00", early, waiting("2026-11-19 09:00", "2026-11-19 10:00"))
    assert shown(deadline.due_at) == "2026-11-26 11:00"
    assert deadline.steps[2:-1] == ("等待补充：周一 10:00–11:00，不计时",)


def test_pause_after_the_due_time_moves_neither_it_nor_the_escalation() -> None:
    late = waiting("2026-11-26 10:00", None)
    deadline = due("2026-11-23 10:00", late, now="2026-11-27 17:00")
    assert times(deadline) == times(due("2026-11-23 10:00"))
    assert deadline.steps[2] == "等待补充：昨天 10:00 至今，已在到期之后，不顺延"


def test_pause_between_the_reminder_and_the_due_time_moves_only_the_latter() -> None:
    deadline = due("2026-11-23 10:00", waiting("2026-11-25 15:00", "2026-11-25 16:00"))
    assert times(deadline) == ("2026-11-25 11:52", "2026-11-26 11:00", "2026-11-27 11:00")


def test_filing_outside_working_hours_says_when_the_clock_begins() -> None:
    deadline = due("2026-11-21 21:00", minutes=30, now="2026-11-21 21:00")
    assert deadline.steps == (
        "提交：今天 21:00",
        "开始计时：下周一 08:00（提交时不在工作时间）",
        "时限：30 分钟（工作时间）",
        "到期：下周一 08:30",
    )


def test_limit_of_nothing_is_due_at_the_next_opening() -> None:
    deadline = due("2026-11-23 12:30", waiting("2026-11-23 12:40", "2026-11-23 15:00"), minutes=0)
    assert times(deadline) == ("2026-11-23 14:00", "2026-11-23 14:00", "2026-11-24 12:00")


def test_due_time_at_midnight_does_not_name_the_rest_day_that_follows() -> None:
    deadline = due("2026-11-27 18:00", minutes=360, calendar=UNTIL_MIDNIGHT, now="2026-11-27 18:00")
    assert deadline.steps == (
        "提交：今天 18:00",
        "时限：1 个工作日（每个工作日 6 小时）",
        "到期：明天 00:00",
    )


def test_many_rest_days_are_named_in_short() -> None:
    deadline = due("2026-11-27 10:00", minutes=15 * 450)
    assert shown(deadline.due_at) == "2026-12-18 10:00"
    assert deadline.steps[2] == "休息日：11月28日–29日、12月5日–6日、12月12日–13日，不计时"
    deadline = due("2026-11-27 10:00", minutes=20 * 450)
    assert deadline.steps[2] == "休息日：11月28日–29日、12月5日–6日、12月12日–13日等共 8 天，不计时"


def test_rest_days_over_a_month_end_and_single_ones_are_named_in_full() -> None:
    calendar = WorkingTime(OFFICE.spans, overrides={date(2026, 11, 25): False})
    assert due("2026-11-24 10:00", minutes=450, calendar=calendar).steps[2] == "休息日：11月25日，不计时"
    assert due("2026-10-30 10:00", minutes=450).steps[2] == "休息日：10月31日–11月1日，不计时"


def test_changed_calendar_recomputes_the_deadline() -> None:
    day_off = WorkingTime(OFFICE.spans, overrides={date(2026, 11, 24): False})
    assert shown(due(calendar=day_off).due_at) == "2026-11-27 10:00"


# Urgent


def urgent(start: datetime, *pauses: Pause, hours: int = 24) -> Deadline:
    """An urgent deadline looked at when it begins."""
    duration = timedelta(hours=hours)
    return elapsed_deadline(
        start=start,
        duration=duration,
        pauses=pauses,
        now=start,
        limit_text=elapsed_limit_text(duration),
    )


def test_urgent_deadline_runs_at_any_hour_of_any_day() -> None:
    deadline = urgent(at("2026-09-30 23:10"))
    assert times(deadline) == ("2026-10-01 17:10", "2026-10-01 23:10", "2026-10-02 00:10")
    assert deadline.steps == ("提交：今天 23:10", "时限：24 小时（不分昼夜）", "到期：明天 23:10")


def test_urgent_deadline_is_moved_by_pauses_too() -> None:
    deadline = urgent(at("2026-11-23 22:00"), waiting("2026-11-23 23:00", "2026-11-24 01:30"))
    assert times(deadline) == ("2026-11-24 18:30", "2026-11-25 00:30", "2026-11-25 01:30")
    assert deadline.steps[2] == "等待补充：今天 23:00–明天 01:30，不计时"


def test_urgent_hours_are_real_hours_where_daylight_saving_changes() -> None:
    new_york = ZoneInfo("America/New_York")
    filed = datetime(2026, 10, 31, 22, 0, tzinfo=new_york)
    pause = Pause(filed + timedelta(hours=1), datetime(2026, 11, 1, 4, 0, tzinfo=new_york), "等待补充")
    same_in_utc = Pause(pause.start.astimezone(UTC), datetime(2026, 11, 1, 9, 0, tzinfo=UTC), "等待补充")
    assert urgent(filed, pause) == urgent(filed.astimezone(UTC), same_in_utc)
    assert urgent(filed, pause).due_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


# Refusals


def test_pause_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="暂停的结束早于开始"):
        waiting("2026-11-24 09:00", "2026-11-24 08:59")


NAIVE = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001
AWARE = at("2026-11-23 10:00")


@pytest.mark.parametrize(("start", "end"), [(NAIVE, None), (AWARE, NAIVE)])
def test_pause_without_a_zone_is_refused(start: datetime, end: datetime | None) -> None:
    with pytest.raises(ValueError, match="时间缺少时区"):
        Pause(start, end, "等待补充")


@pytest.mark.parametrize(("start", "now"), [(NAIVE, AWARE), (AWARE, NAIVE)])
def test_deadline_without_a_zone_is_refused(start: datetime, now: datetime) -> None:
    with pytest.raises(ValueError, match="时间缺少时区"):
        working_deadline(OFFICE, start=start, minutes=30, pauses=[], now=now, limit_text="")
    with pytest.raises(ValueError, match="时间缺少时区"):
        elapsed_deadline(start=start, duration=MINUTE, now=now, limit_text="")


def test_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="工作时间不能为负"):
        due(minutes=-1)
    with pytest.raises(ValueError, match="时限不能为负"):
        urgent(AWARE, hours=-1)


# Limits in words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 分钟（工作时间）"),
        (30, "30 分钟（工作时间）"),
        (60, "1 小时（工作时间）"),
        (90, "1.5 小时（工作时间）"),
        (100, "100 分钟（工作时间）"),
        (225, "0.5 个工作日（每个工作日 7.5 小时）"),
        (450, "1 个工作日（每个工作日 7.5 小时）"),
        (6750, "15 个工作日（每个工作日 7.5 小时）"),
    ],
)
def test_working_limit_is_put_in_words(minutes: int, words: str) -> None:
    assert working_limit_text(OFFICE, minutes=minutes) == words


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(minutes=30), "30 分钟（不分昼夜）"),
        (timedelta(hours=24), "24 小时（不分昼夜）"),
        (timedelta(minutes=45), "45 分钟（不分昼夜）"),
    ],
)
def test_elapsed_limit_is_put_in_words(duration: timedelta, words: str) -> None:
    assert elapsed_limit_text(duration) == words
