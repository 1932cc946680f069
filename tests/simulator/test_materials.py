"""Permanent material."""

import json
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Platform

ADD = "/cgi-bin/material/add_material"
PAGE = {"offset": 0, "count": 20}


def get(platform: Platform, media_id: str) -> requests.Response:
    query = {"access_token": platform.live_token()}
    url = f"{platform.base_url}/cgi-bin/material/get_material"
    return requests.post(url, params=query, json={"media_id": media_id}, timeout=5)


def test_picture_stays_for_ever_and_has_an_address(platform: Platform) -> None:
    added = platform.upload(ADD, content=b"\xff\xd8jpeg", type="image")
    platform.advance(400 * 86_400)
    answer = get(platform, added["media_id"])
    assert (answer.content, answer.headers["Content-Type"]) == (b"\xff\xd8jpeg", "image/jpeg")
    assert requests.get(added["url"], timeout=5).content == b"\xff\xd8jpeg"
    assert platform.code("/cgi-bin/media/get", media_id=added["media_id"]) == 40007


def test_temporary_file_is_no_material(platform: Platform) -> None:
    media_id = platform.upload("/cgi-bin/media/upload", type="image")["media_id"]
    assert get(platform, media_id).json()["errcode"] == 40007


def test_video_carries_its_words(platform: Platform) -> None:
    query = {"access_token": platform.live_token(), "type": "video"}
    files = {"media": ("a.mp4", b"video")}
    described = {"description": json.dumps({"title": "通报", "introduction": "十一月"})}
    url = platform.base_url + ADD
    added = requests.post(url, params=query, files=files, data=described, timeout=5).json()
    shown = get(platform, added["media_id"]).json()
    assert (shown["title"], shown["description"]) == ("通报", "十一月")
    assert requests.get(shown["down_url"], timeout=5).content == b"video"
    assert requests.post(url, params=query, files=files, timeout=5).json()["errcode"] == 47001


@pytest.mark.parametrize(
    ("file", "kind", "code"),
    [
        ({"name": "a.jpg"}, "film", 40004),
        ({"name": "a.exe"}, "image", 40005),
        ({"name": "a.jpg", "content": b""}, "image", 44002),
        ({"name": "a.jpg", "content": b"x" * (65_537)}, "thumb", 40006),
    ],
)
def test_file_must_fit(platform: Platform, file: dict[str, Any], kind: str, code: int) -> None:
    assert platform.upload(ADD, type=kind, **file)["errcode"] == code


def test_material_is_counted_listed_and_thrown_away(platform: Platform) -> None:
    older = platform.upload(ADD, name="甲.jpg", type="image")["media_id"]
    newer = platform.upload(ADD, name="乙.jpg", type="thumb")["media_id"]
    platform.upload("/cgi-bin/media/uploadimg")
    counts = {"voice_count": 0, "video_count": 0, "image_count": 2, "news_count": 0}
    assert platform.api("/cgi-bin/material/get_materialcount") == counts
    listing = "/cgi-bin/material/batchget_material"
    listed = platform.api(listing, PAGE | {"type": "image"})
    assert (listed["total_count"], listed["item_count"]) == (2, 2)
    rows = [(row["media_id"], row["name"]) for row in listed["item"]]
    assert rows == [(newer, "乙.jpg"), (older, "甲.jpg")]
    assert platform.code(listing, PAGE | {"type": "film"}) == 40004
    assert platform.code(listing, {"type": "image", "offset": 0, "count": 0}) == 40097
    assert platform.code("/cgi-bin/material/del_material", {"media_id": older}) == 0
    assert platform.code("/cgi-bin/material/del_material", {"media_id": older}) == 40007
    assert platform.api("/cgi-bin/material/get_materialcount")["image_count"] == 1
