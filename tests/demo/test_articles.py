"""The two articles of the demo: one on its way out, and one that can be gone on with."""

from pathlib import Path

from demo.articles import seed_articles
from domain import article_pictures
from domain.article_acts import ArticleStage, stage_of
from domain.article_limits import check_text, text_of
from domain.article_list import listed
from domain.file_store import LocalFileStore
from models.database import Database
from tests.demo.conftest import NOW


def test_one_goes_out_and_one_is_a_draft(demo_database: Database, tmp_path: Path) -> None:
    with demo_database.reading() as session:
        files = LocalFileStore(tmp_path)
        seed_articles(session, file_store=files, now=NOW)
        leaving, draft = sorted(listed(session, stage=None, words="", page=1).items, key=lambda one: one.id)
        assert (stage_of(leaving), stage_of(draft)) == (ArticleStage.LEAVING, ArticleStage.WRITING)
        for article, pictures in ((leaving, 2), (draft, 1)):
            check_text(text_of(article))
            keys = article_pictures.our_photos(session, article.html, base_url="https://x/")
            assert len(keys) == pictures
            assert files.read(article.cover_file_key)[:3] == b"\xff\xd8\xff"
