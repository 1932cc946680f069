"""What the platform pushes for the mini program, to an address of its own, in XML and in JSON."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from domain import mini_grants, mini_people
from jobs.inbound import handle_deferred_messages
from models.content_check import MediaVerdict
from models.content_check_words import CheckState
from models.enums import InboundState
from models.inbound import InboundMessage
from models.subscription_grant import SubscriptionGrant, SubscriptionTap
from simulator import packet_kinds
from tests.support.mini_platform import MiniPlatform
from tests.support.retention import drop
from wechat import mini_events


def grants(mini: MiniPlatform) -> dict[str, int]:
    with mini.database.reading() as session:
        person = mini_people.person_known_as(session, mini.user.mini_openid)
        assert person is not None
        return mini_grants.remaining(session, person.id)


def rows(mini: MiniPlatform) -> list[tuple[str, str, str]]:
    with mini.database.reading() as session:
        found = session.scalars(select(InboundMessage).order_by(InboundMessage.id))
        return [(row.kind, row.state.value, row.openid) for row in found]


@pytest.fixture(autouse=True)
def _no_grants(mini: MiniPlatform) -> None:
    with mini.database.transaction() as session:
        session.execute(delete(SubscriptionGrant))
        session.execute(delete(SubscriptionTap))


def test_address_is_verified_as_the_console_does_on_saving(mini: MiniPlatform) -> None:
    assert mini.platform.verify(mini=True) == {"ok": True, "reason": ""}


@pytest.mark.parametrize("packet_format", ["xml", "json"])
def test_taps_are_counted_once_and_refusals_take_them_back(mini: MiniPlatform, packet_format: str) -> None:
    mini.platform.change_settings({"mini_format": packet_format})
    openid = mini.user.openid

    told = mini.platform.actions.answer_mini_program(openid, answers={"T1": "accept", "T2": "reject"})
    assert [attempt.status for attempt in told.attempts] == [200]
    assert grants(mini) == {"T1": 1}
    again = mini.platform.dispatch.raw(packet_xml=told.packet_xml, openid=mini.user.mini_openid, mini=True)
    assert (again.attempts[0].status, grants(mini)) == (200, {"T1": 1})
    mini.platform.actions.answer_mini_program(openid, answers={"T3": "accept"})
    assert grants(mini) == {"T1": 1, "T3": 1}

    mini.push(packet_kinds.subscribe_change(template_id="T1"))
    refused = {"TemplateId": "T3", "MsgID": 7, "ErrorCode": 43101, "ErrorStatus": "user refuse"}
    mini.push(packet_kinds.event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": [refused]}))

    assert grants(mini) == {}
    assert mini.pushed() == [
        f"event:subscribe_msg_{name}_event" for name in ("popup", "popup", "change", "sent")
    ]


def test_what_is_about_nobody_or_means_nothing_is_stored_and_forgotten(mini: MiniPlatform) -> None:
    stranger = "oMinStranger"
    popup = packet_kinds.subscribe_mini_program({"T1": "accept"})
    sent = packet_kinds.subscribe_sent(template_id="T1", msgid=7)
    for packet in (popup, sent, packet_kinds.event("user_enter_tempsession", SessionFrom="x")):
        assert mini.push(packet, openid=stranger) == 200
    assert mini.push(packet_kinds.text("你好"), openid=mini.user.mini_openid) == 200

    assert rows(mini) == [
        ("event:subscribe_msg_popup_event", "handled", ""),
        ("event:subscribe_msg_sent_event", "handled", ""),
        ("event:user_enter_tempsession", "handled", ""),
        ("text", "handled", mini.user.mini_openid),
    ]


@pytest.mark.parametrize("body", ["{", "[1]", '{"MsgType":"event"}', "not a packet", "{" * 99_999])
def test_what_cannot_be_read_is_kept_and_answered(mini: MiniPlatform, body: str) -> None:
    told = mini.platform.dispatch.raw(packet_xml=body, openid=mini.user.mini_openid, mini=True)

    assert (told.attempts[0].status, rows(mini)) == (200, [("", "unreadable", "")])


def test_json_that_no_database_takes_is_made_harmless(mini: MiniPlatform) -> None:
    body = (
        '{"FromUserName":"oX\\u0000\\ud800","CreateTime":1700000000,"MsgType":"text","Content":null,"n":[1]}'
    )
    told = mini.platform.dispatch.raw(packet_xml=body, openid="oX", mini=True)

    assert (told.attempts[0].status, rows(mini)) == (200, [("text", "handled", "")])


def test_push_that_failed_is_acted_on_later(mini: MiniPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as broken:
        broken.setattr(mini_events.mini_grants, "note_tap", fail)
        told = mini.platform.actions.answer_mini_program(mini.user.openid, answers={"T1": "accept"})
    assert (told.user_sees, told.attempts[0].status) == (None, 200)
    assert [row[1] for row in rows(mini)] == [InboundState.DEFERRED.value]
    mini.moved = timedelta(seconds=30)

    handle_deferred_messages(mini.context)

    assert (grants(mini), [row[1] for row in rows(mini)]) == ({"T1": 1}, ["handled"])


def test_verdicts_nobody_asked_for_are_forgotten_after_a_week(mini: MiniPlatform) -> None:
    with mini.database.transaction() as session:
        for days, trace_id in ((6, "young"), (8, "old")):
            told = mini.now() - timedelta(days=days)
            verdict = {"openid": "o", "state": CheckState.PASSED, "reason": "", "received_at": told}
            session.add(MediaVerdict(trace_id=trace_id, **verdict))
    with mini.database.transaction() as session:
        assert drop(session, "verdicts", now=mini.now()) == 1
        assert session.scalars(select(MediaVerdict.trace_id)).all() == ["young"]


def test_verdict_on_no_number_is_only_kept_as_a_push(mini: MiniPlatform) -> None:
    assert mini.push_verdict("", "pass") == 200
    with mini.database.reading() as session:
        assert session.scalars(select(MediaVerdict)).all() == []
    assert mini.pushed() == ["event:wxa_media_check"]
