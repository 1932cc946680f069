"""Articles of each stage, as the pages of the office find them."""

from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from domain import article_approval as approval
from domain import article_release as release
from domain import article_writing as writing
from domain.article_writing import Typed
from domain.file_store import FileStore
from models.article import Article
from models.enums import ArticleWay
from tests.support.factories import Office

WORDS = "# 办好了\n\n![热水](图1)\n\n**晚上**也有热水了。\n\n- 一楼\n- 二楼"


def written(
    session: Session, office: Office, files: FileStore, *, now: datetime, title: str = "热水来了"
) -> Article:
    """One that the dispatcher has written, with a picture, and looked at on a phone."""
    output = BytesIO()
    Image.new("RGB", (400, 300), (11, 110, 79)).save(output, "JPEG")
    by: Any = {"staff": office.dispatcher, "now": now}
    article = writing.begin(session, title=title, author="后勤处", **by)
    writing.add_picture(session, article, file_key=files.save(output.getvalue(), "jpg"), **by)
    writing.save(session, article, Typed(title=title, words=WORDS, author="后勤处"), seen=1, **by)
    approval.note_preview(session, article, seen=2, now=now)
    return article


def asked(session: Session, office: Office, files: FileStore, *, now: datetime) -> Article:
    """One that waits for approval."""
    article = written(session, office, files, now=now)
    approval.ask(session, article, staff=office.dispatcher, seen=2, now=now)
    return article


def approved(session: Session, office: Office, files: FileStore, *, now: datetime) -> Article:
    """One that the leader has approved."""
    article = asked(session, office, files, now=now)
    approval.approve(session, article, staff=office.leader, seen=2, now=now)
    return article


def furnish_articles(session: Session, office: Office, files: FileStore, *, now: datetime) -> dict[str, Any]:
    """Put up an article of each stage, and give what their URLs take."""
    where: Any = {"now": now}
    draft = written(session, office, files, **where)
    waiting = asked(session, office, files, **where)
    ready = approved(session, office, files, **where)
    release.open_page(session, ready, staff=office.leader, seen=2)
    leaving = approved(session, office, files, **where)
    release.release(session, leaving, way=ArticleWay.PUBLISH, staff=office.leader, seen=2, now=now)
    values: dict[str, Any] = {"article_id": draft.id}
    for view in ("approve", "send_back", "take_up"):
        values[f"admin_article_page.{view}.article_id"] = waiting.id
    for view in ("release_it", "own_page"):
        values[f"admin_article_page.{view}.article_id"] = ready.id
    values["admin_article_page.take_back.article_id"] = leaving.id
    for view in ("page", "picture"):
        values[f"h5_articles.{view}.code"] = ready.page_code
    return values | {"admin_article_editor.picture.number": 1, "h5_articles.picture.number": 1}
