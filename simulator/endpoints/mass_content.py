"""What is sent to many: the content of a mass send or a preview, checked and made ready for the chat.

https://developers.weixin.qq.com/doc/service/api/notify/massmessage/api_sendall.html
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.endpoints.drafts import need_draft
from simulator.errors import ApiError
from simulator.pipeline import Call

MAX_TEXT_BYTES = 2048
MAX_IMAGES = 20


@dataclass
class MassContent:
    """The lines that every receiver sees, and the draft that they come from, if they do."""

    kind: str
    lines: list[tuple[str, dict[str, Any]]]
    media_id: str = ""
    article_keys: list[str] = field(default_factory=list)


def read_content(call: Call) -> MassContent:
    """Return the content.

    Raises:
        ApiError: 40008 no such type, or what is wrong with the content.
    """
    kind = call.json.get("msgtype")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise ApiError(40008)
    return read(call)


def _part(call: Call, name: str) -> dict[str, Any]:
    part = call.json.get(name)
    if not isinstance(part, dict):
        raise ApiError(44004)
    return part


def _articles(call: Call) -> MassContent:
    draft = need_draft(call, _part(call, "mpnews").get("media_id"))
    articles = call.simulator.articles
    cards = [articles.card(article) for article in articles.find(draft.article_keys)]
    return MassContent(
        "mpnews", [("news", {"articles": cards})], draft.media_id, article_keys=list(draft.article_keys)
    )


def _text(call: Call) -> MassContent:
    content = _part(call, "text").get("content")
    if not isinstance(content, str) or not content:
        raise ApiError(44004)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise ApiError(45002)
    return MassContent("text", [("text", {"text": content})])


def _images(call: Call) -> MassContent:
    # `images` is the present shape, `image` the one that older clients still send.
    given = call.json.get("images")
    ids = given.get("media_ids") if isinstance(given, dict) else [_part(call, "image").get("media_id")]
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_IMAGES:
        raise ApiError(40007)
    return MassContent(
        "image", [("image", {"media_url": _path(call, media_id, "image")}) for media_id in ids]
    )


def _voice(call: Call) -> MassContent:
    path = _path(call, _part(call, "voice").get("media_id"), "voice")
    return MassContent("voice", [("voice", {"media_url": path})])


def _video(call: Call) -> MassContent:
    path = _path(call, _part(call, "mpvideo").get("media_id"), "video")
    return MassContent("mpvideo", [("video", {"media_url": path})])


def _path(call: Call, media_id: object, kind: str) -> str:
    media = call.simulator.media.find_live(media_id) if isinstance(media_id, str) else None
    if media is None or media.kind != kind:
        raise ApiError(40007)
    return call.simulator.media.path(media.media_id)


_KINDS: dict[str, Callable[[Call], MassContent]] = {
    "mpnews": _articles,
    "text": _text,
    "image": _images,
    "voice": _voice,
    "mpvideo": _video,
}
