"""People who leave: what is forgotten, what stays, and how they come back; on both kinds of database."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from domain.my_data_deletion import delete_person
from domain.people import person_by_openid
from models.conversation import Draft
from models.delivery_receipt import DeliveryReceipt
from models.enums import DraftState
from models.inbound import InboundMessage
from models.notice import Notice
from models.person import Person, ServiceWindow
from models.personal_settings import FormerPerson
from tests.support.campus import Campus
from tests.support.chat import SystemEvent
from tests.support.dialogue import Dialogue
from tests.support.surveys import BOX
from wechat.deferred import handle_deferred


def people(me: Dialogue) -> list[tuple[str | None, bool]]:
    with me.database.reading() as session:
        rows = session.scalars(select(Person).order_by(Person.id))
        return [(row.openid, row.following) for row in rows]


def test_who_unsubscribes_leaves_a_work_order_that_is_nobodys(student: Dialogue, place: Campus) -> None:
    student.event("subscribe")
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    student.say("1")
    student.say("排队太久，总是排到一点")
    assert student.event("unsubscribe") == ""
    complaint = student.complaints()[0]
    with student.database.reading() as session:
        reporter = session.get_one(Person, complaint.reporter_id)
        assert (reporter.openid, reporter.following) == (None, False)
        assert session.scalars(select(ServiceWindow)).all() == []
        kept = session.scalars(select(InboundMessage)).all()
        assert {(row.openid, row.body) for row in kept} == {("", "")}
    assert complaint.text == "饭里有虫子"


def test_who_comes_back_after_unsubscribing_begins_anew(student: Dialogue, place: Campus) -> None:
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    student.say("1")
    student.event("unsubscribe")
    assert student.event("subscribe").startswith("您好，这里是示例大学")
    assert student.say("进度") == "您还没有提交过诉求。有问题直接发文字、照片或语音就行。"
    with student.database.reading() as session:
        back = session.scalars(select(Person).where(Person.openid == student.openid)).one()
    assert (back.following, back.followed_at) == (True, student.now - student.pause)
    assert back.id != student.complaints()[0].reporter_id


def test_who_subscribes_again_without_having_left_keeps_what_is_theirs(
    student: Dialogue, place: Campus
) -> None:
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    student.say("1")
    student.event("subscribe")
    assert student.complaints()[0].number in student.say("进度")


def test_unsubscribing_that_is_told_late_does_not_undo_coming_back(student: Dialogue) -> None:
    late = student.packet("event", Event="unsubscribe", EventKey="", MsgId=None)
    student.event("subscribe")
    before = people(student)
    assert student.deliver(late) == ""
    assert people(student) == before


def test_stranger_who_unsubscribes_is_not_made_known(student: Dialogue) -> None:
    before = people(student)
    student.openid = "oNobodyWeKnow000000000000001"
    student.event("unsubscribe")
    assert people(student) == before


def test_message_that_waits_keeps_its_words_when_its_sender_leaves(
    student: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("boom")

    with monkeypatch.context() as patch, capture_logs():
        patch.setattr("wechat.conversation.respond", broken)
        student.say("走廊起火了")
    student.event("unsubscribe")
    with student.database.reading() as session:
        bodies = session.scalars(select(InboundMessage.body).order_by(InboundMessage.id)).all()
    assert ["走廊起火了" in body for body in bodies] == [True, False]


def test_closed_wechat_account_is_unlinked_by_its_openid(
    student: Dialogue, place: Campus, system: SystemEvent
) -> None:
    student.event("subscribe")
    assert system("user_authorization_cancellation", OpenID=student.openid, AppID="wx1") == ""
    with student.database.reading() as session:
        gone = session.get_one(Person, place.office.student.id)
    assert (gone.openid, gone.following) == (None, False)
    assert "oSystemAccount00000000000001" not in dict(people(student))


@pytest.mark.parametrize(("following", "stays"), [(True, True), (False, False)])
def test_authorization_taken_back_unlinks_who_does_not_follow(
    student: Dialogue, system: SystemEvent, following: bool, stays: bool
) -> None:
    with student.database.transaction() as session:
        person_by_openid(session, student.openid, now=student.now).following = following
    system("user_authorization_revoke", OpenID=student.openid, AppID="wx1", RevokeInfo="1")
    assert (student.openid in dict(people(student))) is stays


def test_closed_accounts_of_one_second_are_all_unlinked(
    student: Dialogue, place: Campus, system: SystemEvent
) -> None:
    student.pause = timedelta(0)
    for person in (place.office.student, place.office.friend):
        system("user_authorization_cancellation", OpenID=person.openid, AppID="wx1")
    with student.database.reading() as session:
        ids = [place.office.student.id, place.office.friend.id]
        assert session.scalars(select(Person.openid).where(Person.id.in_(ids))).all() == [None, None]


def test_change_of_nickname_changes_nothing(student: Dialogue, system: SystemEvent) -> None:
    before = people(student)
    system("user_info_modified", openid=student.openid, appid="wx1")
    assert people(student) == before


def test_draft_of_who_leaves_is_dropped(student: Dialogue, place: Campus) -> None:
    student.event("SCAN", place.window.code)
    student.say("饭里有虫子")
    student.event("unsubscribe")
    student.event("subscribe")
    assert student.say("恢复") == "没有可以恢复的内容（取消后 10 分钟内可以恢复）。"
    with student.database.reading() as session:
        assert session.scalars(select(Draft.state)).all() == [DraftState.CANCELLED]


def popup(template_id: str = "T") -> dict[str, object]:
    row = {"TemplateId": template_id, "SubscribeStatusString": "accept"}
    return {"EventKey": None, "SubscribeMsgPopupEvent": {"List": row}}


def test_only_a_message_of_their_own_brings_back_who_was_deleted(student: Dialogue, place: Campus) -> None:
    student.say("饭里有虫子")
    late = [
        student.packet("text", Content="还有一句"),
        student.packet("event", Event="CLICK", EventKey="MINE", MsgId=None),
        student.packet("event", Event="subscribe_msg_popup_event", MsgId=None, **popup()),
    ]
    student.wait(seconds=1)
    with student.database.transaction() as session:
        person = session.get_one(Person, place.office.student.id)
        delete_person(session, person, box=BOX, now=student.now)
    before = people(student)
    student.wait(seconds=1)

    forgotten = "您的账号已按您的要求注销，我们没有保存您的资料。想重新使用，请先在这里发一条消息。"
    assert [student.deliver(packet) for packet in late] == ["", forgotten, ""]
    row = {"TemplateId": "T", "MsgID": "17", "ErrorCode": "0", "ErrorStatus": "success"}
    student.event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": row})
    student.event("templatesendjobfinish", Status="success", MsgID="18")
    student.event("VIEW", "http://127.0.0.1:8000/h5/")
    assert [student.event(name, place.window.code) for name in ("SCAN", "subscribe")] == [forgotten] * 2
    assert people(student) == before
    with student.database.reading() as session:
        rows = session.execute(select(InboundMessage.openid, InboundMessage.body)).all()
        receipts = session.scalars(select(DeliveryReceipt.key)).all()
    assert {tuple(row) for row in rows} == {("", "")}
    assert [key for key in receipts if student.openid in key] == []

    assert student.say("饭里又有虫子").startswith("已记下")
    assert len(people(student)) == len(before) + 1
    with student.database.reading() as session:
        assert session.scalars(select(FormerPerson)).all() == []


def test_tap_that_waited_brings_nobody_back(
    student: Dialogue, place: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    tap = student.packet("event", Event="CLICK", EventKey="MINE", MsgId=None)

    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("boom")

    with student.database.transaction() as session:
        person = session.get_one(Person, place.office.student.id)
        delete_person(session, person, box=BOX, now=student.now)
    before = people(student)
    with monkeypatch.context() as patch, capture_logs():
        patch.setattr("wechat.conversation.respond", broken)
        student.deliver(tap)
    assert handle_deferred(student.settings, student.database, now=student.now + timedelta(minutes=1)) == 1
    assert people(student) == before
    with student.database.reading() as session:
        assert session.scalars(select(InboundMessage.openid)).all() == [""]
        assert session.scalars(select(Notice.id)).all() == []
