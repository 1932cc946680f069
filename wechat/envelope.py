"""How the platform wraps what it sends: signatures and encryption, and the same for what we answer.

https://developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption.html
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import xmltodict
from wechatpy.crypto import PrpCrypto

from config.settings import Settings, WeChatMode
from wechat.replies import cdata

# The platform names no limit; its own retries all arrive within half a minute.
MAX_AGE_SECONDS = 300
_UNIX_TIME = re.compile(r"[0-9]{1,12}")


class RefusedError(Exception):
    """This did not come from the platform, or is not for this account.

    Attributes:
        message: why, as a plain Chinese sentence for whoever sets the account up.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Opened:
    """A body that is authentic.

    Attributes:
        body: what was inside, decrypted.
        nonce: the platform's, echoed in an encrypted answer.
        key: the 43-character key that opened it; None when it came in plain.
    """

    body: bytes
    nonce: str
    key: str | None


class _Cipher(PrpCrypto):  # type: ignore[misc]
    def get_random_string(self) -> str:
        """Give 16 characters nobody can foresee; the library's own are not."""
        return secrets.token_hex(8)


def signature(*parts: str) -> str:
    """Give the platform's signature of these parts: the SHA-1 of them, sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Envelope:
    """One account's secrets, and how its messages come.

    Attributes:
        keys: the 43-character keys that may open a message, the present one first.
    """

    app_id: str
    token: str
    mode: WeChatMode
    keys: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take what is needed from the settings."""
        keys = (settings.wechat_aes_key.get_secret_value(), settings.wechat_aes_key_prev.get_secret_value())
        return cls(
            app_id=settings.wechat_app_id,
            token=settings.wechat_token.get_secret_value(),
            mode=settings.wechat_mode,
            keys=tuple(key for key in keys if key),
        )

    @classmethod
    def of_mini_program(cls, settings: Settings) -> Self:
        """Take what is needed for the mini program's own pushes, which have a token and keys of their own."""
        keys = (
            settings.miniprogram_aes_key.get_secret_value(),
            settings.miniprogram_aes_key_prev.get_secret_value(),
        )
        return cls(
            app_id=settings.miniprogram_app_id,
            token=settings.miniprogram_token.get_secret_value(),
            mode=settings.miniprogram_mode,
            keys=tuple(key for key in keys if key),
        )

    def check(self, query: Mapping[str, str], *, now: datetime) -> None:
        """Check `signature`, the one that covers no body.

        Raises:
            RefusedError: it is missing, wrong or too old.
        """
        self._check("signature", query, (), now)

    def open(self, query: Mapping[str, str], body: bytes, *, now: datetime) -> Opened:
        """Check and decrypt what was posted.

        Encrypted messages are taken in every mode, so that the platform's setting can be changed first;
        plain ones are not taken in safe mode, where they are open to forging.

        Raises:
            RefusedError: signature, age, key or app id do not fit.
        """
        if query.get("encrypt_type", "raw") == "raw":
            if self.mode is WeChatMode.SAFE:
                raise RefusedError("安全模式下只接收加密的消息，请核对公众平台的消息加解密方式。")
            self.check(query, now=now)
            return Opened(body, query["nonce"], None)
        encrypted = _encrypted_part(body)
        self._check("msg_signature", query, (encrypted,), now)
        for key in self.keys:
            content = self._decrypt(key, encrypted)
            if content is not None:
                return Opened(content, query["nonce"], key)
        raise RefusedError("无法解密，或 AppID 不符：请核对 AppID 与消息加解密密钥。")

    def seal(self, opened: Opened, reply: str, *, now: datetime) -> str:
        """Wrap our answer as the message came: with the key that opened it, or not at all."""
        if opened.key is None:
            return reply
        encrypted = _Cipher(_key_bytes(opened.key)).encrypt(reply, self.app_id).decode()
        timestamp = str(int(now.timestamp()))
        signed = signature(self.token, timestamp, opened.nonce, encrypted)
        return (
            f"<xml><Encrypt>{cdata(encrypted)}</Encrypt><MsgSignature>{cdata(signed)}</MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(opened.nonce)}</Nonce></xml>"
        )

    def _check(self, name: str, query: Mapping[str, str], more: tuple[str, ...], now: datetime) -> None:
        given, timestamp, nonce = (query.get(part, "") for part in (name, "timestamp", "nonce"))
        if not (given and timestamp and nonce):
            raise RefusedError("缺少签名。这里只供微信公众平台推送消息，不能直接打开。")
        expected = signature(self.token, timestamp, nonce, *more)
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise RefusedError("签名不符，请核对公众平台与本系统的令牌（Token）是否一致。")
        is_time = _UNIX_TIME.fullmatch(timestamp)
        if not is_time or abs(int(now.timestamp()) - int(timestamp)) > MAX_AGE_SECONDS:
            raise RefusedError("时间相差超过 5 分钟，请核对服务器时钟。")

    def _decrypt(self, key: str, encrypted: str) -> bytes | None:
        try:
            return str(_Cipher(_key_bytes(key)).decrypt(encrypted, self.app_id)).encode()
        except Exception:  # noqa: BLE001 (the library raises whatever its parts do; each means: not this key)
            return None


def _key_bytes(key: str) -> bytes:
    return base64.b64decode(key + "=")


def _encrypted_part(body: bytes) -> str:
    # Nothing is known about the sender yet: whatever is odd here is refused, never acted on.
    try:
        outer = json.loads(body) if body.lstrip().startswith(b"{") else xmltodict.parse(body)["xml"]
        encrypted = outer["Encrypt"]
    except Exception:  # noqa: BLE001 (any malformed body, whatever the parsers make of it)
        encrypted = None
    # It is Base64; and of what is no text at all no signature can be made.
    if not isinstance(encrypted, str) or not encrypted.isascii():
        raise RefusedError("消息体里没有加密内容（Encrypt），请核对公众平台的消息加解密方式。")
    return encrypted
