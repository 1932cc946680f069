"""Sending one webhook: to the address that was checked, without following anything, bounded in time and size.

The name is resolved once; every address it has must be one that we call, and the connection goes to the one
that was looked at. So a name that leads elsewhere a moment later (DNS rebinding) leads us nowhere.
"""

import base64
import hashlib
import hmac
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import urlsplit

from domain.errors import Invalid
from domain.webhook_addresses import AddressRules, check_url, is_allowed
from domain.webhook_outbox import LONGEST_ANSWER, Fate, Outcome, Parcel
from domain.webhook_settings import PREFIX
from models.database import Database

CONNECT_SECONDS = 5
# Also of a receiver that sends a byte now and then.
TOTAL_SECONDS = 15
USER_AGENT = "banshishi-webhooks/1"
# The receiver as a whole is not there, or asks us to come later; everything else is about this one webhook.
_AWAY = frozenset({408, 425, 429, 502, 503, 504})
_GONE = 410
_LONGEST_READ = 4 * LONGEST_ANSWER


class Unsendable(Exception):
    """An address is none that we call; the words say why."""


@dataclass(frozen=True)
class Target:
    """Where a webhook goes.

    Attributes:
        addresses: those that were checked, in the order in which they are tried.
    """

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


def signature(parcel: Parcel, *, at: datetime) -> str:
    """Sign a webhook with each of its secrets, as Standard Webhooks has it.

    https://www.standardwebhooks.com/: HMAC-SHA256 over id, time in seconds and body, joined by full stops.
    """
    signed = f"{parcel.message_id}.{int(at.timestamp())}.{parcel.body}".encode()
    keys = [base64.b64decode(secret.removeprefix(PREFIX)) for secret in parcel.secrets]
    marks = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys]
    return " ".join(f"v1,{mark}" for mark in marks)


def send(
    parcel: Parcel, *, rules: AddressRules, now: datetime, total_seconds: float = TOTAL_SECONDS
) -> Outcome:
    """Send a webhook, and tell what came of it; whatever goes wrong is an outcome, not an exception.

    Raises:
        RuntimeError: a database transaction is open in this thread.
    """
    if Database.in_transaction():
        raise RuntimeError("webhooks must not be sent while a database transaction is open")
    began = time.monotonic()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
        "Connection": "close",
        "webhook-id": parcel.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature(parcel, at=now),
    }
    try:
        target = look_up(parcel.url, rules=rules)
        status, answer = _post(target, parcel.body.encode(), headers, total_seconds)
    except Unsendable as error:
        return Outcome(fate=Fate.AWAY, milliseconds=_since(began), words=str(error))
    except (OSError, HTTPException, ValueError) as error:
        return Outcome(fate=Fate.AWAY, milliseconds=_since(began), words=_in_words(error))
    fate = _fate(status)
    words = "" if fate is Fate.TAKEN else f"对方回答 HTTP {status}"
    if 300 <= status < 400:
        words += "（转到别处）；推送不跟随跳转，请改推送网址"
    return Outcome(fate=fate, status=status, milliseconds=_since(began), words=words, answer=answer)


def look_up(url: str, *, rules: AddressRules) -> Target:
    """Resolve the host of an address, and check everything it leads to.

    Raises:
        Unsendable: it leads nowhere, or where we do not call.
    """
    try:
        parts = urlsplit(check_url(url, rules=rules))
    except Invalid as error:
        raise Unsendable(error.message) from None
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unsendable(f"找不到主机 {host}，请核对推送网址和服务器的 DNS。") from None
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    refused = [each for each in addresses if not is_allowed(host, ip_address(each), rules=rules)]
    if refused or not addresses:
        words = f"{host} 指向内部网络（{'、'.join(refused[:3])}），没有推送。"
        raise Unsendable(f"{words}确实需要，请写进设置 WEBHOOK_PRIVATE_HOSTS。")
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Target(parts.scheme, host, port, path, tuple(dict.fromkeys(addresses)))


def _post(target: Target, body: bytes, headers: dict[str, str], total_seconds: float) -> tuple[int, str]:
    connection = _connection(target)
    # Closing the socket is the only way to end a read that gets a byte now and then.
    watch = threading.Timer(total_seconds, _cut, (connection,))
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, _beginning(answer)
    finally:
        watch.cancel()
        connection.close()


def _connection(target: Target) -> HTTPConnection:
    """Open a connection to the address that was checked, under the name that the certificate must have."""
    encrypted = target.scheme == "https"
    kind = HTTPSConnection if encrypted else HTTPConnection
    connection = kind(target.host, target.port, timeout=CONNECT_SECONDS)
    raw = _reach(target)
    try:
        if encrypted:
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=target.host)
        raw.settimeout(TOTAL_SECONDS)
    except BaseException:
        raw.close()
        raise
    connection.sock = raw
    return connection


def _reach(target: Target) -> socket.socket:
    for address in target.addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, target.port), timeout=CONNECT_SECONDS)
    return socket.create_connection((target.addresses[-1], target.port), timeout=CONNECT_SECONDS)


def _cut(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _beginning(answer: HTTPResponse) -> str:
    """Read how an answer begins; whether it ends well is of no importance."""
    with suppress(OSError, HTTPException):
        return answer.read(_LONGEST_READ).decode("utf-8", "replace")[:LONGEST_ANSWER]
    return ""


def _fate(status: int) -> Fate:
    if 200 <= status < 300:
        return Fate.TAKEN
    if status == _GONE:
        return Fate.UNSUBSCRIBED
    return Fate.AWAY if status in _AWAY else Fate.REFUSED


def _in_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"对方的证书不能验证：{error.verify_message}"
    if isinstance(error, TimeoutError):
        return "连接超时"
    if isinstance(error, ConnectionRefusedError):
        return "对方拒绝连接"
    return f"连接中断：{type(error).__name__}"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
