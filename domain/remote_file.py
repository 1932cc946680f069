"""A file of a bucket that is read like one on the disk: from any place, some at a time."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, cast

from botocore.exceptions import BotoCoreError


class RemoteFile(io.RawIOBase):
    """A file of the bucket, read on from wherever one wants; a line that breaks is taken up again once.

    Args:
        body: the file from its beginning.
        going_on: gives the file from some byte on.
        asking: tells in our own words what goes wrong.
    """

    def __init__(
        self,
        body: Any,  # noqa: ANN401 (of botocore)
        size: int,
        going_on: Callable[[int], Any],
        asking: Callable[[], AbstractContextManager[None]],
    ) -> None:
        super().__init__()
        self._body, self._body_at, self._size = body, 0, size
        self._going_on, self._asking = going_on, asking
        self._position = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read from any place."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; nothing is fetched before it is read."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        """Give the place that is read next."""
        return self._position

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 (any kind of buffer)
        """Read what comes next, as much as there is at hand.

        Raises:
            FilesAway: the store does not answer any more.
        """
        if self._position >= self._size or not len(buffer):
            return 0
        try:
            data = self._next(len(buffer))
        except BotoCoreError:
            self._drop()
            with self._asking():
                data = self._next(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        self._body_at = self._position
        return len(data)

    def _next(self, most: int) -> bytes:
        if self._body is None or self._body_at != self._position:
            self._drop()
            self._body, self._body_at = self._going_on(self._position), self._position
        return cast("bytes", self._body.read(most))

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed:
            self._drop()
        super().close()
