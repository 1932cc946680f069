"""Packets on their way to the app: modes, signatures, re-sends, order, and many at once."""

import threading
import time

import pytest
import requests
from wechatpy.utils import check_signature

from tests.simulator.conftest import Platform, Starter, wait_until
from tests.simulator.tiny_app import Received, text_reply

FAILURE_NOTICE = "该公众号提供的服务出现故障，请稍后再试"


def test_safe_mode_sends_only_the_receiver_and_the_cipher_text(platform: Platform) -> None:
    platform.say(platform.user())
    (received,) = platform.app.received
    assert b"3\xe5\x8f\xb7\xe6\xa5\xbc" not in received.body
    assert received.body.startswith(b"<xml><ToUserName><![CDATA[gh_sim0001]]></ToUserName><Encrypt>")
    assert received.content_type == "text/xml"
    assert set(received.query) == {
        "signature",
        "timestamp",
        "nonce",
        "openid",
        "encrypt_type",
        "msg_signature",
    }
    assert received.packet["Content"] == "3号楼漏水"


def test_compat_mode_sends_the_plain_fields_and_the_cipher_text(start: Starter) -> None:
    platform = start(mode="compat")
    platform.say(platform.user())
    (received,) = platform.app.received
    assert "3号楼漏水".encode() in received.body
    assert b"<Encrypt>" in received.body
    assert received.packet["Content"] == "3号楼漏水"


def test_plain_mode_sends_the_packet_as_it_is(start: Starter) -> None:
    platform = start(mode="plain")
    openid = platform.user()
    platform.say(openid)
    (received,) = platform.app.received
    assert set(received.query) == {"signature", "timestamp", "nonce", "openid"}
    assert received.query["openid"] == openid
    query = received.query
    check_signature("simtoken", query["signature"], query["timestamp"], query["nonce"])


def test_text_has_the_fields_wechat_sends(platform: Platform) -> None:
    openid = platform.user()
    delivery = platform.say(openid, "水管 <漏> & ]]> 😀")
    (received,) = platform.app.received
    assert received.packet == {
        "ToUserName": "gh_sim0001",
        "FromUserName": openid,
        "CreateTime": str(delivery["packet"]["CreateTime"]),
        "MsgType": "text",
        "Content": "水管 <漏> & ]]> 😀",
        "MsgId": delivery["msg_id"],
    }
    assert abs(delivery["packet"]["CreateTime"] - time.time()) < 5


def test_message_numbers_grow_and_fit_64_bits(platform: Platform) -> None:
    openid = platform.user()
    numbers = [int(platform.say(openid)["msg_id"]) for _ in range(3)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 2**63


def test_good_reply_reaches_the_chat(platform: Platform) -> None:
    openid = platform.user()
    platform.app.answer = lambda received: platform.app.encrypted(text_reply(received, "已收到"), received)
    delivery = platform.say(openid)
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["replied"]
    assert delivery["user_sees"] == "已收到"
    assert delivery["reply"]["Content"] == "已收到"
    (line,) = platform.lines(openid)
    assert (line["type"], line["text"], line["via"]) == ("text", "已收到", "passive")


@pytest.mark.parametrize("answer", ["success", ""])
def test_success_and_nothing_are_silent(platform: Platform, answer: str) -> None:
    openid = platform.user()
    platform.app.answer = lambda _: answer
    delivery = platform.say(openid)
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["success"]
    assert delivery["user_sees"] is None
    assert platform.lines(openid) == []


def test_refused_packet_is_sent_again_the_same_but_freshly_signed(platform: Platform) -> None:
    openid = platform.user()
    answers = iter([("broken", 500), ("busy", 503), ("success", 200)])
    platform.app.answer = lambda _: next(answers)
    delivery = platform.say(openid)
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["refused", "refused", "success"]
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 503, 200]
    packets = [received.packet for received in platform.app.received]
    assert packets[0] == packets[1] == packets[2]
    assert len({received.query["nonce"] for received in platform.app.received}) == 3
    assert delivery["user_sees"] is None


def test_user_sees_the_notice_when_all_attempts_fail(platform: Platform) -> None:
    openid = platform.user()
    platform.app.answer = lambda _: ("broken", 500)
    delivery = platform.say(openid)
    assert len(delivery["attempts"]) == 4
    assert delivery["user_sees"] == FAILURE_NOTICE
    assert [line["text"] for line in platform.lines(openid, "system")] == [FAILURE_NOTICE]


def test_slow_app_is_cut_off_at_the_limit_and_tried_again(start: Starter) -> None:
    platform = start(callback_timeout=0.15, retries=1)
    openid = platform.user()

    def answer(_: Received) -> str:
        time.sleep(0.4)
        return "success"

    platform.app.answer = answer
    delivery = platform.say(openid)
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["timeout", "timeout"]
    assert delivery["user_sees"] == FAILURE_NOTICE


