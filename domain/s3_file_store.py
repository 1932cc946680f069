"""Where photos and recordings lie for many machines: one private bucket of an S3-compatible store.

Loaded only where a bucket is set, as what speaks with it costs a process twenty megabytes. Readers never go
to the bucket themselves; see docs/decisions/0041-many-machines.md.
"""

import hashlib
import io
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import structlog
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from domain import file_store
from domain.errors import NotFound
from domain.remote_file import RemoteFile
from models.trouble import FilesAway

log = structlog.get_logger(__name__)

# A page that waits for a store that is gone fails while its reader is still there.
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 8.0
# Then nobody else waits for it for some seconds: or its pages would take all threads from the others.
PAUSE_SECONDS = 5.0
_CONNECTIONS = 32
# What is larger lies on the disk while it is sent.
_IN_MEMORY = 4 * 1024 * 1024
_AT_ONCE = 256 * 1024
_DIGEST = "sha256"
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_REFUSALS = {
    "NoSuchBucket": "没有这个桶，请在对象存储里建好，或改 S3_BUCKET",
    "InvalidAccessKeyId": "不认识这个 S3_ACCESS_KEY",
    "SignatureDoesNotMatch": "S3_SECRET_KEY 不对（也可能是 S3_REGION 不对）",
    "AccessDenied": "这个密钥没有读写这个桶的权限",
    "RequestTimeTooSkewed": "这台机器的时钟不准，请打开自动校时",
    "403": "密钥不对，或没有读写这个桶的权限",
    "404": "没有这个桶，请在对象存储里建好，或改 S3_BUCKET",
}


