"""Letting articles go out, and how they wait, on both kinds of database; and the pictures in them."""

from datetime import datetime, timedelta
from io import BytesIO
from random import Random

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from domain import article_approval as approval
from domain import article_pictures as pictures
from domain import article_release as release
from domain import articles
from domain.article_limits import ArticleText, text_of
from domain.errors import Invalid, NotAllowed, TooLate
from models.article import Article
from models.attachment import Attachment
from models.database import Database
from models.enums import ArticleState, ArticleWay, AttachmentKind, AttachmentState
from tests.support.factories import Office

TEXT = ArticleText(title="本周办实事清单", html="<p>修好了。</p>", author="后勤处", source_url="https://x/")
PUBLISH, MASS = ArticleWay.PUBLISH, ArticleWay.MASS


def approved(session: Session, office: Office, now: datetime) -> Article:
    article = approval.write(session, TEXT, staff=office.dispatcher, now=now)
    approval.note_preview(session, article, seen=1, now=now)
    approval.ask(session, article, staff=office.dispatcher, seen=1, now=now)
    approval.approve(session, article, staff=office.leader, seen=1, now=now)
    return article


def released(session: Session, office: Office, now: datetime, way: ArticleWay = MASS) -> Article:
    article = approved(session, office, now)
    release.release(session, article, way=way, staff=office.leader, seen=1, now=now)
    return article


def submitted(session: Session, office: Office, now: datetime) -> Article:
    article = released(session, office, now)
    approval.note_draft(session, article, media_id=f"draft-{article.id}", seen=1)
    articles.claim_mass_send(session, article, seen=1, now=now)
    return article


