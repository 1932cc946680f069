"""The draft box: what an article may be, and how drafts are kept, changed and listed."""

from typing import Any

import pytest
import requests

from simulator.article_html import clean_html, words_of
from tests.simulator.conftest import Platform

ADD = "/cgi-bin/draft/add"


def add(platform: Platform, **fields: Any) -> int:
    return platform.code(ADD, {"articles": [platform.article(**fields)]})


def item(platform: Platform, media_id: str) -> dict[str, Any]:
    found: dict[str, Any] = platform.api("/cgi-bin/draft/get", {"media_id": media_id})["news_item"][0]
    return found


def test_draft_is_read_back_as_it_was_written(platform: Platform) -> None:
    cover = platform.cover()
    media_id = platform.draft(thumb_media_id=cover, digest="摘要", content_source_url="https://x/原文")
    found = item(platform, media_id)
    assert (found["title"], found["author"], found["digest"]) == ("本周办实事清单", "后勤处", "摘要")
    assert found["content"] == "<p>三号楼的水管修好了。</p>"
    assert (found["thumb_media_id"], found["content_source_url"]) == (cover, "https://x/原文")
    assert found["thumb_url"] == f"{platform.base_url}/_sim/media/{cover}"
    assert found["url"].startswith(f"{platform.base_url}/s/")


def test_missing_digest_is_the_beginning_of_the_text(platform: Platform) -> None:
    media_id = platform.draft(content="<p>一</p><script>x()</script><p>" + "字" * 60 + "</p>")
    assert item(platform, media_id)["digest"] == "一" + "字" * 53


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": ""}, 44003),
        ({"title": "字" * 32}, 0),
        ({"title": "字" * 33}, 45003),
        ({"author": "字" * 16}, 0),
        ({"author": "字" * 17}, 45110),
        ({"digest": "字" * 128}, 0),
        ({"digest": "字" * 129}, 45004),
        ({"content": " "}, 44004),
        ({"content": "字" * 20_000}, 0),
        ({"content": "字" * 20_001}, 45002),
        ({"content_source_url": "https://x/" + "a" * 1014}, 0),
        ({"content_source_url": "https://x/" + "a" * 1015}, 45005),
        ({"thumb_media_id": "none"}, 40007),
        ({"thumb_media_id": None}, 40007),
        ({"article_type": "film"}, 40008),
        ({"title": 7}, 47001),
        ({"product_info": {"footer_product_info": {}}}, 53406),
    ],
)
def test_article_has_limits(platform: Platform, fields: dict[str, Any], code: int) -> None:
    assert add(platform, **fields) == code


def test_cover_must_be_permanent(platform: Platform) -> None:
    temporary = platform.upload("/cgi-bin/media/upload", type="image")["media_id"]
    picture = platform.upload("/cgi-bin/media/uploadimg")["url"].rsplit("/", 1)[1]
    assert add(platform, thumb_media_id=temporary) == 40007
    assert add(platform, thumb_media_id=picture) == 40007


def test_only_uploaded_pictures_stay_in_the_text(platform: Platform) -> None:
    ours = platform.upload("/cgi-bin/media/uploadimg")["url"]
    temporary = platform.upload("/cgi-bin/media/upload", type="image")["media_id"]
    content = (
        f'<p>前<img src="{ours}"><img src="https://elsewhere/a.jpg">'
        f'<img src="{platform.base_url}/_sim/media/{temporary}">后</p>'
    )
    assert item(platform, platform.draft(content=content))["content"] == f'<p>前<img src="{ours}">后</p>'


def test_scripts_are_taken_out() -> None:
    dirty = (
        '<p onclick="x()" style="color:red">a<script>alert("<p>")</script></p><a href=" javascript:x()">b</a>'
        '<iframe src="https://x/"><p>c</p></iframe><br/>&lt;b&gt;<a href="https://x/?a=1&amp;b=2">d</a>'
    )
    clean = clean_html(dirty, picture_path=lambda _: None)
    assert clean == ('<p style="color:red">a</p><a>b</a><br>&lt;b&gt;<a href="https://x/?a=1&amp;b=2">d</a>')
    assert words_of(dirty) == "ab<b>d"


