"""Files that come before their form, in pieces: announced, sent from where they stopped, checked.

    POST uploads                     size, name  → 201 {id, offset, chunk}
    POST uploads/<id>/chunks         bytes, with the header Upload-Offset  → 200 or 409 {offset}
    GET  uploads/<id>                how far it has come  → {offset, size, ready}
    POST uploads/<id>/finish         → {id, name, small}, or 422 {error}: it is no photo
    POST uploads/<id>/remove         it is not wanted
    GET  uploads?ids=<id>,<id>       those of them that a form may still use
    GET  uploads/<id>/small          a small picture of it, for its sender alone

Why not simply tus, and why nothing but GET and POST: docs/decisions/0012-uploads.md. A person's phone and a
desk speak the same; whose an upload is, the guard of the blueprint tells.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from config.limits import CHUNKS, UPLOADS
from domain import pending_uploads
from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate, TooMuch
from domain.thumbnails import thumbnail
from models.enums import AttachmentKind, UploadState
from models.pending_upload import PendingUpload
from web.auth import signed_in_key
from web.clock import now
from web.parts import parts
from web.rate_limits import by_person, limiter
from web.uploads import MOST_PHOTOS, checked, keep, sender

# What a page should send at once; slow networks still get it through in seconds.
CHUNK = 512 * 1024
_OFFSET = "Upload-Offset"
_STATUS = {TooMuch: 429, NotAllowed: 403, NotFound: 404, TooLate: 409, Invalid: 422}

Answer = Response | tuple[Response, int]
View = Callable[..., Answer]


def _who() -> str:
    """Count by person or colleague: a campus shares few addresses, an office one."""
    if request.path.startswith("/h5/"):
        return by_person()
    return signed_in_key()


def add_upload_routes(blueprint: Blueprint) -> None:
    """Let a blueprint take uploads below its own address."""
    for rule, name, view, method in (
        ("/uploads", "begin", _begin, "POST"),
        ("/uploads", "usable", _usable, "GET"),
        ("/uploads/<upload_id>", "progress", _progress, "GET"),
        ("/uploads/<upload_id>/chunks", "chunk", _chunk, "POST"),
        ("/uploads/<upload_id>/finish", "finish", _finish, "POST"),
        ("/uploads/<upload_id>/remove", "remove", _remove, "POST"),
        ("/uploads/<upload_id>/small", "small", _small, "GET"),
    ):
        blueprint.add_url_rule(rule, name, view, methods=[method])


def _in_json(view: View) -> View:
    """Let refusals be read by the page's script, which shows the sentence beside the photo."""

    @wraps(view)
    def answering(**arguments: Any) -> Answer:  # noqa: ANN401 (whatever the address names)
        try:
            return view(**arguments)
        except DomainError as error:
            status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
            return jsonify(error=error.message), status

    return answering


@limiter.limit(UPLOADS, key_func=_who)
@_in_json
def _begin() -> Answer:
    actor = sender()
    name, size = request.form.get("name", ""), request.form.get("size", 0, type=int)
    with parts().database.transaction() as database:
        upload = pending_uploads.begin(
            database, actor, name=name, size=size, documents_too=actor.staff is not None, now=now()
        )
    return jsonify(id=upload.token, offset=0, chunk=CHUNK), HTTPStatus.CREATED


@_in_json
def _usable() -> Answer:
    tokens = request.args.get("ids", "").split(",")[:MOST_PHOTOS]
    with parts().database.reading() as database:
        found = pending_uploads.ready(database, sender(), tokens, now=now())
    return jsonify(ready=[_shown(upload) for upload in found])


@_in_json
def _progress(upload_id: str) -> Answer:
    with parts().database.reading() as database:
        upload = pending_uploads.find(database, sender(), upload_id, now=now())
    return jsonify(offset=upload.received, size=upload.size, ready=upload.state is not UploadState.RECEIVING)


@limiter.limit(CHUNKS, key_func=_who)
@_in_json
def _chunk(upload_id: str) -> Answer:
    """Take the next piece; one that is not the next is answered with how far we are, and changes nothing."""
    start = request.headers.get(_OFFSET, -1, type=int)
    with parts().database.reading() as database:
        found = pending_uploads.find(database, sender(), upload_id, now=now())
    if found.state is not UploadState.RECEIVING or found.received != start:
        return jsonify(offset=found.received), HTTPStatus.CONFLICT
    data = request.stream.read(pending_uploads.LARGEST_CHUNK + 1)
    if not 0 < len(data) <= pending_uploads.LARGEST_CHUNK:
        raise Invalid("这一段的大小不对，请重新选择这张照片。")
    files = parts().file_store
    # The file first, the row after: what a row names is always there.
    key = files.save(data, "part")
    is_taken = False
    try:
        with parts().database.transaction() as database:
            upload, is_taken = pending_uploads.add_chunk(
                database, sender(), upload_id, start=start, size=len(data), file_key=key, now=now()
            )
    finally:
        if not is_taken:
            files.delete(key)
    return jsonify(offset=upload.received), HTTPStatus.OK if is_taken else HTTPStatus.CONFLICT


@limiter.limit(UPLOADS, key_func=_who)
@_in_json
def _finish(upload_id: str) -> Answer:
    """Check what has come; the same call again is answered alike."""
    actor, files = sender(), parts().file_store
    with parts().database.reading() as database:
        upload = pending_uploads.find(database, actor, upload_id, now=now())
        if upload.state is not UploadState.RECEIVING:
            return jsonify(_shown(upload))
        pieces = pending_uploads.pieces(database, upload)
    try:
        # Slow, so with no transaction open.
        kept = keep(checked(b"".join(files.read(key) for key in pieces)))
    except Invalid:
        _forget(upload_id)
        raise
    with parts().database.transaction() as database:
        is_first = pending_uploads.finish(database, actor, upload_id, kept, now=now())
        upload = pending_uploads.find(database, actor, upload_id, now=now())
    for key in pieces if is_first else [kept.file_key]:
        files.delete(key)
    return jsonify(_shown(upload))


@_in_json
def _remove(upload_id: str) -> Answer:
    _forget(upload_id)
    return Response(status=HTTPStatus.NO_CONTENT)


def _forget(upload_id: str) -> None:
    with parts().database.transaction() as database:
        keys = pending_uploads.remove(database, sender(), upload_id, now=now())
    for key in keys:
        parts().file_store.delete(key)


@_in_json
def _small(upload_id: str) -> Answer:
    with parts().database.reading() as database:
        upload = pending_uploads.find(database, sender(), upload_id, now=now())
    if upload.state is UploadState.RECEIVING or upload.kind is not AttachmentKind.PHOTO:
        raise NotFound("没有找到这张照片。")
    picture = thumbnail(parts().file_store.read(upload.file_key))
    answer = Response(picture, mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _shown(upload: PendingUpload) -> dict[str, str]:
    is_photo = upload.kind is AttachmentKind.PHOTO
    small = url_for(".small", upload_id=upload.token) if is_photo else ""
    return {"id": upload.token, "name": upload.name, "small": small}