def test_limit_holds_although_bytes_trickle_in(start: Starter) -> None:
    from flask import Response

    platform = start(callback_timeout=0.3, retries=0)
    openid = platform.user()

    def trickle() -> object:
        for _ in range(20):
            time.sleep(0.05)
            yield b"s"

    platform.app.answer = lambda _: Response(trickle())
    began = time.perf_counter()
    delivery = platform.say(openid)
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["timeout"]
    assert time.perf_counter() - began < 0.8


def test_app_that_is_not_there_is_an_error(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/settings", callback_url="http://127.0.0.1:9/wechat")
    delivery = platform.say(openid)
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["error"] * 4
    assert delivery["attempts"][0]["status"] is None


def test_callback_address_may_have_a_query(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/settings", callback_url=platform.simulator.settings.callback_url + "?account=main")
    platform.say(openid)
    assert platform.app.received[0].query["account"] == "main"


def test_sender_need_not_wait(platform: Platform) -> None:
    openid = platform.user()
    release = threading.Event()

    def answer(_: Received) -> str:
        release.wait(5)
        return "success"

    platform.app.answer = answer
    delivery = platform.control(
        "POST", f"/users/{openid}/send?wait=0", json={"type": "text", "content": "你好"}
    )
    assert delivery["finished"] is False
    release.set()
    wait_until(lambda: platform.get(f"/deliveries/{delivery['delivery_id']}")["finished"])
    later = platform.get(f"/deliveries/{delivery['delivery_id']}")
    assert [attempt["outcome"] for attempt in later["attempts"]] == ["success"]


def test_first_attempts_of_one_user_keep_their_order(platform: Platform) -> None:
    openid = platform.user()

    def answer(received: Received) -> str:
        # Were they not kept in order, the first and slowest would be answered last.
        time.sleep(0.02 * (5 - int(received.packet["Content"])))
        with platform.app.lock:
            answered.append(received.packet["Content"])
        return "success"

    answered: list[str] = []
    platform.app.answer = answer
    for number in range(5):
        platform.simulator.actions.send_text(openid, str(number), wait=False)
    wait_until(lambda: len(answered) == 5)
    assert answered == ["0", "1", "2", "3", "4"]


def test_without_order_messages_of_one_user_overlap(platform: Platform) -> None:
    openid = platform.user()
    platform.post("/settings", keep_order=False)
    both = threading.Barrier(2, timeout=5)

    def answer(_: Received) -> str:
        both.wait()
        return "success"

    platform.app.answer = answer
    deliveries = [platform.simulator.actions.send_text(openid, "x", wait=False) for _ in range(2)]
    wait_until(lambda: all(delivery.finished.is_set() for delivery in deliveries))
    assert [len(delivery.attempts) for delivery in deliveries] == [1, 1]


def test_different_users_do_not_wait_for_each_other(platform: Platform) -> None:
    openids = [platform.user(0), platform.user(1)]
    both = threading.Barrier(2, timeout=5)

    def answer(_: Received) -> str:
        both.wait()
        return "success"

    platform.app.answer = answer
    deliveries = [platform.simulator.actions.send_text(openid, "x", wait=False) for openid in openids]
    wait_until(lambda: all(delivery.finished.is_set() for delivery in deliveries))
    assert [delivery.attempts[0].outcome for delivery in deliveries] == ["success", "success"]


def test_hundreds_of_messages_in_flight_all_arrive(platform: Platform) -> None:
    count = 300
    platform.post("/settings", callback_timeout=20.0)
    openids = [platform.user()]
    openids += [platform.post("/users", nickname=f"同学{n}")["openid"] for n in range(count - 1)]
    release = threading.Event()

    def answer(received: Received) -> str:
        release.wait(15)
        return platform.app.encrypted(text_reply(received), received)

    platform.app.answer = answer
    for openid in openids[1:]:
        platform.simulator.people.need(openid).following = True
    deliveries = [platform.simulator.actions.send_text(openid, openid, wait=False) for openid in openids]
    wait_until(lambda: len(platform.app.received) == count, seconds=15)
    release.set()
    wait_until(lambda: all(delivery.finished.is_set() for delivery in deliveries), seconds=15)
    assert {delivery.user_sees for delivery in deliveries} == {"收到"}
    assert {received.packet["Content"] for received in platform.app.received} == set(openids)


def test_newest_deliveries_are_listed_first(platform: Platform) -> None:
    openid = platform.user()
    ids = [platform.say(openid)["delivery_id"] for _ in range(3)]
    listed = [row["delivery_id"] for row in platform.get("/deliveries", limit=2)]
    assert listed == [ids[2], ids[1]]


def test_unknown_delivery_is_explained(platform: Platform) -> None:
    response = requests.get(f"{platform.base_url}/_sim/deliveries/none", timeout=5)
    assert (response.status_code, response.json()) == (400, {"error": "no delivery with id none"})


def test_packets_carry_real_time_unless_told_otherwise(platform: Platform) -> None:
    openid = platform.user()
    platform.advance(86_400)
    assert abs(platform.say(openid)["packet"]["CreateTime"] - time.time()) < 5
    platform.post("/settings", packet_clock="virtual")
    assert abs(platform.say(openid)["packet"]["CreateTime"] - time.time() - 86_400) < 5
