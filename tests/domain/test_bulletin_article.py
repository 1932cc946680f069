"""A published bulletin as the draft of an article."""

from pathlib import Path

import pytest

from domain import article_pictures, article_writing, bulletin_article, bulletin_contents
from domain.bulletin_article import make_article
from domain.errors import NotAllowed
from domain.file_store import LocalFileStore
from domain.hiding import Target, hide
from domain.release import Wish, release
from models.board_words import BoardPart
from models.bulletin_words import BulletinPart
from models.enums import ComplaintStatus as S
from tests.support.bulletins import bulletin_figures, publish_bulletin, write_bulletin
from tests.support.story import Story

BASE = "https://bss.example/"


@pytest.mark.parametrize("story", ["sqlite"], indirect=True)
def test_article_says_what_the_bulletin_says_with_its_pictures(story: Story, tmp_path: Path) -> None:
    session, office, now = story.session, story.office, story.now
    files = LocalFileStore(tmp_path)
    shared = story.complaint(S.CLOSED)
    act = {"staff": office.dispatcher, "now": now}
    release(session, shared, Wish("排队 <b>太久", "已加开窗口"), confirmed=False, **act)
    bulletin = write_bulletin(session, office, files, now=now, case=shared)
    bulletin.cases[0].comment = "好"
    draft = {"base_url": BASE, "author": "后勤处", "now": now}
    for who in (office.dispatcher, office.lead):
        with pytest.raises(NotAllowed):
            make_article(session, bulletin, staff=who, **draft)
    publish_bulletin(session, bulletin, office, now=now)

    article = make_article(session, bulletin, staff=office.dispatcher, **draft)

    assert (article.title, article.author) == (bulletin.title[:32], "后勤处")
    assert (article.digest, article.source_url) == ("收到诉求 1 件，办结 1 件", f"{BASE}h5/bulletins/2026-01")
    assert "<blockquote><p>排队 &lt;b&gt;太久</p></blockquote><p>答复：已加开窗口</p>" in article.html
    photos = article_pictures.our_photos(session, article.html, base_url=BASE)
    assert list(photos.values()) == [chart.file_key for chart in bulletin.charts]
    assert "![诉求走势](图1)" in article_writing.typed_of(article).words
    assert bulletin.article_id == article.id

    bulletin.cases[0].answer = bulletin.cases[0].comment = ""
    bare = bulletin_article.html_of(bulletin_contents.contents_of(session, bulletin), picture=lambda _: None)
    assert ("答复：" in bare, "点评：" in bare, "办理：" in bare) == (False, False, True)
    hide(session, shared, Target(BoardPart.TEXT), reason="不实", **act)
    contents = bulletin_contents.contents_of(session, bulletin)
    gone = bulletin_article.html_of(contents, picture=lambda _: None)
    assert ("排队" in gone, "已从公示栏撤下" in gone, "<img" in gone) == (False, True, False)

    article_writing.remove(session, article, staff=office.dispatcher, seen=article.revision)
    session.refresh(bulletin)
    assert bulletin.article_id is None


def test_tables_and_matters_stand_in_the_article() -> None:
    figures = bulletin_figures()
    parts = BulletinPart.FIGURES, BulletinPart.TEAMS, BulletinPart.MATTERS
    sections = [bulletin_contents.Section(part, "", None, ()) for part in parts]
    contents = bulletin_contents.Contents(None, figures, sections, frozenset())  # type: ignore[arg-type]

    html = bulletin_article.html_of(contents, picture=lambda _: None)

    assert "<tr><td>按时答复率</td><td>90%（9/10）</td><td>比上期高 10.0 个百分点</td></tr>" in html
    assert (
        "<tr><td>饮食服务中心</td><td>95%（19/20）</td><td>90%（9/10）</td><td>80%（8/10）</td></tr>" in html
    )
    assert "<ul><li>修好浴室</li></ul>" in html
