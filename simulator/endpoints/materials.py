"""Permanent material.

https://developers.weixin.qq.com/doc/subscription/api/material/permanent/api_addmaterial.html
https://developers.weixin.qq.com/doc/subscription/api/material/permanent/api_batchgetmaterial.html
"""

import json

from flask import Response

from simulator.endpoints.drafts import read_page
from simulator.endpoints.media import file_response, read_upload
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import Media

MAX_PICTURES, MAX_OTHERS = 100_000, 1_000
# A thumb counts and is listed as a picture.
_LISTED = {"image": ("image", "thumb"), "voice": ("voice",), "video": ("video",), "news": ("news",)}


def _all(call: Call, kind: str) -> list[Media]:
    return [media for media in call.simulator.state.media if media.material and media.kind in _LISTED[kind]]


def add_material(call: Call) -> Answer:
    """Keep a file for ever."""
    upload = read_upload(call)
    listed = "image" if upload.kind == "thumb" else upload.kind
    if len(_all(call, listed)) >= (MAX_PICTURES if listed == "image" else MAX_OTHERS):
        raise ApiError(45001)
    title, introduction = _description(call) if upload.kind == "video" else ("", "")
    media = call.simulator.media.save(
        upload.content,
        kind=upload.kind,
        filename=upload.filename,
        content_type=upload.content_type,
        material=True,
    )
    media.title, media.introduction = title, introduction
    call.simulator.state.media.put(media.media_id, media)
    answer: dict[str, object] = {"media_id": media.media_id}
    if listed == "image":
        answer["url"] = call.simulator.media.url(media.media_id)
    return answer | {"item": []}


def _description(call: Call) -> tuple[str, str]:
    """Return title and introduction of a video."""
    given = call.form.get("description") or call.query.get("description", "")
    try:
        described = json.loads(given)
    except ValueError:
        raise ApiError(47001) from None
    if not isinstance(described, dict) or not described.get("title"):
        raise ApiError(47001)
    return str(described["title"]), str(described.get("introduction", ""))


def _need_material(call: Call) -> Media:
    media = call.simulator.media.find_material(call.json.get("media_id"))
    if media is None:
        raise ApiError(40007)
    return media


def get_material(call: Call) -> Answer:
    """The bytes; of a video its words and an address."""
    media = _need_material(call)
    if media.kind == "video":
        url = call.simulator.media.url(media.media_id)
        return {"title": media.title, "description": media.introduction, "down_url": url}
    content = call.simulator.media.content(media.media_id)
    return file_response(media, content) if content is not None else Response(status=404)


def delete_material(call: Call) -> Answer:
    """Throw a file away."""
    call.simulator.state.media.remove(_need_material(call).media_id)
    return ok()


def count_material(call: Call) -> Answer:
    """How much there is of each kind."""
    return {f"{kind}_count": len(_all(call, kind)) for kind in ("voice", "video", "image", "news")}


def list_material(call: Call) -> Answer:
    """One page of a kind, the newest first."""
    kind = call.text("type")
    if kind not in _LISTED:
        raise ApiError(40004)
    offset, count = read_page(call)
    rows = list(reversed(_all(call, kind)))
    items = [
        {
            "media_id": media.media_id,
            "name": media.filename,
            "update_time": int(media.created_at),
            "url": call.simulator.media.url(media.media_id),
        }
        for media in rows[offset : offset + count]
    ]
    return {"item": items, "total_count": len(rows), "item_count": len(items)}


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/material/add_material", add_material, body="form"),
    Endpoint("POST", "/cgi-bin/material/get_material", get_material, body="json"),
    Endpoint("POST", "/cgi-bin/material/del_material", delete_material, body="json"),
    Endpoint("GET", "/cgi-bin/material/get_materialcount", count_material),
    Endpoint("POST", "/cgi-bin/material/batchget_material", list_material, body="json"),
)
