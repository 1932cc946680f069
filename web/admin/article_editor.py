"""Writing an article: words, pictures and cover, kept at every pause, with the phone's view beside them."""

from http import HTTPStatus
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from domain import article_pictures, article_writing
from domain.article_acts import ArticleAct, open_acts
from domain.article_html import below_title, clean, shown_address
from domain.article_limits import LONGEST_AUTHOR, LONGEST_DIGEST, LONGEST_TITLE
from domain.article_writing import Typed, html_from, typed_of
from domain.errors import DomainError, Invalid, NotFound
from domain.photos import MAX_BYTES, CleanPhoto, clean_photo
from models.article import Article
from web.admin.article_frame import article_blueprint, held, seen, to_article
from web.admin.deeds import write_down
from web.admin.settings.entering import by, typed
from web.auth import current_staff
from web.database_session import current_session
from web.file_answers import jpeg_answer
from web.parts import parts
from web.uploads import MOST_PHOTOS, read_photo

blueprint = article_blueprint("admin_article_editor", __name__)

Answer = AnyResponse | str | tuple[str, int]
_PICTURES = "pictures"
_KEPT = "已保存"


@blueprint.get("/<int:article_id>/edit")
def form(article_id: int) -> Answer:
    """Show the page where an article is written; one that cannot be changed now is only shown."""
    article = held(article_id)
    if ArticleAct.EDIT not in open_acts(article, current_staff()):
        return to_article(article_id)
    return _page(article, typed_of(article))


@blueprint.post("/<int:article_id>/edit")
def save(article_id: int) -> Answer:
    """Keep what was typed: for the page itself, which goes on, or for somebody who pressed a button."""
    try:
        # Slow, so before anything is held.
        cover, pictures = read_photo("cover"), _read_pictures()
    except Invalid as refusal:
        return _refused(held(article_id), refusal)
    article = held(article_id)
    try:
        _keep(article, cover, pictures)
    except DomainError as refusal:
        return _refused(article, refusal)
    if _goes_on():
        return _pane(article, typed_of(article), _KEPT)
    if request.form.get("then") == "page":
        return to_article(article_id)
    flash("已保存。", "success")
    return redirect(url_for("admin_article_editor.form", article_id=article_id), 303)


@blueprint.post("/<int:article_id>/pictures")
def add_pictures(article_id: int) -> AnyResponse | tuple[AnyResponse, int]:
    """Take pictures for the text, and tell the page their numbers: it writes them where the cursor stands."""
    try:
        photos = _read_pictures()
        article = held(article_id)
        numbers = [_add_picture(article, photo) for photo in photos]
    except DomainError as refusal:
        current_session().rollback()
        return jsonify(error=refusal.message), HTTPStatus.UNPROCESSABLE_ENTITY
    return jsonify(numbers=numbers)


def _goes_on() -> bool:
    return "X-Autosave" in request.headers


def _typed() -> Typed:
    return Typed(
        title=typed("title"),
        # Blanks at the end are kept out of the comparison; those inside are the writer's own.
        words=typed("words", longest=article_writing.LONGEST_WORDS),
        author=typed("author"),
        digest=typed("digest", longest=400),
        source_url=typed("source_url", longest=2000),
        cover_shift=request.form.get("cover_shift", 50, type=int),
    )


def _keep(article: Article, cover: CleanPhoto | None, pictures: list[CleanPhoto]) -> None:
    session, entered = current_session(), _typed()
    is_new = article_writing.is_new_sitting(session, article, **by())
    numbers = [_add_picture(article, photo) for photo in pictures]
    if numbers:
        lines = "\n\n".join(f"![](图{number})" for number in numbers)
        entered = Typed(**(vars(entered) | {"words": f"{entered.words}\n\n{lines}".strip()}))
    changed = article_writing.save(session, article, entered, seen=seen(), **by())
    if cover is not None or request.form.get("drop_cover"):
        key = parts().file_store.save(cover.data, "jpg") if cover else ""
        article_writing.put_cover(session, article, file_key=key, seen=article.revision, **by())
        changed = True
    if changed and is_new:
        write_down("article.change", f"修改图文《{article.title}》", subject=str(article.id))


def _add_picture(article: Article, photo: CleanPhoto) -> int:
    key = parts().file_store.save(photo.data, "jpg")
    return article_writing.add_picture(current_session(), article, file_key=key, **by()).number


def _read_pictures() -> list[CleanPhoto]:
    files = [file for file in request.files.getlist(_PICTURES) if file.filename]
    if len(files) > MOST_PHOTOS:
        raise Invalid(f"一次最多上传 {MOST_PHOTOS} 张图片，请分几次上传。", _PICTURES)
    photos = []
    for file in files:
        try:
            photos.append(clean_photo(file.stream.read(MAX_BYTES + 1)))
        except Invalid as refusal:
            raise Invalid(f"「{(file.filename or '')[-60:]}」：{refusal.message}", _PICTURES) from refusal
    return photos


def _refused(article: Article, refusal: DomainError) -> tuple[str, int]:
    """Say why nothing was kept, with everything that was typed still there."""
    current_session().rollback()
    current_session().refresh(article)
    if _goes_on():
        pane = _pane(article, _typed(), f"没有保存：{refusal.message}", refusal)
        return pane, HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(article, _typed(), refusal), HTTPStatus.UNPROCESSABLE_ENTITY


def _page(article: Article, entered: Typed, refusal: DomainError | None = None) -> str:
    return render_template(
        "admin/article_edit.html",
        **shown(article, entered),
        entered=entered,
        refusal=refusal,
        said="",
        seen=seen() if refusal else article.revision,
        longest={"title": LONGEST_TITLE, "author": LONGEST_AUTHOR, "digest": LONGEST_DIGEST},
    )


def _pane(article: Article, entered: Typed, said: str, refusal: DomainError | None = None) -> str:
    return render_template("admin/article_pane.html", **shown(article, entered), said=said, refusal=refusal)


def shown(article: Article, entered: Typed) -> dict[str, Any]:
    """Give what the phone's view of an article needs."""
    as_kept = entered.words == typed_of(article).words
    # Clean by `html_from`; what is kept was clean when it was kept, by the rules of that day.
    kept = below_title(clean(article.html, picture=shown_address))
    html = kept if as_kept else html_from(article, entered.words)
    return {"article": article, "looks": entered, "body": Markup(html)}  # noqa: S704


@blueprint.get("/<int:article_id>/pictures/<int:number>")
def picture(article_id: int, number: int) -> Response:
    """Send a picture of the text."""
    found = article_pictures.find(current_session(), held(article_id).id, number)
    if found is None:
        raise NotFound("没有这张图片。")
    return jpeg_answer(parts().file_store.read(found.file_key))


@blueprint.get("/<int:article_id>/cover")
def cover(article_id: int) -> Response:
    """Send the cover as the card shows it."""
    session, article = current_session(), held(article_id)
    where: Any = {"files": parts().file_store, "base_url": parts().settings.base_url}
    return jpeg_answer(article_pictures.cover_data(session, article, **where))
