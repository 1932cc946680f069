"""Photos and recordings of a complaint, for its people; the same rules as on the phone pages."""

from flask import Blueprint
from werkzeug.wrappers import Response

from web.api.operations import api_blueprint, operation
from web.file_answers import file_answer, small_answer
from web.file_links import check_signed
from web.h5.attachments import file_of

TAG = "照片"
_IMAGES = ("image/jpeg", "audio/mpeg", "audio/amr", "video/mp4", "application/octet-stream")

blueprint: Blueprint = api_blueprint("api_attachments", __name__)


@operation(
    blueprint,
    "GET",
    "/attachments/<int:attachment_id>",
    tag=TAG,
    summary="照片、录音的文件",
    description="网址从诉求的 path 里取，几小时内有效；过期（not_allowed）就重新读取诉求。",
    media=_IMAGES,
    problems=("not_allowed", "range_not_satisfiable"),
)
def attachment(attachment_id: int) -> Response:
    """Send one file, in parts if the program asks for parts."""
    check_signed(attachment_id)
    return file_answer(file_of(attachment_id))


@operation(
    blueprint,
    "GET",
    "/attachments/<int:attachment_id>/small",
    tag=TAG,
    summary="照片的小图",
    description="网址从诉求的 small_path 里取。",
    media=("image/jpeg",),
    problems=("not_allowed", "range_not_satisfiable"),
)
def small(attachment_id: int) -> Response:
    """Send a small picture of a photo."""
    check_signed(attachment_id)
    return small_answer(file_of(attachment_id))
