"""Keeping small secrets in the database so that whoever copies it cannot read them.

The keys are derived from the setting SECRET_KEY. When that changes, nothing sealed before can be opened.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Unreadable(Exception):
    """Something was sealed with another key, for another owner, or was tampered with."""


class SecretBox:
    """Seals texts for one owner each: moved into another row, a sealed text cannot be opened.

    Args:
        secret_key: the setting SECRET_KEY.
    """

    def __init__(self, secret_key: str) -> None:
        self._cipher = AESGCM(_derive(secret_key, b"banshishi: sealed secrets"))
        self._digest_key = _derive(secret_key, b"banshishi: keyed digests")

    def seal(self, text: str, *, owner: str) -> str:
        """Encrypt a text; the result is printable and about 1.4 times as long, plus 38 characters."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), owner.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, owner: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            Unreadable: the key has changed since, it belongs to another owner, or it was tampered with.
        """
        try:
            raw = base64.urlsafe_b64decode(sealed)
            text = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode())
        except (ValueError, InvalidTag):
            raise Unreadable from None
        return text.decode()

    def digest(self, text: str, *, owner: str) -> str:
        """Compute a digest that can be guessed at only by who has the key; 64 hexadecimal digits."""
        return hmac.new(self._digest_key, f"{owner}\n{text}".encode(), hashlib.sha256).hexdigest()


def _derive(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())
