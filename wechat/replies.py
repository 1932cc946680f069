"""What we answer with at once (被动回复): one text, as XML, within the platform's length.

https://developers.weixin.qq.com/doc/subscription/guide/product/message/Passive_user_reply_message.html
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from wechat.message_fields import clusters

# The platform refuses a longer text as a whole; 2048 bytes is what it is said to take.
MAX_TEXT_BYTES = 2000

# Around a link's path and its words, until the moment of answering; characters that no text may hold.
_LINK_START, _LINK_MIDDLE, _LINK_END = "\ufdd0", "\ufdd1", "\ufdd2"
_LINK = re.compile(f"{_LINK_START}([^{_LINK_MIDDLE}]*){_LINK_MIDDLE}([^{_LINK_END}]*){_LINK_END}")
_ANCHOR = re.compile(r'(<a href="[^"]*">[^<]*</a>)')
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SAFE_IN_WORDS = str.maketrans(
    {"<": "＜", ">": "＞", _LINK_START: None, _LINK_MIDDLE: None, _LINK_END: None, "\r": None}
)


def cdata(text: str) -> str:
    """Wrap a text for XML, so that nothing in it can end the section early."""
    return f"<![CDATA[{_NOT_IN_XML.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def text_reply(text: str, *, to: str, sender: str, at: datetime) -> str:
    """Write a text answer.

    Args:
        to: the person's openid.
        sender: the account's original id (原始 ID).
    """
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(sender)}</FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime><MsgType>{cdata('text')}</MsgType>"
        f"<Content>{cdata(fit(text))}</Content></xml>"
    )


def plain(words: str) -> str:
    """Make a person's own words safe to repeat: they can be neither a link nor anything else but words."""
    return words.translate(_SAFE_IN_WORDS)


def link(path: str, words: str) -> str:
    """Mark words that lead to a page of ours; `with_links` gives them their address when we answer."""
    return f"{_LINK_START}{path}{_LINK_MIDDLE}{plain(words)}{_LINK_END}"


def with_links(text: str, *, address: Callable[[str], str]) -> str:
    """Turn marked words into links.

    Args:
        address: gives the whole address for a path. It is made for one use, so never stored in the text.
    """
    return _LINK.sub(lambda found: f'<a href="{address(found[1])}">{found[2]}</a>', text)


def without_links(text: str) -> str:
    """Keep the words of all links only."""
    return _LINK.sub(r"\2", text)


def fit(text: str, *, limit: int = MAX_TEXT_BYTES) -> str:
    """Cut a text to so many bytes of UTF-8, between characters as people see them, never within a link."""
    if len(text.encode()) <= limit:
        return text
    kept: list[str] = []
    left = limit - len("…".encode())
    for unit in _units(text):
        left -= len(unit.encode())
        if left < 0:
            break
        kept.append(unit)
    return "".join(kept).rstrip() + "…"


def _units(text: str) -> Iterator[str]:
    for part in _ANCHOR.split(text):
        if _ANCHOR.fullmatch(part):
            yield part
        else:
            yield from clusters(part)
