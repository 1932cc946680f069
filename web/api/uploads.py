"""Photos and recordings that come before their form, one by one, as wx.uploadFile sends them."""

from http import HTTPStatus

from flask import Blueprint, request
from pydantic import Field

from domain import pending_uploads, recordings
from domain.errors import Invalid
from domain.pending_uploads import Kept
from domain.photos import MAX_BYTES
from models.enums import AttachmentKind
from web.api.operations import api_blueprint, operation
from web.api.shapes import Shown
from web.clock import now
from web.parts import parts
from web.problems import ApiProblem
from web.uploads import checked, keep, sender

TAG = "照片"
FIELD = "file"
_MULTIPART = "multipart/form-data"

blueprint: Blueprint = api_blueprint("api_uploads", __name__)


class UploadOut(Shown):
    """A photo or recording that a form may name."""

    id: str = Field(description="放进诉求的 uploads；一天内用一次", examples=["4Jx0QqLx9B7wZr1cS8fQmN0d"])
    kind: AttachmentKind = Field(description="种类", examples=["photo"])
    size: int = Field(description="保存后的大小（字节）", examples=[182044])


@operation(
    blueprint,
    "POST",
    "/uploads",
    tag=TAG,
    summary="上传一张照片或一段录音",
    description=(
        "用 wx.uploadFile，name 为 file。照片：JPEG、PNG、WebP 或 HEIC，最大 10 MB，位置和相机信息会去掉。"
        "录音：mp3、m4a 或 amr，最大 2 MB，提交以后转成都能播放的格式，几秒钟后才有 path。"
    ),
    status=HTTPStatus.CREATED,
    problems=("not_allowed",),
    files=(FIELD,),
    limit="120 per 10 minutes",
)
def create_upload() -> UploadOut:
    """Keep one photo or recording until a form names it."""
    # A photo that is a little too large is told so; what is far larger is not even taken in.
    request.max_content_length = 2 * MAX_BYTES
    if request.mimetype != _MULTIPART:
        raise ApiProblem("unsupported_media_type", f"请求体应为 {_MULTIPART}。")
    files = request.files.getlist(FIELD)
    if len(files) != 1:
        raise Invalid("请用 file 这个名字上传一张照片。", FIELD)
    # One byte more than is allowed tells a file that is too large; no need to hold the rest.
    kept = _kept(files[0].stream.read(MAX_BYTES + 1))  # slow, so before the writing transaction begins
    with parts().database.transaction() as writing:
        upload = pending_uploads.put(writing, sender(), name=files[0].filename or "", kept=kept, now=now())
    return UploadOut(id=upload.token, kind=upload.kind, size=kept.size)


def _kept(data: bytes) -> Kept:
    try:
        if not recordings.is_voice(data):
            return keep(checked(data))
        content_type, extension = recordings.content_type_of(data, kind=AttachmentKind.VOICE)
    except Invalid as refusal:
        raise Invalid(refusal.message, FIELD) from None
    key = parts().file_store.save(data, extension)
    return Kept(file_key=key, content_type=content_type, size=len(data), kind=AttachmentKind.VOICE)


@operation(
    blueprint,
    "DELETE",
    "/uploads/<upload_id>",
    tag=TAG,
    summary="去掉一张照片或一段录音",
    status=HTTPStatus.NO_CONTENT,
)
def delete_upload(upload_id: str) -> None:
    """Forget a photo that is not wanted."""
    with parts().database.transaction() as writing:
        keys = pending_uploads.remove(writing, sender(), upload_id, now=now())
    for key in keys:
        parts().file_store.delete(key)
