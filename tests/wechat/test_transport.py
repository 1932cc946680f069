"""How a message leaves, seen from a bare socket: in one piece, over plain connections and over TLS."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from wechat import transport
from wechat.errors import WeChatTooLarge, WeChatUnreachable
from wechat.transport import SharedPosts

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def listening(
    tls: ssl.SSLContext | None = None, *, answer: Sequence[bytes] = (_ANSWER,), pause: float = 0
) -> Iterator[tuple[str, list[bytes]]]:
    """Answer all that comes on one connection; give the address, and each piece as it was read.

    Args:
        answer: piece by piece; after an empty one it hangs up.
        pause: seconds between them.
    """
    pieces: list[bytes] = []

    def serve() -> None:
        connection, _ = door.accept()
        # Who does not trust us hangs up.
        with suppress(OSError), tls.wrap_socket(connection, server_side=True) if tls else connection as line:
            while piece := line.recv(65_536):
                pieces.append(piece)
                for part in answer:
                    if not part:
                        return
                    line.sendall(part)
                    time.sleep(pause)

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=serve, daemon=True).start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{door.getsockname()[1]}/", pieces


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the certificate of 127.0.0.1 and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(signed.public_bytes(Encoding.PEM) + secret)
    return file


@pytest.fixture
def encrypted(certificate: Path) -> ssl.SSLContext:
    """TLS with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def post_twice(base: str) -> None:
    posts = SharedPosts(base)
    for text in ("您好", "维修师傅已经出发"):
        assert posts.post("cgi-bin/message?access_token=t", text.encode()) == b"{}"


def are_whole(pieces: list[bytes]) -> bool:
    """Whether these are the requests of `post_twice`, each read in one piece."""
    heads, bodies = zip(*(piece.split(b"\r\n\r\n", 1) for piece in pieces), strict=True)
    named = all(head.startswith(b"POST /cgi-bin/message?access_token=t HTTP/1.1\r\n") for head in heads)
    return named and [body.decode() for body in bodies] == ["您好", "维修师傅已经出发"]


def test_head_and_body_leave_together_on_a_connection_that_stays() -> None:
    with listening() as (base, pieces):
        post_twice(base)
    assert are_whole(pieces)


def test_the_same_holds_over_tls(
    certificate: Path, encrypted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with listening(encrypted) as (base, pieces):
        post_twice(base)
    assert are_whole(pieces)


def test_certificate_that_nobody_vouches_for_is_refused_before_anything_leaves(
    encrypted: ssl.SSLContext,
) -> None:
    with listening(encrypted) as (base, pieces), pytest.raises(WeChatUnreachable) as refused:
        SharedPosts(base).post("x", b"secret")
    assert "CERTIFICATE_VERIFY_FAILED" in refused.value.args[0]
    assert pieces == []


def test_answer_that_was_packed_unasked_is_unpacked() -> None:
    packed = gzip.compress(b"{}")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with listening(answer=[head, packed]) as (base, pieces):
        post_twice(base)
    assert are_whole(pieces)


def test_answer_in_pieces_is_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with listening(answer=[head, b"1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n"], pause=0.01) as (base, _):
        post_twice(base)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b""], "连不上微信平台"),
        ([b"nonsense\r\n\r\n", b""], "连不上微信平台"),
        ([b""], "连不上微信平台"),
        ([b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"], "HTTP 502"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", *[b"x"] * 9], "太慢"),
        (
            [
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n",
                gzip.compress(b"x" * 99_999),
                b"",
            ],
            "太大",
        ),
    ],
    ids=["cut short", "no HTTP", "nothing", "502", "a trickle", "a bomb"],
)
def test_answer_that_is_none_may_have_had_its_effect(
    answer: Sequence[bytes], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 0.3)
    monkeypatch.setattr(transport, "MAX_BYTES", 90_000)
    with listening(answer=answer, pause=0.1) as (base, _), pytest.raises(WeChatUnreachable) as trouble:
        SharedPosts(base).post("x?access_token=secret", b"{}")
    assert words in str(trouble.value)
    assert trouble.value.maybe_done is True
    assert "secret" not in str(trouble.value)
    assert isinstance(trouble.value, WeChatTooLarge) is (words == "太大")
