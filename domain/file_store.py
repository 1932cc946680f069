"""Where photos and recordings lie: files under random names, in a folder or a bucket."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from domain.errors import NotFound

_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{28}\.[a-z0-9]{1,5}")
_EXTENSION = re.compile(r"[a-z0-9]{1,5}")
# Longer than an extension may be, so that no key names such a file.
UNFINISHED = ".unfinished"
# Into so many parts the store is divided for those who look through all of it.
SLICES = 24
# As many keys are given at a time to who walks through the store.
SOME = 500


def new_key(extension: str) -> str:
    """Make a key that nobody can guess.

    Raises:
        ValueError: the extension is none.
    """
    if not _EXTENSION.fullmatch(extension):
        raise ValueError(f"not a file extension: {extension!r}")
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name[2:4]}/{name[4:]}.{extension}"


def is_key(text: str) -> bool:
    """Tell whether this could be a key of ours."""
    return _KEY.fullmatch(text) is not None


def checked_key(text: str) -> str:
    """Give a key that could be ours.

    Raises:
        NotFound: it is none.
    """
    if not is_key(text):
        raise NotFound("找不到这个文件。")
    return text


class FileStore(Protocol):
    """Keeps files by keys that nobody can guess; a key is all that the database knows.

    A column that holds a key is called `file_key` or ends in `_file_key`: what no such column names is taken
    away after a day.
    """

    def save(self, data: bytes, extension: str) -> str:
        """Keep a file, whole or not at all, and give its key; `extension` is such as `jpg`."""

    def save_from(self, source: BinaryIO, extension: str) -> str:
        """Keep what can be read from here, as `save`, without ever holding all of it in memory."""

    def put_back(self, key: str, source: BinaryIO) -> None:
        """Keep a file under the key it had, whole or not at all; one that is there is written anew.

        Raises:
            NotFound: the key is none of ours.
        """

    def read(self, key: str) -> bytes:
        """Give a file's bytes.

        Raises:
            NotFound: the key is none of ours, or its file is gone.
        """

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading from any place in it; the caller closes it.

        Raises:
            NotFound: as `read`.
        """

    def size(self, key: str) -> int:
        """Give a file's length in bytes.

        Raises:
            NotFound: as `read`.
        """

    def delete(self, key: str) -> None:
        """Take a file away, if it is there."""

    def old_files(self, slice_number: int, *, before: datetime) -> Iterator[list[str]]:
        """Walk through a part of the store and give the keys of files last written before a moment.

        What writing left unfinished before that moment is taken away on the way.

        Args:
            slice_number: which of the SLICES parts; all of them together are the whole store.
            before: the moment.

        Yields:
            Some keys at a time, so that the caller can stop in between.
        """


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
        return self.save_from(BytesIO(data), extension)

    def save_from(self, source: BinaryIO, extension: str) -> str:
        """Keep what can be read from `source`, some at a time; otherwise as `save`."""
        key = new_key(extension)
        self._write(key, source, mode="xb")
        return key

    def put_back(self, key: str, source: BinaryIO) -> None:
        """Keep a file under the key it had; otherwise as `save_from`.

        Raises:
            NotFound: the key is none of ours.
            OSError: it could not be written.
        """
        self._write(checked_key(key), source, mode="wb")

    def _write(self, key: str, source: BinaryIO, *, mode: str) -> None:
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(UNFINISHED)
        try:
            with unfinished.open(mode) as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folder(target.parent)

    def path(self, key: str) -> Path:
        """Give the place of a file, for a web server to send.

        Raises:
            NotFound: the key is none of ours, or its file is gone.
        """
        place = self._folder / key if is_key(key) else None
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

    def size(self, key: str) -> int:
        """Give a file's length in bytes.

        Raises:
            NotFound: as `path`.
        """
        return self.path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Take a file away, if it is there."""
        if is_key(key):
            (self._folder / key).unlink(missing_ok=True)

    def old_files(self, slice_number: int, *, before: datetime) -> Iterator[list[str]]:
        """Walk through a part of the store: every SLICES-th of its 256 folders.

        Args:
            slice_number: from 0 up to SLICES - 1.
            before: files written at this moment or later are left out.

        Yields:
            Some hundred keys, or fewer.
        """
        for number in range(slice_number, 256, SLICES):
            keys: list[str] = []
            for folder in sorted((self._folder / f"{number:02x}").glob("[0-9a-f][0-9a-f]")):
                keys += self._old_in(folder, before.timestamp())
                if len(keys) >= SOME:
                    yield keys
                    keys = []
            if keys:
                yield keys

    def _old_in(self, folder: Path, before: float) -> list[str]:
        keys = []
        for path in sorted(folder.iterdir()):
            try:
                is_old = path.stat().st_mtime < before
            except FileNotFoundError:  # finished, or taken away, in this moment
                continue
            key = path.relative_to(self._folder).as_posix()
            if is_old and path.suffix == UNFINISHED:
                path.unlink(missing_ok=True)
            elif is_old and is_key(key):
                keys.append(key)
        return keys


def _sync_folder(folder: Path) -> None:
    """Have the disk remember the new name too; a power cut may forget it otherwise."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
