"""One person's data as a zip that is written while it is sent: no file on our side, and little memory."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from domain.errors import NotFound
from domain.file_store import FileStore
from domain.my_data import MyData
from domain.my_data_parts import PackedFile
from domain.working_time import local_time

_PIECE = 256 * 1024


class _Outlet:
    """A file that cannot go back: keeps what was written until it is taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: all is taken away between two pieces."""

    def take(self) -> bytes:
        """Give what has been written since the last time."""
        written = b"".join(self._pieces)
        self._pieces.clear()
        return written


def package(data: MyData, page: str, files: FileStore, *, now: datetime) -> Iterator[bytes]:
    """Write the zip, piece by piece: a page to read, the same for machines, and the files.

    Args:
        page: the readable page, as HTML.
        files: where the files lie; one that is gone is left out.
    """
    outlet, at = _Outlet(), local_time(now)
    told = json.dumps(data.content, ensure_ascii=False, indent=2)
    with ZipFile(outlet, "w") as packed:  # type: ignore[call-overload]  # write() and flush() are all it needs
        for name, text in (("我的数据.html", page), ("我的数据.json", told)):
            packed.writestr(_entry(name, ZIP_DEFLATED, at), text.encode())
            yield outlet.take()
        for file in data.files:
            yield from _add(packed, outlet, file, files, at)
    yield outlet.take()


def _entry(name: str, how: int, at: datetime) -> ZipInfo:
    entry = ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = how
    return entry


def _add(
    packed: ZipFile, outlet: _Outlet, file: PackedFile, files: FileStore, at: datetime
) -> Iterator[bytes]:
    try:
        source: IO[bytes] = files.open(file.key)
    except NotFound:
        return
    with source, packed.open(_entry(file.name, ZIP_STORED, at), "w") as target:
        while piece := source.read(_PIECE):
            target.write(piece)
            yield outlet.take()
