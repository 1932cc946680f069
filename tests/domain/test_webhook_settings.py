"""What administrators do with a webhook: its address, its secrets, trying it, sending again, and its log."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain import connected_systems, webhook_log, webhook_outbox, webhook_settings
from domain.connected_systems import Rights
from domain.errors import Invalid, NotAllowed, NotFound
from domain.secret_box import SecretBox
from models.connected_system import WebhookAttempt
from models.connected_words import DeliveryState, WebhookType
from tests.support.connected import BOX, LOCAL_RULES, TAKEN, claim, filed_by, hook_of, hooked, try_one
from tests.support.retention import drop
from tests.support.story import Story

D = DeliveryState


def test_both_secrets_sign_for_a_day_after_a_change(story: Story) -> None:
    session, office = story.session, story.office
    system = hooked(session, office.admin, now=story.now)
    renewed = webhook_settings.renew_secret(session, system, box=BOX, staff=office.admin, now=story.now)
    webhook_settings.send_test(session, system, staff=office.admin, now=story.now)
    first = claim(story)
    assert first is not None
    assert (first.secrets[0], len(first.secrets)) == (renewed, 2)
    assert renewed not in hook_of(story, system).secret
    webhook_outbox.record(session, first, TAKEN, now=story.now)
    story.later(hours=24)
    webhook_settings.resend(session, system, first.delivery_id, staff=office.admin, now=story.now)
    again = claim(story)
    assert again is not None
    assert (again.message_id, again.secrets) == (first.message_id, (renewed,))


def test_secret_that_cannot_be_opened_stops_the_webhook(story: Story) -> None:
    other_box = SecretBox("another-secret-key-" + "0" * 32)
    system = hooked(story.session, story.office.admin, now=story.now, box=other_box)
    filed_by(story.session, system, story.office, now=story.now)

    assert claim(story) is None
    assert hook_of(story, system).stopped_why == "签名密钥打不开（SECRET_KEY 换过），请重新生成"
    by: dict[str, Any] = {"staff": story.office.admin, "now": story.now}
    secret = webhook_settings.renew_secret(story.session, system, box=BOX, **by)
    webhook_settings.resume(story.session, system, **by)
    parcel = claim(story)
    assert parcel is not None
    assert parcel.secrets == (secret,)


def test_test_event_goes_out_in_a_pause_and_tells_of_nothing(story: Story) -> None:
    session, office = story.session, story.office
    system = hooked(session, office.admin, now=story.now)
    hook_of(story, system).paused_until = story.now + timedelta(minutes=15)
    sent = webhook_settings.send_test(session, system, staff=office.admin, now=story.now)

    assert (sent.type, sent.complaint_id) == (WebhookType.TEST, None)
    assert try_one(story, TAKEN) == "test"


def test_removed_webhook_leaves_nothing_to_send(story: Story) -> None:
    session, office = story.session, story.office
    by: dict[str, Any] = {"staff": office.admin, "now": story.now}
    system = hooked(session, office.admin, now=story.now)
    filed_by(session, system, office, now=story.now)
    parcel = claim(story)
    assert parcel is not None
    with pytest.raises(NotAllowed):
        webhook_settings.resend(session, system, parcel.delivery_id, **by)
    webhook_settings.remove(session, system, **by)
    webhook_settings.remove(session, system, **by)
    webhook_outbox.record(session, parcel, TAKEN, now=story.now)

    assert webhook_log.counts(session, system) == {D.DELIVERED: 1, D.DROPPED: 1}
    assert system.webhook is None
    for act in (webhook_settings.resume, webhook_settings.send_test):
        with pytest.raises(Invalid):
            act(session, system, **by)


def test_address_may_be_changed_by_who_may_be_told(story: Story) -> None:
    session, office = story.session, story.office
    system = hooked(session, office.admin, "热线", now=story.now)
    quiet = hooked(session, office.admin, "门户", now=story.now)
    given: dict[str, Any] = {"rules": LOCAL_RULES, "box": BOX, "staff": office.admin, "now": story.now}
    hook_of(story, system).stopped_at = story.now
    moved = webhook_settings.set_address(session, system, url="https://portal.example/hook", **given)
    same = webhook_settings.set_address(session, system, url="https://portal.example/hook", **given)

    assert (moved, same) == (None, None)
    webhook = hook_of(story, system)
    assert (webhook.url, webhook.stopped_at) == ("https://portal.example/hook", None)
    read_only = Rights(read=True, submit=False, hook=False)
    connected_systems.change(
        session, quiet, name="门户", contact="李老师", rights=read_only, staff=office.admin, now=story.now
    )
    with pytest.raises(NotAllowed):
        webhook_settings.set_address(session, quiet, url="https://portal.example/hook", **given)
    parcel = webhook_settings.send_test(session, quiet, staff=office.admin, now=story.now)
    with pytest.raises(NotAllowed):
        webhook_settings.resend(session, quiet, parcel.id, staff=office.admin, now=story.now)
    with pytest.raises(NotFound):
        webhook_settings.resend(session, system, parcel.id, staff=office.admin, now=story.now)


def test_log_is_forgotten_in_time(story: Story) -> None:
    session, office = story.session, story.office
    system = hooked(session, office.admin, now=story.now)
    began: datetime = story.now
    filed_by(session, system, office, now=story.now)
    try_one(story, TAKEN)
    story.now = began + timedelta(days=31)
    assert webhook_log.call_off_late(session, now=story.now) == 1
    assert drop(session, "webhooks", now=story.now) == 0
    assert webhook_log.counts(session, system) == {D.DELIVERED: 1, D.DROPPED: 1}
    assert drop(session, "submissions", now=story.now) == 1
    story.now = began + timedelta(days=91)
    assert drop(session, "webhooks", now=story.now) == 2
    assert session.scalars(select(WebhookAttempt)).all() == []
