"""Which store holds the files: the folder of the settings, or the bucket."""

from typing import TYPE_CHECKING

from config.settings import Settings
from domain.file_store import FileStore, LocalFileStore

if TYPE_CHECKING:
    from domain.s3_file_store import S3FileStore


def file_store_for(settings: Settings) -> FileStore:
    """Give the store that the settings name."""
    return bucket_of(settings) or LocalFileStore(settings.upload_dir)


def bucket_of(settings: Settings) -> "S3FileStore | None":
    """Give the bucket; None where files lie in a folder."""
    if not settings.has_bucket:
        return None
    from domain.s3_file_store import S3FileStore

    return S3FileStore(
        endpoint=settings.s3_endpoint,
        bucket=settings.s3_bucket,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        region=settings.s3_region,
        virtual_host=settings.s3_virtual_host,
    )