def test_goes_up_to_eight_articles_and_digests_are_for_one_alone(platform: Platform) -> None:
    cover = platform.cover()
    articles = [platform.article(thumb_media_id=cover, digest="摘要") for _ in range(9)]
    assert platform.code(ADD, {"articles": articles}) == 45008
    assert platform.code(ADD, {"articles": []}) == 44003
    media_id = platform.api(ADD, {"articles": articles[:8]})["media_id"]
    items = platform.api("/cgi-bin/draft/get", {"media_id": media_id})["news_item"]
    assert [row["digest"] for row in items] == ["三号楼的水管修好了。"] * 8


def test_update_changes_one_article_in_its_place(platform: Platform) -> None:
    cover = platform.cover()
    articles = [platform.article(thumb_media_id=cover, title=title) for title in ("甲", "乙")]
    media_id = platform.api(ADD, {"articles": articles})["media_id"]
    change = {"media_id": media_id, "index": 1, "articles": articles[1] | {"title": "丙"}}
    before = platform.api("/cgi-bin/draft/get", {"media_id": media_id})["news_item"]
    assert platform.code("/cgi-bin/draft/update", change) == 0
    after = platform.api("/cgi-bin/draft/get", {"media_id": media_id})["news_item"]
    assert [row["title"] for row in after] == ["甲", "丙"]
    assert [row["url"] for row in after] == [row["url"] for row in before]
    assert platform.code("/cgi-bin/draft/update", change | {"index": 2}) == 40114
    assert platform.code("/cgi-bin/draft/update", change | {"media_id": "none"}) == 40007


def test_drafts_are_counted_listed_and_thrown_away(platform: Platform) -> None:
    platform.post("/clock", freeze=1_790_000_000)
    older = platform.draft(title="旧")
    platform.advance(60)
    newer = platform.draft(title="新")
    listed = platform.api("/cgi-bin/draft/batchget", {"offset": 0, "count": 20})
    assert (listed["total_count"], listed["item_count"]) == (2, 2)
    assert [row["media_id"] for row in listed["item"]] == [newer, older]
    assert [row["update_time"] for row in listed["item"]] == [1_790_000_060, 1_790_000_000]
    (second,) = platform.api("/cgi-bin/draft/batchget", {"offset": 1, "count": 1, "no_content": 1})["item"]
    assert second["content"]["news_item"][0]["title"] == "旧"
    assert "content" not in second["content"]["news_item"][0]
    assert platform.code("/cgi-bin/draft/batchget", {"offset": 0, "count": 21}) == 40097
    url = item(platform, older)["url"]
    assert platform.code("/cgi-bin/draft/delete", {"media_id": older}) == 0
    assert platform.api("/cgi-bin/draft/count") == {"total_count": 1}
    assert platform.code("/cgi-bin/draft/get", {"media_id": older}) == 40007
    assert requests.get(url, timeout=5).status_code == 404


def test_pictures_alone_make_an_article_too(platform: Platform) -> None:
    picture = platform.cover()
    fields = {"article_type": "newspic", "title": "前后对比", "content": "<b>修好了</b>"}
    info = {"image_list": [{"image_media_id": picture}] * 2}
    media_id = platform.api(ADD, {"articles": [fields | {"image_info": info}]})["media_id"]
    found = item(platform, media_id)
    assert (found["article_type"], found["image_info"]) == ("newspic", info)
    page = requests.get(found["url"], timeout=5).text
    assert page.count(f'<img src="/_sim/media/{picture}"') == 2
    assert "&lt;b&gt;修好了&lt;/b&gt;" in page
    assert platform.code(ADD, {"articles": [fields | {"image_info": {"image_list": []}}]}) == 40007
    assert platform.code(ADD, {"articles": [fields]}) == 40007
