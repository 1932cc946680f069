"""Where photos and recordings lie: a folder of files under random names."""

import os
import re
import secrets
from pathlib import Path
from typing import BinaryIO, Protocol

from domain.errors import NotFound

_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{28}\.[a-z0-9]{1,5}")
_EXTENSION = re.compile(r"[a-z0-9]{1,5}")


class FileStore(Protocol):
    """Keeps files by keys that nobody can guess; a key is all that the database knows."""

    def save(self, data: bytes, extension: str) -> str:
        """Keep a file, whole or not at all, and give its key; `extension` is such as `jpg`."""

    def read(self, key: str) -> bytes:
        """Give a file's bytes.

        Raises:
            NotFound: the key is none of ours, or its file is gone.
        """

    def delete(self, key: str) -> None:
        """Take a file away, if it is there."""


class LocalFileStore:
    """A file store in a folder of this machine, or one that all machines share.

    Args:
        folder: made when the first file is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, data: bytes, extension: str) -> str:
        """Keep a file; it is whole on the disk when this returns, or not there at all.

        Args:
            extension: without the dot, such as `jpg`.

        Returns:
            The key.

        Raises:
            ValueError: the extension is none.
            OSError: it could not be written.
        """
        if not _EXTENSION.fullmatch(extension):
            raise ValueError(f"not a file extension: {extension!r}")
        name = secrets.token_hex(16)
        key = f"{name[:2]}/{name[2:4]}/{name[4:]}.{extension}"
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".unfinished")
        try:
            with unfinished.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folder(target.parent)
        return key

    def path(self, key: str) -> Path:
        """Give the place of a file, for a web server to send.

        Raises:
            NotFound: the key is none of ours, or its file is gone.
        """
        place = self._folder / key if _KEY.fullmatch(key) else None
        if place is None or not place.is_file():
            raise NotFound("找不到这个文件。")
        return place

    def read(self, key: str) -> bytes:
        """Give a file's bytes.

        Raises:
            NotFound: as `path`.
        """
        return self.path(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading; the caller closes it.

        Raises:
            NotFound: as `path`.
        """
        return self.path(key).open("rb")

    def delete(self, key: str) -> None:
        """Take a file away, if it is there."""
        if _KEY.fullmatch(key):
            (self._folder / key).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the disk remember the new name too; a power cut may forget it otherwise."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
