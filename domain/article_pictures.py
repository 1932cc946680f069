"""The pictures of an article: which of our photos stand in its text, made small enough for the platform.

https://developers.weixin.qq.com/doc/subscription/api/material/permanent/api_uploadimage.html
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from io import BytesIO

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.article_html import pictures_in
from domain.errors import Invalid
from domain.file_store import FileStore
from models.article import Article, ArticlePicture
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState

# WeChat says 1 MB.
MOST_BYTES = 1_000_000
# Even noise fits into the last of these.
_SIDES = (1600, 1080, 720)
_QUALITY = 82
# The card in a chat shows the cover this wide and high; the title stands under it.
_COVER_SIZE = (900, 383)
_COVER_TOP, _COVER_BOTTOM = (15, 92, 138), (57, 158, 176)
_OF_ARTICLE = re.compile(r"/admin/articles/(\d{1,9})/pictures/(\d{1,4})", re.ASCII)
_OURS = re.compile(r"/(?:admin|h5)/attachments/(\d{1,9})(?:/small)?(?:\?t=[\w.-]+)?", re.ASCII)


def our_photos(session: Session, html: str, *, base_url: str, leave_out: bool = False) -> Mapping[str, str]:
    """Give the file keys of the photos in a text that lie with us, by the address that stands there.

    Pictures from the web are left out: the platform takes none that was not uploaded to it.

    Args:
        base_url: address of the site, ending in a slash.
        leave_out: what may not be shown (any more) is left out instead of refused.

    Raises:
        Invalid: one of them is no photo of ours (any more), or one for staff only.
    """
    found = {}
    for number, address in enumerate(pictures_in(html), 1):
        path = "/" + address.removeprefix(base_url) if address.startswith(base_url) else address
        if not path.startswith("/"):
            continue
        try:
            found[address] = _file_key(session, path, f"正文第 {number} 张图片")
        except Invalid:
            if not leave_out:
                raise
    return found


def _file_key(session: Session, path: str, name: str) -> str:
    sent_up = _OF_ARTICLE.fullmatch(path)
    if sent_up:
        picture = find(session, int(sent_up[1]), int(sent_up[2]))
        if picture is None:
            raise Invalid(f"{name}找不到了，请换一张。", "html")
        return picture.file_key
    named = _OURS.fullmatch(path)
    photo = session.get(Attachment, int(named[1])) if named else None
    if photo is None or photo.kind is not AttachmentKind.PHOTO or photo.state is not AttachmentState.STORED:
        raise Invalid(f"{name}找不到了，请换一张。", "html")
    if not photo.public or photo.hidden_reason:
        raise Invalid(f"{name}只供内部查看，不能放进文章，请换一张。", "html")
    return photo.file_key


def find(session: Session, article_id: int, number: int) -> ArticlePicture | None:
    """Give a picture that was sent up for an article."""
    query = select(ArticlePicture).where(
        ArticlePicture.article_id == article_id, ArticlePicture.number == number
    )
    return session.scalar(query)


def made_small(data: bytes) -> bytes:
    """Give a JPEG of at most MOST_BYTES, made from what `domain.photos.clean_photo` gave."""
    if len(data) <= MOST_BYTES:
        return data
    smaller = (_shrunk(data, side) for side in _SIDES)
    return next(small for small in smaller if len(small) <= MOST_BYTES)


def _shrunk(data: bytes, side: int) -> bytes:
    with Image.open(BytesIO(data)) as photo:
        photo.draft("RGB", (side, side))
        small = photo.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    output = BytesIO()
    small.save(output, "JPEG", quality=_QUALITY, progressive=True)
    return output.getvalue()


def cropped(data: bytes, shift: int) -> bytes:
    """Cut the strip that the card shows (2.35:1) out of a cover.

    Args:
        shift: percent of what is cut off that is cut off at the top, or at the left.
    """
    with Image.open(BytesIO(data)) as photo:
        whole = photo.convert("RGB")
    width = min(whole.width, round(whole.height * _COVER_SIZE[0] / _COVER_SIZE[1]))
    height = min(whole.height, round(whole.width * _COVER_SIZE[1] / _COVER_SIZE[0]))
    left, top = (whole.width - width) * shift // 100, (whole.height - height) * shift // 100
    strip = whole.crop((left, top, left + width, top + height))
    strip.thumbnail(_COVER_SIZE, Image.Resampling.LANCZOS)
    output = BytesIO()
    strip.save(output, "JPEG", quality=_QUALITY)
    return output.getvalue()


def cover_of(pictures: Iterable[bytes]) -> bytes:
    """Give the picture for the card: the first of the text, or a plain one."""
    return next(iter(pictures), None) or _plain_cover()


def cover_data(session: Session, article: Article, *, files: FileStore, base_url: str) -> bytes:
    """Give the cover of an article as a JPEG, as the card shows it.

    Raises:
        NotFound: its file is gone.
    """
    if article.cover_file_key:
        return cropped(files.read(article.cover_file_key), article.cover_shift)
    keys = our_photos(session, article.html, base_url=base_url, leave_out=True).values()
    return cropped(cover_of(files.read(key) for key in keys), 50)


@cache
def _plain_cover() -> bytes:
    shades = Image.linear_gradient("L").resize(_COVER_SIZE)
    picture = Image.composite(
        Image.new("RGB", _COVER_SIZE, _COVER_BOTTOM), Image.new("RGB", _COVER_SIZE, _COVER_TOP), shades
    )
    output = BytesIO()
    picture.save(output, "JPEG", quality=_QUALITY)
    return output.getvalue()
