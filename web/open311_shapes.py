"""The shapes of GeoReport v2, as JSON or XML by the ending of the address.

JSON follows the XML by the Spark convention: a list of things is an array without the names around it.
https://wiki.open311.org/JSON_and_XML_Conversion/
"""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405 # only writes

from flask import request
from werkzeug.wrappers import Response

PREFIX = "/open311/"
Value = str | int | float | bool | None | Sequence["Members"]
Members = Mapping[str, Value]
# What a list of things is called, and each of them.
_NAMES = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
# XML 1.0 has no place for these, not even written as a number.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_open311() -> bool:
    """Tell whether this request is made by these rules."""
    return request.path.startswith(PREFIX)


def things(name: str, items: Sequence[Members], *, status: int = HTTPStatus.OK) -> Response:
    """Answer with a list, such as of `services`."""
    if _wants_json():
        return _json(list(items), status)
    return _xml(_element(name, items), status)


def thing(name: str, members: Members) -> Response:
    """Answer with one thing, such as a `service_definition`."""
    return _json(dict(members), HTTPStatus.OK) if _wants_json() else _xml(_node(name, members), HTTPStatus.OK)


def error(status: int, words: str, *, retry_after: int | None = None) -> Response:
    """Answer with what went wrong, in the words for the one who built the program."""
    answer = things("errors", [{"code": status, "description": words}], status=status)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def _wants_json() -> bool:
    # XML is what every server of the standard speaks, and so what is meant where nothing was said.
    return request.path.endswith(".json")


def _json(body: object, status: int) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def _xml(root: Element, status: int) -> Response:
    text = cast("bytes", tostring(root, encoding="utf-8", xml_declaration=True))
    return Response(text, status=status, content_type="text/xml; charset=utf-8")


def _element(name: str, items: Sequence[Any]) -> Element:
    root = Element(name)
    for item in items:
        if isinstance(item, Mapping):
            root.append(_node(_NAMES[name], item))
        else:
            SubElement(root, _NAMES[name]).text = _text(item)
    return root


def _node(name: str, members: Members) -> Element:
    node = Element(name)
    for key, value in members.items():
        if isinstance(value, Sequence) and not isinstance(value, str):
            node.append(_element(key, value))
        else:
            SubElement(node, key).text = _text(value)
    return node


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_IN_XML.sub("", str(value))
