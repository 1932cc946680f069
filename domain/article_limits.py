"""What the platform takes as an article, checked before anybody spends time on it.

https://developers.weixin.qq.com/doc/subscription/api/draft/api_draft_add.html
"""

from dataclasses import dataclass

from domain.article_dress import dressed
from domain.article_html import plain_text, web_address
from domain.errors import Invalid
from models.article import Article

LONGEST_TITLE, LONGEST_AUTHOR, LONGEST_DIGEST = 32, 16, 128
# The platform also says 1 MB, which so many characters never reach.
MOST_CHARACTERS = 20_000
LONGEST_SOURCE_BYTES = 1024


@dataclass(frozen=True, kw_only=True)
class ArticleText:
    """The words of an article.

    Attributes:
        digest: what the card shows under the title; the platform takes the beginning of the text when empty.
        source_url: where 阅读原文 leads; empty for nowhere.
        words: what was typed, if the html was made of it.
    """

    title: str
    html: str
    author: str = ""
    digest: str = ""
    source_url: str = ""
    words: str = ""


def text_of(article: Article) -> ArticleText:
    """Give the words of a kept article."""
    return ArticleText(
        title=article.title,
        html=article.html,
        author=article.author,
        digest=article.digest,
        source_url=article.source_url,
        words=article.words,
    )


def check_text(text: ArticleText, *, is_whole: bool = True) -> None:
    """Refuse what the platform would refuse.

    Args:
        is_whole: it is to go out; what is still being written may lack its text.

    Raises:
        Invalid: with the field at fault.
    """
    if not text.title.strip():
        raise Invalid("请填写标题。", "title")
    for field, words, label, longest in (
        ("title", text.title, "标题", LONGEST_TITLE),
        ("author", text.author, "作者", LONGEST_AUTHOR),
        ("digest", text.digest, "摘要", LONGEST_DIGEST),
    ):
        if len(words) > longest:
            raise Invalid(f"{label}最多 {longest} 字，现在有 {len(words)} 字。", field)
        if not words.isprintable():
            raise Invalid(f"{label}里不能有换行或看不见的字符。", field)
    if is_whole and not plain_text(text.html) and "<img " not in text.html:
        raise Invalid("请填写正文。", "html")
    check_size(dressed(text.html))
    _check_source(text.source_url)


def check_size(html: str) -> None:
    """Refuse a text that is too long for the platform; its tags count too.

    Raises:
        Invalid: of the field `html`.
    """
    if len(html) > MOST_CHARACTERS:
        raise Invalid(f"正文最多 {MOST_CHARACTERS} 个字符（含格式），现在有 {len(html)} 个。", "html")


def _check_source(source_url: str) -> None:
    if not source_url:
        return
    if web_address(source_url) != source_url:
        raise Invalid("原文链接须以 http:// 或 https:// 开头。", "source_url")
    if len(source_url.encode()) > LONGEST_SOURCE_BYTES:
        raise Invalid("原文链接太长。", "source_url")
