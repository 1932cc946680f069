"""While the store of files is away, what needs no file goes on, and what needs one says so at once."""

import time
from collections.abc import Callable
from datetime import datetime

from config.settings import Settings
from models.database import Database
from tests.support.bucket import bucket_settings
from web.application import create_web
from web.parts import parts
from web.system_checks import all_checks
from wechat.checkup import check


def test_page_that_needs_a_file_asks_to_try_again_and_all_others_serve(
    sqlite: Database, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(**bucket_settings("http://127.0.0.1:9"))
    app = create_web(settings, sqlite)
    key = "ab/cd/" + "0" * 28 + ".jpg"
    app.add_url_rule("/a-file", "a_file", lambda: parts().file_store.read(key))
    visitor, began = app.test_client(), time.monotonic()
    for _ in range(20):
        answer = visitor.get("/a-file")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "现在暂时不能处理，请过一会儿再试" in answer.text
    assert [visitor.get(path).status_code for path in ("/readyz", "/h5/board")] == [200, 200]
    assert time.monotonic() - began < 20 * 2  # not one time-out for each
    said = next(found for found in check(settings) if found.name == "文件存储")
    assert (said.fine, said.words) == (False, "连不上文件存储（EndpointConnectionError）")


def test_pages_of_the_office_name_the_bucket_and_watch_no_folder_of_photos(
    sqlite: Database, make_settings: Callable[..., Settings], now: datetime
) -> None:
    settings = make_settings(**bucket_settings("http://s3.example"))
    with sqlite.reading() as session:
        checks = {one.name: one.words for one in all_checks(session, sqlite, settings, now=now)}
    assert checks["文件存储"] == "照片和附件在 http://s3.example 的 photos 里。"
    assert not any("照片" in name for name in checks)
