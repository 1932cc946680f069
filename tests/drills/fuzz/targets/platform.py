"""What the platform pushes: reading it, and what is around it."""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime

from config.settings import WeChatMode
from simulator import crypto, packet_kinds
from simulator.packets import to_xml
from tests.drills.fuzz.pieces import Bytes, words_for
from wechat.envelope import Envelope, RefusedError
from wechat.inbound import Inbound, UnreadableError, read

_NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
_APP, _TOKEN, _KEY = "wxsim0000000000001", "simtoken", "SimulatorAesKeyForDemoAndTests0000000000001"
_STAMP, _NONCE = str(int(_NOW.timestamp())), "n"
_HEAD = {"ToUserName": "gh_sim", "FromUserName": "oTest", "CreateTime": 1795312800}
_event = packet_kinds.event
_PACKETS = [
    _HEAD | packet
    for packet in (
        packet_kinds.text("3号楼302漏水") | {"MsgId": 1},
        packet_kinds.image(pic_url="http://x/", media_id="m") | {"MsgId": 2},
        packet_kinds.location(latitude=30.3, longitude=120.1, label="湖边") | {"MsgId": 3},
        packet_kinds.subscribe(scene="place-1", ticket="t"),
        _event("scancode_waitmsg", EventKey="C", ScanCodeInfo={"ScanType": "q", "ScanResult": "r"}),
        _event("PUBLISHJOBFINISH", PublishEventInfo={"publish_id": "22", "publish_status": "0"}),
        _event(
            "subscribe_msg_popup_event",
            SubscribeMsgPopupEvent={"List": {"TemplateId": "t", "SubscribeStatusString": "accept"}},
        ),
        _event("wxa_media_check", trace_id="t", result={"suggest": "pass", "label": 100}),
    )
]
_XML = [to_xml(packet).encode() for packet in _PACKETS]
_JSON = [json.dumps(packet, ensure_ascii=False).encode() for packet in _PACKETS]
_JSON += [_JSON[0][:-1] + b', "\\ud800": {"a": ' + b"[" * depth + b"]" * depth + b"}}" for depth in (3, 300)]
_WORDS = words_for("packets")
# Names that hold others, deep enough for all that is asked of an event.
_PATHS = (("List",), ("item",), ("ScanResult",), ("publish_id",), ("result", "suggest"))


def packets() -> Bytes:
    """Whatever it is, it is read or refused; what is read can be stored, and is known when it comes again."""

    def check(data: bytes) -> None:
        for takes_json in (False, True):
            try:
                inbound = read(data, app_id=_APP, takes_json=takes_json)
            except UnreadableError as refused:
                _storable(refused.reason)
                continue
            _sound(inbound)
            again = read(data, app_id=_APP, takes_json=takes_json)
            assert again.dedupe_key == inbound.dedupe_key, "a repeat is not known again"

    return Bytes(check, [*_XML, *_JSON], _WORDS)


def _sound(inbound: Inbound) -> None:
    assert re.fullmatch("[0-9a-f]{64}", inbound.dedupe_key)
    assert 0 < len(inbound.openid) <= 64
    assert 0 < len(inbound.kind) <= 64
    assert len(inbound.message_id) <= 64
    assert inbound.sent_at.tzinfo is not None
    for text in (inbound.openid, inbound.kind, inbound.message_id, inbound.account, *inbound.fields.values()):
        _storable(text)
    for name in inbound.fields:
        inbound.field(name)
    for name in inbound.groups:
        for path in _PATHS:
            _storable(inbound.inner(name, *path))
            for row in inbound.rows(name, *path):
                for part in row.values():
                    _storable(part)


def _storable(text: str) -> None:
    text.encode()
    assert "\0" not in text, "PostgreSQL keeps no such character"


def envelope() -> Bytes:
    """Whatever is posted, signed or not, is opened or refused with a sentence."""
    envelopes = [Envelope(_APP, _TOKEN, mode, (_KEY, "Z" * 43)) for mode in WeChatMode]

    def check(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        parts = text.split("\n")
        named = dict(
            zip(("signature", "msg_signature", "timestamp", "nonce", "encrypt_type"), parts, strict=False)
        )
        for one in envelopes:
            with suppress(RefusedError):
                one.check(named, now=_NOW)
            for query in (named, _signed(""), _signed(_within(data))):
                with suppress(RefusedError):
                    one.open(query, data, now=_NOW)
        cipher = crypto.encrypt(data, encoding_aes_key=_KEY, app_id=_APP)
        sealed = f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()
        with suppress(RefusedError):
            opened = envelopes[0].open(_signed(cipher), sealed, now=_NOW)
            assert opened.body == data, "what was sealed is not what was opened"
            envelopes[0].seal(opened, text, now=_NOW)

    cipher = crypto.encrypt(_XML[0], encoding_aes_key=_KEY, app_id=_APP)
    bodies = [f"<xml><Encrypt>{cipher}</Encrypt></xml>".encode(), json.dumps({"Encrypt": cipher}).encode()]
    plain = f"{crypto.signature(_TOKEN, _STAMP, _NONCE)}\n\n{_STAMP}\n{_NONCE}\nraw".encode()
    return Bytes(check, [*bodies, *_XML[:2], plain], [*_WORDS, _STAMP])


def _signed(cipher: str) -> dict[str, str]:
    return {
        "signature": crypto.signature(_TOKEN, _STAMP, _NONCE),
        "msg_signature": crypto.signature(_TOKEN, _STAMP, _NONCE, cipher),
        "timestamp": _STAMP,
        "nonce": _NONCE,
        "encrypt_type": "aes",
    }


def _within(data: bytes) -> str:
    """Take out what stands between the marks of a cipher, so that its signature can be right."""
    found = re.search(rb'(?:<Encrypt>(?:<!\[CDATA\[)?|"Encrypt":\s*")([^<"\]]*)', data)
    return found[1].decode("utf-8", "replace") if found else ""