def test_only_what_was_released_is_due_and_not_before_its_time(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        approved(session, office, now)
        second, first = (released(session, office, now + timedelta(hours=hours)) for hours in (1, 0))
        assert release.due(session, now=now) == [first, second]
        release.put_off(session, first, until=now + timedelta(minutes=1), words="微信平台繁忙。")
        assert release.due(session, now=now) == [second]
        assert release.due(session, now=now + timedelta(minutes=1)) == [first, second]
        assert (first.remark, release.waiting(first).tries) == ("微信平台繁忙。", 1)


def test_who_may_not_approve_may_not_release(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        article = released(session, office, now)
        with pytest.raises(NotAllowed, match="由受理员、分管领导和系统管理员"):
            release.release(session, article, way=PUBLISH, staff=office.handler, seen=1, now=now)
        with pytest.raises(NotAllowed, match="由受理员、分管领导和系统管理员"):
            release.take_back(session, article, staff=office.handler, seen=1)
        draft = approval.write(session, TEXT, staff=office.dispatcher, now=now)
        with pytest.raises(NotAllowed, match="须先由另一位同事批准"):
            release.release(session, draft, way=PUBLISH, staff=office.leader, seen=1, now=now)


def test_fifth_mass_send_is_not_even_released_but_may_be_published(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        held = [submitted(session, office, now) for _ in range(4)]
        fifth = approved(session, office, now)
        with pytest.raises(NotAllowed, match="本月已群发 4 次"):
            release.release(session, fifth, way=MASS, staff=office.leader, seen=1, now=now)
        release.release(session, fifth, way=PUBLISH, staff=office.leader, seen=1, now=now)
        # Whoever sends a lost one again has made sure that it did not go out, so that its place is its own.
        release.lose_track(session, held[3], words="不知道是否发出", now=now)
        assert (held[3].state, held[3].mass_place) == (ArticleState.FAILED, 4)
        release.release(session, held[3], way=MASS, staff=office.leader, seen=1, now=now)
        assert (held[3].mass_place, held[3].media_id, held[3].remark) == (None, f"draft-{held[3].id}", "")
        articles.claim_mass_send(session, held[3], seen=1, now=now)
        assert held[3].mass_place == 4


def test_what_is_on_its_way_is_not_taken_back(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        article = submitted(session, office, now)
        with pytest.raises(TooLate, match="已经提交给微信"):
            release.take_back(session, article, staff=office.leader, seen=1)
        waiting = released(session, office, now)
        release.take_back(session, waiting, staff=office.leader, seen=1)
        assert (waiting.state, waiting.way, release.due(session, now=now)) == (
            ArticleState.APPROVED,
            None,
            [],
        )


def test_claim_keeps_count_of_tries_until_there_is_a_number(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        article = submitted(session, office, now)
        seen = articles.client_msg_id(article)
        release.put_back(session, article, until=now, words="发得太快")
        assert (article.state, article.mass_place, article.submitted_at) == (
            ArticleState.APPROVED,
            None,
            None,
        )
        articles.claim_mass_send(session, article, seen=1, now=now + timedelta(minutes=1))
        assert articles.client_msg_id(article) != seen
        assert release.waiting(article) == release.Waiting(tries=1)
        release.put_off(session, article, until=now, counted=False)
        assert release.waiting(article) == release.Waiting(tries=1, until=now)
        articles.note_submitted(session, article, msg_id="1")
        assert (release.waiting(article), article.remark) == (release.Waiting(), "")


def test_what_is_out_is_not_given_up_any_more(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        article = submitted(session, office, now)
        seen = Article(**{name: getattr(article, name) for name in ("revision", "state", "way")})
        seen.submitted_at = article.submitted_at
        assert release.is_as_seen(article, seen)
        articles.note_submitted(session, article, msg_id="1")
        assert not release.is_as_seen(article, seen)
        articles.note_mass_result(session, "1", status="send success", now=now)
        release.give_up(session, article, words="x", now=now)
        assert (article.state, article.remark) == (ArticleState.MASS_SENT, "")
        articles.note_submitted(session, article, msg_id="1")
        assert article.results["status"] == "send success"


def test_words_of_a_kept_article_are_those_that_were_written(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        assert text_of(approved(session, office, now)) == TEXT


def photo(session: Session, now: datetime, **changes: object) -> int:
    values = {"kind": AttachmentKind.PHOTO, "state": AttachmentState.STORED, "file_key": "aa/bb/c.jpg"}
    kept = Attachment(**(values | {"created_at": now} | changes))
    session.add(kept)
    session.flush()
    return kept.id


def test_photos_of_ours_are_found_by_any_of_their_addresses(sqlite: Database, now: datetime) -> None:
    with sqlite.transaction() as session:
        kept, other = photo(session, now), photo(session, now, file_key="dd/ee/f.jpg")
        small = f"https://logistics/h5/attachments/{other}/small"
        html = f'<img src="/admin/attachments/{kept}"><img src="https://x/a.jpg"><img src="{small}">'
        found = pictures.our_photos(session, html, base_url="https://logistics/")
    assert found == {f"/admin/attachments/{kept}": "aa/bb/c.jpg", small: "dd/ee/f.jpg"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": AttachmentKind.VOICE}, "正文第 1 张图片找不到了，请换一张。"),
        ({"state": AttachmentState.PENDING}, "正文第 1 张图片找不到了，请换一张。"),
        ({"public": False}, "正文第 1 张图片只供内部查看，不能放进文章，请换一张。"),
        ({"hidden_reason": "有人脸"}, "正文第 1 张图片只供内部查看，不能放进文章，请换一张。"),
    ],
)
def test_what_is_no_photo_for_everybody_is_refused(
    sqlite: Database, now: datetime, changes: dict[str, object], words: str
) -> None:
    with sqlite.transaction() as session:
        html = f'<img src="/admin/attachments/{photo(session, now, **changes)}">'
        with pytest.raises(Invalid) as refused:
            pictures.our_photos(session, html, base_url="https://logistics/")
        assert pictures.our_photos(session, html, base_url="https://logistics/", leave_out=True) == {}
    assert refused.value.message == words


def test_even_noise_is_made_small_enough_and_what_is_small_stays() -> None:
    noise = Image.frombytes("RGB", (2560, 1920), Random(1).randbytes(2560 * 1920 * 3))
    output = BytesIO()
    noise.save(output, "JPEG", quality=85)
    small = pictures.made_small(output.getvalue())
    assert len(small) <= pictures.MOST_BYTES < output.tell()
    assert pictures.made_small(small) is small
    assert pictures.cover_of([small, b"x"]) is small
    with Image.open(BytesIO(pictures.cover_of([]))) as cover:
        assert (cover.format, cover.size) == ("JPEG", (900, 383))
