"""Putting a passive reply into the user's chat."""

from typing import Any

from simulator.chat import ChatLog
from simulator.media_store import MediaStore
from simulator.packets import Packet
from simulator.replies import articles_of
from simulator.state import User


def show_reply(reply: Packet, *, user: User, chat: ChatLog, media: MediaStore, at: float) -> str | None:
    """Add the reply to the chat; return what the user sees in words (None: a transfer shows nothing)."""
    kind = str(reply["MsgType"])
    if kind == "transfer_customer_service":
        return None
    body, words = _body(kind, reply, media)
    item_type = "link" if kind == "music" else kind
    chat.add(user, at=at, sender="account", item_type=item_type, via="passive", **body)
    return words


def _body(kind: str, reply: Packet, media: MediaStore) -> tuple[dict[str, Any], str]:
    if kind == "text":
        return {"text": reply["Content"]}, str(reply["Content"])
    if kind == "news":
        articles = [
            {
                "title": item.get("Title", ""),
                "description": item.get("Description", ""),
                "pic_url": item.get("PicUrl", ""),
                "url": item.get("Url", ""),
            }
            for item in articles_of(reply)
        ]
        return {"articles": articles}, f"[图文] {articles[0]['title']}"
    if kind == "music":
        music = reply["Music"]
        title = music.get("Title", "")
        body = {"title": title, "description": music.get("Description", ""), "url": music.get("MusicUrl", "")}
        return body, f"[音乐] {title}"
    inner = reply[{"image": "Image", "voice": "Voice", "video": "Video"}[kind]]
    body = {"media_url": media.path(inner["MediaId"])}
    if kind == "video":
        body |= {"title": inner.get("Title", ""), "description": inner.get("Description", "")}
    return body, {"image": "[图片]", "voice": "[语音]", "video": "[视频]"}[kind]
