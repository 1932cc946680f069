"""What moves a due time: waiting for the person, a promise, an order from above."""

from domain import complaints, deadlines, timers
from domain.deadlines import Clock
from models.enums import ComplaintStatus, TimerKind
from tests.support.story import Story, shanghai, wall

S = ComplaintStatus


def test_waiting_over_lunch_costs_only_working_time(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    story.at("2026-11-23 11:30")
    complaints.ask(story.session, complaint, words="哪一天？", **story.by(story.office.handler))
    story.at("2026-11-23 14:15")
    complaints.supplement(story.session, complaint, words="昨天", **story.by(story.office.student))

    # 11:30–12:00 and 14:00–14:15: 45 working minutes.
    assert wall(complaint.done_due_at) == "11-26 10:45"


def test_no_reminder_goes_out_while_it_waits(story: Story) -> None:
    assert story.timers(story.complaint(S.WAITING)) == {}


def test_note_and_supervision_do_not_end_the_waiting(story: Story) -> None:
    complaint = story.complaint(S.WAITING)
    story.at("2026-11-24 10:00")
    complaints.note(story.session, complaint, words="打过电话", **story.by(story.office.handler))
    complaints.supervise(story.session, complaint, words="请关注", **story.by(story.office.leader))
    story.at("2026-11-25 10:00")
    complaints.supplement(story.session, complaint, words="昨天", **story.by(story.office.student))

    assert wall(complaint.done_due_at) == "11-30 10:00"


def test_waiting_stops_an_urgent_clock_too(story: Story) -> None:
    complaint = story.complaint(S.WAITING, text="宿舍插座漏电")
    story.later(hours=5)
    complaints.supplement(story.session, complaint, words="302 室", **story.by(story.office.student))

    assert wall(complaint.done_due_at) == "11-24 15:00"


def test_waiting_before_dispatch_stops_the_desks_clock(story: Story) -> None:
    complaint = story.complaint()
    complaints.ask(story.session, complaint, words="哪个食堂？", **story.by(story.office.dispatcher))
    story.later(hours=1)
    complaints.supplement(story.session, complaint, words="二食堂", **story.by(story.office.student))

    assert wall(complaint.dispatch_due_at) == "11-23 11:30"
    assert story.timers(complaint)["dispatch_overdue"] == "11-23 11:30"


def test_deferral_uses_the_promised_day_and_wakes_up_that_morning(story: Story) -> None:
    complaint = story.complaint(S.DEFERRED)  # until Sunday 13 December, so to Monday's closing hour

    assert wall(complaint.done_due_at) == "12-14 17:30"
    assert story.timers(complaint) == {"resume_deferred": "12-14 08:00"}


def test_resumed_deferral_is_not_at_once_reminded_of_progress(story: Story) -> None:
    complaint = story.complaint(S.DEFERRED)
    story.at("2026-12-14 08:00")
    assert timers.fire(story.session, story.timer(complaint, TimerKind.RESUME_DEFERRED).id, now=story.now)

    assert complaint.status is S.IN_PROGRESS
    assert story.timers(complaint) == {
        "answer_overdue": "11-24 10:00",
        "done_near": "12-14 08:00",
        "done_overdue": "12-15 08:00",
        "done_escalated": "12-16 08:00",
        "progress_due": "12-17 08:00",
    }


def test_leader_may_call_a_deferral_back_earlier(story: Story) -> None:
    complaint = story.complaint(S.DEFERRED)
    until = shanghai("2026-12-01 17:30")

    complaints.supervise(
        story.session, complaint, words="不能拖", until=until, **story.by(story.office.leader)
    )

    assert wall(complaint.done_due_at) == "12-01 17:30"
    assert story.timers(complaint) == {"resume_deferred": "12-01 08:00"}


def test_second_deferral_wakes_up_again(story: Story) -> None:
    complaint = story.complaint(S.DEFERRED)
    story.at("2026-12-14 08:00")
    timers.fire(story.session, story.timer(complaint, TimerKind.RESUME_DEFERRED).id, now=story.now)
    until = shanghai("2026-12-21 00:00")
    complaints.request_deferral(
        story.session, complaint, reason="仍缺配件", until=until, **story.by(story.office.handler)
    )
    complaints.approve_deferral(story.session, complaint, **story.by(story.office.lead))

    assert story.timers(complaint) == {"resume_deferred": "12-21 08:00"}


def test_supervision_sets_a_deadline_of_its_own(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    until = shanghai("2026-11-24 17:00")

    complaints.supervise(
        story.session, complaint, words="明天办结", until=until, **story.by(story.office.leader)
    )

    assert wall(complaint.done_due_at) == "11-24 17:00"
    assert wall(complaint.near_due_at) == "11-23 17:00"
    assert story.timers(complaint)["done_escalated"] == "11-25 17:00"


def test_supervised_urgent_complaint_goes_up_an_hour_later(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS, text="电梯困人")
    until = shanghai("2026-11-23 21:00")

    complaints.supervise(
        story.session, complaint, words="今晚办结", until=until, **story.by(story.office.leader)
    )

    assert story.timers(complaint)["done_escalated"] == "11-23 22:00"


def test_waiting_moves_a_promised_date_by_what_was_waited(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    until = shanghai("2026-11-24 17:30")
    complaints.supervise(
        story.session, complaint, words="明天办结", until=until, **story.by(story.office.leader)
    )
    story.at("2026-11-24 17:00")
    complaints.ask(story.session, complaint, words="哪一天？", **story.by(story.office.handler))
    story.at("2026-11-25 09:00")
    complaints.supplement(story.session, complaint, words="昨天", **story.by(story.office.student))

    # 17:00–17:30 and 8:00–9:00 were waited.
    assert wall(complaint.done_due_at) == "11-25 09:30"
    clocks = deadlines.deadlines_of(
        complaint, complaint.events, deadlines.calendar_for(story.session), now=story.now
    )
    assert clocks[Clock.DONE].steps[-1] == "督办要求：昨天 17:30；等待补充期间不计时，顺延到今天 09:30"
