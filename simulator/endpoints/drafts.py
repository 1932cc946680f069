"""The draft box.

https://developers.weixin.qq.com/doc/subscription/api/draft/api_draft_add.html
https://developers.weixin.qq.com/doc/subscription/api/draft/api_draft_batchget.html
"""

import secrets
from typing import Any

from simulator.account_rows import Draft
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok

MAX_ARTICLES = 8
MAX_TITLE, MAX_AUTHOR, MAX_DIGEST = 32, 16, 128
MAX_CONTENT_CHARACTERS, MAX_CONTENT_BYTES = 20_000, 1 << 20
MAX_SOURCE_BYTES = 1024
MAX_PICTURES = 20


def need_draft(call: Call, media_id: object) -> Draft:
    """Return the draft.

    Raises:
        ApiError: 40007 none has this media id, or it was published or sent.
    """
    draft = call.simulator.state.drafts.get(media_id) if isinstance(media_id, str) else None
    if draft is None:
        raise ApiError(40007)
    return draft


def read_article(call: Call, given: object, *, alone: bool = True) -> dict[str, Any]:
    """Return an article's fields; a digest is only for an article that stands alone.

    Raises:
        ApiError: 47001, or which field is missing, too long or points at nothing.
    """
    if not isinstance(given, dict):
        raise ApiError(47001)
    kind = given.get("article_type", "news")
    if kind not in ("news", "newspic") or given.get("product_info"):
        # Goods in an article are for accounts with a shop, which this one is not.
        raise ApiError(53406 if given.get("product_info") else 40008)
    fields: dict[str, Any] = {"article_type": kind}
    for name in ("title", "author", "digest", "content", "content_source_url"):
        value = given.get(name, "")
        if not isinstance(value, str):
            raise ApiError(47001)
        fields[name] = value
    _check_lengths(fields)
    for name in ("need_open_comment", "only_fans_can_comment"):
        fields[name] = 1 if given.get(name) else 0
    if kind == "news":
        fields["thumb_media_id"] = _cover(call, given.get("thumb_media_id"))
    else:
        fields["image_info"] = {"image_list": _pictures(call, given.get("image_info"))}
    return fields if alone else fields | {"digest": ""}


def _check_lengths(fields: dict[str, Any]) -> None:
    content = fields["content"]
    checks = {
        44003: not fields["title"].strip(),
        44004: not content.strip() and fields["article_type"] == "news",
        45003: len(fields["title"]) > MAX_TITLE,
        45110: len(fields["author"]) > MAX_AUTHOR,
        45004: len(fields["digest"]) > MAX_DIGEST,
        45002: len(content) > MAX_CONTENT_CHARACTERS or len(content.encode()) > MAX_CONTENT_BYTES,
        45005: len(fields["content_source_url"].encode()) > MAX_SOURCE_BYTES,
    }
    for code, fails in checks.items():
        if fails:
            raise ApiError(code)


def _cover(call: Call, media_id: object) -> str:
    media = call.simulator.media.find_material(media_id, "image", "thumb")
    if media is None:
        raise ApiError(40007)
    return media.media_id


def _pictures(call: Call, info: object) -> list[dict[str, str]]:
    pictures = info.get("image_list") if isinstance(info, dict) else None
    if not isinstance(pictures, list) or not 1 <= len(pictures) <= MAX_PICTURES:
        raise ApiError(40007)
    ids = [picture.get("image_media_id") if isinstance(picture, dict) else None for picture in pictures]
    return [{"image_media_id": _cover(call, media_id)} for media_id in ids]


def add_draft(call: Call) -> Answer:
    """Keep articles as a draft."""
    given = call.json.get("articles")
    if not isinstance(given, list) or not given:
        raise ApiError(44003)
    if len(given) > MAX_ARTICLES:
        raise ApiError(45008)
    fields = [read_article(call, article, alone=len(given) == 1) for article in given]
    keys = [call.simulator.articles.write(article).key for article in fields]
    now = call.simulator.clock.now()
    draft = Draft(secrets.token_urlsafe(48), keys, now, now)
    call.simulator.state.drafts.put(draft.media_id, draft)
    return {"media_id": draft.media_id, "item": []}


def update_draft(call: Call) -> Answer:
    """Put another article in the place of one."""
    draft = need_draft(call, call.json.get("media_id"))
    index = call.number("index", 0)
    if not 0 <= index < len(draft.article_keys):
        raise ApiError(40114)
    given = call.json.get("articles")
    # The page shows an object; older clients send a list with one in it.
    given = given[0] if isinstance(given, list) and len(given) == 1 else given
    fields = read_article(call, given, alone=len(draft.article_keys) == 1)
    call.simulator.articles.write(fields, key=draft.article_keys[index])
    draft.updated_at = call.simulator.clock.now()
    call.simulator.state.drafts.put(draft.media_id, draft)
    return ok()


def get_draft(call: Call) -> Answer:
    """The articles of a draft."""
    return {"news_item": _news_items(call, need_draft(call, call.json.get("media_id")))}


def _news_items(call: Call, draft: Draft, *, content: bool = True) -> list[dict[str, Any]]:
    articles = call.simulator.articles
    items = [articles.news_item(article) for article in articles.find(draft.article_keys)]
    hidden = {"is_deleted"} if content else {"is_deleted", "content"}
    return [{name: value for name, value in item.items() if name not in hidden} for item in items]


def delete_draft(call: Call) -> Answer:
    """Throw a draft away."""
    draft = need_draft(call, call.json.get("media_id"))
    call.simulator.state.drafts.remove(draft.media_id)
    for key in draft.article_keys:
        call.simulator.state.articles.remove(key)
    return ok()


def count_drafts(call: Call) -> Answer:
    """How many drafts there are."""
    return {"total_count": len(call.simulator.state.drafts)}


def read_page(call: Call) -> tuple[int, int]:
    """Return offset and count of a listing.

    Raises:
        ApiError: 40097 unless the count is 1 to 20.
    """
    offset, count = call.number("offset", 0), call.number("count", 20)
    if offset < 0 or not 1 <= count <= 20:
        raise ApiError(40097)
    return offset, count


def list_drafts(call: Call) -> Answer:
    """One page of drafts, the newest first."""
    offset, count = read_page(call)
    drafts = sorted(call.simulator.state.drafts, key=lambda draft: draft.updated_at, reverse=True)
    page = drafts[offset : offset + count]
    content = not call.json.get("no_content")
    items = [
        {
            "media_id": draft.media_id,
            "content": {
                "news_item": _news_items(call, draft, content=content),
                "create_time": int(draft.created_at),
                "update_time": int(draft.updated_at),
            },
            "update_time": int(draft.updated_at),
        }
        for draft in page
    ]
    return {"total_count": len(drafts), "item_count": len(items), "item": items}


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/draft/add", add_draft, body="json"),
    Endpoint("POST", "/cgi-bin/draft/update", update_draft, body="json"),
    Endpoint("POST", "/cgi-bin/draft/get", get_draft, body="json"),
    Endpoint("POST", "/cgi-bin/draft/delete", delete_draft, body="json"),
    Endpoint("GET", "/cgi-bin/draft/count", count_drafts),
    Endpoint("POST", "/cgi-bin/draft/batchget", list_drafts, body="json"),
)
