"""Files that come with a form, or came before it: read, checked and cleaned, then kept in the file store."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import g, request
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from domain import documents, limits, pending_uploads
from domain.actors import Actor
from domain.documents import Document, checked_document, looks_like_document
from domain.errors import Invalid, NotAllowed
from domain.file_names import safe_name
from domain.pending_uploads import Kept
from domain.photos import MAX_BYTES, CleanPhoto, clean_photo
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState
from models.pending_upload import PendingUpload
from web.clock import now
from web.database_session import current_session
from web.parts import parts

# Files of the form itself, and the names of those that came before it.
FIELD = "attachments"
IDS_FIELD = "uploads"
MOST_PHOTOS = 9


@dataclass(frozen=True)
class Upload:
    """A checked file under the name it came with; or only the name of one that came before the form."""

    name: str
    content: CleanPhoto | Document | None = None
    token: str = ""


def sender() -> Actor:
    """Give who sends this request; good for asking whose something is, not for acting on complaints."""
    if "known_person" in g:
        return Actor.of_person(g.known_person)
    return Actor.of_staff(current_user.staff)


def read_photos() -> list[Upload]:
    """Read and check what this request's form brings; slow, so do it before the database is written to.

    What came before the form stands first, in the order in which the form names it. Staff may send documents
    as well as photos.

    Raises:
        Invalid: too many, too large, empty, or of no kind we take; names the file at fault.
    """
    files = [file for file in request.files.getlist(FIELD) if file.filename]
    named = named_uploads()
    if len(files) + len(named) > MOST_PHOTOS:
        raise Invalid(f"一次最多上传 {MOST_PHOTOS} 张照片，请分几次上传。", FIELD)
    g.files_read = []
    refusals = []
    for file in files:
        # All are read, so that after a refusal only the one at fault has to be chosen again.
        try:
            g.files_read.append(_read(file))
        except Invalid as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    return [Upload("", token=token) for token in named] + list(g.files_read)


def named_uploads() -> list[str]:
    """Give the names of what came before this form."""
    tokens = [token for token in request.form.getlist(IDS_FIELD) if token]
    return list(dict.fromkeys(tokens))[: MOST_PHOTOS + 1]


def has_files() -> bool:
    """Tell whether this form brings any file itself."""
    return any(file.filename for file in request.files.getlist(FIELD))


def still_there() -> list[PendingUpload]:
    """Give what the refused form of this request had brought, to be shown in it again.

    Its own files are kept as if they had come before it, so that nobody has to choose them anew. Call it
    after the refused transaction was rolled back, and before anything else is asked of the database.
    """
    tokens, read = named_uploads()[:MOST_PHOTOS], g.get("files_read", [])
    if not tokens and not read:
        return []
    whole = [(upload.name, keep(upload.content)) for upload in read if upload.content is not None]
    with parts().database.transaction() as session:
        for name, kept in whole:
            with suppress(NotAllowed):  # has too much lying about; the file is swept away
                tokens.append(pending_uploads.put(session, sender(), name=name, kept=kept, now=now()).token)
        return pending_uploads.ready(session, sender(), tokens, now=now())


def read_photo(field: str) -> CleanPhoto | None:
    """Read and clean the one photo of a field of this request's form; None when none was chosen.

    Raises:
        Invalid: it is too large, empty, or no photo.
    """
    file = request.files.get(field)
    if file is None or not file.filename:
        return None
    try:
        return clean_photo(file.stream.read(MAX_BYTES + 1))
    except Invalid as refusal:
        raise Invalid(f"「{safe_name(file.filename, longest=60)}」：{refusal.message}", field) from refusal


def _read(file: FileStorage) -> Upload:
    name = safe_name(file.filename or "", longest=60)
    most = documents.MAX_BYTES if sender().staff else MAX_BYTES
    try:
        # One byte more than is allowed tells a file that is too large; no need to hold the rest.
        return Upload(name, checked(file.stream.read(most + 1)))
    except Invalid as refusal:
        raise Invalid(f"「{name}」：{refusal.message}", FIELD) from refusal


def checked(data: bytes) -> CleanPhoto | Document:
    """Clean a photo, or check a document if the sender may send one.

    Raises:
        Invalid: it is too large, empty, damaged, or of no kind we take.
    """
    if sender().staff and looks_like_document(data):
        return checked_document(data)
    return clean_photo(data)


def keep(content: CleanPhoto | Document) -> Kept:
    """Put a checked file into the file store."""
    if isinstance(content, Document):
        extension, kind = content.extension, AttachmentKind.DOCUMENT
    else:
        extension, kind = "jpg", AttachmentKind.PHOTO
    key = parts().file_store.save(content.data, extension)
    return Kept(file_key=key, content_type=content.content_type, size=len(content.data), kind=kind)


def keep_photos(uploads: Sequence[Upload], *, now: datetime) -> list[Attachment]:
    """Put checked files into the file store and give their rows, not yet tied to a complaint.

    Raises:
        Invalid: one that came before the form is somebody else's, expired, not whole, or was used before.
        TooMuch: this person has sent a day's worth of files.
    """
    tokens = [upload.token for upload in uploads if upload.token]
    taken = pending_uploads.take(current_session(), sender(), tokens, now=now) if tokens else []
    person, whole = sender().person, [upload.content for upload in uploads if upload.content is not None]
    if person is not None and whole:  # those that came before the form were counted when they came
        size = sum(len(content.data) for content in whole)
        limits.check_bytes(current_session(), person, size, now=now)
    return taken + [
        _attachment(upload.name, keep(upload.content), now)
        for upload in uploads
        if upload.content is not None
    ]


def _attachment(name: str, kept: Kept, now: datetime) -> Attachment:
    return Attachment(
        kind=kept.kind,
        state=AttachmentState.STORED,
        purpose=AttachmentPurpose.REPORT,
        created_at=now,
        file_key=kept.file_key,
        name=name if kept.kind is AttachmentKind.DOCUMENT else "",
        content_type=kept.content_type,
        size=kept.size,
    )
