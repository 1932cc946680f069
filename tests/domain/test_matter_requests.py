"""Four eyes: who did the work submits, another accepts against the goal."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from domain import matter_lifecycle, matter_requests, matter_work
from domain.actors import CLOCK
from domain.errors import Invalid, NotAllowed
from models.attachment import Attachment
from models.enums import AttachmentPurpose, RequestState, Role
from models.matter_words import MatterRequestKind, MatterStatus, MatterStepName
from models.staff import StaffRole
from tests.domain.test_matters import told
from tests.support.matters import matter
from tests.support.story import Story

S = MatterStatus


def test_a_matter_is_submitted_refused_submitted_again_and_accepted(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, S.IN_PROGRESS, now=story.now)
    with pytest.raises(Invalid) as no_evidence:
        matter_requests.submit(session, one, words="已更换", **story.by(office.handler))
    assert no_evidence.value.field == "no_photo_reason"

    event = matter_requests.submit(
        session, one, words="已更换", attachments=[story.photo()], **story.by(office.handler)
    )

    assert (one.status, told(story, one)) == (S.SUBMITTED, {"leader": "staff_request"})
    photo = session.scalars(select(Attachment).where(Attachment.matter_event_id == event.id)).one()
    assert photo.purpose is AttachmentPurpose.AFTER
    matter_requests.refuse(session, one, words="只换了一半", **story.by(office.leader))
    assert (one.status, one.round, one.submitted_at) == (S.IN_PROGRESS, 2, None)
    team = {"colleague": "staff_reopened", "lead": "staff_reopened"}
    assert told(story, one) == {"handler": "staff_decided", **team}
    matter_requests.submit(session, one, words="全换了", no_photo_reason="在后厨", **story.by(office.handler))
    matter_requests.retract(session, one, words="还差一个", **story.by(office.colleague))
    assert one.status is S.IN_PROGRESS
    matter_requests.submit(session, one, words="全换了", no_photo_reason="在后厨", **story.by(office.handler))
    story.later(days=1)
    matter_requests.accept(session, one, words="实测 65 度", **story.by(office.leader))

    assert (one.status, one.closed_at) == (S.CLOSED, story.now)
    assert one.watch_until == story.now + timedelta(days=90)
    assert told(story, one) == {"handler": "staff_decided"}
    states = [request.state for request in one.requests]
    assert states == [RequestState.REFUSED, RequestState.DROPPED, RequestState.GRANTED]


def test_nobody_accepts_what_is_their_own_with_two_roles_either(story: Story) -> None:
    office, session = story.office, story.session
    office.handler.role_rows.append(StaffRole(role=Role.LEADER))
    office.colleague.role_rows.append(StaffRole(role=Role.LEADER))
    one = matter(session, office, S.IN_PROGRESS, now=story.now)
    matter_work.progress(session, one, words="换了一个", **story.by(office.colleague))
    matter_requests.submit(session, one, words="已更换", no_photo_reason="在后厨", **story.by(office.handler))

    with pytest.raises(NotAllowed, match="自己提出的申请须由另一人审定"):
        matter_requests.accept(session, one, words="好", **story.by(office.handler))
    with pytest.raises(NotAllowed, match="办理过这件事项的人"):
        matter_requests.accept(session, one, words="好", **story.by(office.colleague))
    with pytest.raises(NotAllowed, match="只能由分管领导操作"):
        matter_requests.accept(session, one, words="好", **story.by(office.inspector))
    matter_requests.accept(session, one, words="好", **story.by(office.leader))
    with pytest.raises(NotAllowed, match="现在的状态是「已销号」"):
        matter_requests.accept(session, one, words="好", **story.by(office.leader))


def test_parts_are_accepted_one_by_one_before_the_whole(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, S.IN_PROGRESS, now=story.now)
    handler, leader = office.handler, office.leader

    def plan(title: str, day: date | None = None) -> int:
        return matter_work.plan_milestone(session, one, title=title, deadline=day, **story.by(office.lead)).id

    first, second, third = plan("采购", date(2026, 12, 1)), plan("安装"), plan("多余")
    for title, day in (("", None), ("长" * 101, None), ("晚了", date(2027, 1, 1))):
        with pytest.raises(Invalid):
            plan(title, day)
    matter_work.drop_milestone(session, one, milestone_id=third, words="重复", **story.by(leader))
    with pytest.raises(NotAllowed, match="还有 2 个节点没有验收：采购。"):
        matter_requests.submit(session, one, words="好了", no_photo_reason="无", **story.by(handler))

    matter_requests.submit_milestone(session, one, milestone_id=first, words="到货", **story.by(handler))
    with pytest.raises(Invalid, match="已经在等验收"):
        matter_requests.submit_milestone(session, one, milestone_id=first, words="又", **story.by(handler))
    with pytest.raises(Invalid, match="报请过验收"):
        matter_work.drop_milestone(session, one, milestone_id=first, words="不要", **story.by(leader))
    with pytest.raises(NotAllowed, match="没有待审定的节点验收申请"):
        matter_requests.accept_milestone(session, one, milestone_id=second, **story.by(leader))
    matter_requests.refuse_milestone(session, one, milestone_id=first, words="数量不对", **story.by(leader))
    assert told(story, one) == {"handler": "staff_decided"}
    matter_requests.submit_milestone(
        session, one, milestone_id=first, words="补齐", attachments=[story.photo()], **story.by(handler)
    )
    matter_requests.accept_milestone(session, one, milestone_id=first, words="核对无误", **story.by(leader))
    with pytest.raises(Invalid, match="还没有验收的节点"):
        matter_requests.submit_milestone(session, one, milestone_id=first, words="又", **story.by(handler))
    matter_requests.submit_milestone(session, one, milestone_id=second, words="装好", **story.by(handler))
    offered = matter_lifecycle.open_matter_steps(one, story.by(handler)["actor"], now=story.now)
    assert MatterStepName.SUBMIT_MILESTONE not in {step.name for step in offered}
    matter_requests.accept_milestone(session, one, milestone_id=second, **story.by(leader))
    with pytest.raises(Invalid, match="还没有验收的节点"):
        matter_work.drop_milestone(session, one, milestone_id=second, words="不要", **story.by(leader))
    matter_requests.submit(session, one, words="好了", no_photo_reason="无", **story.by(handler))
    assert one.status is S.SUBMITTED


def test_there_is_an_end_to_milestones(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matter_work, "MOST_MILESTONES", 0)
    one = matter(story.session, story.office, now=story.now)
    with pytest.raises(Invalid, match="最多 0 个节点"):
        matter_work.plan_milestone(story.session, one, title="采购", **story.by(story.office.lead))


def test_a_deferral_needs_a_leader_and_a_day(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, S.IN_PROGRESS, now=story.now)

    def ask(until: date) -> None:
        matter_requests.request_deferral(session, one, reason="等预算", until=until, **story.by(office.lead))

    for until in (date(2026, 11, 23), date(2029, 1, 1)):
        with pytest.raises(Invalid):
            ask(until)
    with pytest.raises(NotAllowed, match="没有待审定的挂账申请"):
        matter_requests.approve_deferral(session, one, **story.by(office.leader))
    ask(date(2027, 3, 1))
    with pytest.raises(NotAllowed, match="已有一个挂账申请"):
        ask(date(2027, 4, 1))
    matter_requests.refuse_deferral(session, one, words="可以先做一半", **story.by(office.leader))
    ask(date(2027, 3, 1))
    event = matter_requests.approve_deferral(session, one, words="抓紧落实", **story.by(office.leader))
    assert (one.status, one.deferred_until, event.words) == (
        S.DEFERRED,
        date(2027, 3, 1),
        "等预算。抓紧落实。",
    )
    matter_work.resume(session, one, **story.by(office.handler))
    assert (one.status, one.deferred_until) == (S.IN_PROGRESS, None)
    ask(date(2027, 3, 1))
    story.later(days=200)
    with pytest.raises(Invalid, match="晚于今天"):
        matter_requests.approve_deferral(session, one, **story.by(office.leader))
    matter_requests.submit(session, one, words="好了", no_photo_reason="无", **story.by(office.handler))
    deferrals = [one for one in one.requests if one.kind is MatterRequestKind.DEFERRAL]
    assert deferrals[-1].state is RequestState.DROPPED


def test_supervision_cancelling_reopening_and_notes_are_on_record(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, now=story.now)
    with pytest.raises(Invalid, match="已经过去"):
        matter_work.supervise(session, one, words="快", until=date(2026, 11, 1), **story.by(office.inspector))
    matter_work.supervise(session, one, words="快", until=date(2026, 12, 1), **story.by(office.inspector))
    assert (one.supervised_at, one.supervised_until) == (story.now, date(2026, 12, 1))
    assert told(story, one)["leader"] == "staff_supervised"
    matter_work.supervise(session, one, words="再快", **story.by(office.leader))
    note = matter_work.note(session, one, words="供应商电话", **story.by(office.handler))
    assert (note.public, told(story, one)) == (False, {})
    matter_work.cancel(session, one, words="与另一件重复", **story.by(office.leader))
    assert one.status is S.CANCELLED
    closed = matter(session, office, S.CLOSED, now=story.now)
    matter_work.reopen(session, closed, words="又凉了", **story.by(office.inspector))
    assert (closed.status, closed.round, closed.closed_at, closed.watch_until) == (
        S.IN_PROGRESS,
        2,
        None,
        None,
    )


def test_only_staff_ask_for_a_decision(story: Story) -> None:
    one = matter(story.session, story.office, now=story.now)
    event = matter_lifecycle.begin(
        story.session,
        matter(story.session, story.office, now=story.now),
        actor=CLOCK,
        words="",
        now=story.now,
    )
    with pytest.raises(ValueError, match="only staff"):
        matter_requests._ask(story.session, one, MatterRequestKind.CLOSE, event)
