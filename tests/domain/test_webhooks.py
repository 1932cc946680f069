"""Webhooks: who is told of what, in which order, and what becomes of those that nobody takes."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import (
    complaints,
    connected_systems,
    content_checks,
    handling,
    release,
    webhook_log,
    webhook_outbox,
    webhook_settings,
)
from domain.connected_systems import Rights
from domain.release import Wish
from domain.webhook_outbox import DELAYS, PAUSES, Fate, Outcome, Parcel
from models.complaint import Complaint
from models.connected_system import ConnectedSystem, WebhookAttempt, WebhookDelivery
from models.connected_words import DeliveryState
from models.content_check import ContentCheck
from models.content_check_words import CheckState
from models.enums import ComplaintStatus
from models.enums import Outcome as Solved
from tests.support.connected import TAKEN, claim, filed_by, hook_of, hooked, try_one
from tests.support.story import Story

D = DeliveryState
REFUSED = Outcome(fate=Fate.REFUSED, milliseconds=12, status=500, words="对方回答 HTTP 500", answer="oops")
AWAY = Outcome(fate=Fate.AWAY, milliseconds=5000, words="连接超时")


def told(session: Session, system: ConnectedSystem) -> list[tuple[str, str]]:
    """Give what a system is told: which complaint, and what of it."""
    rows = session.scalars(
        select(WebhookDelivery).where(WebhookDelivery.system_id == system.id).order_by(WebhookDelivery.id)
    )
    bodies = [json.loads(row.payload) for row in rows]
    return [(body["data"]["service_request_id"][-4:], body["type"]) for body in bodies]


def delivery(story: Story, parcel: Parcel) -> WebhookDelivery:
    return story.session.get_one(WebhookDelivery, parcel.delivery_id)


def in_progress(story: Story, **changes: Any) -> Complaint:
    return story.complaint(ComplaintStatus.IN_PROGRESS, service_point=story.office.canteen, **changes)


def publish(story: Story, complaint: Complaint) -> None:
    wish = Wish("窗口的汤是凉的", "已换保温桶")
    release.release(
        story.session, complaint, wish, confirmed=True, staff=story.office.dispatcher, now=story.now
    )


def test_each_system_is_told_of_its_own_and_of_what_is_public(story: Story) -> None:
    office, session = story.office, story.session
    portal = hooked(session, office.admin, "门户", now=story.now)
    hot_line = hooked(
        session,
        office.admin,
        "热线",
        now=story.now,
        rights=Rights(read=False, submit=True, hook=True),
    )
    own = filed_by(session, hot_line, office, now=story.now)
    other = in_progress(story, text="排队太久")
    complaints.accept(session, own, **story.by(office.handler))
    complaints.progress(session, own, words="已去看", **story.by(office.handler))
    publish(story, other)
    solved: dict[str, Any] = {"words": "已加窗口", "outcome": Solved.SOLVED, "no_photo_reason": "不涉及"}
    complaints.resolve(session, other, **solved, **story.by(office.handler))
    handling.unpublish(session, other, words="说错了", **story.by(office.dispatcher))

    number = own.number[-4:]
    public = other.number[-4:]
    assert told(session, hot_line) == [
        (number, "complaint.created"),
        (number, "complaint.status_changed"),
        (number, "complaint.status_changed"),
    ]
    assert told(session, portal) == [
        (public, "complaint.published"),
        (public, "complaint.status_changed"),
        (public, "complaint.unpublished"),
    ]


def test_webhook_names_the_complaint_and_nobody(story: Story) -> None:
    system = hooked(story.session, story.office.admin, now=story.now)
    own = filed_by(
        story.session,
        system,
        story.office,
        now=story.now,
        phone="13800000000",
        last_name="周",
        first_name="大川",
    )
    created, assigned = story.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()

    assert json.loads(assigned.payload) == {
        "type": "complaint.status_changed",
        "version": 1,
        "timestamp": "2026-11-23T10:00:00+08:00",
        "data": {
            "service_request_id": own.number,
            "service_code": "other",
            "status": "open",
            "status_detail": "assigned",
            "status_label": "已派单",
            "previous_status_detail": "submitted",
            "public": False,
            "requested_datetime": "2026-11-23T10:00:00+08:00",
            "updated_datetime": "2026-11-23T10:00:00+08:00",
            "path": f"/open311/v2/requests/{own.number}.json",
        },
    }
    for secret in ("13800000000", "周", "汤是凉的", "窗口"):
        assert secret not in created.payload + assigned.payload


def test_release_that_waits_for_the_check_of_its_content_is_told_when_it_is_let_go(story: Story) -> None:
    session = story.session
    portal = hooked(session, story.office.admin, now=story.now)
    own_only = Rights(read=False, submit=True, hook=True)
    other = hooked(session, story.office.admin, "门户", now=story.now, rights=own_only)
    held = in_progress(story, text="排队太久")
    held.held = True
    check = ContentCheck(complaint_id=held.id, state=CheckState.WAITING, key="k", created_at=story.now)
    session.add(check)
    session.flush()
    publish(story, held)
    assert told(session, portal) == []
    for state in (CheckState.PASSED, CheckState.PASSED, CheckState.RISKY):
        check.state = state
        content_checks.hold_or_let_go(session, check)
    handling.unpublish(session, held, words="说错了", **story.by(story.office.dispatcher))
    check.state = CheckState.PASSED
    content_checks.hold_or_let_go(session, check)

    assert [kind for _, kind in told(session, portal)] == ["complaint.published", "complaint.unpublished"]
    assert told(session, other) == []


def test_closing_is_told_and_what_nobody_hears_of_is_not_written(story: Story) -> None:
    session, office = story.session, story.office
    system = hooked(session, office.admin, now=story.now)
    own = filed_by(session, system, office, now=story.now)
    handling.merge(session, own, into=in_progress(story), **story.by(office.dispatcher))
    connected_systems.set_active(session, system, active=False, staff=office.admin, now=story.now)
    filed_by(session, system, office, now=story.now, description="又凉了")

    assert [kind for _, kind in told(session, system)] == [
        "complaint.created",
        "complaint.status_changed",
        "complaint.closed",
    ]
    assert webhook_log.counts(session, system) == {D.DROPPED: 3}


def test_events_of_a_complaint_wait_for_the_one_before(story: Story) -> None:
    session, office = story.session, story.office
    system = hooked(session, office.admin, now=story.now)
    first = filed_by(session, system, office, now=story.now)
    story.later(seconds=1)
    second = filed_by(session, system, office, now=story.now, description="又凉了")

    assert try_one(story, REFUSED) == "created"  # of the first, which is tried later
    assert try_one(story, TAKEN) == "created"  # of the second
    assert try_one(story, TAKEN) == "status_changed"  # of the second
    assert try_one(story, TAKEN) == ""
    story.later(seconds=10)
    assert [try_one(story, TAKEN) for _ in range(3)] == ["created", "status_changed", ""]
    assert webhook_log.counts(session, system) == {D.DELIVERED: 4}
    listed = webhook_log.deliveries(session, system, state=D.DELIVERED, page=1, per_page=2)
    assert (listed.total, listed.pages, {row.complaint for row in listed.items}) == (4, 2, {second})
    oldest = webhook_log.deliveries(session, system, state=None, page=2, per_page=2).items[-1]
    [retried, refused] = webhook_log.attempts_of(session, [oldest])[oldest.id]
    assert oldest.complaint is first
    assert (refused.status, refused.words, refused.answer) == (500, "对方回答 HTTP 500", "oops")
    assert (retried.status, retried.milliseconds) == (204, 12)


def test_refused_one_is_given_up_after_three_days_and_holds_up_only_its_complaint(story: Story) -> None:
    session = story.session
    system = hooked(session, story.office.admin, now=story.now)
    filed_by(session, system, story.office, now=story.now)
    began = story.now
    for delay in DELAYS:
        assert try_one(story, REFUSED) == "created"
        assert try_one(story, REFUSED) == ""
        story.now += delay
    assert timedelta(days=2, hours=23) < story.now - began < timedelta(days=3, hours=1)
    assert try_one(story, REFUSED) == "created"
    assert webhook_log.counts(session, system) == {D.GIVEN_UP: 1, D.PENDING: 1}
    assert hook_of(story, system).stopped_at is None
    assert try_one(story, TAKEN) == "status_changed"


def test_receiver_that_is_away_is_tried_at_growing_pauses_with_the_oldest(story: Story) -> None:
    session = story.session
    system = hooked(session, story.office.admin, now=story.now)
    filed_by(session, system, story.office, now=story.now)
    filed_by(session, system, story.office, now=story.now, description="又凉了")
    for pause in (*PAUSES, PAUSES[-1]):
        assert try_one(story, AWAY) == "created"
        assert try_one(story, TAKEN) == ""
        story.now += pause
    assert [try_one(story, TAKEN) for _ in range(5)] == [
        "created", "status_changed", "created", "status_changed", "",
    ]  # fmt: skip
    webhook = hook_of(story, system)
    assert (webhook.failures, webhook.failing_since, webhook.paused_until) == (0, None, None)


def test_receiver_away_for_three_days_is_stopped_and_gets_all_when_resumed(story: Story) -> None:
    session, office = story.session, story.office
    system = hooked(session, office.admin, now=story.now)
    filed_by(session, system, office, now=story.now)
    try_one(story, AWAY)
    story.later(days=3)
    try_one(story, AWAY)
    webhook = hook_of(story, system)
    assert (webhook.stopped_at, webhook.stopped_why) == (story.now, "连接超时")
    assert connected_systems.stopped(session) == [system]

    story.later(days=1)
    filed_by(session, system, office, now=story.now, description="又凉了")
    assert claim(story) is None
    webhook_settings.resume(session, system, staff=office.admin, now=story.now)
    assert [try_one(story, TAKEN) for _ in range(5)] == [
        "created", "status_changed", "created", "status_changed", "",
    ]  # fmt: skip


def test_receiver_that_says_it_is_gone_is_stopped_at_once(story: Story) -> None:
    system = hooked(story.session, story.office.admin, now=story.now)
    filed_by(story.session, system, story.office, now=story.now)
    try_one(story, Outcome(fate=Fate.UNSUBSCRIBED, milliseconds=3, status=410))

    assert hook_of(story, system).stopped_why == "对方回答 410：不再接收推送"
    assert webhook_log.counts(story.session, system) == {D.PENDING: 2}


def test_one_receiver_gets_one_at_a_time_and_keeps_no_other_waiting(story: Story) -> None:
    session, office = story.session, story.office
    first = hooked(session, office.admin, "热线", now=story.now)
    second = hooked(session, office.admin, "门户", now=story.now)
    filed_by(session, first, office, now=story.now)
    filed_by(session, first, office, now=story.now, description="又凉了")
    filed_by(session, second, office, now=story.now)

    parcels = [claim(story, worker) for worker in ("w1", "w2", "w3")]

    assert [parcel.system_id for parcel in parcels if parcel] == sorted([first.id, second.id])
    assert parcels[2] is None


def test_what_a_dead_worker_had_in_hand_goes_out_again_under_the_same_id(story: Story) -> None:
    system = hooked(story.session, story.office.admin, now=story.now)
    filed_by(story.session, system, story.office, now=story.now)
    lost = claim(story, "dead")
    assert lost is not None
    assert webhook_outbox.release_of(story.session, "w2", now=story.now) == 0
    assert webhook_outbox.release_of(story.session, "dead", now=story.now) == 1
    again = claim(story)
    assert again is not None
    assert (again.message_id, again.body) == (lost.message_id, lost.body)

    # What the dead one hears after all is written down, and changes nothing.
    webhook_outbox.record(story.session, lost, TAKEN, now=story.now)
    assert delivery(story, again).state is D.SENDING
    story.later(minutes=3)
    assert webhook_outbox.release_stuck(story.session, now=story.now) == 1
    words = story.session.scalars(select(WebhookAttempt.words).order_by(WebhookAttempt.id)).all()
    assert words == [webhook_outbox.INTERRUPTED, "", webhook_outbox.INTERRUPTED]
