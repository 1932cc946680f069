"""A person's own data: taken away as one file, or deleted."""

from http import HTTPStatus

from flask import Blueprint, g, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from domain import my_data_deletion
from domain.access_links import LIFETIME, create_link
from domain.errors import NotAllowed
from domain.my_data_deletion import CONFIRMATION
from web.api.complaints import ACT_LIMIT
from web.api.operations import api_blueprint, operation
from web.api.shapes import Asked, Shown
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.my_data_answers import delete_for_good, file_answer
from web.parts import parts

TAG = "我的数据"

blueprint: Blueprint = api_blueprint("api_my_data", __name__)


class DataLink(Shown):
    """A link by which another browser, which can keep files, comes to the page of one's data."""

    url: str = Field(
        description="在浏览器里打开，只能用一次",
        examples=["https://bss.example.edu.cn/h5/enter/x3Qm7vYq0cUu3p1mJm0yZb4s"],
    )
    expires_in: int = Field(description="多少秒以后失效", examples=[int(LIFETIME.total_seconds())])


class Leaving(Shown):
    """What there is to know before one leaves."""

    confirmation: str = Field(description="请用户自己输入的字", examples=[CONFIRMATION])
    open_complaints: int = Field(description="还在办的诉求有几件；注销以后照样办，但不会再通知", examples=[1])


class LeavingWord(Asked):
    """The word that somebody typed."""

    word: str = Field(max_length=20, description="用户输入的字，不要替他填", examples=[CONFIRMATION])


@operation(
    blueprint,
    "GET",
    "/me/data",
    tag=TAG,
    summary="带走我的数据",
    description=(
        "我们保存的关于您的全部内容，一个 zip：能直接看的网页、给程序读的 JSON，以及照片和录音。"
        "用 wx.downloadFile。"
    ),
    media=("application/zip",),
    limit="10 per hour",
)
def read_my_data() -> Response:
    """Send all we hold of the person."""
    return file_answer(current_session(), current_person())


@operation(
    blueprint,
    "POST",
    "/me/data/link",
    tag=TAG,
    summary="到浏览器里带走",
    description="手机里存不了文件时用：在浏览器里打开这个网址，下载或注销。要先和公众号关联。",
    problems=("not_allowed",),
    status=HTTPStatus.CREATED,
    limit=ACT_LIMIT,
)
def create_data_link() -> DataLink:
    """Make a link to the page of one's data."""
    database, person = current_session(), current_person()
    if person.openid is None:
        raise NotAllowed("先和公众号关联，才能在浏览器里打开。也可以在这里直接下载。")
    token = create_link(database, person=person, path=url_for("h5_my_data.page"), now=now())
    return DataLink(
        url=f"{parts().settings.base_url}h5/enter/{token}", expires_in=int(LIFETIME.total_seconds())
    )


@operation(blueprint, "GET", "/me/deletion", tag=TAG, summary="注销以前要知道的")
def read_leaving() -> Leaving:
    """Say what deleting means, before it is asked for."""
    waiting = my_data_deletion.open_complaints(current_session(), current_person())
    return Leaving(confirmation=CONFIRMATION, open_complaints=waiting)


@operation(
    blueprint,
    "POST",
    "/me/deletion",
    tag=TAG,
    summary="注销",
    description=(
        "不能恢复：通知、草稿、录音、设置和登录全部删除，提交过的诉求去掉姓名后保留。"
        "用户要自己输入 confirmation 的字。"
        "成功以后，所有设备的登录凭证都失效；以后再 wx.login，会先回答 person_left。"
    ),
    status=HTTPStatus.NO_CONTENT,
    limit=ACT_LIMIT,
)
def delete_me(body: LeavingWord) -> None:
    """Delete the person, when they have typed the word."""
    my_data_deletion.check_word(body.word)
    delete_for_good(g.known_person.id)
