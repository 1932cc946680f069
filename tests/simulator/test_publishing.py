"""Publishing: from the draft to a page that stays, or a failure that says so."""

from typing import Any

import pytest
import requests

from tests.simulator.conftest import Platform, wait_until

SUBMIT, STATE = "/cgi-bin/freepublish/submit", "/cgi-bin/freepublish/get"


def published(platform: Platform, **fields: Any) -> dict[str, Any]:
    """Publish an article; what freepublish/get tells in the end."""
    publish_id = platform.api(SUBMIT, {"media_id": platform.draft(**fields)})["publish_id"]

    def told() -> dict[str, Any]:
        found: dict[str, Any] = platform.api(STATE, {"publish_id": publish_id})
        return found

    wait_until(lambda: told()["publish_status"] != 1)
    return told()


def test_publishing_is_told_by_an_event_and_on_asking(platform: Platform) -> None:
    told = published(platform)
    info = platform.event("PUBLISHJOBFINISH")["PublishEventInfo"]
    (article,) = told["article_detail"]["item"]
    assert info == {
        "publish_id": told["publish_id"],
        "publish_status": "0",
        "article_id": told["article_id"],
        "article_detail": {"count": "1", "item": {"idx": "1", "article_url": article["article_url"]}},
    }
    assert platform.event("PUBLISHJOBFINISH")["FromUserName"] == "mphelper"


def test_published_article_is_a_page_without_scripts(platform: Platform) -> None:
    ours = platform.upload("/cgi-bin/media/uploadimg")["url"]
    content = f'<p>修好了<img src="{ours}"></p><script>alert(1)</script>'
    told = published(platform, title="<清单>", content=content, content_source_url="https://x/more")
    page = requests.get(told["article_detail"]["item"][0]["article_url"], timeout=5)
    assert page.status_code == 200
    assert "<h1>&lt;清单&gt;</h1>" in page.text
    path = ours.removeprefix(platform.base_url)
    assert f'<article><p>修好了<img src="{path}"></p></article>' in page.text
    assert "<script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; img-src 'self'")
    assert 'href="https://x/more"' in page.text
    assert requests.get(ours, timeout=5).content == b"jpeg"


def test_publishing_tells_no_follower_and_ends_the_draft(platform: Platform) -> None:
    openid = platform.user()
    told = published(platform)
    assert platform.lines(openid) == []
    assert platform.api("/cgi-bin/draft/count") == {"total_count": 0}
    (row,) = platform.get("/articles")
    assert (row["title"], row["via"]) == ("本周办实事清单", "publish")
    assert row["url"] == told["article_detail"]["item"][0]["article_url"]


def test_draft_cannot_be_submitted_twice_nor_after_it_is_gone(platform: Platform) -> None:
    platform.post("/settings", job_delay=60)
    draft = {"media_id": platform.draft()}
    answer = platform.api(SUBMIT, draft)
    assert (answer["errcode"], set(answer)) == (0, {"errcode", "errmsg", "publish_id", "msg_data_id"})
    assert platform.api(STATE, {"publish_id": answer["publish_id"]})["publish_status"] == 1
    assert platform.code(SUBMIT, draft) == 53503
    assert platform.code(SUBMIT, {"media_id": "none"}) == 40007
    assert platform.code(STATE, {"publish_id": "7"}) == 53500


@pytest.mark.parametrize("outcome", [2, 3, 4])
def test_failed_publishing_names_the_article_and_keeps_the_draft(platform: Platform, outcome: int) -> None:
    platform.post("/settings", publish_outcome=outcome)
    told = published(platform)
    assert (told["publish_status"], told["fail_idx"]) == (outcome, [1])
    info = platform.event("PUBLISHJOBFINISH")["PublishEventInfo"]
    expected = {"publish_id": told["publish_id"], "publish_status": str(outcome), "fail_idx": "1"}
    assert info == expected
    assert platform.api("/cgi-bin/draft/count") == {"total_count": 1}
    assert platform.get("/articles") == []


def test_published_articles_are_listed_read_and_deleted(platform: Platform) -> None:
    told = published(platform, title="甲")
    page = {"offset": 0, "count": 20}
    listed = platform.api("/cgi-bin/freepublish/batchget", page)
    assert (listed["total_count"], listed["item"][0]["article_id"]) == (1, told["article_id"])
    article = {"article_id": told["article_id"]}
    (read,) = platform.api("/cgi-bin/freepublish/getarticle", article)["news_item"]
    assert (read["title"], read["is_deleted"]) == ("甲", False)
    assert platform.code("/cgi-bin/freepublish/delete", article | {"index": 2}) == 40114
    assert platform.code("/cgi-bin/freepublish/delete", article) == 0
    gone = requests.get(read["url"], timeout=5)
    assert (gone.status_code, "该内容已被发布者删除" in gone.text) == (404, True)
    assert platform.api(STATE, {"publish_id": told["publish_id"]})["publish_status"] == 5
    assert platform.api("/cgi-bin/freepublish/batchget", page)["total_count"] == 0
    assert platform.code("/cgi-bin/freepublish/delete", {"article_id": "none"}) == 53600


def test_unverified_account_may_not_publish(platform: Platform) -> None:
    media_id = platform.draft()
    platform.post("/settings", verified=False)
    assert platform.code(SUBMIT, {"media_id": media_id}) == 48001


def test_published_article_can_be_sent_as_a_custom_message(platform: Platform) -> None:
    openid, told = platform.user(), published(platform)
    platform.say(openid)
    send = "/cgi-bin/message/custom/send"
    body = {"touser": openid, "msgtype": "mpnewsarticle"}
    assert platform.code(send, body | {"mpnewsarticle": {"article_id": told["article_id"]}}) == 0
    line = platform.lines(openid)[-1]
    assert line["articles"][0]["url"] == told["article_detail"]["item"][0]["article_url"]
    assert platform.code(send, body | {"mpnewsarticle": {"article_id": "none"}}) == 53600


def test_address_of_nothing_is_not_found(platform: Platform) -> None:
    page = requests.get(f"{platform.base_url}/s/nothing", timeout=5)
    assert (page.status_code, "链接已失效" in page.text) == (404, True)
