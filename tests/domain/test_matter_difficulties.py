"""What a matter is stuck on, suspicions found untrue, and the list of difficult points."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from domain import (
    complaints,
    matter_notices,
    matter_queries,
    matter_relapse,
    matter_requests,
    matter_work,
    office_settings,
)
from domain.difficult_points import DifficultFilters, difficult_points
from domain.difficulties import DifficultPoint, Difficulty
from domain.errors import Invalid, NotAllowed
from domain.matter_settings import RELAPSE_THRESHOLD
from models.enums import ComplaintStatus, NoticeKind, Role
from models.matter import MatterEvent
from models.matter_words import MatterStatus, MatterStepName
from models.notice import Notice
from models.staff import Staff, StaffRole
from tests.domain.test_matter_clock import last_words, turns
from tests.domain.test_matters import told
from tests.support.matters import matter
from tests.support.story import Story

S = MatterStatus
D = Difficulty


def test_what_work_is_stuck_on_is_reported_corrected_and_resolved(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, S.IN_PROGRESS, now=story.now)
    for words, needs, field in (("", "经费", "words"), ("没钱", " ", "needs"), ("没钱", "长" * 501, "needs")):
        with pytest.raises(Invalid) as refused:
            matter_work.block(session, one, words=words, needs=needs, **story.by(office.handler))
        assert refused.value.field == field
    matter_work.block(session, one, words="电力不够", needs="请基建处增容", **story.by(office.handler))
    assert told(story, one) == {"leader": "staff_request"}
    since = story.now
    story.later(days=2)
    matter_work.block(session, one, words="还是不够", needs="请基建处增容", **story.by(office.lead))
    assert (one.blocked_at, one.blocked_reason) == (since, "还是不够")

    matter_work.unblock(session, one, words="已增容", **story.by(office.leader))
    assert (one.blocked_at, one.blocked_reason, one.blocked_needs) == (None, "", "")
    with pytest.raises(NotAllowed, match="没有上报过难点"):
        matter_work.unblock(session, one, words="已增容", **story.by(office.leader))
    matter_work.block(session, one, words="缺货", needs="请采购中心催货", **story.by(office.handler))
    matter_requests.submit(session, one, words="好了", no_photo_reason="在后厨", **story.by(office.handler))
    assert one.blocked_at is None


def test_a_suspected_relapse_is_found_untrue_by_somebody_apart_from_it(story: Story) -> None:
    office, session = story.office, story.session
    office_settings.write(session, RELAPSE_THRESHOLD, 1, staff=office.admin, now=story.now)
    one = matter(session, office, S.CLOSED, now=story.now)
    with pytest.raises(NotAllowed, match="没有反弹预警"):
        matter_work.clear_relapse(session, one, words="不是", **story.by(office.inspector))
    story.later(days=1)
    story.complaint(service_point=office.canteen)
    story.later(hours=1)
    assert turns(story) == ["relapse"]
    with pytest.raises(NotAllowed, match="办理或验收过这件事项的人不能排除反弹"):
        matter_work.clear_relapse(session, one, words="不是", **story.by(office.leader))

    matter_work.clear_relapse(session, one, words="说的是座位，不是饭菜", **story.by(office.inspector))
    assert (one.relapsed_at, matter_relapse.complaints_since(session, one)) == (None, [])
    assert turns(story) == []
    story.later(days=1)
    story.complaint(service_point=office.canteen)
    story.later(hours=1)
    assert turns(story) == ["relapse"]
    (back,) = matter_relapse.complaints_since(session, one)
    matter_work.reopen(session, one, words="确实又凉了", **story.by(office.leader))
    assert one.relapse_cleared_at is None
    # Who said that it is back hears from now on how it goes.
    assert matter_queries.complaints_of(session, one) == [back]
    assert told(story, one)["student"] == "matter_progress"


def test_the_end_of_a_supervised_day_and_of_a_day_nobody_leads_are_told_to_leaders(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, S.IN_PROGRESS, now=story.now, lead_staff_id=None)
    act = story.by(office.inspector)
    matter_work.supervise(session, one, words="抓紧", until=date(2026, 11, 25), **act)
    story.at("2026-11-25 09:00")
    assert turns(story) == []
    story.at("2026-11-26 09:00")
    assert turns(story) == ["supervised"]
    assert last_words(story, one) == "督办的期限 11月25日已过，请立即报告办理情况。"
    assert told(story, one)["leader"] == "staff_overdue"
    act = story.by(office.inspector)
    matter_work.supervise(session, one, words="再抓紧", until=date(2026, 11, 26), **act)
    story.at("2026-11-27 09:00")
    assert turns(story) == ["supervised"]


def test_two_roles_open_no_way_to_decide_on_ones_own_work(story: Story) -> None:
    office, session = story.office, story.session
    both: Staff = office.lead
    both.role_rows += [StaffRole(role=Role.LEADER), StaffRole(role=Role.INSPECTOR)]
    one = matter(session, office, S.IN_PROGRESS, now=story.now)
    part = matter_work.plan_milestone(session, one, title="采购", **story.by(office.dispatcher))
    act = story.by(both)
    matter_requests.submit_milestone(session, one, milestone_id=part.id, words="买了", **act)
    until = date(2026, 12, 30)
    matter_requests.request_deferral(session, one, reason="等货", until=until, **act)
    own = "自己提出的申请须由另一人审定"
    for decide in (matter_requests.accept_milestone, matter_requests.refuse_milestone):
        with pytest.raises(NotAllowed, match=own):
            decide(session, one, milestone_id=part.id, words="好", **act)
    for judge in (matter_requests.approve_deferral, matter_requests.refuse_deferral):
        with pytest.raises(NotAllowed, match=own):
            judge(session, one, words="好", **act)
    matter_requests.refuse_deferral(session, one, words="不等", **story.by(office.leader))
    matter_requests.accept_milestone(session, one, milestone_id=part.id, **story.by(office.leader))
    # What a colleague submits, somebody who worked on it does not accept either; nor take it as no relapse.
    matter_requests.submit(session, one, words="好了", no_photo_reason="在后厨", **story.by(office.handler))
    for decide_whole in (matter_requests.accept, matter_requests.refuse):
        with pytest.raises(NotAllowed, match="办理过这件事项的人"):
            decide_whole(session, one, words="好", **act)
    matter_requests.accept(session, one, words="好", **story.by(office.leader))
    one.relapsed_at = story.now
    with pytest.raises(NotAllowed, match="办理或验收过"):
        matter_work.clear_relapse(session, one, words="不是", **act)


def _shown(point: DifficultPoint) -> tuple[object, ...]:
    return (point.why, point.title, point.reason, point.since.isoformat(), point.whose, point.needed)


def test_difficult_matters_say_why_since_when_whose_and_what_is_needed(story: Story) -> None:
    office, session = story.office, story.session
    leader = f"{office.leader.name}（牵头领导）"
    deferred = matter(session, office, S.DEFERRED, now=story.now, title="挂着的", deadline=date(2027, 6, 1))
    late = matter(session, office, S.IN_PROGRESS, now=story.now, title="晚了的", deadline=date(2026, 11, 24))
    silent = matter(session, office, now=story.now, title="没动静的", deadline=date(2026, 11, 25))
    back = matter(session, office, S.SUBMITTED, now=story.now, title="退回的")
    matter_requests.refuse(session, back, words="只换了一半", **story.by(office.leader))
    waits = matter(session, office, S.SUBMITTED, now=story.now, title="等验收的")
    stuck = matter(session, office, S.IN_PROGRESS, now=story.now, title="卡住的", lead_staff_id=None)
    matter_work.block(session, stuck, words="电力不够", needs="请基建处增容", **story.by(office.handler))
    matter(session, office, now=story.now, title="好好的")
    relapsed = matter(session, office, S.CLOSED, now=story.now, title="反弹的")
    relapsed.relapsed_at = story.now
    story.later(days=4)
    matter_work.progress(session, late, words="供货商推迟了", **story.by(office.handler))

    found = difficult_points(session, office.leader, DifficultFilters(), now=story.now)
    assert difficult_points(session, office.leader, DifficultFilters(matters=True), now=story.now) == found

    team = office.team.name
    assert [_shown(one) for one in found] == [
        (D.DEFERRED, "挂着的", "等预算。", "2026-11-23", team, "承诺2027年3月1日恢复推进"),
        (D.SENT_BACK, "退回的", "只换了一半", "2026-11-23", team, "按理由整改后再申请销号"),
        (D.WAITS, "等验收的", "已更换", "2026-11-23", leader, "审定销号申请"),
        (D.BLOCKED, "卡住的", "电力不够", "2026-11-23", "分管领导", "请基建处增容"),
        (
            D.RELAPSED,
            "反弹的",
            "销号后同一地点、同一类别又有新诉求",
            "2026-11-23",
            "督导组、分管领导",
            "核实：确实反弹的重新打开，不是的说明情况",
        ),
        (D.OVERDUE, "晚了的", "供货商推迟了", "2026-11-24", team, "尽快完成"),
        (
            D.OVERDUE,
            "没动静的",
            "",
            "2026-11-25",
            team,
            "说明原因，尽快完成或申请挂账",
        ),
    ]
    assert all(one.is_matter for one in found)
    for filters, expected in (
        (DifficultFilters(why=D.DEFERRED), [deferred]),
        (DifficultFilters(unexplained=True), [silent]),
        (DifficultFilters(team_id=office.other_team.id), []),
        (DifficultFilters(matters=False), []),
    ):
        points = difficult_points(session, office.leader, filters, now=story.now)
        assert [one.subject for one in points] == expected
    assert difficult_points(session, office.outsider, DifficultFilters(), now=story.now) == []
    assert waits.requests[0].requested_at < story.now


def test_difficult_complaints_are_named_by_place_and_category_alone(story: Story) -> None:
    office, session = story.office, story.session
    where = {"service_point": office.canteen}
    put_off = story.complaint(ComplaintStatus.DEFERRED, **where)
    unplaced = story.complaint(ComplaintStatus.IN_PROGRESS, text="请打 13812345678")
    asked = story.complaint(ComplaintStatus.IN_PROGRESS, **where)
    complaints.request_transfer(session, asked, reason="不归我们", **story.by(office.handler))
    again = story.complaint(ComplaintStatus.IN_PROGRESS, **where)
    again.reopen_count = 2
    again.done_due_at = story.now + timedelta(days=60)
    asked.done_due_at = story.now + timedelta(days=60)
    desk = story.complaint(ComplaintStatus.SUBMITTED)
    story.later(days=20)
    complaints.progress(session, unplaced, words="在等 13812345678 回电", **story.by(office.handler))

    found = difficult_points(session, office.dispatcher, DifficultFilters(matters=False), now=story.now)

    shown = {one.subject: (one.why, one.title, one.reason, one.whose, one.needed) for one in found}
    named = f"{office.canteen.full_name}：{office.category.name}（{asked.kind.label}）"
    team = office.team.name
    assert shown[put_off][:2] == (D.DEFERRED, named)
    assert shown[put_off][4].startswith("承诺202")
    title = f"地点未登记：{office.category.name}（{unplaced.kind.label}）"
    assert shown[unplaced] == (D.OVERDUE, title, "在等 ＊＊＊ 回电", team, "尽快办结")
    assert shown[asked] == (D.WAITS, named, "不归我们", "受理员", "审定转办申请")
    assert shown[again] == (D.SENT_BACK, named, "", team, "已重办 2 次，由单位负责人督促解决")
    assert shown[desk][0::4] == (D.OVERDUE, "尽快派单")
    assert len(shown) == 5
    assert not any(one.is_matter for one in found)


def test_who_hears_of_a_difficulty_reads_what_it_is_about(story: Story) -> None:
    one = matter(story.session, story.office, S.IN_PROGRESS, now=story.now)
    act = story.by(story.office.handler)
    matter_work.block(story.session, one, words="电力不够", needs="请基建处增容", **act)
    notice = story.session.scalars(
        select(Notice).where(Notice.kind == NoticeKind.STAFF_REQUEST).order_by(Notice.id.desc())
    ).first()
    assert notice is not None
    assert notice.title == "事项遇到难点，请协调"
    assert "电力不够" in notice.body
    event = story.session.scalars(select(MatterEvent).where(MatterEvent.step == MatterStepName.BLOCK)).one()
    assert event.details["needs"] == "请基建处增容"
    heard = matter_notices.staff_told(story.session, [event])
    assert {number: [one.staff for one in told] for number, told in heard.items()} == {
        event.id: [story.office.leader]
    }
