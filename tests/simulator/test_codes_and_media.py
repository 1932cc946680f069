"""Parametric QR codes and files."""

import io
from typing import Any

import pytest
import requests
import zxingcpp
from PIL import Image

from tests.simulator.conftest import Platform

CREATE = "/cgi-bin/qrcode/create"


def asked(action: str, scene: Any, **more: Any) -> dict[str, Any]:
    name = "scene_str" if "STR" in action else "scene_id"
    return {"action_name": action, "action_info": {"scene": {name: scene}}} | more


def show(platform: Platform, ticket: str) -> requests.Response:
    return requests.get(f"{platform.base_url}/cgi-bin/showqrcode", params={"ticket": ticket}, timeout=5)


def test_picture_of_a_code_holds_its_address(platform: Platform) -> None:
    code = platform.api(CREATE, asked("QR_STR_SCENE", "bind:7f3a", expire_seconds=600))
    assert set(code) == {"ticket", "expire_seconds", "url"}
    assert code["expire_seconds"] == 600
    picture = show(platform, code["ticket"])
    assert picture.headers["Content-Type"] == "image/png"
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.content)))
    assert read.text == code["url"]
    assert code["url"].startswith("http://weixin.qq.com/q/")


def test_unknown_and_expired_tickets_are_not_found(platform: Platform) -> None:
    assert show(platform, "gQnone").status_code == 404
    code = platform.api(CREATE, asked("QR_SCENE", 7, expire_seconds=60))
    platform.advance(61)
    assert show(platform, code["ticket"]).status_code == 404


def test_permanent_code_stays_and_is_the_same_again(platform: Platform) -> None:
    code = platform.api(CREATE, asked("QR_LIMIT_STR_SCENE", "place:1"))
    assert set(code) == {"ticket", "url"}
    platform.advance(10**8)
    assert show(platform, code["ticket"]).status_code == 200
    assert platform.api(CREATE, asked("QR_LIMIT_STR_SCENE", "place:1")) == code


def test_longest_time_is_thirty_days_and_the_default_a_minute(platform: Platform) -> None:
    long = platform.api(CREATE, asked("QR_STR_SCENE", "a", expire_seconds=10**7))
    short = platform.api(CREATE, asked("QR_STR_SCENE", "b"))
    assert (long["expire_seconds"], short["expire_seconds"]) == (2_592_000, 60)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (asked("QR_DANCE", "x"), 40052),
        ({"action_info": {}}, 40052),
        ({"action_name": "QR_SCENE"}, 40053),
        (asked("QR_SCENE", 0), 40053),
        (asked("QR_SCENE", 2**32), 40053),
        (asked("QR_SCENE", "7"), 40053),
        (asked("QR_LIMIT_SCENE", 100_001), 40053),
        (asked("QR_STR_SCENE", ""), 40053),
        (asked("QR_LIMIT_STR_SCENE", "x" * 65), 40053),
        (asked("QR_STR_SCENE", "x", expire_seconds=-1), 40053),
    ],
)
def test_wrong_scene_is_refused(platform: Platform, body: dict[str, Any], code: int) -> None:
    assert platform.code(CREATE, body) == code


def test_permanent_string_codes_can_be_scanned_in_the_phone_page(platform: Platform) -> None:
    platform.api(CREATE, asked("QR_LIMIT_STR_SCENE", "place:1"))
    platform.api(CREATE, asked("QR_LIMIT_SCENE", 7))
    (code,) = platform.get("/codes")
    assert (code["scene"], code["title"], code["place"]) == ("place:1", "place:1", "")
    (titled,) = platform.post("/codes", scene="place:1", title="一食堂三号窗口", place="一食堂")
    assert (titled["title"], titled["place"], titled["ticket"]) == (
        "一食堂三号窗口",
        "一食堂",
        code["ticket"],
    )


def test_temporary_codes_on_screens_can_be_scanned_while_they_live_the_newest_first(
    platform: Platform,
) -> None:
    platform.api(CREATE, asked("QR_LIMIT_STR_SCENE", "place:1"))
    for secret in "abcd":
        platform.api(CREATE, asked("QR_STR_SCENE", f"login:{secret}", expire_seconds=600))
    platform.advance(540)
    shown = platform.get("/codes")

    assert [code["scene"] for code in shown] == ["login:d", "login:c", "login:b", "place:1"]
    assert (shown[0]["title"], shown[0]["place"]) == ("屏幕上的二维码", "1 分钟内有效")
    platform.advance(61)
    assert [code["scene"] for code in platform.get("/codes")] == ["place:1"]


