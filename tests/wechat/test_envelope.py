"""Signatures and encryption: the official vectors, and the other maker's implementation both ways."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import WeChatMode
from simulator import crypto
from simulator.packets import from_xml
from wechat.envelope import Envelope, Opened, RefusedError, signature

ROOT = Path(__file__).parents[2]
OFFICIAL = Envelope(app_id="wxba5fad812f8e6fb9", token="AAAAA", mode=WeChatMode.SAFE, keys=("A" * 43,))
OFFICIAL_CIPHER = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVza"
    "zhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwK"
    "SqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
OFFICIAL_MESSAGE = (
    '{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,'
    '"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)
MESSAGES = ["a" * length for length in (1, 11, 12, 13, 31, 32, 33)] + [
    "你好😀",
    "<xml><Content><![CDATA[]]]]><![CDATA[>]]></Content></xml>",
]


def at(unix_time: int) -> datetime:
    return datetime.fromtimestamp(unix_time, UTC)


def test_official_get_signature_is_accepted() -> None:
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "timestamp": "1714036504",
        "nonce": "1514711492",
    }
    OFFICIAL.check(query, now=at(1714036504))


def test_official_plain_post_is_opened() -> None:
    plain = Envelope(app_id=OFFICIAL.app_id, token="AAAAA", mode=WeChatMode.PLAIN, keys=())
    query = {
        "signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78",
        "timestamp": "1714037059",
        "nonce": "486452656",
    }
    assert plain.open(query, b"<xml/>", now=at(1714037059)) == Opened(b"<xml/>", "486452656", None)


def test_official_safe_post_is_opened() -> None:
    query = {
        "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
        "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        "timestamp": "1714112445",
        "nonce": "415670741",
        "encrypt_type": "aes",
    }
    for body in (
        json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": OFFICIAL_CIPHER}).encode(),
        f"<xml><ToUserName/><Encrypt><![CDATA[{OFFICIAL_CIPHER}]]></Encrypt></xml>".encode(),
    ):
        opened = OFFICIAL.open(query, body, now=at(1714112445))
        assert opened == Opened(OFFICIAL_MESSAGE.encode(), "415670741", "A" * 43)


def test_official_reply_is_signed_as_we_sign() -> None:
    cipher = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    signed = signature("AAAAA", "1713424427", "415670741", cipher)
    assert signed == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def ask_wecom_crypto(*questions: dict[str, str]) -> list[dict[str, str]]:
    """Ask npm's @wecom/crypto, which shares nothing with our library."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, so @wecom/crypto cannot run")
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    script = ROOT / "tests/simulator/wecom_crypto.cjs"
    command = [node, str(script), "A" * 43, "AAAAA", OFFICIAL.app_id]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"@wecom/crypto did not run (npm install?): {done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_wecom_crypto_reads_what_we_answer() -> None:
    sealed = [
        from_xml(OFFICIAL.seal(Opened(b"", "n0nce", "A" * 43), message, now=at(1714112445)))
        for message in MESSAGES
    ]
    answers = ask_wecom_crypto(*({"decrypt": reply["Encrypt"]} for reply in sealed))
    assert [(answer["message"], answer["id"]) for answer in answers] == [
        (message, OFFICIAL.app_id) for message in MESSAGES
    ]
    for reply in sealed:
        signed = crypto.signature("AAAAA", reply["TimeStamp"], reply["Nonce"], reply["Encrypt"])
        assert (reply["MsgSignature"], reply["Nonce"]) == (signed, "n0nce")


def test_we_read_what_wecom_crypto_writes() -> None:
    questions = ({"encrypt": message, "timestamp": "1714112445", "nonce": "7"} for message in MESSAGES)
    for message, answer in zip(MESSAGES, ask_wecom_crypto(*questions), strict=True):
        query = {
            "msg_signature": answer["signature"],
            "timestamp": "1714112445",
            "nonce": "7",
            "encrypt_type": "aes",
        }
        body = f"<xml><Encrypt>{answer['cipher']}</Encrypt></xml>".encode()
        assert OFFICIAL.open(query, body, now=at(1714112445)).body == message.encode()


