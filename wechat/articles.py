"""Articles of the official account: the draft box, previews, publishing and mass sends.

What may go out, and how often, is decided in `domain.articles`; here it is only brought to the platform.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from domain.article_dress import dressed
from domain.article_html import clean
from domain.article_limits import ArticleText, check_size, check_text
from domain.errors import Invalid
from wechat.client import PlatformClient
from wechat.error_codes import Action
from wechat.errors import WeChatError

MAX_PICTURE_BYTES = 1 << 20
MAX_COVER_BYTES = 10 << 20
FEWEST_RECEIVERS, MOST_RECEIVERS = 2, 10_000
LONGEST_CLIENT_MSG_ID = 32

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """A JPEG or PNG file."""

    data: bytes

    @property
    def ending(self) -> str:
        """What kind it is by its first bytes: jpg, png, or "" for another."""
        kinds = {"jpg": _JPEG, "png": _PNG}
        return next((ending for ending, start in kinds.items() if self.data.startswith(start)), "")


@dataclass(frozen=True)
class PublishState:
    """How far a publishing job is.

    Attributes:
        status: WeChat's publish_status, 0 for done and 1 for under way.
        article_id: the platform's name for what is out.
        urls: the addresses of its pages.
    """

    status: int
    article_id: str = ""
    urls: list[str] = field(default_factory=list)


class ArticlePlatform:
    """The platform's side of articles. All calls raise what `PlatformClient` raises.

    Args:
        client: the account's calls.
    """

    def __init__(self, client: PlatformClient) -> None:
        self._client = client

    def add_draft(
        self,
        text: ArticleText,
        *,
        cover: Picture,
        images: Mapping[str, Picture],
        known: dict[str, str] | None = None,
    ) -> str:
        """Upload the pictures and put the article into the draft box.

        https://developers.weixin.qq.com/doc/subscription/api/draft/api_draft_add.html

        Args:
            text: its words; pictures that are not among `images` are left out, as the platform would do.
            cover: the picture on the card; kept for ever on the platform.
            images: the pictures of the text by the address (`src`) that stands in it.
            known: what the platform calls pictures it has already, by their digests; those that are new to it
                are put in, so that nothing is sent there twice.

        Returns:
            The draft's media_id; it ends when the draft is published or sent.

        Raises:
            Invalid: the text or a picture breaks a limit; nothing was uploaded.
        """
        check_text(text)
        _check_picture(cover, "封面", MAX_COVER_BYTES)
        for number, image in enumerate(images.values(), 1):
            _check_picture(image, f"第 {number} 张图片", MAX_PICTURE_BYTES)
        known = {} if known is None else known
        addresses = {src: self._once(known, "image", image) for src, image in images.items()}
        html = dressed(clean(text.html, picture=addresses.get))
        check_size(html)
        article, cover_key = replace(text, html=html), _key("cover", cover)
        was_known = cover_key in known
        try:
            return self._add(article, cover_id=self._once(known, "cover", cover))
        except WeChatError as error:
            if error.action is not Action.MEDIA_GONE or not was_known:
                raise
            # Somebody has thrown it out of the account's material.
            del known[cover_key]
            return self._add(article, cover_id=self._once(known, "cover", cover))

    def _once(self, known: dict[str, str], use: str, picture: Picture) -> str:
        key = _key(use, picture)
        if key not in known:
            known[key] = self._keep_cover(picture) if use == "cover" else self._upload_image(picture)
        return known[key]

    def _upload_image(self, image: Picture) -> str:
        """Upload a picture for the inside of articles.

        https://developers.weixin.qq.com/doc/subscription/api/material/permanent/api_uploadimage.html
        """
        return str(self._client.media.upload_image(_file(image)))

    def _keep_cover(self, cover: Picture) -> str:
        """Keep a cover as permanent material.

        https://developers.weixin.qq.com/doc/subscription/api/material/permanent/api_addmaterial.html
        """
        # A `thumb` may have 64 KB only; the platform takes a permanent `image` as a cover just as well.
        return str(self._client.material.add("image", _file(cover))["media_id"])

    def _add(self, text: ArticleText, *, cover_id: str) -> str:
        article = {
            "article_type": "news",
            "title": text.title,
            "author": text.author,
            "digest": text.digest,
            "content": text.html,
            "content_source_url": text.source_url,
            "thumb_media_id": cover_id,
            "need_open_comment": 0,
            "only_fans_can_comment": 0,
        }
        return str(self._client.post("draft/add", data={"articles": [article]})["media_id"])

    def delete_draft(self, media_id: str) -> None:
        """Throw a draft away; one that is gone already is fine.

        https://developers.weixin.qq.com/doc/subscription/api/draft/api_draft_delete.html
        """
        try:
            self._client.draft.delete(media_id)
        except WeChatError as error:
            if error.action is not Action.MEDIA_GONE:
                raise

    def has_draft(self, media_id: str) -> bool:
        """Ask whether a draft is still in the box; it ends when it is published, sent or thrown away.

        https://developers.weixin.qq.com/doc/subscription/api/draft/api_getdraft.html
        """
        try:
            self._client.draft.get(media_id)
        except WeChatError as error:
            if error.action is not Action.MEDIA_GONE:
                raise
            return False
        return True

    def preview_to(self, media_id: str, *, openid: str = "", wechat_name: str = "") -> None:
        """Show a draft on one follower's phone; a hundred times a day.

        https://developers.weixin.qq.com/doc/service/api/notify/massmessage/api_preview.html

        Args:
            openid: of the follower; or else
            wechat_name: the follower's 微信号.
        """
        to = {"touser": openid} if openid else {"towxname": wechat_name}
        body = to | {"msgtype": "mpnews", "mpnews": {"media_id": media_id}}
        self._client.post("message/mass/preview", data=body)

    def publish(self, media_id: str) -> str:
        """Begin to publish a draft; followers are not told. The result comes as PUBLISHJOBFINISH.

        https://developers.weixin.qq.com/doc/subscription/api/public/api_freepublish_submit.html

        Returns:
            The number of the job (publish_id).
        """
        return str(self._client.freepublish.submit(media_id)["publish_id"])

    def publish_state(self, publish_id: str) -> PublishState:
        """Ask how far a publishing job is, for when its event did not come.

        https://developers.weixin.qq.com/doc/subscription/api/public/api_freepublish_get.html
        """
        answer = self._client.freepublish.get(publish_id)
        details = answer.get("article_detail") or {}
        urls = [str(item["article_url"]) for item in details.get("item", [])]
        return PublishState(int(answer["publish_status"]), str(answer.get("article_id", "")), urls)

    def find_published(self, title: str, *, since: datetime) -> PublishState | None:
        """Look among the newest publications for one with this title, for when its number did not reach us.

        https://developers.weixin.qq.com/doc/subscription/api/public/api_freepublish_batchget.html
        """
        for found in self._client.freepublish.batchget(0, 20, no_content=1).get("item", []):
            content = found.get("content") or {}
            pages = content.get("news_item") or []
            # Its moments are whole seconds.
            is_new = int(found.get("update_time", 0)) >= int(since.timestamp())
            if is_new and pages and pages[0].get("title") == title:
                return PublishState(0, str(found["article_id"]), [str(page["url"]) for page in pages])
        return None

    def mass_send(self, media_id: str, *, client_msg_id: str, openids: Sequence[str] | None = None) -> str:
        """Begin to send a draft to followers, four times a month at most; MASSSENDJOBFINISH tells the result.

        https://developers.weixin.qq.com/doc/service/api/notify/massmessage/api_sendall.html
        https://developers.weixin.qq.com/doc/service/api/notify/massmessage/api_masssend.html

        Args:
            media_id: the draft.
            client_msg_id: the platform sends one id once a day, so that a repeated call is safe.
            openids: 2 to 10 000 followers; all of them when None.

        Returns:
            The number of the job (msg_id), of the earlier one for a repeated id.

        Raises:
            Invalid: too few or too many receivers.
        """
        if not 1 <= len(client_msg_id.encode()) <= LONGEST_CLIENT_MSG_ID:
            raise ValueError(f"client_msg_id has 1 to {LONGEST_CLIENT_MSG_ID} bytes")
        body: dict[str, object] = {
            "msgtype": "mpnews",
            "mpnews": {"media_id": media_id},
            "send_ignore_reprint": 0,
            "clientmsgid": client_msg_id,
        }
        if openids is None:
            path = "message/mass/sendall"
            body["filter"] = {"is_to_all": True}
        else:
            path = "message/mass/send"
            body["touser"] = _receivers(openids)
        try:
            return str(self._client.post(path, data=body)["msg_id"])
        except WeChatError as error:
            if error.action is Action.ALREADY_DONE and error.answer.get("msg_id"):
                return str(error.answer["msg_id"])
            raise

    def mass_state(self, msg_id: str) -> str:
        """Ask how far a mass send is: SENDING, SEND_SUCCESS, SEND_FAIL or DELETE.

        https://developers.weixin.qq.com/doc/service/api/notify/massmessage/api_massmsgget.html
        """
        return str(self._client.post("message/mass/get", data={"msg_id": msg_id})["msg_status"])


def _key(use: str, picture: Picture) -> str:
    return f"{use}:{sha256(picture.data).hexdigest()[:32]}"


def _check_picture(picture: Picture, name: str, limit: int) -> None:
    if not picture.ending:
        raise Invalid(f"{name}须是 JPG 或 PNG 图片。", "images")
    if len(picture.data) > limit:
        raise Invalid(f"{name}太大，最多 {limit >> 20} MB。", "images")


def _file(picture: Picture) -> tuple[str, bytes, str]:
    """Give the parts of an upload; bytes, because a file object is empty when the call is repeated."""
    kind = "jpeg" if picture.ending == "jpg" else picture.ending
    return f"picture.{picture.ending}", picture.data, f"image/{kind}"


def _receivers(openids: Sequence[str]) -> list[str]:
    receivers = list(dict.fromkeys(openids))
    if len(receivers) < FEWEST_RECEIVERS:
        raise Invalid("按名单群发至少要有两个接收人。", "openids")
    if len(receivers) > MOST_RECEIVERS:
        raise Invalid(f"按名单群发一次最多 {MOST_RECEIVERS} 人。", "openids")
    return receivers
