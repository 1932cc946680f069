"""Judging what the app answered, as the platform does before it shows anything to the user.

https://developers.weixin.qq.com/doc/subscription/guide/product/message/Passive_user_reply_message.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator import crypto
from simulator.packets import BadXmlError, Packet, from_xml

MAX_TEXT_BYTES = 2048
MAX_ARTICLES = 8


class BadReplyError(Exception):
    """The answer is not one that WeChat shows; the message says why."""


@dataclass(frozen=True)
class ReplyContext:
    """What a reply is judged against."""

    openid: str
    original_id: str
    app_id: str
    token: str
    aes_keys: tuple[str, ...]
    mode: str
    answers_event: bool
    media_exists: Callable[[str], bool]


def read_reply(body: bytes, context: ReplyContext) -> Packet | None:
    """Return the reply's fields, or None for `success` and for an empty answer.

    Raises:
        BadReplyError: the user would see the failure notice.
    """
    if body in {b"", b"success"}:
        return None
    packet = _parse(body, "the answer")
    if "Encrypt" in packet:
        packet = _open(packet, context)
    elif context.mode == "safe":
        raise BadReplyError("plain reply in safe mode")
    _check_header(packet, context)
    kind = str(packet["MsgType"])
    check = _CHECKS.get(kind)
    if check is None:
        raise BadReplyError(f"unknown MsgType {kind!r}")
    check(packet, context)
    return packet


def _parse(body: bytes | str, what: str) -> Packet:
    try:
        return from_xml(body)
    except BadXmlError as error:
        raise BadReplyError(f"{what} is {error}") from None


def _open(packet: Packet, context: ReplyContext) -> Packet:
    if context.mode == "plain":
        raise BadReplyError("encrypted reply in plain mode")
    timestamp, nonce, cipher_text = (str(packet.get(key, "")) for key in ("TimeStamp", "Nonce", "Encrypt"))
    if packet.get("MsgSignature") != crypto.signature(context.token, timestamp, nonce, cipher_text):
        raise BadReplyError("MsgSignature does not fit")
    failure = "no key"
    for key in context.aes_keys:
        try:
            message, app_id = crypto.decrypt(cipher_text, encoding_aes_key=key)
        except crypto.CryptoError as error:
            failure = str(error)
            continue
        if app_id != context.app_id:
            raise BadReplyError(f"encrypted for app id {app_id!r}")
        return _parse(message, "the decrypted reply")
    raise BadReplyError(f"cannot be decrypted: {failure}")


def _check_header(packet: Packet, context: ReplyContext) -> None:
    if packet.get("ToUserName") != context.openid:
        raise BadReplyError("ToUserName is not the user")
    if packet.get("FromUserName") != context.original_id:
        raise BadReplyError("FromUserName is not this account")
    if not str(packet.get("CreateTime", "")).isdigit():
        raise BadReplyError("CreateTime is missing or not a number")
    if not packet.get("MsgType"):
        raise BadReplyError("MsgType is missing")


def _check_text(packet: Packet, _: ReplyContext) -> None:
    content = packet.get("Content")
    if not isinstance(content, str) or not content:
        raise BadReplyError("Content is missing or empty")
    size = len(content.encode())
    if size > MAX_TEXT_BYTES:
        raise BadReplyError(f"Content has {size} bytes, more than {MAX_TEXT_BYTES}")


def _need_media(packet: Packet, context: ReplyContext, element: str, name: str) -> None:
    inner = packet.get(element)
    media_id = inner.get(name) if isinstance(inner, dict) else None
    if not media_id:
        raise BadReplyError(f"{element}.{name} is missing")
    if not context.media_exists(str(media_id)):
        raise BadReplyError(f"unknown media id {media_id!r}")


def _check_image(packet: Packet, context: ReplyContext) -> None:
    _need_media(packet, context, "Image", "MediaId")


def _check_voice(packet: Packet, context: ReplyContext) -> None:
    _need_media(packet, context, "Voice", "MediaId")


def _check_video(packet: Packet, context: ReplyContext) -> None:
    _need_media(packet, context, "Video", "MediaId")


def _check_music(packet: Packet, context: ReplyContext) -> None:
    _need_media(packet, context, "Music", "ThumbMediaId")


def _check_news(packet: Packet, context: ReplyContext) -> None:
    items = articles_of(packet)
    if not items:
        raise BadReplyError("news without articles")
    if str(packet.get("ArticleCount", "")) != str(len(items)):
        raise BadReplyError("ArticleCount does not fit the articles")
    allowed = MAX_ARTICLES if context.answers_event else 1
    if len(items) > allowed:
        raise BadReplyError(f"{len(items)} articles, allowed here: {allowed}")


def _check_transfer(_: Packet, context: ReplyContext) -> None:
    if context.answers_event:
        raise BadReplyError("transfer_customer_service answers messages, not events")


_CHECKS: dict[str, Callable[[Packet, ReplyContext], None]] = {
    "text": _check_text,
    "image": _check_image,
    "voice": _check_voice,
    "video": _check_video,
    "music": _check_music,
    "news": _check_news,
    "transfer_customer_service": _check_transfer,
}


def articles_of(packet: Packet) -> list[dict[str, Any]]:
    """Return the articles of a news reply, whether there is one or several."""
    wrapper = packet.get("Articles")
    items = wrapper.get("item", []) if isinstance(wrapper, dict) else []
    return [item for item in (items if isinstance(items, list) else [items]) if isinstance(item, dict)]
