"""An article in real browsers: written, looked at, approved by another, sent to all, and its result."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from domain import articles
from jobs.articles import send_articles
from jobs.context import JobContext
from models.database import Database
from models.enums import ArticleState
from simulator import Simulator
from tests.support.desk_browser import Desks, axe_problems, overflow, served
from tests.support.waiting import eventually
from web.clock import now
from web.parts import Parts

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("office")]


@pytest.fixture
def app(make_platform_app: Callable[..., Flask]) -> Flask:
    """The pages in front of a running platform."""
    return make_platform_app()


@pytest.fixture
def desks(browser: Browser, app: Flask, platform: Simulator) -> Iterator[Desks]:
    """Browsers at pages that the platform's events reach."""
    with served(app) as address:
        platform.change_settings({"job_delay": 0.0, "callback_url": f"{address}/wechat"})
        desks = Desks(browser, address)
        yield desks
        desks.close()
    assert desks.said == []


def _is_fine(page: Page) -> None:
    assert axe_problems(page) == []
    assert overflow(page) <= 0


def test_an_article_goes_from_the_desk_to_every_follower(
    desks: Desks, app: Flask, database: Database, platform: Simulator, photo: bytes, tmp_path: Path
) -> None:
    picture = tmp_path / "热水.jpg"
    picture.write_bytes(photo)
    follower = next(iter(platform.state.users))
    follower.following = True
    desk = desks.enter("dispatcher")
    desk.click("text=图文")
    desk.click("text=写图文 >> nth=0")
    desk.fill("#title", "热水来了")
    desk.click("text=开始写")
    _write(desk, picture)
    desk.click("text=写好了，去预览")
    desk.fill("#wechat_name", follower.nickname)
    desk.click("text=发送预览")
    expect(desk.locator(".flash")).to_have_text("预览已发出，请在手机微信里打开看看。")
    assert [item.via for item in platform.chat.after(follower.openid, 0)] == ["preview"]
    desk.click("button:text-is('提交审批')")
    expect(desk.locator("#acts")).to_contain_text("自己不能批自己写的")

    leader = desks.enter("leader", width=375, height=740, dark=True)
    leader.goto("/admin/articles?stage=asked")
    leader.click("text=热水来了")
    leader.click("button:text-is('批准')")
    leader.check("[value=mass]")
    leader.fill("#typed", "发")
    leader.click("button:text-is('发出')")
    expect(leader.locator("#acts [role=alert]")).to_contain_text("请在框里输入「群发」两个字")
    _is_fine(leader)
    leader.fill("#typed", "群发")
    leader.click("button:text-is('发出')")
    expect(leader.locator("#acts")).to_contain_text("正在排队群发")
    _work(app, database)
    leader.reload()
    expect(leader.locator(".article-counts dd").nth(2)).to_have_text("1")
    expect(leader.locator(".article-links a")).to_have_attribute("href", platform_page(platform))
    _is_fine(leader)
    via = [item.via for item in platform.chat.after(follower.openid, 0)]
    assert via == ["preview", "mass"]


def _write(desk: Page, picture: Path) -> None:
    """Type, with the tools above the text; and be told what is too long."""
    desk.fill("#words", "三号楼昨晚恢复供水")
    desk.press("#words", "Control+a")
    desk.keyboard.press("Control+b")
    expect(desk.locator("#words")).to_have_value("**三号楼昨晚恢复供水**")
    desk.press("#words", "Control+End")
    desk.keyboard.type("\n第二天也热")
    desk.click("[data-line='> ']")
    expect(desk.locator(".phone .wx blockquote")).to_have_text("第二天也热")
    expect(desk.locator("[data-state]")).to_contain_text("已保存")
    desk.set_input_files("#pictures", picture)
    expect(desk.locator(".phone .wx img")).to_have_count(1)
    expect(desk.locator("#words")).to_have_value("**三号楼昨晚恢复供水**\n> 第二天也热\n\n![](图1)\n\n")
    desk.set_input_files("#cover", picture)
    expect(desk.locator("#cover_shift")).to_be_visible()
    _is_fine(desk)
    desk.fill("#digest", "字" * 130)
    expect(desk.locator(".write-count-over")).to_have_text("130 / 128")
    expect(desk.locator("[data-state]")).to_have_text("没有保存：摘要最多 128 字，现在有 130 字。")
    desk.fill("#digest", "三号楼")
    expect(desk.locator("[data-state]")).to_contain_text("已保存")


def platform_page(platform: Simulator) -> str:
    return str(platform.articles.url(next(iter(platform.state.articles))))


def _work(app: Flask, database: Database) -> None:
    """Let the worker look once, and wait for the platform's event."""
    parts: Parts = app.extensions["banshishi"]
    moment = now()
    send_articles(JobContext(parts.settings, database, parts.client, parts.file_store, clock=lambda: moment))

    def is_out() -> bool:
        with database.reading() as session:
            return articles.get(session, 1).state is ArticleState.MASS_SENT

    eventually(is_out)
