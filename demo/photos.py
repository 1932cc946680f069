"""Photos of the demo: drawings put into the file store like what people send."""

from datetime import datetime
from functools import lru_cache

from demo.drawings import draw
from domain.file_store import FileStore
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState


class PhotoAlbum:
    """Makes attachments that show a scene.

    Args:
        file_store: where the pictures go; every attachment has a file of its own, as with real people.
    """

    def __init__(self, file_store: FileStore) -> None:
        self._file_store = file_store

    def photo(self, scene: str, *, after: bool, turn: int, now: datetime) -> Attachment:
        """Give a stored photo, not yet tied to a complaint.

        Args:
            after: as it is when the work is done.
            turn: 1 shows it from the other side, so that two photos of one thing differ.
        """
        data = _jpeg(scene, after=after, turn=turn)
        return Attachment(
            kind=AttachmentKind.PHOTO,
            state=AttachmentState.STORED,
            purpose=AttachmentPurpose.AFTER if after else AttachmentPurpose.REPORT,
            created_at=now,
            file_key=self._file_store.save(data, "jpg"),
            content_type="image/jpeg",
            size=len(data),
        )


@lru_cache(maxsize=None)  # noqa: UP033 (the arguments are named)
def _jpeg(scene: str, *, after: bool, turn: int) -> bytes:
    return draw(scene, after=after, turn=turn)
