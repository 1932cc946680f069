"""What the platform reports over the callback, as the pretend platform words it."""

import pytest
from sqlalchemy import select

from domain import notices
from domain.grants import granted
from models.delivery_receipt import DeliveryReceipt
from models.enums import InboundState, NoticeChannel, NoticeKind, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

T = "TPL_SUBSCRIPTION"


def report(me: Dialogue, status: str) -> str:
    return me.event("TEMPLATESENDJOBFINISH", None, MsgID=200163836, Status=status)  # type: ignore[arg-type]


def answer(me: Dialogue, status: str, *, name: str = "popup", template_id: str = T) -> str:
    row = {"TemplateId": template_id, "SubscribeStatusString": status, "PopupScene": 2}
    wrapper = f"SubscribeMsg{name.capitalize()}Event"
    return me.event(f"subscribe_msg_{name}_event", None, **{wrapper: {"List": row}})  # type: ignore[arg-type]


def allowed(me: Dialogue, campus: Campus) -> frozenset[str]:
    with me.database.reading() as session:
        return granted(session, campus.office.student.id)


@pytest.fixture
def sent(me: Dialogue, campus: Campus) -> Dialogue:
    """A message is on its way to the student."""
    with me.database.transaction() as session:
        student = campus.office.student
        notices.queue(
            session, key="k", kind=NoticeKind.ANSWERED, person_id=student.id, title="t", body="b", now=me.now
        )
        notice = session.scalars(select(Notice)).one()
        notice.state, notice.platform_message_id = NoticeState.SENT, "200163836"
    return me


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        ("success", NoticeState.SENT, ""),
        ("failed:user block", NoticeState.INBOX, "微信未送达：对方拒收"),
        ("failed: system failed", NoticeState.INBOX, "微信未送达：微信系统故障"),
        ("failed: something new", NoticeState.INBOX, "微信未送达：something new"),
    ],
)
def test_platform_tells_whether_a_template_message_arrived(
    sent: Dialogue, status: str, state: NoticeState, error: str
) -> None:
    assert report(sent, status) == ""
    with sent.database.reading() as session:
        notice = session.scalars(select(Notice)).one()
    assert (notice.state, notice.error, notice.delivered_at is not None) == (
        state,
        error,
        state is NoticeState.SENT,
    )


def test_report_that_overtakes_our_own_call_is_kept_and_handled(me: Dialogue) -> None:
    assert report(me, "failed:user block") == ""
    with me.database.reading() as session:
        receipt = session.scalars(select(DeliveryReceipt)).one()
        state = session.scalars(select(InboundMessage.state)).one()
    assert (receipt.key, receipt.succeeded, receipt.words) == ("200163836", False, "对方拒收")
    assert state is InboundState.HANDLED


@pytest.mark.parametrize(
    ("code", "state"), [(0, NoticeState.SENT), (43101, NoticeState.INBOX), ("?", NoticeState.INBOX)]
)
def test_platform_tells_whether_a_subscription_arrived(
    sent: Dialogue, code: object, state: NoticeState
) -> None:
    with sent.database.transaction() as session:
        notice = session.scalars(select(Notice)).one()
        notice.channel, notice.template_id = NoticeChannel.SUBSCRIPTION, T
    row = {"TemplateId": T, "MsgID": 200163836, "ErrorCode": code, "ErrorStatus": "told"}
    assert sent.event("subscribe_msg_sent_event", None, SubscribeMsgSentEvent={"List": row}) == ""  # type: ignore[arg-type]
    with sent.database.reading() as session:
        notice = session.scalars(select(Notice)).one()
    assert notice.state is state
    if code == 43101:
        assert notice.error == "微信未送达：对方没有订阅或已拒收这类消息（43101 told）"


def test_yes_allows_a_message_and_a_change_of_mind_takes_it_back(me: Dialogue, campus: Campus) -> None:
    assert answer(me, "accept") == ""
    assert allowed(me, campus) == {T}
    answer(me, "reject", name="change")
    assert allowed(me, campus) == frozenset()


def test_no_in_the_question_itself_ends_what_was_allowed(me: Dialogue, campus: Campus) -> None:
    answer(me, "accept")
    answer(me, "reject")
    assert allowed(me, campus) == frozenset()


def test_answers_for_several_templates_come_in_one_event(me: Dialogue, campus: Campus) -> None:
    rows = [
        {"TemplateId": T, "SubscribeStatusString": "accept", "PopupScene": 2},
        {"TemplateId": "OTHER", "SubscribeStatusString": "accept", "PopupScene": 2},
        {"TemplateId": "REFUSED", "SubscribeStatusString": "reject", "PopupScene": 2},
    ]
    me.event("subscribe_msg_popup_event", None, SubscribeMsgPopupEvent={"List": rows})  # type: ignore[arg-type]
    assert allowed(me, campus) == {T, "OTHER"}


def test_event_delivered_twice_counts_once(me: Dialogue, campus: Campus) -> None:
    row = {"TemplateId": T, "SubscribeStatusString": "accept", "PopupScene": 2}
    packet = me.packet(
        "event", Event="subscribe_msg_popup_event", MsgId=None, SubscribeMsgPopupEvent={"List": row}
    )
    assert [me.deliver(packet), me.deliver(packet)] == ["", ""]
    assert allowed(me, campus) == {T}


@pytest.mark.parametrize("wrapper", [None, "text", {"Other": "x"}, {"List": "text"}])
def test_event_without_answers_changes_nothing(me: Dialogue, campus: Campus, wrapper: object) -> None:
    assert me.event("subscribe_msg_popup_event", None, SubscribeMsgPopupEvent=wrapper) == ""  # type: ignore[arg-type]
    assert allowed(me, campus) == frozenset()
    with me.database.reading() as session:
        assert session.scalars(select(InboundMessage.state)).one() is InboundState.HANDLED
