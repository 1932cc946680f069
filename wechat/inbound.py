"""Reading what the platform sent: which message this is, from whom, and what is in it.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import xmltodict

# What tells two events of one person in one second apart; some events name the person in OpenID only.
_EVENT_NAMES = (
    *("FromUserName", "CreateTime", "Event", "EventKey", "MsgID", "TemplateId"),
    *("OpenID", "openid"),
)
# Several checks of photos may end in one second.
_EVENT_NUMBERS = ("trace_id",)
_LONGEST_NAME = 64


class UnreadableError(Exception):
    """This is no message.

    Attributes:
        reason: why, in Chinese, for the log.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """One message or event.

    Attributes:
        openid: who sent it.
        account: the account's original id (原始 ID), the sender of an answer.
        kind: the message type, or `event:<name>` with the name in lower case.
        sent_at: when the person sent it, to the second; retries keep it.
        message_id: the platform's number, empty for events.
        fields: all simple fields by the platform's names, as text.
        dedupe_key: the same for each delivery of this message, and for no other.
        groups: the fields that hold others, such as PublishEventInfo, and those that are repeated; read them
            with `inner` and `rows`.
    """

    openid: str
    account: str
    kind: str
    sent_at: datetime
    message_id: str
    fields: Mapping[str, str]
    dedupe_key: str
    groups: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_event(self) -> bool:
        """Whether something happened, rather than was said."""
        return self.kind.startswith("event:")

    def field(self, name: str) -> str:
        """Give a field without blanks around it; empty when it is missing."""
        return self.fields.get(name, "").strip()

    def inner(self, *path: str) -> str:
        """Give a field within others, as `inner("ScanCodeInfo", "ScanResult")`; empty when it is missing."""
        found = _at(self.groups, path)
        return found.strip() if isinstance(found, str) else ""

    def rows(self, *path: str) -> Sequence[Mapping[str, str]]:
        """Give the rows of a repeated element within others, as `rows("SubscribeMsgPopupEvent", "List")`.

        One alone comes without a list around it. What is no row, or no simple field of one, is left out.
        """
        found = _at(self.groups, path)
        return [
            {name: part.strip() for name, part in row.items() if isinstance(part, str)}
            for row in (found if isinstance(found, list) else [found])
            if isinstance(row, dict)
        ]


def _at(value: object, path: Sequence[str]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def read(body: bytes | str, *, app_id: str, takes_json: bool = False) -> Inbound:
    """Read a decrypted body.

    Args:
        takes_json: JSON is as good as XML; the mini program's console offers both.

    Raises:
        UnreadableError: it is not XML of the platform's form, declares entities, or lacks who, when or what.
    """
    try:
        packet = _packet(body, takes_json=takes_json)
        fields = {name: value for name, value in packet.items() if isinstance(value, str)}
        dedupe_key = _dedupe_key(packet, fields, app_id=app_id)
    except RecursionError as error:
        raise UnreadableError("消息体嵌套太深") from error
    openid, kind = fields.get("FromUserName", ""), fields.get("MsgType", "").lower()
    if not openid or not kind:
        raise UnreadableError("缺少 FromUserName 或 MsgType")
    if len(openid) > _LONGEST_NAME:
        raise UnreadableError("FromUserName 过长")
    if kind == "event":
        kind = f"event:{fields.get('Event', '').lower()}"
    return Inbound(
        openid=openid,
        account=fields.get("ToUserName", ""),
        kind=kind[:_LONGEST_NAME],
        sent_at=_moment(fields.get("CreateTime", "")),
        message_id=fields.get("MsgId", "")[:_LONGEST_NAME],
        fields=fields,
        dedupe_key=dedupe_key,
        groups=_groups(packet),
    )


def unreadable_key(body: bytes, *, app_id: str) -> str:
    """Give the key under which a body that is no message is kept once."""
    return _digest(app_id, "unreadable", hashlib.sha256(body).hexdigest())


def _groups(packet: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in packet.items() if isinstance(value, dict | list)}


def _packet(body: bytes | str, *, takes_json: bool) -> dict[str, Any]:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if text.lstrip().startswith("{"):
        if takes_json:
            return _json_packet(text)
        raise UnreadableError("消息体是 JSON：请在公众平台把数据格式改为 XML")
    try:
        # Entity declarations raise; nothing is expanded or fetched.
        packet = xmltodict.parse(text, strip_whitespace=False)["xml"]
    except Exception as error:
        raise UnreadableError(f"不是公众平台的 XML：{type(error).__name__}") from error
    if not isinstance(packet, dict):
        raise UnreadableError("XML 里没有内容")
    return packet


def _json_packet(text: str) -> dict[str, Any]:
    """Read JSON into what the same packet would be in XML, in which everything is text."""
    try:
        packet = json.loads(text)
    except ValueError as error:
        raise UnreadableError(f"不是公众平台的 JSON：{type(error).__name__}") from error
    as_text: dict[str, Any] = _as_text(packet)
    return as_text


def _as_text(value: object) -> Any:  # noqa: ANN401 (whatever JSON holds)
    if isinstance(value, dict):
        return {str(_as_text(name)): _as_text(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_text(part) for part in value]
    # JSON can spell what no database takes: a null, and half a character.
    text = "" if value is None else str(value).replace("\0", "")
    return text.encode("utf-8", "replace").decode()


def _moment(seconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UnreadableError("CreateTime 不是时间") from error


def _dedupe_key(packet: Mapping[str, Any], fields: Mapping[str, str], *, app_id: str) -> str:
    if fields.get("MsgId"):
        return _digest(app_id, fields["MsgId"])
    if "Event" in fields:
        named = (fields.get(name, "") for name in _EVENT_NAMES)
        numbers = (fields[name] for name in _EVENT_NUMBERS if name in fields)
        return _digest(app_id, *named, *numbers, _canonical(_groups(packet)))
    return _digest(app_id, _canonical(packet))


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
