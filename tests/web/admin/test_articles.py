"""The office's pages of articles: written, previewed, approved by another, sent, and what became of them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from domain import article_writing as writing
from domain import articles
from jobs.articles import send_articles
from jobs.context import JobContext
from models.article import Article, ArticlePicture
from models.audit import AuditEntry
from models.database import Database
from models.enums import ArticleState
from models.staff import Staff
from simulator import Simulator
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from web.clock import now
from web.parts import parts

SignedIn = Callable[[str], Visitor]
TYPED = {"title": "晚饭热了", "author": "后勤处", "digest": "", "source_url": "", "words": "# 好\n\n**热**了"}


@pytest.fixture
def app(make_platform_app: Callable[..., Flask]) -> Flask:
    """The pages in front of a running platform."""
    return make_platform_app()


@pytest.fixture
def article(database: Database, office: Office, clock: object) -> int:
    """One that the dispatcher has begun."""
    del clock
    with database.transaction() as session:
        return writing.begin(session, title="晚饭热了", author="", staff=office.dispatcher, now=now()).id


def kept(database: Database, article_id: int) -> Article:
    with database.reading() as session:
        return articles.get(session, article_id)


def audited(database: Database) -> list[str]:
    with database.reading() as session:
        query = select(AuditEntry.action).where(AuditEntry.subject_kind == "article")
        return list(session.scalars(query.order_by(AuditEntry.position)))


def bind(database: Database, office: Office, name: str, openid: str) -> None:
    with database.transaction() as session:
        person = session.merge(office.student)
        person.openid = openid
        session.get_one(Staff, getattr(office, name).id).person_id = person.id


def follower(platform: Simulator) -> Any:
    user = next(iter(platform.state.users))
    user.following = True
    return user


def address_in(page: BeautifulSoup, what: str, name: str) -> str:
    node = page.select_one(what)
    assert node is not None
    return str(node[name])


def typed(page: Any) -> dict[str, str]:
    return TYPED | {"seen": str(page.select_one("input[name=seen]")["value"]), "cover_shift": "50"}


@pytest.mark.usefixtures("office")
def test_an_article_is_begun_and_kept_as_it_is_typed(
    signed_in: SignedIn, database: Database, photo: bytes
) -> None:
    desk = signed_in("dispatcher")
    assert "还没有图文" in words_of(desk.get("/admin/articles"))
    desk.get("/admin/articles/new")
    refused = desk.refused("/admin/articles/new", {"title": "字" * 33, "author": ""})
    assert words_of(refused.select_one("[role=alert]")) == "标题最多 32 字，现在有 33 字。"
    address = desk.send("/admin/articles/new", {"title": "晚饭热了", "author": "后勤处"})
    assert address == "/admin/articles/1/edit"
    page = desk.get(address)
    autosave = {"headers": {"X-Autosave": "1"}}

    def keep(**changes: Any) -> Any:
        data = typed(page) | {"csrf_token": desk.token} | changes
        return desk.client.post(address, data=data, **autosave)

    answer = keep()
    assert (answer.status_code, 'data-revision="2"' in answer.text) == (200, True)
    assert kept(database, 1).html == "<h2>好</h2><p><strong>热</strong>了</p>"
    assert keep(seen="2", words="又写了").status_code == 200
    assert audited(database) == ["article.write", "article.change"]  # one sitting is one entry
    late = keep(seen="2", words="别人的")
    assert (late.status_code, "没有保存：文章刚刚被别人改过" in late.text) == (422, True)
    assert "别人的" in late.text  # what was typed is drawn all the same
    long = keep(seen="3", title="字" * 40)
    assert (long.status_code, 'data-refused="title"' in long.text) == (422, True)

    picture = desk.post("/admin/articles/1/pictures", {"pictures": (BytesIO(photo), "a.jpg")})
    assert picture.get_json() == {"numbers": [1]}
    bad = desk.post("/admin/articles/1/pictures", {"pictures": (BytesIO(b"x"), "a.jpg")})
    assert (bad.status_code, bad.get_json()["error"][:13]) == (422, "「a.jpg」：这不是照片")
    sent = typed(desk.get(address)) | {"words": "正文", "cover": (BytesIO(photo), "c.jpg")}
    assert desk.send(address, sent | {"pictures": (BytesIO(photo), "b.jpg")}) == address
    made = kept(database, 1)
    assert (made.words, bool(made.cover_file_key)) == ("正文\n\n![](图2)", True)
    with desk.client.get("/admin/articles/1/pictures/2") as shown:
        assert (shown.status_code, shown.data[:3], shown.mimetype) == (200, b"\xff\xd8\xff", "image/jpeg")
    assert desk.client.get("/admin/articles/1/pictures/3").status_code == 404
    with desk.client.get("/admin/articles/1/cover") as shown:
        assert shown.data[:3] == b"\xff\xd8\xff"
    words = desk.refused(address, typed(page) | {"cover": (BytesIO(b"x"), "c.jpg")})
    assert "「c.jpg」：这不是照片" in words_of(words.select_one("[role=alert]"))
    many = {"pictures": [(BytesIO(photo), f"{number}.jpg") for number in range(10)]}
    assert "一次最多上传 9 张" in words_of(
        desk.refused(address, typed(page) | many).select_one("[role=alert]")
    )
    dropped = typed(desk.get(address)) | {"words": made.words, "drop_cover": "1", "then": "page"}
    assert desk.send(address, dropped) == "/admin/articles/1"
    assert kept(database, 1).cover_file_key == ""

    copied = desk.send("/admin/articles/1/copy")
    assert copied == "/admin/articles/2/edit"
    with database.reading() as session:
        assert session.query(ArticlePicture).filter_by(article_id=2).count() == 2
    assert (
        desk.send("/admin/articles/2/remove", {"seen": str(kept(database, 2).revision)}) == "/admin/articles"
    )
    desk.get("/admin/articles/2", status=404)
    assert audited(database)[-3:] == ["article.change", "article.write", "article.remove"]


def test_preview_goes_to_ones_own_phone_or_to_somebody_named(
    signed_in: SignedIn, database: Database, office: Office, platform: Simulator, article: int, photo: bytes
) -> None:
    desk = signed_in("dispatcher")
    path = f"/admin/articles/{article}"
    page = desk.get(f"{path}/edit")
    desk.send(f"{path}/edit", typed(page) | {"pictures": (BytesIO(photo), "b.jpg")})
    seen = {"seen": "2"}

    def told(data: dict[str, str], status: int = 422) -> str:
        page = desk.refused(f"{path}/preview", seen | data, status=status)
        return words_of(page.select_one("[role=alert]"))

    assert "您还没有绑定微信" in told({"to": "me"})
    assert told({"to": "name", "wechat_name": "小 林"}).startswith("请填写对方的微信号")
    assert "刚刚被改过" in told({"to": "name", "wechat_name": "x", "seen": "1"})
    me, other = follower(platform), list(platform.state.users)[1]
    assert told({"to": "name", "wechat_name": other.nickname}, 502) == (
        "预览没有发出：对方没有关注公众号。请对方先关注，再发一次；微信号要填对。"
    )
    made = kept(database, article)
    assert (made.state, bool(made.media_id), sorted(key[:5] for key in made.uploaded)) == (
        ArticleState.DRAFT,
        True,
        ["cover", "image"],
    )
    platform.state.drafts.remove(made.media_id)  # by hand, on the platform
    bind(database, office, "dispatcher", me.openid)
    assert "我自己的微信" in words_of(desk.get(path))
    assert desk.send(f"{path}/preview", seen | {"to": "me"}) == path
    assert [item.via for item in platform.chat.after(me.openid, 0)] == ["preview"]
    assert kept(database, article).state is ArticleState.PREVIEWED
    assert (
        len(platform.calls.find(path="/cgi-bin/media/uploadimg", limit=9)) == 1
    )  # known from the first time
    desk.send(f"{path}/preview", seen | {"to": "name", "wechat_name": me.nickname})
    platform.faults.add(path="/cgi-bin/message/mass/preview", kind="errcode", errcode=45009, times=1)
    assert told({"to": "me"}, 502).startswith("预览没有发出。当天调用次数已用完。")
    with database.transaction() as session:
        session.query(ArticlePicture).delete()
        articles.get(session, article).media_id = ""
    assert told({"to": "me"}) == "正文第 1 张图片找不到了，请换一张。"


def test_account_without_the_right_is_told_what_remains(
    signed_in: SignedIn, app: Flask, platform: Simulator, article: int, photo: bytes
) -> None:
    platform.change_settings({"verified": False})
    desk, leader = signed_in("dispatcher"), signed_in("leader")
    path = f"/admin/articles/{article}"
    sent = typed(desk.get(f"{path}/edit")) | {"pictures": (BytesIO(photo), "b.jpg")}
    desk.send(f"{path}/edit", sent)
    me = follower(platform)
    desk.send(f"{path}/preview", {"seen": "2", "to": "name", "wechat_name": me.nickname})
    page = desk.get(path)
    assert "批准后用「公开网页」得到链接" in words_of(page.select_one(".alert-warning"))
    desk.send(f"{path}/ask", {"seen": "2"})
    leader.get(path)
    leader.send(f"{path}/approve", {"seen": "2"})
    leader.send(f"{path}/release", {"seen": "2", "way": "publish"})
    work(app)
    page = leader.get(path)
    assert "公众号没有这个接口的权限" in words_of(page.select_one(".alert-danger"))
    assert "可以用「公开网页」得到链接" in words_of(page.select_one(".alert-warning"))
    leader.send(f"{path}/page", {"seen": "2", "open": "yes"})
    link = address_in(leader.get(path), ".article-own-link", "href")
    stranger = Visitor(app)
    public = "/h5/" + link.partition("/h5/")[2]
    shown = stranger.get(public)
    assert words_of(shown.select_one(".wx")) == "好 热 了"
    with stranger.client.get(address_in(shown, ".wx img", "src")) as picture:
        assert picture.data[:3] == b"\xff\xd8\xff"
    assert stranger.client.get(f"{public}/pictures/2").status_code == 404
    leader.send(f"{path}/page", {"seen": "2", "open": ""})
    assert "可能已经收回" in words_of(stranger.get(public, status=404))


def work(app: Flask) -> None:
    with app.app_context():
        own = parts()
    moment = now()
    send_articles(JobContext(own.settings, own.database, own.client, own.file_store, clock=lambda: moment))


def test_an_article_is_approved_by_another_and_sent_with_a_word(
    signed_in: SignedIn, app: Flask, database: Database, platform: Simulator, article: int
) -> None:
    platform.change_settings({"job_delay": 0.0, "callback_url": "http://127.0.0.1:9/", "retries": 0})
    desk, leader = signed_in("dispatcher"), signed_in("leader")
    path, seen = f"/admin/articles/{article}", {"seen": "2"}
    desk.send(f"{path}/edit", typed(desk.get(f"{path}/edit")))
    me = follower(platform)
    desk.send(f"{path}/preview", seen | {"to": "name", "wechat_name": me.nickname})
    assert desk.send(f"{path}/ask", seen) == path
    assert desk.leads_to(f"{path}/edit") == path
    assert "自己不能批自己写的" in words_of(desk.get(path))
    assert "不能审批自己撰写或提交的文章" in words_of(desk.refused(f"{path}/approve", seen, status=403))
    late = desk.client.post(
        f"{path}/edit", data=TYPED | seen | {"csrf_token": desk.token}, headers={"X-Autosave": "1"}
    )
    assert (late.status_code, "要改请先撤回" in late.text) == (422, True)

    assert words_of(leader.get("/admin/articles?stage=asked").select_one(".rail-link .count")) == "1"
    page = leader.refused(f"{path}/send-back", seen | {"words": " "})
    assert words_of(page.select_one("[role=alert]")) == "请填写退回的理由。"
    leader.send(f"{path}/send-back", seen | {"words": "日期不对"})
    assert "退回的理由： 日期不对" in words_of(desk.get(f"{path}/edit").select_one(".alert-warning"))
    desk.send(f"{path}/preview", seen | {"to": "name", "wechat_name": me.nickname})
    desk.send(f"{path}/ask", seen)
    desk.send(f"{path}/take-up", seen)
    desk.send(f"{path}/ask", seen)
    leader.send(f"{path}/approve", seen)

    for data, words in (
        ({}, "请选择发布还是群发。"),
        ({"way": "mass", "typed": "确定"}, "群发后撤不回来。确定要发，请在框里输入「群发」两个字。"),
    ):
        page = leader.refused(f"{path}/release", seen | data)
        assert words_of(page.select_one("[role=alert]")) == words
    leader.send(f"{path}/release", seen | {"way": "publish"})
    assert "正在排队发布" in words_of(leader.get(path))
    leader.send(f"{path}/take-back", seen)
    leader.send(f"{path}/release", seen | {"way": "mass", "typed": "群发"})
    work(app)
    assert "已提交给微信，正在等群发的结果" in words_of(leader.get(path))
    page = leader.refused(f"{path}/take-back", seen, status=409)
    assert "不能再撤下" in words_of(page)
    with database.transaction() as session:
        sent = articles.get(session, article)
        counts = {"TotalCount": 100, "FilterCount": 90, "SentCount": 88, "ErrorCount": 2}
        url = ["https://mp.weixin.qq.com/s/1"]
        articles.note_mass_result(
            session, sent.msg_id or "", status="send success", counts=counts, urls=url, now=now()
        )
    page = leader.get(path)
    assert [dd.text for dd in page.select(".article-counts dd")] == ["100", "90", "88", "2"]
    assert words_of(page.select_one(".article-links")) == "https://mp.weixin.qq.com/s/1"
    listed = leader.get("/admin/articles?q=晚饭")
    assert ("本月还可以群发 3 次" in words_of(listed), "已群发" in words_of(listed)) == (True, True)
    assert "没有找到图文" in words_of(leader.get("/admin/articles?q=没有"))
    assert audited(database)[-1] == "article.release"


def test_list_is_leafed_through(signed_in: SignedIn, database: Database, office: Office) -> None:
    with database.transaction() as session:
        for number in range(21):
            writing.begin(session, title=f"第{number}篇", author="", staff=office.dispatcher, now=now())
    desk = signed_in("admin")
    first = desk.get("/admin/articles")
    assert words_of(first.select_one(".pager")) == "第 1 / 2 页，共 21 篇 下一页"
    second = desk.get(address_in(first, "a[rel=next]", "href"))
    assert [words_of(row) for row in second.select("tbody th")] == ["第0篇"]


@pytest.mark.parametrize("role", ["handler", "lead", "inspector"])
@pytest.mark.usefixtures("office")
def test_who_does_not_write_articles_sees_none(signed_in: SignedIn, role: str) -> None:
    page = signed_in(role).get("/admin/articles", status=403)
    assert "由受理员、分管领导和系统管理员" in words_of(page)
