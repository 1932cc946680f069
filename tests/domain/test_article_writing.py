"""Writing an article at a desk, its list, and what may be done to it when."""

from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from domain import article_approval as approval
from domain import article_list, article_pictures, articles, audit
from domain import article_release as release
from domain import article_writing as writing
from domain.article_acts import ArticleAct, ArticleStage, open_acts, outcome_of, stage_of, wanted_words
from domain.article_limits import ArticleText
from domain.article_writing import Typed
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.file_store import LocalFileStore
from models.article import Article
from models.database import Database
from models.enums import ArticleState, ArticleWay
from tests.support.factories import Factory, Office

A, S = ArticleAct, ArticleStage
TYPED = Typed(title="热饭", words="# 好消息\n\n![](图1)\n**晚饭**热了", author="后勤处", digest="一句话")


@pytest.fixture
def office(sqlite: Database, factory: Factory) -> Office:
    with sqlite.transaction() as session:
        return factory.office(session)


def begun(session: Session, office: Office, now: datetime, title: str = "热饭") -> Article:
    return writing.begin(session, title=title, author="", staff=office.dispatcher, now=now)


def saved(session: Session, office: Office, now: datetime, typed: Typed = TYPED) -> Article:
    article = begun(session, office, now, typed.title)
    writing.save(session, article, typed, staff=office.dispatcher, seen=1, now=now)
    return article


def asked(session: Session, office: Office, now: datetime) -> Article:
    article = saved(session, office, now)
    seen: Any = {"seen": article.revision, "now": now}
    approval.note_draft(session, article, media_id=f"m{article.id}", uploaded={"a": "b"}, seen=2)
    approval.note_preview(session, article, **seen)
    approval.ask(session, article, staff=office.dispatcher, **seen)
    return article


