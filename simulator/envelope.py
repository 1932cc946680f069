"""Putting a packet into the HTTP request the app receives (plain, compat, safe), spoilt on demand."""

import base64
import dataclasses
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from simulator import crypto
from simulator.packets import BadXmlError, from_xml, to_xml

STALE_SECONDS = 3600
HUGE_BYTES = 3_000_000


@dataclass(frozen=True)
class Sealing:
    """What a request is signed and encrypted with."""

    mode: str
    app_id: str
    original_id: str
    token: str
    aes_key: str
    aes_key_prev: str
    openid: str
    timestamp: int
    nonce: str
    packet_format: str = "xml"


@dataclass(frozen=True)
class Letter:
    """A finished request: query parameters and body."""

    query: dict[str, str]
    body: bytes
    content_type: str = "text/xml"


def new_nonce() -> str:
    """Return a number as text, as WeChat's nonces look."""
    return str(secrets.randbelow(9 * 10**8) + 10**8)


def seal(packet_xml: str, sealing: Sealing) -> Letter:
    """Return the request for a packet, signed and (compat, safe) encrypted."""
    query = _query(sealing)
    if sealing.mode == "plain":
        return Letter(query, packet_xml.encode(), _type_of(sealing))
    cipher_text = crypto.encrypt(packet_xml.encode(), encoding_aes_key=sealing.aes_key, app_id=sealing.app_id)
    return _encrypted(packet_xml, cipher_text, sealing)


def _query(sealing: Sealing) -> dict[str, str]:
    timestamp = str(sealing.timestamp)
    return {
        "signature": crypto.signature(sealing.token, timestamp, sealing.nonce),
        "timestamp": timestamp,
        "nonce": sealing.nonce,
        "openid": sealing.openid,
    }


def _encrypted(packet_xml: str, cipher_text: str, sealing: Sealing) -> Letter:
    query = _query(sealing) | {
        "encrypt_type": "aes",
        "msg_signature": crypto.signature(sealing.token, str(sealing.timestamp), sealing.nonce, cipher_text),
    }
    outer = {"ToUserName": sealing.original_id, "Encrypt": cipher_text}
    if sealing.packet_format == "json":
        inner = json.loads(packet_xml) if sealing.mode == "compat" else {}
        body = json.dumps(inner | outer, ensure_ascii=False)
    elif sealing.mode == "compat":
        body = packet_xml.removesuffix("</xml>") + f"<Encrypt><![CDATA[{cipher_text}]]></Encrypt></xml>"
    else:
        body = to_xml(outer)
    return Letter(query, body.encode(), _type_of(sealing))


def _type_of(sealing: Sealing) -> str:
    return "application/json" if sealing.packet_format == "json" else "text/xml"


def _wrong_signature(packet_xml: str, sealing: Sealing) -> Letter:
    return seal(packet_xml, dataclasses.replace(sealing, token=f"not{sealing.token}"[:32]))


def _tampered_cipher(packet_xml: str, sealing: Sealing) -> Letter:
    if sealing.mode == "plain":
        return Letter(_query(sealing), packet_xml.encode()[:-9])
    good = crypto.encrypt(packet_xml.encode(), encoding_aes_key=sealing.aes_key, app_id=sealing.app_id)
    raw = bytearray(base64.b64decode(good))
    # In CBC the byte before the last block decides the last byte, which is the padding.
    raw[-17] ^= 0x55
    # Signed again after the change, so that the app's decryption is tried and not only its signature check.
    return _encrypted(packet_xml, base64.b64encode(raw).decode(), sealing)


def _wrong_app_id(packet_xml: str, sealing: Sealing) -> Letter:
    if sealing.mode == "plain":
        return seal(packet_xml.replace(sealing.original_id, "gh_someoneelse"), sealing)
    return seal(packet_xml, dataclasses.replace(sealing, app_id="wx0000000000somebody"))


def _old_aes_key(packet_xml: str, sealing: Sealing) -> Letter:
    return seal(packet_xml, dataclasses.replace(sealing, aes_key=sealing.aes_key_prev))


def _stale_timestamp(packet_xml: str, sealing: Sealing) -> Letter:
    return seal(packet_xml, dataclasses.replace(sealing, timestamp=sealing.timestamp - STALE_SECONDS))


def _empty_body(packet_xml: str, sealing: Sealing) -> Letter:
    return dataclasses.replace(seal(packet_xml, sealing), body=b"")


def _binary_body(packet_xml: str, sealing: Sealing) -> Letter:
    return dataclasses.replace(seal(packet_xml, sealing), body=b"\x00\xff\xfe" + os.urandom(997))


def _huge_body(packet_xml: str, sealing: Sealing) -> Letter:
    padded = packet_xml.removesuffix("</xml>") + f"<Padding>{'x' * HUGE_BYTES}</Padding></xml>"
    return seal(padded, sealing)


def _entity_bomb(packet_xml: str, sealing: Sealing) -> Letter:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE xml [<!ENTITY e0 "ha">{entities}]>'
    body = packet_xml.removesuffix("</xml>") + "<Bomb>&e9;</Bomb></xml>"
    return seal(bomb + body, sealing)


def _no_signature(packet_xml: str, sealing: Sealing) -> Letter:
    return dataclasses.replace(seal(packet_xml, sealing), query={})


def _json_body(packet_xml: str, sealing: Sealing) -> Letter:
    letter = seal(packet_xml, sealing)
    try:
        fields = from_xml(letter.body)
    except BadXmlError:
        fields = {"Content": packet_xml}
    return dataclasses.replace(letter, body=json.dumps(fields).encode(), content_type="application/json")


SPOILERS: dict[str, Callable[[str, Sealing], Letter]] = {
    "wrong_signature": _wrong_signature,
    "tampered_cipher": _tampered_cipher,
    "wrong_app_id": _wrong_app_id,
    "old_aes_key": _old_aes_key,
    "stale_timestamp": _stale_timestamp,
    "empty_body": _empty_body,
    "binary_body": _binary_body,
    "huge_body": _huge_body,
    "entity_bomb": _entity_bomb,
    "no_signature": _no_signature,
    "json_body": _json_body,
}
INBOUND_FAULTS = frozenset({*SPOILERS, "replay_last", "duplicate_concurrent"})