class S3FileStore:
    """A file store in a bucket; what writing did not finish leaves nothing in it.

    Args:
        endpoint: where the store answers, such as `https://s3.example.edu.cn`.
        virtual_host: whether the bucket stands before the host's name, as public clouds want it.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        region: str = "us-east-1",
        virtual_host: bool = False,
    ) -> None:
        self._bucket = bucket
        self._where = {
            "endpoint_url": endpoint,
            "region_name": region,
            "aws_access_key_id": access_key,
            "aws_secret_access_key": secret_key,
        }
        self._virtual_host = virtual_host
        self._making = threading.Lock()
        self._made: Any = None
        self._away_until = 0.0

    @property
    def _client(self) -> Any:  # noqa: ANN401 (made at run time from a description of S3)
        with self._making:  # by each process for itself, when it first needs one
            if self._made is None:
                self._made = self._client_with()
            return self._made

    def _client_with(self, **changes: object) -> Any:  # noqa: ANN401
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=_CONNECTIONS,
            # Newer kinds of checksum are unknown to many stores; we send and hold to our own.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "virtual" if self._virtual_host else "path"},
            **changes,
        )
        return get_session().create_client("s3", config=config, **self._where)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Tell in our own words what goes wrong.

        Raises:
            NotFound: there is no such file.
            FilesAway: the store does not answer, or refuses.
        """
        if time.monotonic() < self._away_until:
            raise FilesAway("刚才连不上文件存储")
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code == "NoSuchKey":
                raise NotFound("找不到这个文件。") from error
            raise FilesAway(f"文件存储拒绝了：{_REFUSALS.get(code, code)}") from error
        except BotoCoreError as error:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            raise FilesAway(f"连不上文件存储（{type(error).__name__}）") from error

    def save(self, data: bytes, extension: str) -> str:
        """Keep a file; the store has it whole when this returns, or not at all.

        Args:
            extension: without the dot, such as `jpg`.

        Returns:
            The key.

        Raises:
            ValueError: the extension is none.
            FilesAway: it could not be kept.
        """
        return self.save_from(io.BytesIO(data), extension)

    def save_from(self, source: BinaryIO, extension: str) -> str:
        """Keep what can be read from `source`, some at a time; otherwise as `save`."""
        key = file_store.new_key(extension)
        self._put(key, source)
        return key

    def put_back(self, key: str, source: BinaryIO) -> None:
        """Keep a file under the key it had; otherwise as `save_from`.

        Raises:
            NotFound: the key is none of ours.
        """
        self._put(file_store.checked_key(key), source)

    def _put(self, key: str, source: BinaryIO) -> None:
        md5, digest = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        # All is at hand before the first byte is sent: one call keeps it, and no pieces are left behind.
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
            while some := source.read(_AT_ONCE):
                md5.update(some)
                digest.update(some)
                whole.write(some)
            whole.seek(0)
            with self._asking():
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=whole,
                    ContentMD5=b64encode(md5.digest()).decode(),
                    Metadata={_DIGEST: digest.hexdigest()},
                )

    def _get(self, key: str, **arguments: str) -> Any:  # noqa: ANN401 (as the store answers)
        with self._asking():
            return self._client.get_object(Bucket=self._bucket, Key=key, **arguments)

    def read(self, key: str) -> bytes:
        """Give a file's bytes, as they were kept.

        Raises:
            NotFound: the key is none of ours, or its file is gone.
            FilesAway: it cannot be read, or came otherwise than it was kept.
        """
        found = self._get(file_store.checked_key(key))
        with self._asking():
            data: bytes = found["Body"].read()
        kept = found["Metadata"].get(_DIGEST)
        if kept and kept != hashlib.sha256(data).hexdigest():
            raise FilesAway(f"文件存储给的内容和存进去时不一样：{key}")
        return data

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading from any place in it; the caller closes it.

        Raises:
            NotFound, FilesAway: as `read`.
        """
        first = self._get(file_store.checked_key(key))

        def going_on(start: int) -> Any:  # noqa: ANN401
            return self._get(key, Range=f"bytes={start}-", IfMatch=first["ETag"])["Body"]

        remote = RemoteFile(first["Body"], first["ContentLength"], going_on, self._asking)
        return cast("BinaryIO", io.BufferedReader(remote, _AT_ONCE))

    def size(self, key: str) -> int:
        """Give a file's length in bytes.

        Raises:
            NotFound, FilesAway: as `read`.
        """
        checked = file_store.checked_key(key)
        with self._asking():
            try:
                found = self._client.head_object(Bucket=self._bucket, Key=checked)
            except ClientError as error:
                if error.response["Error"]["Code"] != "404":
                    raise
                # The answer has no words, so it may as well be the bucket that is not there.
                self._client.head_bucket(Bucket=self._bucket)
                raise NotFound("找不到这个文件。") from error
        return int(found["ContentLength"])

    def delete(self, key: str) -> None:
        """Take a file away, if it is there; while the store is away it is left to `jobs.orphan_files`.

        Nobody names it any more, and who waits for an answer has nothing to do about it.
        """
        try:
            self._delete(key)
        except FilesAway as error:
            log.warning("file_left_for_later", error=error)

    def _delete(self, key: str) -> None:
        with suppress(NotFound), self._asking():
            self._client.delete_object(Bucket=self._bucket, Key=file_store.checked_key(key))

    def old_files(self, slice_number: int, *, before: datetime) -> Iterator[list[str]]:
        """Walk through a part of the store, by the first letters of the keys.

        Args:
            slice_number: from 0 up to SLICES - 1.
            before: files written at this moment or later, by the clock of the store, are left out.

        Yields:
            Some hundred keys, or fewer.
        """
        for number in range(slice_number, 256, file_store.SLICES):
            for page in self._pages(f"{number:02x}/"):
                old = [one["Key"] for one in page if one["LastModified"] < before]
                if keys := [key for key in old if file_store.is_key(key)]:
                    yield keys

    def _pages(self, prefix: str) -> Iterator[list[dict[str, Any]]]:
        pages = iter(
            self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, PaginationConfig={"PageSize": file_store.SOME}
            )
        )
        while True:
            with self._asking():
                page = next(pages, None)
            if page is None:
                return
            yield page.get("Contents", [])

    def note(self, name: str) -> None:
        """Keep a name that says all, for good and out of the way of files: see `domain.deletion_ledger`.

        Raises:
            FilesAway: it could not be kept.
        """
        with self._asking():
            self._client.put_object(Bucket=self._bucket, Key=name, Body=b"")

    def noted(self, prefix: str) -> Iterator[str]:
        """Give the names that begin like this.

        Raises:
            FilesAway: the store could not be asked.
        """
        for page in self._pages(prefix):
            yield from (one["Key"] for one in page)

    def problem(self) -> str | None:
        """Keep, read and take away a file; tell in a sentence what does not work, or who else reads it."""
        try:
            key = self.save(b"check-config", "txt")
            try:
                self.read(key)
                return self._openness(key)
            finally:
                self._delete(key)
        except FilesAway as error:
            return error.strerror

    def _openness(self, key: str) -> str | None:
        """Ask for a file as a stranger would."""
        stranger = self._client_with(signature_version=UNSIGNED)
        try:
            stranger.head_object(Bucket=self._bucket, Key=key)
        except ClientError:
            return None
        return "这个桶谁都能读，师生的照片会泄露：请在对象存储里把它改成私有"
