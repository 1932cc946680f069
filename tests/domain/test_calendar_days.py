"""The office's calendar: days and hours it sets itself, and what they move."""

from datetime import date, time

import pytest

from domain import calendar_days, deadlines, office_settings, recomputing
from domain.calendar_days import DayEdit
from domain.errors import Invalid
from domain.office_settings import WORKING_HOURS
from domain.working_time import Span
from models.enums import ComplaintStatus
from tests.support.story import Story, wall

FRIDAY, SUNDAY = date(2026, 11, 27), date(2026, 11, 29)


def test_edited_days_move_what_is_open(story: Story) -> None:
    complaint = story.complaint(ComplaintStatus.ASSIGNED)
    assert wall(complaint.done_due_at) == "11-26 10:00"
    edits = [DayEdit(date(2026, 11, 25), working=False, note=" 校庆 "), DayEdit(SUNDAY, working=True)]

    assert calendar_days.set_days(story.session, edits, staff=story.office.admin, now=story.now) == 1
    recomputing.do_slice(story.session, now=story.now)

    assert wall(complaint.done_due_at) == "11-27 10:00"
    assert deadlines.calendar_for(story.session).is_working_day(SUNDAY)


def test_year_shows_what_was_edited_and_why(story: Story) -> None:
    by = {"staff": story.office.admin, "now": story.now}
    calendar_days.set_days(story.session, [DayEdit(FRIDAY, working=False, note="校运会")], **by)
    assert calendar_days.set_days(story.session, [DayEdit(FRIDAY, working=False, note="校运会")], **by) == 0

    shown = calendar_days.day_shown(story.session, FRIDAY)
    assert (shown.working, shown.edited, shown.differs, shown.note) == (False, True, True, "校运会")
    november = calendar_days.year_shown(story.session, 2026)[10]
    assert november.working_days == 20
    assert november.weeks[0][:6] == [None] * 6
    assert [row.day for row in calendar_days.edited_days(story.session, 2026)] == [FRIDAY]

    calendar_days.set_days(story.session, [DayEdit(FRIDAY, working=True)], **by)
    assert calendar_days.day_shown(story.session, FRIDAY).differs is False
    calendar_days.set_days(story.session, [DayEdit(FRIDAY, working=None)], **by)
    assert calendar_days.day_shown(story.session, FRIDAY).edited is False
    assert calendar_days.edited_days(story.session, 2026) == []


def test_days_out_of_reach_and_long_notes_are_refused(story: Story) -> None:
    by = {"staff": story.office.admin, "now": story.now}
    with pytest.raises(Invalid, match="2020 年到 2100 年"):
        calendar_days.set_days(story.session, [DayEdit(date(2019, 1, 1), working=True)], **by)
    with pytest.raises(Invalid, match="最多 60 字"):
        calendar_days.set_days(story.session, [DayEdit(FRIDAY, working=True, note="说" * 61)], **by)


def test_hours_of_the_office_take_the_place_of_the_catalogues(story: Story) -> None:
    complaint = story.complaint(ComplaintStatus.ASSIGNED)
    by = {"staff": story.office.admin, "now": story.now}
    hours = calendar_days.spans_from([("13:00", "18:00"), ("", ""), ("09:00", "12:00")])
    assert hours == (Span(time(9), time(12)), Span(time(13), time(18)))

    assert calendar_days.set_working_hours(story.session, hours, **by) == 1
    assert calendar_days.set_working_hours(story.session, hours, **by) == 0
    recomputing.do_slice(story.session, now=story.now)
    assert deadlines.calendar_for(story.session).minutes_per_day == 480
    # 30 minutes to dispatch and 450 to answer, from 10:00 on.
    assert wall(complaint.answer_due_at) == "11-24 09:30"
    assert office_settings.is_set(story.session, WORKING_HOURS)

    office_settings.reset(story.session, WORKING_HOURS)
    office_settings.reset(story.session, WORKING_HOURS)
    assert calendar_days.spans_text(office_settings.read(story.session, WORKING_HOURS)) == (
        "08:00–12:00、14:00–17:30"
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ([("", "")], "至少要有一个时段"),
        ([("8点", "12:00")], "写成 08:00 这样"),
        ([("12:00", "08:00")], "结束须晚于开始"),
        ([("08:00", "12:00"), ("11:00", "17:00")], "工作时段重叠"),
    ],
)
def test_hours_that_make_no_day_are_refused(typed: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        calendar_days.spans_from(typed)
