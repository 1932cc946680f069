"""Picking templates out of the public library, for template messages and for 订阅通知.

https://developers.weixin.qq.com/doc/service/api/notify/template/api_addtemplate.html
https://developers.weixin.qq.com/doc/service/api/notify/notify/api_addwxnewtemplate.html
"""

import secrets
from typing import Any

from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import Template
from simulator.template_library import (
    CATEGORIES,
    LIBRARY,
    Keyword,
    PublicTemplate,
    template_content,
    template_example,
)
from simulator.template_rules import fields_of

MAX_TEMPLATES = 25
FEWEST_FIELDS, MOST_FIELDS = 2, 5
MAX_SCENE_CHARACTERS = 15
MAX_PAGE = 30


def list_categories(_: Call) -> Answer:
    """The account's 服务类目."""
    return ok(data=[{"id": number, "name": name} for number, name in CATEGORIES.items()])


def list_titles(call: Call) -> Answer:
    """One page of the library's titles in some categories."""
    ids = call.query.get("ids", "")
    wanted = {int(part) for part in ids.split(",") if part.strip().isdecimal()}
    if not wanted:
        raise ApiError(200018)
    start, limit = call.query.get("start", "0"), call.query.get("limit", "30")
    if not (start.isdecimal() and limit.isdecimal() and 1 <= int(limit) <= MAX_PAGE):
        raise ApiError(200022)
    rows = [template for template in LIBRARY.values() if template.category in wanted]
    page = rows[int(start) : int(start) + int(limit)]
    data = [
        {"tid": row.tid, "title": row.title, "type": row.type, "categoryId": str(row.category)}
        for row in page
    ]
    return ok(count=len(rows), data=data)


def list_keywords(call: Call) -> Answer:
    """The fields of one template of the library."""
    template = _need_public(call.query.get("tid"))
    data = [dict(vars(keyword)) for keyword in template.keywords]
    return ok(count=len(data), data=data)


def _need_public(tid: object) -> PublicTemplate:
    text = str(tid)
    template = LIBRARY.get(int(text)) if text.isdecimal() else None
    if template is None:
        raise ApiError(200014)
    return template


def add_subscription(call: Call) -> Answer:
    """Pick a template for 订阅通知, with 2 to 5 of its fields in the wanted order."""
    template = _need_public(call.json.get("tid"))
    scene, wanted = call.json.get("sceneDesc", ""), call.json.get("kidList")
    if not isinstance(scene, str) or len(scene) > MAX_SCENE_CHARACTERS:
        raise ApiError(200021)
    by_number = {keyword.kid: keyword for keyword in template.keywords}
    if not isinstance(wanted, list) or not FEWEST_FIELDS <= len(wanted) <= MOST_FIELDS:
        raise ApiError(200020)
    numbers = [int(kid) if str(kid).isdecimal() else -1 for kid in wanted]
    if len(set(numbers)) < len(numbers) or any(kid not in by_number for kid in numbers):
        raise ApiError(200020)
    made = _make(call, template, [by_number[kid] for kid in numbers], subscription=True)
    return ok(priTmplId=made.template_id)


def _make(call: Call, template: PublicTemplate, keywords: list[Keyword], *, subscription: bool) -> Template:
    templates = call.simulator.state.templates
    there = sum(row.subscription == subscription for row in templates)
    if there >= MAX_TEMPLATES:
        raise ApiError(200012 if subscription else 45026)
    content = template_content(keywords)
    made = Template(
        template_id=secrets.token_urlsafe(32),
        title=template.title,
        content=content,
        example=template_example(keywords),
        fields=fields_of(content),
        subscription=subscription,
    )
    return templates.put(made.template_id, made)


def list_subscriptions(call: Call) -> Answer:
    """The account's templates for 订阅通知."""
    rows: list[dict[str, Any]] = [
        {
            "priTmplId": row.template_id,
            "title": row.title,
            "content": row.content,
            "example": row.example,
            "type": 2,
            "keywordEnumValueList": [
                {"keywordCode": f"{key}.DATA", "enumValueList": values} for key, values in row.options.items()
            ],
        }
        for row in call.simulator.state.templates
        if row.subscription
    ]
    return ok(data=rows)


def delete_subscription(call: Call) -> Answer:
    """Take a template for 订阅通知 out of the account."""
    template = call.simulator.state.templates.get(call.text("priTmplId"))
    if template is None or not template.subscription:
        raise ApiError(40037)
    call.simulator.state.templates.remove(template.template_id)
    return ok()


def add_message_template(call: Call) -> Answer:
    """Pick a template for template messages, with fields by name."""
    short = call.text("template_id_short")
    if not short.isdecimal():
        # Numbers such as TM00015 and OPENTM… belong to the old library by trade.
        raise ApiError(40247)
    if int(short) not in LIBRARY:
        raise ApiError(40037)
    template = LIBRARY[int(short)]
    names, by_name = call.json.get("keyword_name_list"), {one.name: one for one in template.keywords}
    if not isinstance(names, list) or not names or any(name not in by_name for name in names):
        raise ApiError(40246)
    made = _make(call, template, [by_name[name] for name in names], subscription=False)
    return ok(template_id=made.template_id)


_PREFIX = "/wxaapi/newtmpl"
ENDPOINTS = (
    Endpoint("GET", f"{_PREFIX}/getcategory", list_categories),
    Endpoint("GET", f"{_PREFIX}/getpubtemplatetitles", list_titles),
    Endpoint("GET", f"{_PREFIX}/getpubtemplatekeywords", list_keywords),
    Endpoint("POST", f"{_PREFIX}/addtemplate", add_subscription, body="json"),
    Endpoint("GET", f"{_PREFIX}/gettemplate", list_subscriptions),
    Endpoint("POST", f"{_PREFIX}/deltemplate", delete_subscription, body="json"),
    Endpoint(
        "POST", "/cgi-bin/template/api_add_template", add_message_template, body="json", only_verified=True
    ),
)