def picture(width: int, height: int) -> bytes:
    """A picture that is red above and left, blue below and right."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste(
        (255, 0, 0),
        (0, 0, width // 2 if width > height else width, height // 2 if height > width else height),
    )
    output = BytesIO()
    image.save(output, "JPEG", quality=95)
    return output.getvalue()


def test_what_is_typed_is_kept_with_its_html_until_it_is_handed_over(
    sqlite: Database, office: Office, now: datetime
) -> None:
    by: Any = {"staff": office.dispatcher, "now": now}
    with sqlite.transaction() as session:
        article = begun(session, office, now)
        assert writing.save(session, article, TYPED, seen=1, **by)
        src = f"/admin/articles/{article.id}/pictures/1"
        assert article.html == f'<h2>好消息</h2><p><img src="{src}" alt=""><br><strong>晚饭</strong>热了</p>'
        assert (article.revision, article.words, writing.typed_of(article)) == (2, TYPED.words, TYPED)
        assert writing.save(session, article, TYPED, seen=2, **by) is False
        assert article.revision == 2
        writing.save(session, article, replace(TYPED, cover_shift=20), seen=2, **by)
        assert (article.revision, article.cover_shift) == (3, 20)
        with pytest.raises(TooLate, match="您这边的没有保存"):
            writing.save(session, article, TYPED, seen=2, **by)
        for wrong, words in (
            (replace(TYPED, title="字" * 33), "标题最多 32 字"),
            (replace(TYPED, words="字" * 40_001), "正文太长"),
            (replace(TYPED, cover_shift=101), "封面的位置不对"),
        ):
            with pytest.raises(Invalid, match=words):
                writing.save(session, article, wrong, seen=3, **by)
        article.asked_at = now
        with pytest.raises(NotAllowed, match="要改请先撤回"):
            writing.save(session, article, TYPED, seen=3, **by)
        with pytest.raises(NotAllowed, match="由受理员"):
            writing.save(session, article, TYPED, seen=3, staff=office.lead, now=now)


def test_html_of_a_bulletin_can_be_gone_on_with(sqlite: Database, office: Office, now: datetime) -> None:
    with sqlite.transaction() as session:
        html = '<h2>通报</h2><p>办结 41 件<img src="https://x/a.jpg"></p>'
        text = ArticleText(title="通报", html=html)
        article = approval.write(session, text, staff=office.admin, now=now)
        words = writing.typed_of(article).words
        assert words == "# 通报\n\n办结 41 件![](https://x/a.jpg)"
        assert writing.html_from(article, words) == article.html
        article.html = f'<p><img src="{writing.picture_address(article.id, 7)}" alt=""></p>'
        assert writing.typed_of(article).words == "![](图7)"
        assert writing.html_from(article, "![](图x) ![](图9999)") == ("<p> </p>")


def test_pictures_are_numbered_and_found_and_a_copy_has_its_own(
    sqlite: Database, office: Office, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    by: Any = {"staff": office.dispatcher, "now": now}
    with sqlite.transaction() as session:
        article = saved(session, office, now)
        with pytest.raises(Invalid, match="正文第 1 张图片找不到了"):
            article_pictures.our_photos(session, article.html, base_url="https://x/")
        numbers = [
            writing.add_picture(session, article, file_key=f"aa/bb/{name}.jpg", **by).number for name in "cd"
        ]
        assert numbers == [1, 2]
        writing.put_cover(session, article, file_key="aa/bb/z.jpg", seen=2, **by)
        made = writing.copy(session, article, **by)
        assert (made.title, made.words, made.cover_file_key) == ("热饭", TYPED.words, "aa/bb/z.jpg")
        found = article_pictures.our_photos(session, made.html, base_url="https://x/")
        assert found == {writing.picture_address(made.id, 1): "aa/bb/c.jpg"}
        monkeypatch.setattr(writing, "MOST_PICTURES", 2)
        with pytest.raises(NotAllowed, match="最多上传 2 张"):
            writing.add_picture(session, made, file_key="x", **by)
        with pytest.raises(TooLate, match="没有删除"):
            writing.remove(session, made, staff=office.dispatcher, seen=1)
        writing.remove(session, made, staff=office.dispatcher, seen=made.revision)
        with pytest.raises(NotFound):
            articles.get(session, made.id)


def test_other_cover_makes_the_preview_old(sqlite: Database, office: Office, now: datetime) -> None:
    by: Any = {"staff": office.leader, "now": now}
    with sqlite.transaction() as session:
        article = asked(session, office, now)
        approval.take_up(session, article, staff=office.leader, seen=2)
        assert (article.state, article.asked_at, article.media_id) == (
            ArticleState.PREVIEWED,
            None,
            f"m{article.id}",
        )
        writing.put_cover(session, article, file_key="k", seen=2, **by)
        assert (article.state, article.revision, article.old_draft) == (
            ArticleState.DRAFT,
            3,
            f"m{article.id}",
        )
        assert article.created_by_id == office.leader.id
        assert release.old_drafts(session) == {article.id: f"m{article.id}"}
        release.note_old_draft_gone(session, article.id, f"m{article.id}")
        assert release.old_drafts(session) == {}


def test_cover_is_the_strip_that_was_chosen(
    sqlite: Database, office: Office, now: datetime, tmp_path: Any
) -> None:
    def colours(data: bytes) -> tuple[tuple[int, int], str]:
        with Image.open(BytesIO(data)) as image:
            red, _, blue = image.convert("RGB").getpixel((image.width // 2, image.height // 2))  # type: ignore[misc]
            return image.size, "red" if red > blue else "blue"

    assert colours(article_pictures.cropped(picture(1800, 1800), 0)) == ((900, 383), "red")
    assert colours(article_pictures.cropped(picture(1800, 1800), 100))[0] == (900, 383)
    tall, wide = picture(300, 600), picture(900, 100)
    assert [colours(article_pictures.cropped(tall, shift)) for shift in (0, 100)] == [
        ((300, 128), "red"),
        ((300, 128), "blue"),
    ]
    assert [colours(article_pictures.cropped(wide, shift)) for shift in (0, 100)] == [
        ((235, 100), "red"),
        ((235, 100), "blue"),
    ]
    files: Any = {"files": LocalFileStore(tmp_path), "base_url": "https://x/"}
    with sqlite.transaction() as session:
        article = saved(session, office, now)
        assert colours(article_pictures.cover_data(session, article, **files)) == ((900, 383), "blue")
        key = files["files"].save(tall, "jpg")
        writing.add_picture(session, article, file_key=key, staff=office.dispatcher, now=now)
        assert colours(article_pictures.cover_data(session, article, **files))[0] == (300, 128)
        article.cover_file_key, article.cover_shift = files["files"].save(wide, "jpg"), 0
        assert colours(article_pictures.cover_data(session, article, **files)) == ((235, 100), "red")


def test_buttons_are_those_of_the_stage_and_the_reader(
    sqlite: Database, office: Office, now: datetime
) -> None:
    author, leader = office.dispatcher, office.leader
    with sqlite.transaction() as session:
        article = saved(session, office, now)
        assert (stage_of(article), open_acts(article, office.lead)) == (S.WRITING, frozenset())
        assert open_acts(article, author) == {A.COPY, A.EDIT, A.PREVIEW, A.REMOVE}
        approval.note_preview(session, article, seen=2, now=now)
        assert A.ASK in open_acts(article, author)
        approval.ask(session, article, staff=author, seen=2, now=now)
        assert stage_of(article) is S.ASKED
        assert open_acts(article, author) == {A.COPY, A.PREVIEW, A.TAKE_UP}
        both = {A.APPROVE, A.SEND_BACK}
        assert open_acts(article, leader) == {A.COPY, A.PREVIEW, A.TAKE_UP} | both
        assert [session.scalar(article_list.waiting_for(each)) for each in (author, leader, office.lead)] == [
            0,
            1,
            0,
        ]
        approval.send_back(session, article, staff=leader, reason="日期不对", seen=2, now=now)
        assert (stage_of(article), outcome_of(article)) == (S.RETURNED, "退回修改")

        article = asked(session, office, now)
        approval.approve(session, article, staff=leader, seen=2, now=now)
        assert (stage_of(article), outcome_of(article)) == (S.APPROVED, "已批准")
        assert open_acts(article, leader) == {A.COPY, A.PREVIEW, A.RELEASE, A.PAGE, A.SEND_BACK, A.TAKE_UP}
        release.release(session, article, way=ArticleWay.MASS, staff=author, seen=2, now=now)
        assert stage_of(article) is S.LEAVING
        assert open_acts(article, leader) == {A.COPY, A.TAKE_BACK}
        with pytest.raises(NotAllowed, match="请先撤下"):
            approval.take_up(session, article, staff=author, seen=2)
        articles.claim_mass_send(session, article, seen=2, now=now)
        assert open_acts(article, leader) == {A.COPY}
        articles.note_submitted(session, article, msg_id="7")
        articles.note_mass_result(session, "7", status="err(20001)", now=now)
        assert stage_of(article) is S.FAILED
        assert open_acts(article, leader) == {A.COPY, A.RELEASE, A.PAGE, A.TAKE_UP}
        release.release(session, article, way=ArticleWay.MASS, staff=author, seen=2, now=now)
        articles.claim_mass_send(session, article, seen=2, now=now)
        articles.note_submitted(session, article, msg_id="8")
        articles.note_mass_result(session, "8", status="send success", now=now)
        assert (stage_of(article), outcome_of(article)) == (S.OUT, "已群发")
        article.state = ArticleState.PUBLISHED
        assert outcome_of(article) == "已发布"
        assert open_acts(article, leader) == {A.COPY, A.PAGE}
        assert [wanted_words(way) for way in ArticleWay] == ["", "群发"]


def test_mass_send_nobody_knows_of_keeps_its_place_while_it_is_changed(
    sqlite: Database, office: Office, now: datetime
) -> None:
    with sqlite.transaction() as session:
        article = asked(session, office, now)
        approval.approve(session, article, staff=office.leader, seen=2, now=now)
        release.release(session, article, way=ArticleWay.MASS, staff=office.leader, seen=2, now=now)
        articles.claim_mass_send(session, article, seen=2, now=now)
        release.lose_track(session, article, words="没有等到", now=now)
        approval.take_up(session, article, staff=office.dispatcher, seen=2)
        assert (stage_of(article), article.way, article.mass_place) == (S.WRITING, None, 1)
        typed = replace(TYPED, title="改过")
        writing.save(session, article, typed, staff=office.dispatcher, seen=2, now=now)
        assert articles.mass_sends_left(session, now=now) == 3


def test_list_is_narrowed_counted_and_leafed_through(sqlite: Database, office: Office, now: datetime) -> None:
    with sqlite.transaction() as session:
        for number in range(article_list.PER_PAGE):
            later = now + timedelta(minutes=number)
            saved(session, office, later, replace(TYPED, title=f"第{number}篇", words="百分之50%"))
        asked(session, office, now)
        counts = article_list.counts(session)
        assert {stage: count for stage, count in counts.items() if count} == {S.WRITING: 20, S.ASKED: 1}
        everything = article_list.listed(session, stage=None, words="", page=9)
        assert (everything.page, everything.total, [each.title for each in everything.items]) == (
            2,
            21,
            ["第0篇"],
        )
        found = article_list.listed(session, stage=S.WRITING, words="第1篇 50%", page=1)
        assert [each.title for each in found.items] == ["第1篇"]
        assert article_list.listed(session, stage=S.OUT, words="", page=1).items == []


def test_page_of_our_own_is_open_only_while_the_article_is_approved(
    sqlite: Database, office: Office, now: datetime
) -> None:
    with sqlite.transaction() as session:
        article = asked(session, office, now)
        with pytest.raises(NotAllowed, match="须先由另一位同事批准"):
            release.open_page(session, article, staff=office.leader, seen=2)
        approval.approve(session, article, staff=office.leader, seen=2, now=now)
        release.open_page(session, article, staff=office.leader, seen=2)
        code = article.page_code or ""
        release.open_page(session, article, staff=office.leader, seen=2)
        assert (article.page_code, release.on_page(session, code)) == (code, article)
        release.close_page(session, article, staff=office.leader, seen=2)
        for gone in (code, "", "x"):
            with pytest.raises(NotFound, match="可能已经收回"):
                release.on_page(session, gone)
        release.open_page(session, article, staff=office.leader, seen=2)
        approval.take_up(session, article, staff=office.dispatcher, seen=2)
        assert article.page_code is None


def test_one_sitting_is_one_entry_of_the_log(sqlite: Database, office: Office, now: datetime) -> None:
    with sqlite.transaction() as session:
        article = begun(session, office, now)
        by: Any = {"staff": office.dispatcher, "now": now}
        assert writing.is_new_sitting(session, article, **by)
        about: Any = {"subject_kind": "article", "subject": str(article.id), "words": "修改"}
        audit.record(session, office.dispatcher, action="article.change", now=now, **about)
    with sqlite.reading() as session:
        moments = (now + timedelta(minutes=9), now + timedelta(minutes=10))
        told = [
            writing.is_new_sitting(session, article, staff=office.dispatcher, now=moment)
            for moment in moments
        ]
        assert told == [False, True]
        assert writing.is_new_sitting(session, article, staff=office.leader, now=now)
