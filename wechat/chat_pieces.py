"""What one message brings: words, a photo, a voice message, a video, a position."""

from dataclasses import dataclass

from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState
from wechat.chat import Chat
from wechat.inbound import Inbound

_MEDIA = {
    "image": AttachmentKind.PHOTO,
    "voice": AttachmentKind.VOICE,
    "video": AttachmentKind.VIDEO,
    "shortvideo": AttachmentKind.VIDEO,
}
_NAMES = {
    AttachmentKind.PHOTO: "1 张照片",
    AttachmentKind.VOICE: "1 段语音",
    AttachmentKind.VIDEO: "1 段视频",
    AttachmentKind.LOCATION: "1 个位置",
}
# What the client puts for a position that has no name.
_NAMELESS = frozenset({"", "位置信息", "[位置]"})


@dataclass(frozen=True)
class Piece:
    """What is to be kept of one message: words, an attachment, or both."""

    text: str = ""
    attachment: Attachment | None = None

    @property
    def name(self) -> str:
        """What it is, with its number: 1 张照片."""
        return _NAMES[self.attachment.kind] if self.attachment else "1 段文字"

    @property
    def label(self) -> str:
        """The name of the position it is, if it has one."""
        is_place = self.attachment is not None and self.attachment.kind is AttachmentKind.LOCATION
        return self.attachment.label if self.attachment and is_place else ""


def piece_of(chat: Chat) -> Piece | None:
    """Take out of a message what is to be kept; None when what it should bring is missing."""
    inbound = chat.inbound
    if inbound.kind in _MEDIA:
        return _media(chat, _MEDIA[inbound.kind])
    if inbound.kind == "location":
        return _position(chat)
    if inbound.kind == "link":
        parts = (inbound.field("Title"), inbound.field("Description"), inbound.field("Url"))
        shared = " ".join(part for part in parts if part)
        return Piece(f"（分享链接）{shared}") if shared else None
    text = inbound.field("Content")
    return Piece(text) if text else None


def heard(inbound: Inbound) -> str:
    """Give the words of a message: what was written, or what the platform made of a voice message."""
    return inbound.field("Content") or inbound.field("Recognition")


def _media(chat: Chat, kind: AttachmentKind) -> Piece | None:
    media_id = chat.inbound.field("MediaId")
    if not media_id or len(media_id) > 200:
        return None
    spoken = chat.inbound.field("Recognition")
    attachment = Attachment(
        kind=kind,
        state=AttachmentState.PENDING,
        media_id=media_id,
        created_at=chat.now,
        next_attempt_at=chat.now,
    )
    return Piece(f"（语音）{spoken}" if spoken else "", attachment)


def _position(chat: Chat) -> Piece | None:
    try:
        latitude, longitude = (float(chat.inbound.field(name)) for name in ("Location_X", "Location_Y"))
    except ValueError:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    label = chat.inbound.field("Label")[:200]
    return Piece(
        attachment=Attachment(
            kind=AttachmentKind.LOCATION,
            state=AttachmentState.STORED,
            label="" if label in _NAMELESS else label,
            latitude=latitude,
            longitude=longitude,
            created_at=chat.now,
        )
    )
