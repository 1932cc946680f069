"""客服消息: what may be written to a user who was here a moment ago.

https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
"""

from collections.abc import Callable
from typing import Any

from simulator.endpoints.publications import find_publication
from simulator.endpoints.recipients import accept, need_user
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.windows import use_window

MAX_TEXT_BYTES = 2048
TYPING_SECONDS = 30

Shown = tuple[str, dict[str, Any]]


def _part(call: Call, name: str) -> dict[str, Any]:
    part = call.json.get(name)
    if not isinstance(part, dict):
        raise ApiError(44004)
    return part


def _objects(values: object) -> list[dict[str, Any]]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ApiError(47001)
    return values


def _media_path(call: Call, media_id: object) -> str:
    if not media_id:
        raise ApiError(41006)
    if call.simulator.media.find_live(str(media_id)) is None:
        raise ApiError(40007)
    return call.simulator.media.path(str(media_id))


def _text(call: Call) -> Shown:
    content = _part(call, "text").get("content")
    if not isinstance(content, str) or not content:
        raise ApiError(44004)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise ApiError(45002)
    return "text", {"text": content}


def _image(call: Call) -> Shown:
    return "image", {"media_url": _media_path(call, _part(call, "image").get("media_id"))}


def _voice(call: Call) -> Shown:
    return "voice", {"media_url": _media_path(call, _part(call, "voice").get("media_id"))}


def _video(call: Call) -> Shown:
    video = _part(call, "video")
    shown = {key: video.get(key, "") for key in ("title", "description")}
    return "video", {"media_url": _media_path(call, video.get("media_id"))} | shown


def _music(call: Call) -> Shown:
    music = _part(call, "music")
    _media_path(call, music.get("thumb_media_id"))
    return "link", {"title": music.get("title", ""), "url": music.get("musicurl", "")}


def _news(call: Call) -> Shown:
    articles = _objects(_part(call, "news").get("articles") or [])
    if not articles:
        raise ApiError(44003)
    if len(articles) > 1:
        raise ApiError(45008)
    shown = [
        {
            "title": article.get("title", ""),
            "description": article.get("description", ""),
            "pic_url": article.get("picurl", ""),
            "url": article.get("url", ""),
        }
        for article in articles
    ]
    return "news", {"articles": shown}


def _msgmenu(call: Call) -> Shown:
    menu = _part(call, "msgmenu")
    lines = [str(menu.get("head_content", ""))]
    lines += [f"· {choice.get('content', '')}" for choice in _objects(menu.get("list", []))]
    lines.append(str(menu.get("tail_content", "")))
    return "text", {"text": "\n".join(line for line in lines if line), "msgmenu": menu}


def _published(call: Call) -> Shown:
    publication = find_publication(call, _part(call, "mpnewsarticle").get("article_id"))
    articles = call.simulator.articles
    cards = [articles.card(article) for article in articles.find(publication.article_keys)]
    return "news", {"articles": cards}


def _mini_page(call: Call) -> Shown:
    page = _part(call, "miniprogrampage")
    _media_path(call, page.get("thumb_media_id"))
    return "link", {"title": page.get("title", ""), "url": page.get("pagepath", "")}


_TYPES: dict[str, Callable[[Call], Shown]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "music": _music,
    "news": _news,
    "mpnewsarticle": _published,
    "msgmenu": _msgmenu,
    "miniprogrampage": _mini_page,
}


def send_custom(call: Call) -> Answer:
    """Write to a user whose window is open: arguments, then the user, then the window."""
    kind = call.json.get("msgtype")
    read = _TYPES.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise ApiError(40008)
    item_type, shown = read(call)
    user = need_user(call, call.json.get("touser"))
    if not user.following:
        raise ApiError(45015)
    if user.blacklisted:
        raise ApiError(43019)
    if user.protected_minor:
        raise ApiError(70000)
    if user.receive_off:
        raise ApiError(48002)
    simulator = call.simulator
    use_window(user, now=simulator.clock.now())
    user.typing = False
    simulator.chat.add(
        user, at=simulator.clock.now(), sender="account", item_type=item_type, via="custom", **shown
    )
    msgid = simulator.dispatch.next_message_id()
    accept(simulator, user, kind="custom", content=dict(call.json), msgid=msgid, delivered=True)
    return ok()


def set_typing(call: Call) -> Answer:
    """Show or hide 正在输入."""
    command = call.json.get("command")
    if command not in ("Typing", "CancelTyping"):
        raise ApiError(45072)
    user = need_user(call, call.json.get("touser"))
    if call.simulator.clock.now() - user.last_active > TYPING_SECONDS:
        raise ApiError(45080)
    if command == "Typing" and user.typing:
        raise ApiError(45081)
    user.typing = command == "Typing"
    call.simulator.state.users.put(user.openid, user)
    return ok()


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/message/custom/send", send_custom, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/message/custom/typing", set_typing, body="json", only_verified=True),
)
