"""WeChat's XML: strings in CDATA, numbers bare, lists as repeated elements.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
"""

import json
from typing import Any
from xml.etree import ElementTree as ET

Packet = dict[str, Any]


class BadXmlError(Exception):
    """The text is not one plain `<xml>…</xml>` document."""


def to_xml(packet: Packet) -> str:
    """Write a packet as WeChat does; nested dicts nest, a list repeats its element."""
    return f"<xml>{_children(packet)}</xml>"


def to_json(packet: Packet) -> str:
    """Write a packet as the mini program may have it; an event's rows stand in no element of their own."""
    flat: Packet = {}
    for name, value in packet.items():
        is_wrapper = isinstance(value, dict) and set(value) == {"List"}
        flat |= value if is_wrapper else {name: value}
    return json.dumps(flat, ensure_ascii=False)


def _children(fields: Packet) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: object) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        return f"<{name}>{_children(value)}</{name}>"
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    # A CDATA section cannot hold its own end mark, so it is closed and opened again around it.
    text = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{text}]]></{name}>"


def from_xml(text: str | bytes) -> Packet:
    """Read a document into nested dicts of strings; repeated elements become lists.

    Raises:
        BadXmlError: not well-formed, another root than `xml`, or a document type (entities are refused).
    """
    raw = text.encode() if isinstance(text, str) else text
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise BadXmlError("document types and entities are refused")
    try:
        root = ET.fromstring(raw)  # noqa: S314 - entities were refused above
    except (ET.ParseError, ValueError, LookupError) as error:
        raise BadXmlError(f"not XML: {error}") from None
    if root.tag != "xml":
        raise BadXmlError(f"the root is <{root.tag}>, not <xml>")
    value = _read(root)
    return value if isinstance(value, dict) else {}


def _read(element: ET.Element) -> Packet | str:
    if len(element) == 0:
        return element.text or ""
    fields: Packet = {}
    for child in element:
        value = _read(child)
        if child.tag not in fields:
            fields[child.tag] = value
        elif isinstance(fields[child.tag], list):
            fields[child.tag].append(value)
        else:
            fields[child.tag] = [fields[child.tag], value]
    return fields
