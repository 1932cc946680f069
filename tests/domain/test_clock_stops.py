"""When and why the clock stood still, in words."""

import pytest

from domain import complaints, deadlines
from domain.clock_stops import stops_of
from models.calendar_day import CalendarDay
from models.complaint import Complaint
from models.enums import ComplaintKind, ComplaintStatus
from tests.support.story import Story, shanghai

S = ComplaintStatus


def _lines(story: Story, complaint: Complaint) -> list[str]:
    return [stop.text for stop in stops_of(story.session, complaint, now=story.now)]


def test_a_weekend_is_named_and_nights_and_noons_are_told_as_a_rule(story: Story) -> None:
    story.at("2026-11-27 16:00")  # a Friday

    assert _lines(story, story.complaint()) == [
        "今天 17:30–下周一 08:00 不计：周末",
        "每个工作日 12:00–14:00、17:30–次日 08:00 不计：非工作时间（5 次）",
    ]


def test_waiting_is_named_with_its_length_and_swallows_the_nights_within(story: Story) -> None:
    complaint, handler = story.complaint(S.IN_PROGRESS), story.office.handler
    story.at("2026-11-23 15:00")
    complaints.ask(story.session, complaint, words="哪天？", **story.by(handler))
    story.at("2026-11-25 09:00")
    assert _lines(story, complaint)[1] == "周一 15:00 至今 不计：等待诉求人补充（工作时间1 个工作日 3 小时）"
    complaints.resume(story.session, complaint, **story.by(handler))

    lines = _lines(story, complaint)

    assert lines[1] == "周一 15:00–今天 09:00 不计：等待诉求人补充（工作时间1 个工作日 3 小时）"
    assert lines[0].startswith("每个工作日 ")


def test_a_deferral_is_named(story: Story) -> None:
    complaint = story.complaint(S.DEFERRED)

    assert "今天 10:00 至今 挂账：按承诺的日期计" in _lines(story, complaint)


def test_what_is_urgent_stops_for_the_person_alone(story: Story) -> None:
    complaint = story.complaint(S.WAITING, urgent=True)
    story.later(hours=20)

    assert _lines(story, complaint) == ["昨天 10:00 至今 不计：等待诉求人补充（20 小时）"]


def test_praise_is_not_timed(story: Story) -> None:
    assert _lines(story, story.complaint(kind=ComplaintKind.PRAISE, text="谢谢师傅")) == []


def test_many_rest_days_are_summed_up_and_holidays_are_told_from_weekends(story: Story) -> None:
    story.session.add(CalendarDay(day=shanghai("2026-11-24 00:00").date(), working=False))
    story.session.flush()
    deadlines.forget_calendar(story.session)
    complaint = story.complaint(S.WAITING)
    complaint.done_due_at = shanghai("2027-01-20 10:00")
    complaint.events[-1].at = shanghai("2027-01-19 10:00")

    lines = _lines(story, complaint)

    assert lines[1] == "今天 17:30–周三 08:00 不计：节假日"
    assert lines[6].startswith("之后另有 ")
    deadlines.forget_calendar(story.session)


def test_few_breaks_are_named_one_by_one(story: Story) -> None:
    complaint = story.complaint()
    complaint.done_due_at = shanghai("2026-11-23 16:00")

    assert _lines(story, complaint) == ["今天 12:00–14:00 不计：非工作时间"]
    complaint.done_due_at = shanghai("2026-11-23 11:30")
    assert _lines(story, complaint) == []


def test_the_office_closes_at_noon_and_in_the_evening(story: Story) -> None:
    calendar = deadlines.calendar_for(story.session)

    assert calendar.closes_at(shanghai("2026-11-23 08:00")) == shanghai("2026-11-23 12:00")
    for closed in ("2026-11-23 12:30", "2026-11-22 10:00"):
        with pytest.raises(ValueError, match="不在工作时间"):
            calendar.closes_at(shanghai(closed))