def sealed_by_platform(
    message: str, *, key: str, app_id: str = OFFICIAL.app_id
) -> tuple[dict[str, str], bytes]:
    cipher = crypto.encrypt(message.encode(), encoding_aes_key=key, app_id=app_id)
    query = {
        "msg_signature": crypto.signature("AAAAA", "1714112445", "7", cipher),
        "timestamp": "1714112445",
        "nonce": "7",
        "encrypt_type": "aes",
    }
    return query, f"<xml><ToUserName/><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()


def test_message_under_the_former_key_is_opened_and_answered_with_that_key() -> None:
    both = Envelope(app_id=OFFICIAL.app_id, token="AAAAA", mode=WeChatMode.SAFE, keys=("B" * 43, "A" * 43))
    opened = both.open(*sealed_by_platform("hello", key="A" * 43), now=at(1714112445))
    assert opened == Opened(b"hello", "7", "A" * 43)
    reply = from_xml(both.seal(opened, "good luck", now=at(1714112445)))
    assert crypto.decrypt(reply["Encrypt"], encoding_aes_key="A" * 43) == (b"good luck", OFFICIAL.app_id)


def test_message_under_an_unknown_key_is_refused() -> None:
    query, body = sealed_by_platform("hello", key="C" * 43)
    with pytest.raises(RefusedError, match="无法解密，或 AppID 不符"):
        OFFICIAL.open(query, body, now=at(1714112445))


def test_message_for_another_account_is_refused() -> None:
    query, body = sealed_by_platform("hello", key="A" * 43, app_id="wx0000000000000000")
    with pytest.raises(RefusedError, match="无法解密，或 AppID 不符"):
        OFFICIAL.open(query, body, now=at(1714112445))


@pytest.mark.parametrize("mode", [WeChatMode.PLAIN, WeChatMode.COMPAT])
def test_encrypted_message_is_opened_in_every_mode(mode: WeChatMode) -> None:
    envelope = Envelope(app_id=OFFICIAL.app_id, token="AAAAA", mode=mode, keys=("A" * 43,))
    query, body = sealed_by_platform("hello", key="A" * 43)
    assert envelope.open(query, body, now=at(1714112445)).key == "A" * 43


def test_answer_to_a_plain_message_stays_plain() -> None:
    assert OFFICIAL.seal(Opened(b"", "7", None), "<xml/>", now=at(0)) == "<xml/>"


def test_same_answer_is_never_encrypted_to_the_same_text() -> None:
    opened = Opened(b"", "7", "A" * 43)
    sealed = {from_xml(OFFICIAL.seal(opened, "hello", now=at(0)))["Encrypt"] for _ in range(5)}
    assert len(sealed) == 5


@pytest.mark.parametrize(("age", "accepted"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_timestamp_may_be_five_minutes_off(age: int, *, accepted: bool) -> None:
    now = 1714112445
    query = {"timestamp": str(now - age), "nonce": "7"}
    query["signature"] = signature("AAAAA", query["timestamp"], "7")
    if accepted:
        OFFICIAL.check(query, now=at(now))
    else:
        with pytest.raises(RefusedError, match="时间相差超过 5 分钟"):
            OFFICIAL.check(query, now=at(now))


@pytest.mark.parametrize("timestamp", ["now", "-1714112445", "1" * 400, "١٧١٤١١٢٤٤٥"])
def test_timestamp_that_is_no_number_is_refused_though_signed(timestamp: str) -> None:
    query = {"timestamp": timestamp, "nonce": "7", "signature": signature("AAAAA", timestamp, "7")}
    with pytest.raises(RefusedError, match="时间相差超过 5 分钟"):
        OFFICIAL.check(query, now=at(1714112445))