def test_posted_code_needs_scene_and_title(platform: Platform) -> None:
    words = "a posted code needs a scene of 1 to 64 characters and a title"
    assert platform.post("/codes", scene="", title="x") == {"error": words}


def upload(platform: Platform, path: str, name: str, content: bytes, **query: str) -> Any:
    query["access_token"] = platform.token()
    files = {"media": (name, content)}
    return requests.post(platform.base_url + path, params=query, files=files, timeout=5).json()


def fetch(platform: Platform, media_id: str) -> requests.Response:
    query = {"access_token": platform.live_token(), "media_id": media_id}
    return requests.get(f"{platform.base_url}/cgi-bin/media/get", params=query, timeout=5)


def test_uploaded_picture_comes_back_for_three_days(platform: Platform) -> None:
    answer = upload(platform, "/cgi-bin/media/upload", "a.png", b"\x89PNG", type="image")
    assert set(answer) == {"type", "media_id", "created_at"}
    assert answer["type"] == "image"
    platform.advance(3 * 86_400 - 5)
    response = fetch(platform, answer["media_id"])
    assert (response.content, response.headers["Content-Type"]) == (b"\x89PNG", "image/png")
    assert response.headers["Content-disposition"] == 'attachment; filename="a.png"'
    platform.advance(5)
    response = fetch(platform, answer["media_id"])
    assert (response.status_code, response.json()["errcode"]) == (200, 40007)


def test_video_is_given_as_an_address(platform: Platform) -> None:
    answer = upload(platform, "/cgi-bin/media/upload", "a.mp4", b"mp4", type="video")
    address = fetch(platform, answer["media_id"]).json()["video_url"]
    assert requests.get(address, timeout=5).content == b"mp4"


def test_thumbnail_has_an_id_of_another_name(platform: Platform) -> None:
    answer = upload(platform, "/cgi-bin/media/upload", "a.jpg", b"jpg", type="thumb")
    assert set(answer) == {"type", "thumb_media_id", "created_at"}


@pytest.mark.parametrize(
    ("kind", "name", "content", "code"),
    [
        ("poem", "a.png", b"x", 40004),
        ("image", "a.exe", b"x", 40005),
        ("voice", "a.wav", b"x", 40005),
        ("image", "a.png", b"", 44002),
        ("image", "a.png", b"x" * ((10 << 20) + 1), 40009),
        ("voice", "a.mp3", b"x" * ((2 << 20) + 1), 40006),
        ("thumb", "a.jpg", b"x" * ((64 << 10) + 1), 40006),
    ],
    ids=["kind", "exe", "wav", "empty", "big-image", "big-voice", "big-thumb"],
)
def test_wrong_upload_is_refused(platform: Platform, kind: str, name: str, content: bytes, code: int) -> None:
    assert upload(platform, "/cgi-bin/media/upload", name, content, type=kind)["errcode"] == code


def test_upload_without_a_file_is_refused(platform: Platform) -> None:
    url, query = (
        f"{platform.base_url}/cgi-bin/media/upload",
        {"type": "image", "access_token": platform.token()},
    )
    assert requests.post(url, params=query, timeout=5).json()["errcode"] == 41005


def test_picture_of_an_article_stays_for_ever(platform: Platform) -> None:
    address = upload(platform, "/cgi-bin/media/uploadimg", "a.png", b"png")["url"]
    platform.advance(10**8)
    assert requests.get(address, timeout=5).content == b"png"
    big = upload(platform, "/cgi-bin/media/uploadimg", "a.png", b"x" * ((1 << 20) + 1))
    assert big["errcode"] == 40009


def test_unknown_media(platform: Platform) -> None:
    assert fetch(platform, "none").json()["errcode"] == 40007
    assert fetch(platform, "").json()["errcode"] == 41006
    assert requests.get(f"{platform.base_url}/_sim/media/none", timeout=5).status_code == 404
