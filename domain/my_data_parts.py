"""What the sections of somebody's data are made of: plain values, ready for JSON, and the files they name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.working_time import local_time
from models.attachment import Attachment
from models.enums import AttachmentState

Record = dict[str, Any]


@dataclass(frozen=True)
class PackedFile:
    """A file of the file store, and what it is called in the package."""

    name: str
    key: str


def at(moment: datetime | None) -> str:
    """Give a moment as 2026-11-23 10:00 in local time; empty for none."""
    return "" if moment is None else f"{local_time(moment):%Y-%m-%d %H:%M}"


def pack(attachments: Sequence[Attachment], folder: str, files: list[PackedFile]) -> list[str]:
    """Add the files of these to the package, and give what the content calls them."""
    names = []
    for attachment in attachments:
        if attachment.state is AttachmentState.STORED and attachment.file_key:
            extension = attachment.file_key.rpartition(".")[2]
            name = f"文件/{folder}/{attachment.kind.label}{attachment.id}.{extension}"
            files.append(PackedFile(name, attachment.file_key))
            names.append(name)
        elif attachment.label:
            names.append(attachment.label)
    return names
