"""Static files over the wire: texts compressed for who takes it, and everything asked for once."""

import gzip
from pathlib import Path

import pytest
from flask import Flask

from tests.support.pages import Visitor

SHEET = "/static/h5/h5.css"


@pytest.fixture
def sheet(app: Flask) -> bytes:
    return (Path(app.static_folder or "") / "h5" / "h5.css").read_bytes()


def test_texts_are_sent_compressed_to_who_takes_that(app: Flask, sheet: bytes) -> None:
    client = Visitor(app).client
    packed = client.get(SHEET, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert ("Accept-Encoding" in packed.vary, packed.mimetype) == (True, "text/css")
    assert gzip.decompress(packed.data) == sheet
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(sheet) / 3

    for headers in ({}, {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip;q=0"}):
        with client.get(SHEET, headers=headers) as plain:
            assert (plain.headers.get("Content-Encoding"), plain.data) == (None, sheet)
    with client.get(SHEET, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"}) as part:
        assert (part.status_code, part.data) == (206, sheet[:10])


def test_what_a_browser_has_is_not_sent_again_and_pictures_stay_as_they_are(app: Flask) -> None:
    client = Visitor(app).client
    wanted = {"Accept-Encoding": "gzip"}
    mark = client.get(SHEET, headers=wanted).headers["ETag"]
    again = client.get(SHEET, headers=wanted | {"If-None-Match": mark})
    assert (again.status_code, again.data) == (304, b"")
    with client.get("/static/not-there.css", headers=wanted) as missing:
        assert missing.status_code == 404
    font = "/static/vendor/fonts/NotoSansSC-Regular.ttf"
    with client.get(font, headers=wanted) as answer:
        assert "Content-Encoding" not in answer.headers
