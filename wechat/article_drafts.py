"""An article of ours becomes a draft at the platform: its pictures are read, made small, and sent along."""

from collections.abc import Mapping

from domain import article_pictures
from domain.article_limits import text_of
from domain.file_store import FileStore
from models.article import Article
from wechat.articles import ArticlePlatform, Picture


def make_draft(
    platform: ArticlePlatform, article: Article, keys: Mapping[str, str], *, files: FileStore
) -> tuple[str, dict[str, str]]:
    """Put an article into the platform's draft box; call it with no transaction open.

    Args:
        keys: the files of its pictures, as `article_pictures.our_photos` gave them.

    Returns:
        The draft's media_id, and what the platform calls the pictures: both are for `note_draft`.

    Raises:
        Invalid: the text or a picture breaks a limit of the platform's.
        NotFound: a picture's file is gone.
        WeChatFailure: the platform refused, or did not answer.
    """
    photos = {address: article_pictures.made_small(files.read(key)) for address, key in keys.items()}
    if article.cover_file_key:
        cover = article_pictures.cropped(files.read(article.cover_file_key), article.cover_shift)
    else:
        cover = article_pictures.cover_of(photos.values())
    known = dict(article.uploaded)
    images = {address: Picture(photo) for address, photo in photos.items()}
    media_id = platform.add_draft(text_of(article), cover=Picture(cover), images=images, known=known)
    return media_id, known
