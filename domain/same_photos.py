"""The same photo again: of one person it is kept once, however often it is sent in the chat.

It is known by the digest of what is kept. Only what one person sent is compared: what is shared by nobody is
taken away with whoever had themselves deleted.
"""

import hashlib

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from models.attachment import Attachment
from models.complaint import ComplaintEvent
from models.conversation import Draft
from models.enums import AttachmentState


def digest_of(data: bytes) -> str:
    """Compute what tells photos apart: 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def kept_before(session: Session, attachment_id: int, digest: str) -> str:
    """Give the key of the file that this photo's sender sent before with the same content; empty for none."""
    this, other = aliased(Attachment), aliased(Attachment)
    query = (
        select(other.file_key)
        .join(this, this.id == attachment_id)
        .where(
            other.digest == digest,
            other.id != attachment_id,
            other.state == AttachmentState.STORED,
            other.file_key != "",
            _sender(other) == _sender(this),
        )
    )
    return session.scalar(query.order_by(other.id).limit(1)) or ""


def _sender(attachment: type[Attachment]) -> ScalarSelect[int]:
    of_draft = select(Draft.person_id).where(Draft.id == attachment.draft_id).scalar_subquery()
    of_event = select(ComplaintEvent.person_id).where(ComplaintEvent.id == attachment.event_id)
    return func.coalesce(of_draft, of_event.scalar_subquery())  # type: ignore[return-value]
