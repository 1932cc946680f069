"""Files that people send in the chat, as the platform hands them out."""

from collections.abc import Callable
from dataclasses import dataclass

import requests

from wechat.errors import WeChatError, WeChatUnreachable
from wechat.transport import read_json

# The platform does not always call its JSON by its name.
_JSON_TYPES = frozenset({"application/json", "text/plain", "text/json"})


@dataclass(frozen=True)
class Media:
    """A file: its bytes, and the type the platform calls it (which may be wrong)."""

    data: bytes
    content_type: str


def read_media(response: requests.Response, *, follow: Callable[[str], requests.Response]) -> Media:
    """Read the answer of media/get: a file, for a video the address of one, or an error; all with status 200.

    Args:
        response: the answer.
        follow: fetches an address without our token.

    Raises:
        WeChatError: the platform refused.
        WeChatUnreachable: neither a file nor a readable answer.
    """
    content_type = _type_of(response)
    if content_type not in _JSON_TYPES or not response.content.lstrip().startswith(b"{"):
        return Media(response.content, content_type)
    answer = read_json(response)
    if answer.get("errcode"):
        raise WeChatError(int(answer["errcode"]), str(answer.get("errmsg", "")))
    address = answer.get("video_url")
    if not isinstance(address, str) or not address.startswith(("http://", "https://")):
        raise WeChatUnreachable("微信平台没有给出文件", maybe_done=False)
    video = follow(address)
    return Media(video.content, _type_of(video))


def _type_of(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").split(";")[0].strip().lower()
