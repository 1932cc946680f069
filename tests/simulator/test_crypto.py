"""The platform's encryption against the official vectors, against wechatpy, and for any message."""

import base64
import importlib.metadata

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from simulator import crypto

TOKEN, KEY, APP_ID = "AAAAA", "A" * 43, "wxba5fad812f8e6fb9"
# "hello" under the key "BBB…"; made once, as workers must agree on the names of tests.
UNDER_ANOTHER_KEY = "hM0IV7Wj35/WKEglsUQGuecIr58LdFLngfZ9y8No0YfmvONtOXt9ZMuyXUwZ5SSGOiIEyvdb/4vc0OHm5HENJw=="
PUSHED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazh"
    "Zv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFI"
    "ZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
PUSHED_MESSAGE = (
    b'{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,'
    b'"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)
REPLY = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        (("1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        (("1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        (("1714112445", "415670741", PUSHED), "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"),
        (("1713424427", "415670741", REPLY), "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"),
    ],
    ids=["get", "plain", "safe", "safe-message", "reply"],
)
def test_signature_is_that_of_the_official_example(parts: tuple[str, ...], expected: str) -> None:
    assert crypto.signature(TOKEN, *parts) == expected


def test_official_push_is_decrypted() -> None:
    assert crypto.decrypt(PUSHED, encoding_aes_key=KEY) == (PUSHED_MESSAGE, APP_ID)
    assert len(PUSHED_MESSAGE) == 167


def test_official_push_is_made_again_from_its_parts() -> None:
    made = crypto.encrypt(PUSHED_MESSAGE, encoding_aes_key=KEY, app_id=APP_ID, prefix=b"a8eedb185eb2fecf")
    assert made == PUSHED


def test_official_reply_is_made_again_from_its_parts() -> None:
    message = b'{"demo_resp":"good luck"}'
    assert crypto.encrypt(message, encoding_aes_key=KEY, app_id=APP_ID, prefix=b"707722b803182950") == REPLY


@given(message=st.binary(max_size=400), app_id=st.text("abcdefwx0123456789", min_size=1, max_size=40))
def test_any_message_comes_back(message: bytes, app_id: str) -> None:
    cipher_text = crypto.encrypt(message, encoding_aes_key=KEY, app_id=app_id)
    assert crypto.decrypt(cipher_text, encoding_aes_key=KEY) == (message, app_id)


@pytest.mark.parametrize("length", range(32))
def test_every_padding_from_1_to_32_is_written_and_read(length: int) -> None:
    message = b"m" * length
    cipher_text = crypto.encrypt(message, encoding_aes_key=KEY, app_id=APP_ID)
    assert len(base64.b64decode(cipher_text)) % 32 == 0
    assert crypto.decrypt(cipher_text, encoding_aes_key=KEY) == (message, APP_ID)


def test_prefix_is_fresh_every_time() -> None:
    texts = {crypto.encrypt(b"same", encoding_aes_key=KEY, app_id=APP_ID) for _ in range(20)}
    assert len(texts) == 20


@pytest.mark.parametrize(
    ("cipher_text", "step"),
    [
        ("not base64!", "base64"),
        ("", "blocks"),
        (base64.b64encode(b"x" * 31).decode(), "blocks"),
        pytest.param(UNDER_ANOTHER_KEY, "padding", id="under-another-key"),
    ],
)
def test_spoilt_cipher_text_is_refused_with_the_failing_step(cipher_text: str, step: str) -> None:
    with pytest.raises(crypto.CryptoError, match=step):
        crypto.decrypt(cipher_text, encoding_aes_key=KEY)


def test_length_beyond_the_end_is_refused() -> None:
    key = crypto.key_bytes(KEY)
    full = b"r" * 16 + (1000).to_bytes(4, "big") + b"short" + APP_ID.encode()
    padded = full + bytes([64 - len(full)]) * (64 - len(full))
    encryptor = crypto.Cipher(crypto.algorithms.AES(key), crypto.modes.CBC(key[:16])).encryptor()
    cipher_text = base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
    with pytest.raises(crypto.CryptoError, match="past the end"):
        crypto.decrypt(cipher_text, encoding_aes_key=KEY)


def test_compared_library_is_the_version_we_know() -> None:
    assert importlib.metadata.version("wechatpy") == "2.0.0a26"


@given(st.text(max_size=100))
def test_wechatpy_reads_what_the_platform_writes(message: str) -> None:
    cipher_text = crypto.encrypt(message.encode(), encoding_aes_key=KEY, app_id=APP_ID)
    signature = crypto.signature(TOKEN, "1", "2", cipher_text)
    other = WeChatCrypto(TOKEN, KEY, APP_ID)
    assert other.decrypt_message({"Encrypt": cipher_text}, signature, "1", "2") == message


@given(st.text(min_size=1, max_size=100))
def test_platform_reads_what_wechatpy_writes(message: str) -> None:
    sealed = xmltodict.parse(WeChatCrypto(TOKEN, KEY, APP_ID).encrypt_message(message, "2", "1"))["xml"]
    assert sealed["MsgSignature"] == crypto.signature(TOKEN, "1", "2", sealed["Encrypt"])
    assert crypto.decrypt(sealed["Encrypt"], encoding_aes_key=KEY) == (message.encode(), APP_ID)
