"""The platform's side of 消息加解密: AES-256-CBC with a block of 32, and the SHA-1 signatures.

Written from the official description, sharing nothing with the app under test:
https://developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption.html
"""

import base64
import binascii
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAD_BLOCK = 32
_HEADER = 16 + 4


class CryptoError(Exception):
    """The text cannot be decrypted; the message says at which step it failed."""


def signature(*parts: str) -> str:
    """Return the hex SHA-1 of the sorted parts: three of them for `signature`, four for `msg_signature`."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def key_bytes(encoding_aes_key: str) -> bytes:
    """Turn the console's 43 characters into the 32 bytes of the AES key."""
    key = base64.b64decode(encoding_aes_key + "=")
    if len(key) != 32:
        raise CryptoError("EncodingAESKey must be 43 characters")
    return key


def encrypt(message: bytes, *, encoding_aes_key: str, app_id: str, prefix: bytes | None = None) -> str:
    """Encrypt one message; `prefix` replaces the 16 random bytes (for fixed test vectors)."""
    key = key_bytes(encoding_aes_key)
    full = (prefix or os.urandom(16)) + struct.pack(">I", len(message)) + message + app_id.encode()
    pad = PAD_BLOCK - len(full) % PAD_BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(full + bytes([pad]) * pad) + encryptor.finalize()).decode()


def decrypt(cipher_text: str, *, encoding_aes_key: str) -> tuple[bytes, str]:
    """Return the message and the app id found behind it.

    Raises:
        CryptoError: not base64, wrong length, bad padding, or a length that does not fit.
    """
    key = key_bytes(encoding_aes_key)
    try:
        raw = base64.b64decode(cipher_text, validate=True)
    except (binascii.Error, ValueError):
        raise CryptoError("Encrypt is not base64") from None
    if not raw or len(raw) % 16:
        raise CryptoError("the cipher text is not a whole number of AES blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    padded = decryptor.update(raw) + decryptor.finalize()
    pad = padded[-1]
    # The block of the padding is 32, so 17..32 are legal although AES itself works on 16.
    if not 1 <= pad <= PAD_BLOCK or pad > len(padded) or padded[-pad:] != bytes([pad]) * pad:
        raise CryptoError("bad padding (wrong key?)")
    full = padded[:-pad]
    if len(full) < _HEADER:
        raise CryptoError("too short")
    (length,) = struct.unpack(">I", full[16:_HEADER])
    if _HEADER + length > len(full):
        raise CryptoError("the message length points past the end")
    try:
        app_id = full[_HEADER + length :].decode()
    except UnicodeDecodeError:
        raise CryptoError("the app id is not text") from None
    return full[_HEADER : _HEADER + length], app_id
