"""Articles the platform refuses, now or for good, and people who act meanwhile."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from domain import article_approval, articles, platform_alerts
from domain import article_release as release
from domain.article_limits import ArticleText
from models.attachment import Attachment
from models.enums import ArticleState, ArticleWay
from tests.jobs.articles.conftest import BOTH, CALL, OUT, SENDALL, SUBMIT, Desk
from wechat.articles import ArticlePlatform

PUBLISH, MASS = ArticleWay.PUBLISH, ArticleWay.MASS
S = ArticleState


# The platform refuses


def test_fifth_mass_send_of_the_month_is_stopped_before_the_call(desk: Desk) -> None:
    waiting = [desk.released(MASS) for _ in range(5)]
    desk.work()
    desk.work(minutes=3)
    assert [desk.state(article_id) for article_id in waiting] == [S.MASS_SENT] * 4 + [S.FAILED]
    assert desk.article(waiting[-1]).remark == articles.NO_MASS_SEND_LEFT
    assert (desk.calls(SENDALL), desk.troubles()) == (4, [])


def test_mass_send_is_stopped_when_the_platform_has_counted_four(desk: Desk) -> None:
    desk.platform.faults.add(path=SENDALL, kind="errcode", errcode=45028, times=-1)
    article_id = desk.released(MASS)
    for _ in range(3):
        desk.work(hours=7)
    article = desk.article(article_id)
    assert (article.state, article.mass_place, desk.calls(SENDALL)) == (S.FAILED, None, 1)
    assert article.remark.startswith("微信说本月的群发次数已用完，请改为发布，或下月再群发。（45028 ")
    assert desk.troubles() == []


def test_mass_send_waits_for_the_administrators_confirmation_and_goes_out_once(desk: Desk) -> None:
    desk.platform.faults.add(path=SENDALL, kind="errcode", errcode=89504, times=1)
    article_id = desk.released(MASS)
    desk.work()
    article = desk.article(article_id)
    assert (article.state, desk.calls(SENDALL)) == (S.SUBMITTED, 1)
    confirm = "要公众号管理员在手机上确认这次群发。请公众号管理员 30 分钟内在微信里点确认。"
    assert article.remark.startswith(confirm)
    desk.work(minutes=10)
    assert desk.calls(SENDALL) == 1
    desk.work(minutes=30)
    desk.work(minutes=5)
    assert (desk.article(article_id).msg_id is not None, desk.calls(SENDALL)) == (True, 2)


@BOTH
def test_account_without_the_right_stops_the_article_and_tells_but_no_notice_waits(
    desk: Desk, way: ArticleWay
) -> None:
    desk.platform.change_settings({"verified": False})
    article_id = desk.released(way)
    for _ in range(3):
        desk.work(hours=1)
    article = desk.article(article_id)
    assert (article.state, desk.calls(CALL[way])) == (S.FAILED, 1)
    assert article.remark.startswith(
        "公众号没有这个接口的权限（未认证或认证已过期）。认证的服务号才有这项权限"
    )
    assert desk.troubles() == ["文章发不出去"]
    with desk.context.database.reading() as session:
        assert platform_alerts.pauses(session, now=desk.clock()) == {}

    desk.platform.change_settings({"verified": True})
    with desk.context.database.transaction() as session:
        article = articles.get(session, article_id)
        release.release(session, article, way=way, staff=desk.office.leader, seen=1, now=desk.clock())
    desk.work()
    desk.work(minutes=3)
    assert (desk.state(article_id), desk.calls("/cgi-bin/draft/add"), desk.troubles()) == (OUT[way], 1, [])


@pytest.mark.parametrize("path", ["/cgi-bin/media/uploadimg", "/cgi-bin/draft/add", SUBMIT])
@pytest.mark.parametrize("code", [45011, 40001])
def test_passing_refusal_is_tried_again_later(desk: Desk, path: str, code: int) -> None:
    desk.platform.faults.add(path=path, kind="errcode", errcode=code, times=2 if code == 40001 else 1)
    article_id = desk.released(PUBLISH, f'<img src="/admin/attachments/{desk.photo()}/small">')
    desk.work()
    article = desk.article(article_id)
    assert (article.state, article.remark[-7:], desk.jobs()) == (S.APPROVED, "稍后自动再试。", 0)
    assert desk.troubles() == (["文章发不出去"] if code == 40001 else [])
    desk.work(seconds=50)
    assert desk.calls(path) == (2 if code == 40001 else 1)
    desk.work(seconds=11)
    assert (desk.state(article_id), desk.troubles()) == (S.SUBMITTED, [])
    desk.work(minutes=3)
    assert (desk.state(article_id), desk.jobs()) == (S.PUBLISHED, 1)


def test_day_that_is_used_up_waits_for_midnight_in_shanghai(desk: Desk) -> None:
    desk.platform.faults.add(path="/cgi-bin/draft/add", kind="errcode", errcode=45009)
    article_id = desk.released(PUBLISH)
    desk.work()
    until = release.waiting(desk.article(article_id)).until
    assert until is not None
    assert until.strftime("%H:%M:%S%z") == "00:00:05+0800"
    assert timedelta() < until - desk.clock() <= timedelta(hours=24, seconds=5)


def test_platform_that_stays_away_is_given_up_at_last(desk: Desk) -> None:
    desk.platform.faults.add(path="/cgi-bin/draft/add", kind="http_502", times=-1)
    article_id = desk.released(PUBLISH)
    for _ in range(30):
        desk.work(hours=1)
    article = desk.article(article_id)
    assert (article.state, desk.calls("/cgi-bin/draft/add")) == (S.FAILED, 6)
    assert article.remark.startswith("多次重试仍未成功：微信平台返回 HTTP 502。")


def test_draft_that_somebody_threw_away_is_made_again(desk: Desk) -> None:
    desk.platform.faults.add(path=SUBMIT, kind="errcode", errcode=45011)
    article_id = desk.released(PUBLISH)
    desk.work()
    desk.platform.state.drafts.remove(desk.article(article_id).media_id)
    desk.work(minutes=2)
    desk.work(seconds=1)
    desk.work(minutes=3)
    assert (desk.state(article_id), desk.calls("/cgi-bin/draft/add"), desk.jobs()) == (S.PUBLISHED, 2, 1)


def test_photo_that_cannot_go_out_stops_the_article_without_a_call(desk: Desk) -> None:
    inside = desk.photo(public=False)
    for html, words in (
        (f'<img src="/admin/attachments/{inside}">', "正文第 1 张图片只供内部查看，不能放进文章，请换一张。"),
        ('<img src="https://x/a"><img src="/h5/attachments/999">', "正文第 2 张图片找不到了，请换一张。"),
        (f'<img src="/admin/attachments/{desk.photo(file_key="no/ne")}">', "找不到这个文件。"),
    ):
        article_id = desk.released(PUBLISH, html)
        desk.work()
        assert (desk.state(article_id), desk.article(article_id).remark) == (S.FAILED, words)
    assert desk.platform.calls.find(limit=10) == []


# People act meanwhile


def test_text_changed_during_the_upload_leaves_no_stray_draft(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    article_id = desk.released(PUBLISH)
    add = ArticlePlatform.add_draft

    def slowly(self: ArticlePlatform, text: ArticleText, **pictures: Any) -> str:
        media_id = add(self, text, **pictures)
        with desk.context.database.transaction() as session:
            article = articles.get(session, article_id)
            staff = desk.office.dispatcher
            article_approval.rewrite(session, article, text, staff=staff, seen=1, now=desk.clock())
        return media_id

    monkeypatch.setattr(ArticlePlatform, "add_draft", slowly)
    desk.work()
    assert (desk.state(article_id), len(desk.platform.state.drafts), desk.jobs()) == (S.DRAFT, 0, 0)


def test_draft_of_an_earlier_text_is_thrown_away_once(desk: Desk) -> None:
    article_id = desk.released(PUBLISH)
    desk.platform.faults.add(path=SUBMIT, kind="errcode", errcode=45009, times=1)
    desk.work()
    article = desk.article(article_id)
    assert (article.state, len(desk.platform.state.drafts)) == (S.APPROVED, 1)
    text = ArticleText(title="改过", html="<p>改过</p>")
    with desk.context.database.transaction() as session:
        held, staff = articles.get(session, article_id), desk.office.dispatcher
        article_approval.rewrite(session, held, text, staff=staff, seen=1, now=desk.clock())
    desk.platform.faults.add(path="/cgi-bin/draft/delete", kind="errcode", errcode=45009, times=1)
    desk.work()
    desk.work()
    assert (desk.article(article_id).old_draft, desk.calls("/cgi-bin/draft/delete")) == ("", 1)
    assert len(desk.platform.state.drafts) == 1


def test_article_with_a_cover_of_its_own_goes_out_with_it(desk: Desk) -> None:
    article_id, photo_id = desk.released(PUBLISH), desk.photo()
    with desk.context.database.transaction() as session:
        photo = session.get_one(Attachment, photo_id)
        articles.get(session, article_id).cover_file_key = photo.file_key
    desk.work()
    kept = [desk.platform.media.content(media.media_id) for media in desk.platform.state.media]
    with Image.open(BytesIO(kept[-1])) as cover:
        assert cover.size == (300, 128)


def test_article_that_is_taken_back_or_sent_back_stays_here(desk: Desk) -> None:
    taken, sent = desk.released(MASS), desk.released(PUBLISH)
    leader = desk.office.leader
    with desk.context.database.transaction() as session:
        release.take_back(session, articles.get(session, taken), staff=leader, seen=1)
        article = articles.get(session, sent)
        article_approval.send_back(
            session, article, staff=leader, reason="数字有误", seen=1, now=desk.clock()
        )
    desk.work()
    with desk.context.database.transaction() as session:
        article = articles.get(session, sent)
        article_approval.note_preview(session, article, seen=1, now=desk.clock())
        writer = desk.office.dispatcher
        article_approval.ask(session, article, staff=writer, seen=1, now=desk.clock())
        article_approval.approve(session, article, staff=leader, seen=1, now=desk.clock())
    desk.work()
    assert [desk.state(article_id) for article_id in (taken, sent)] == [S.APPROVED, S.APPROVED]
    assert desk.platform.calls.find(limit=10) == []


def test_nothing_is_tried_while_the_account_is_stopped(desk: Desk) -> None:
    article_id = desk.released(PUBLISH)
    with desk.context.database.transaction() as session:
        platform_alerts.raise_alert(
            session,
            platform_alerts.ACCOUNT,
            code=40164,
            words="",
            now=desk.clock(),
            paused_until=desk.clock() + timedelta(minutes=9),
        )
    desk.work()
    assert desk.platform.calls.find(limit=10) == []
    desk.work(minutes=10)
    assert desk.state(article_id) is S.SUBMITTED


def test_article_that_breaks_the_program_lets_the_next_one_pass(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, fine = desk.released(PUBLISH), desk.released(PUBLISH, "<p>正常</p>")
    add = ArticlePlatform.add_draft

    def breaks(self: ArticlePlatform, text: ArticleText, **pictures: Any) -> str:
        if text.html != "<p>正常</p>":
            raise RuntimeError("odd")
        return add(self, text, **pictures)

    monkeypatch.setattr(ArticlePlatform, "add_draft", breaks)
    desk.work()
    assert desk.article(odd).remark == "程序出错，请系统管理员查看日志。"
    assert desk.state(fine) is S.SUBMITTED
