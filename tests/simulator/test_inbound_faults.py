"""Packets that are spoilt on purpose really are spoilt, and in the way they say."""

import json
import threading
import time

import pytest
import requests
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException

from tests.simulator.conftest import Platform, Starter
from tests.simulator.tiny_app import Received, text_reply


def open_packet(platform: Platform, received: Received, *, aes_key: str | None = None) -> str:
    query = received.query
    crypto: WeChatCrypto = platform.app.crypto(aes_key)
    return str(
        crypto.decrypt_message(received.body, query["msg_signature"], query["timestamp"], query["nonce"])
    )


def spoilt(platform: Platform, fault: str) -> Received:
    openid = platform.user()
    delivery = platform.post("/deliver", openid=openid, fault=fault)
    assert (delivery["fault"], len(delivery["attempts"])) == (fault, 1)
    (received,) = platform.app.received
    return received


def test_wrong_signature_does_not_fit(platform: Platform) -> None:
    with pytest.raises(InvalidSignatureException):
        open_packet(platform, spoilt(platform, "wrong_signature"))


def test_tampered_cipher_is_signed_but_cannot_be_read(platform: Platform) -> None:
    received = spoilt(platform, "tampered_cipher")
    with pytest.raises((ValueError, InvalidAppIdException)):
        open_packet(platform, received)


def test_wrong_app_id_is_inside_the_cipher(platform: Platform) -> None:
    with pytest.raises(InvalidAppIdException):
        open_packet(platform, spoilt(platform, "wrong_app_id"))


def test_old_key_is_used(start: Starter) -> None:
    platform = start(aes_key_prev="O" * 43)
    received = spoilt(platform, "old_aes_key")
    assert "你好" in open_packet(platform, received, aes_key="O" * 43)


def test_old_key_needs_one(platform: Platform) -> None:
    answer = platform.post("/deliver", fault="old_aes_key")
    assert answer == {"error": "old_aes_key needs the setting aes_key_prev"}


def test_stale_timestamp_is_an_hour_old_and_well_signed(platform: Platform) -> None:
    received = spoilt(platform, "stale_timestamp")
    assert 3500 < time.time() - int(received.query["timestamp"]) < 3700
    assert "你好" in open_packet(platform, received)


def test_empty_and_binary_bodies(platform: Platform) -> None:
    assert spoilt(platform, "empty_body").body == b""
    platform.app.received.clear()
    binary = spoilt(platform, "binary_body").body
    assert (binary[:3], len(binary)) == (b"\x00\xff\xfe", 1000)


def test_huge_body_is_a_valid_packet_of_megabytes(platform: Platform) -> None:
    received = spoilt(platform, "huge_body")
    assert len(received.body) > 3_000_000
    assert len(received.packet["Padding"]) == 3_000_000


def test_entity_bomb_is_well_signed(platform: Platform) -> None:
    text = open_packet(platform, spoilt(platform, "entity_bomb"))
    assert text.startswith("<!DOCTYPE xml [<!ENTITY e0")
    with pytest.raises(ValueError, match="entities are disabled"):
        xmltodict.parse(text)


def test_no_signature_means_no_query_at_all(platform: Platform) -> None:
    assert spoilt(platform, "no_signature").query == {}


def test_json_body_is_json(platform: Platform) -> None:
    received = spoilt(platform, "json_body")
    assert received.content_type == "application/json"
    assert set(json.loads(received.body)) == {"ToUserName", "Encrypt"}


def test_replay_sends_the_very_same_request_again(platform: Platform) -> None:
    openid = platform.user()
    platform.say(openid)
    platform.post("/deliver", openid=openid, fault="replay_last")
    first, second = platform.app.received
    assert (first.body, first.query) == (second.body, second.query)


def test_replay_needs_something_to_replay(platform: Platform) -> None:
    openid = platform.post("/users", nickname="新同学")["openid"]
    answer = platform.post("/deliver", openid=openid, fault="replay_last")
    assert answer == {"error": "nothing was sent for this user yet, so nothing can be replayed"}


def test_duplicate_arrives_twice_at_the_same_time_and_is_shown_once(platform: Platform) -> None:
    openid = platform.user()
    both = threading.Barrier(2, timeout=5)

    def answer(received: Received) -> str:
        both.wait()
        return platform.app.encrypted(text_reply(received), received)

    platform.app.answer = answer
    delivery = platform.post("/deliver", openid=openid, fault="duplicate_concurrent")
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["replied", "replied"]
    numbers = [received.packet["MsgId"] for received in platform.app.received]
    assert numbers == [delivery["msg_id"]] * 2
    assert len(platform.lines(openid)) == 1


def test_unknown_fault_is_explained(platform: Platform) -> None:
    response = requests.post(f"{platform.base_url}/_sim/deliver", json={"fault": "gremlin"}, timeout=5)
    assert response.status_code == 400
    assert response.json()["error"].startswith("fault must be one of binary_body, ")


def test_raw_xml_goes_out_unchanged(platform: Platform) -> None:
    openid = platform.user()
    raw = "<xml><MsgType>text</MsgType><Unclosed></xml>"
    platform.post("/deliver", openid=openid, packet_xml=raw)
    assert open_packet(platform, platform.app.received[0]) == raw


def test_packet_gets_the_header_it_lacks_and_nothing_else(platform: Platform) -> None:
    openid = platform.user()
    platform.post(
        "/deliver", openid=openid, packet={"MsgType": "event", "Event": "brand_new", "EventKey": ""}
    )
    packet = platform.app.received[0].packet
    packet.pop("CreateTime")
    assert packet == {
        "ToUserName": "gh_sim0001",
        "FromUserName": openid,
        "MsgType": "event",
        "Event": "brand_new",
        "EventKey": None,
    }


def test_mode_can_be_chosen_for_one_packet(platform: Platform) -> None:
    platform.post("/deliver", openid=platform.user(), mode="plain")
    assert "encrypt_type" not in platform.app.received[0].query


@pytest.mark.parametrize("fault", ["tampered_cipher", "wrong_app_id", "json_body", "entity_bomb"])
def test_faults_exist_in_plain_mode_too(start: Starter, fault: str) -> None:
    platform = start(mode="plain")
    openid = platform.user()
    platform.say(openid)
    good = platform.app.received.pop().packet
    received = spoilt(platform, fault)
    assert "msg_signature" not in received.query
    assert received.packet.get("ToUserName") != good["ToUserName"]
