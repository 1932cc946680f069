"""How clocks stand, in words."""

from datetime import timedelta

import pytest

from domain import complaints
from domain.clock_texts import ClockState, ClockText, explain, length_text
from domain.deadlines import Clock, calendar_for
from models.complaint import Complaint
from models.enums import ComplaintKind, ComplaintStatus
from tests.support.story import Story, shanghai

S = ComplaintStatus


def clocks(story: Story, complaint: Complaint) -> dict[str, str]:
    """Each clock with its state and words."""
    return {
        one.clock.label: f"{one.state.label}：{one.text}"
        for one in explain(story.session, complaint, now=story.now)
    }


def done(story: Story, complaint: Complaint) -> ClockText:
    """The clock of the result."""
    (found,) = (one for one in explain(story.session, complaint, now=story.now) if one.clock is Clock.DONE)
    return found


def test_running_clocks_say_how_much_working_time_is_left(story: Story) -> None:
    complaint = story.complaint()
    story.later(minutes=5)

    assert clocks(story, complaint) == {
        "受理派单": "进行中：还剩 25 分钟（工作时间）",
        "首次答复": "进行中：还剩 7 小时 25 分（工作时间）",
        "办结": "进行中：还剩 2 个工作日 7 小时（工作时间）",
    }


def test_clock_explains_line_by_line_why_it_is_due_then(story: Story) -> None:
    story.at("2026-11-27 11:30")
    complaint = story.complaint(S.WAITING)
    story.at("2026-11-30 09:00")
    complaints.supplement(story.session, complaint, words="昨天", **story.by(story.office.student))
    clock = done(story, complaint)

    assert clock.due_at == shanghai("2026-12-03 09:00")
    assert clock.lines == (
        "提交：11月27日 11:30",
        "时限：3 个工作日（每个工作日 7.5 小时）",
        "等待诉求人补充：11月27日 11:30–今天 09:00，不计时",
        "休息日：11月28日–29日，不计时",
        "到期：周四 09:00",
    )


def test_clocks_get_near_and_overdue(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    story.at("2026-11-25 11:53")
    assert clocks(story, complaint) == {
        "受理派单": "按时完成：周一 10:00 按时完成",
        "首次答复": "超期：已超 1 个工作日 1 小时（工作时间）",
        "办结": "临期：还剩 5 小时 37 分（工作时间）",
    }
    story.at("2026-11-26 10:00")
    assert done(story, complaint).state is ClockState.NEAR
    story.later(minutes=1)
    assert done(story, complaint).text == "已超 1 分钟（工作时间）"


def test_waiting_stops_the_clock_and_says_so(story: Story) -> None:
    complaint = story.complaint(S.WAITING)
    story.later(days=30)

    assert clocks(story, complaint) == {
        "受理派单": "按时完成：11月23日 10:00 按时完成",
        "首次答复": "按时完成：11月23日 10:00 按时完成",
        "办结": "暂停：等待诉求人补充，暂不计时",
    }


def test_late_answer_stays_late(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    story.at("2026-11-25 10:00")
    complaints.progress(story.session, complaint, words="在修", **story.by(story.office.handler))
    story.later(days=1)

    assert clocks(story, complaint)["首次答复"] == "超时完成：昨天 10:00 超时完成"


def test_urgent_clocks_count_every_hour(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS, text="插座漏电")
    story.later(minutes=30)
    assert clocks(story, complaint)["首次答复"] == "临期：还剩 不到 1 分钟"
    story.later(minutes=30)

    assert clocks(story, complaint)["首次答复"] == "超期：已超 30 分钟"
    assert clocks(story, complaint)["办结"] == "进行中：还剩 23 小时"
    story.later(days=3, hours=2)
    assert clocks(story, complaint)["办结"] == "超期：已超 2 天 3 小时"


def test_ended_complaint_shows_only_the_clocks_that_mattered(story: Story) -> None:
    withdrawn, closed = story.complaint(S.WITHDRAWN), story.complaint(S.CLOSED)
    story.later(days=9)

    assert clocks(story, withdrawn) == {}
    assert set(clocks(story, closed)) == {"受理派单", "首次答复", "办结"}
    assert done(story, closed).state is ClockState.MET


def test_redo_has_no_clock_of_the_desk_but_an_appeal_has(story: Story) -> None:
    redo, appealed = story.complaint(S.RESOLVED), story.complaint(S.REJECTED)
    complaints.rate(story.session, redo, solved=False, stars=1, **story.by(story.office.student))
    complaints.appeal(story.session, appealed, words="归后勤", **story.by(story.office.student))

    assert set(clocks(story, redo)) == {"首次答复", "办结"}
    assert clocks(story, appealed)["受理派单"] == "进行中：还剩 30 分钟（工作时间）"


def test_praise_has_no_clock_to_explain(story: Story) -> None:
    assert explain(story.session, story.complaint(kind=ComplaintKind.PRAISE), now=story.now) == []


@pytest.mark.parametrize(
    ("minutes", "whole_days", "text"),
    [
        (0, True, "0 分钟"),
        (59, True, "59 分钟"),
        (60, True, "1 小时"),
        (449, True, "7 小时 29 分"),
        (450, True, "1 个工作日"),
        (450 + 90, True, "1 个工作日 1 小时"),
        (450, False, "7 小时 30 分"),
        (24 * 60, False, "1 天"),
        (50 * 60 + 5, False, "2 天 2 小时"),
    ],
)
def test_length_is_said_in_two_units_at_most(story: Story, minutes: int, whole_days: bool, text: str) -> None:
    calendar = calendar_for(story.session)

    assert length_text(timedelta(minutes=minutes), calendar, whole_days=whole_days) == text
