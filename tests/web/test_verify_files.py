"""The files by which WeChat makes sure of our domain, and no other file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from models.database import Database
from web.application import create_web

NAME = "MP_verify_AbCdEf0123456789.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "verify"
    folder.mkdir()
    for name in (NAME, "WW_verify_x1.txt", "secret.txt", "MP_verify_a-b.txt", "MP_verify_.txt"):
        (folder / name).write_text("AbCdEf0123456789")
    (folder / "MP_verify_large.txt").write_text("x" * 1025)
    (folder / "MP_verify_folder.txt").mkdir()
    (tmp_path / "MP_verify_outside.txt").write_text("outside")
    return folder


@pytest.fixture
def browser(make_settings: Callable[..., Settings], sqlite: Database, folder: Path) -> FlaskClient:
    return create_web(make_settings(verify_dir=str(folder)), sqlite).test_client()


@pytest.mark.parametrize("name", [NAME, "WW_verify_x1.txt"])
def test_file_is_served_at_the_root_as_it_is(browser: FlaskClient, name: str) -> None:
    answer = browser.get(f"/{name}")

    assert (answer.status_code, answer.data) == (200, b"AbCdEf0123456789")
    assert answer.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "secret.txt",
        "MP_verify_a-b.txt",
        "MP_verify_.txt",
        "MP_verify_missing.txt",
        "MP_verify_large.txt",
        "MP_verify_folder.txt",
        "..%2FMP_verify_outside.txt",
        "%2e%2e/MP_verify_outside.txt",
        "MP_verify_é.txt",
        f"x/{NAME}",
        f"{NAME}%0a.txt",
        NAME.lower(),
    ],
)
def test_any_other_name_is_not_found(browser: FlaskClient, path: str) -> None:
    assert browser.get(f"/{path}").status_code == 404


def test_without_the_folder_nothing_is_found(
    make_settings: Callable[..., Settings], sqlite: Database, tmp_path: Path
) -> None:
    browser = create_web(make_settings(verify_dir=str(tmp_path / "nowhere")), sqlite).test_client()

    assert browser.get(f"/{NAME}").status_code == 404
