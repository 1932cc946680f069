"""Every type of message and every event of the platform, in each of its three modes.

The packets are the platform's published samples, as the pretend platform seals them.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import count

import pytest
from sqlalchemy import func, select

from config.settings import Settings
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from models.person import Person
from simulator import crypto, packet_kinds
from simulator.envelope import Sealing, seal
from simulator.packets import Packet, from_xml, to_xml
from wechat.callback import Answer, receive
from wechat.event_table import EVENTS

event = packet_kinds.event
PHOTOS = {"Count": 1, "PicList": {"item": {"PicMd5Sum": "1b5f"}}}
PUBLISHED = {"publish_id": "22", "publish_status": "0"}
ASKED = "已记下"
MORE = "收到。再说说是什么问题"
SAMPLES: list[tuple[str, Packet, str]] = [
    ("text", packet_kinds.text("3号楼302漏水") | {"MsgDataId": 7, "Idx": 1}, ASKED),
    ("image", packet_kinds.image(pic_url="http://mmbiz.qpic.cn/x", media_id="m"), MORE),
    ("voice", packet_kinds.voice(media_id="m", media_id_16k="m16"), MORE),
    ("video", packet_kinds.video(media_id="m", thumb_media_id="t"), MORE),
    (
        "shortvideo",
        packet_kinds.video(media_id="m", thumb_media_id="t", short=True),
        MORE,
    ),
    (
        "location",
        packet_kinds.location(latitude=30.3, longitude=120.1, label="湖边"),
        "已记下 1 个位置",
    ),
    ("link", packet_kinds.link(title="停水通知", description="", url="https://x/"), ASKED),
    ("sticker", {"MsgType": "sticker"}, "这种消息我们暂时看不懂"),
    ("event:subscribe", packet_kinds.subscribe(), "您好，这里是示例大学"),
    ("event:subscribe", packet_kinds.subscribe(scene="torn-off", ticket="gQH"), "感谢关注"),
    ("event:unsubscribe", event("unsubscribe", EventKey=""), ""),
    (
        "event:scan",
        packet_kinds.scan(scene="window-3号窗口", ticket="gQH"),
        "您好，这里是 东校区第二食堂3号窗口。",
    ),
    ("event:location", event("LOCATION", Latitude=23.137466, Longitude=113.352425, Precision=119.38), ""),
    ("event:click", event("CLICK", EventKey="REPAIR"), "要报修什么？"),
    ("event:view", event("VIEW", EventKey="https://x/", MenuId="MENUID"), ""),
    ("event:view_miniprogram", event("view_miniprogram", EventKey="pages/index", MenuId="MENUID"), ""),
    *(
        (f"event:{name}", event(name, EventKey="CODE", ScanCodeInfo=scanned), reply)
        for name, scanned, reply in (
            ("scancode_push", {"ScanType": "qrcode", "ScanResult": "ROOM-302"}, ""),
            ("scancode_waitmsg", {"ScanType": "qrcode", "ScanResult": "ROOM-302"}, "这不是我们张贴的二维码"),
        )
    ),
    *(
        (
            f"event:{name}",
            event(name, EventKey="PIC", SendPicsInfo=PHOTOS),
            "",
        )
        for name in ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
    ),
    (
        "event:location_select",
        event("location_select", EventKey="LOC", SendLocationInfo={"Location_X": "23", "Location_Y": "113"}),
        "",
    ),
    (
        "event:templatesendjobfinish",
        packet_kinds.template_job_finish(msgid=200163836, status="failed:user block"),
        "",
    ),
    (
        "event:masssendjobfinish",
        packet_kinds.mass_job_finish(msgid=1000001625, status="err(10001)", counts={}, urls=["https://x/1"]),
        "",
    ),
    *(
        (
            f"event:{name.lower()}",
            event(name, PublishEventInfo=PUBLISHED),
            "",
        )
        for name in ("PUBLISHJOBFINISH", "FREEPUBLISHJOBFINISH")
    ),
    ("event:subscribe_msg_popup_event", packet_kinds.subscribe_popup(template_id="T1", status="accept"), ""),
    ("event:subscribe_msg_change_event", packet_kinds.subscribe_change(template_id="T1"), ""),
    ("event:subscribe_msg_sent_event", packet_kinds.subscribe_sent(template_id="T1", msgid=17), ""),
    ("event:user_info_modified", event("user_info_modified", openid="oSomebody", appid="wx1"), ""),
    (
        "event:user_authorization_revoke",
        event("user_authorization_revoke", OpenID="oSomebody", AppID="wx1", RevokeInfo="1"),
        "",
    ),
    (
        "event:user_authorization_cancellation",
        event("user_authorization_cancellation", OpenID="oSomebody", AppID="wx1"),
        "",
    ),
    (
        "event:wxa_media_check",
        packet_kinds.media_check(app_id="wx1", trace_id="60f9", suggest="pass", label=100),
        "",
    ),
    ("event:user_enter_tempsession", event("user_enter_tempsession", SessionFrom="x"), ""),
    *(
        (f"event:{name}", event(name, KfAccount="kf1@sim"), "")
        for name in ("kf_create_session", "kf_close_session", "kf_switch_session")
    ),
    *(
        (f"event:{name}", event(name, ExpiredTime=1800000000), "")
        for name in (
            *("qualification_verify_success", "naming_verify_success"),
            *("annual_renew", "verify_expired"),
        )
    ),
    *(
        (f"event:{name}", event(name, FailTime=1790000000, FailReason="材料不全"), "")
        for name in ("qualification_verify_fail", "naming_verify_fail")
    ),
    ("event:some_event_of_next_year", event("some_event_of_next_year", Wrapper={"a": {"b": "c"}}), ""),
]


class Platform:
    """Seals packets in one mode, and opens what is answered; each packet is from somebody else."""

    def __init__(self, settings: Settings, database: Database, now: datetime) -> None:
        self.settings, self.database, self.now = settings, database, now
        self._numbers = count(1)

    def tell(self, packet: Packet) -> str:
        """Deliver a packet; give the text answered, or all of an answer that is no message."""
        number = next(self._numbers)
        openid = f"oTestSomebody{number:015d}"
        head: Packet = {
            "ToUserName": "gh_sim0001",
            "FromUserName": openid,
            "CreateTime": int(self.now.timestamp()),
        }
        rest: Packet = {} if packet["MsgType"] == "event" else {"MsgId": 9_000_000_000_000_000 + number}
        letter = seal(to_xml(head | packet | rest), self._sealing(openid))
        return self._text(receive(self.settings, self.database, letter.query, letter.body, now=self.now))

    def _sealing(self, openid: str) -> Sealing:
        return Sealing(
            mode=self.settings.wechat_mode,
            app_id=self.settings.wechat_app_id,
            original_id="gh_sim0001",
            token=self.settings.wechat_token.get_secret_value(),
            aes_key=self.settings.wechat_aes_key.get_secret_value(),
            aes_key_prev="",
            openid=openid,
            timestamp=int(self.now.timestamp()),
            nonce="123456789",
        )

    def _text(self, answer: Answer) -> str:
        assert answer.status == 200, answer
        if answer.body == "success":
            return ""
        reply = from_xml(answer.body)
        assert ("Encrypt" in reply) == (self.settings.wechat_mode != "plain")
        if "Encrypt" in reply:
            key = self.settings.wechat_aes_key.get_secret_value()
            reply = from_xml(crypto.decrypt(reply["Encrypt"], encoding_aes_key=key)[0])
        return str(reply["Content"])


@pytest.mark.usefixtures("campus")
@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_each_message_and_event_is_kept_and_answered_as_it_should_be(
    make_settings: Callable[..., Settings], sqlite: Database, now: datetime, mode: str
) -> None:
    platform = Platform(make_settings(wechat_mode=mode), sqlite, now)
    answers = [platform.tell(packet) for _, packet, _ in SAMPLES]
    begun = [
        (kind, answer[: len(reply)] if reply else answer)
        for (kind, _, reply), answer in zip(SAMPLES, answers, strict=True)
    ]
    assert begun == [(kind, reply) for kind, _, reply in SAMPLES]
    with sqlite.reading() as session:
        rows = session.execute(select(InboundMessage.kind, InboundMessage.state).order_by(InboundMessage.id))
        assert [tuple(row) for row in rows] == [(kind, InboundState.HANDLED) for kind, _, _ in SAMPLES]


def test_every_event_of_the_table_is_among_the_samples() -> None:
    assert set(EVENTS) == {kind for kind, _, _ in SAMPLES if kind.startswith("event:")} - {
        "event:some_event_of_next_year"
    }


@pytest.mark.usefixtures("campus")
def test_only_what_people_do_makes_them_known(
    make_settings: Callable[..., Settings], sqlite: Database, now: datetime
) -> None:
    platform = Platform(make_settings(wechat_mode="plain"), sqlite, now)

    def known() -> int:
        with sqlite.reading() as session:
            return session.scalar(select(func.count(Person.id))) or 0

    meets = set()
    for kind, packet, _ in SAMPLES:
        before = known()
        platform.tell(packet)
        if kind.startswith("event:") and known() > before:
            meets.add(kind.removeprefix("event:"))
    taps = {"subscribe", "scan", "click", "scancode_push", "scancode_waitmsg"}
    assert meets == taps
