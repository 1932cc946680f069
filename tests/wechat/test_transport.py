"""How a message leaves, seen from a bare socket: in one piece, over plain connections and over TLS."""

import socket
import ssl
import threading
from collections.abc import Iterator
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

from wechat.errors import WeChatUnreachable
from wechat.transport import SharedPosts

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """Answer all that comes on one connection; give the address, and each piece as it was read."""
    pieces: list[bytes] = []

    def serve() -> None:
        connection, _ = door.accept()
        # Who does not trust us hangs up.
        with suppress(OSError), tls.wrap_socket(connection, server_side=True) if tls else connection as line:
            while piece := line.recv(65_536):
                pieces.append(piece)
                line.sendall(_ANSWER)

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
