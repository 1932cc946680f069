"""What those who run us ask: is it up, can it work."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from config.settings import Settings
from models.database import Database
from web.application import create_web


def test_the_process_is_up_and_ready(app: Flask) -> None:
    client = app.test_client()

    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "正常\n")
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "就绪\n")


def test_an_old_database_is_not_ready_and_says_what_to_do(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    answer = create_web(make_settings(), database).test_client().get("/readyz")
    database.close()

    assert answer.status_code == 503
    assert answer.text.startswith("数据库版本是 空，程序需要 ")
    assert "migrate" in answer.text


def test_a_database_out_of_reach_is_not_ready(make_settings: Callable[..., Settings]) -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=1")
    client = create_web(make_settings(), database).test_client()
    answer = client.get("/readyz")
    database.close()

    assert (answer.status_code, answer.text) == (503, "连不上数据库：OperationalError\n")
    assert client.get("/healthz").status_code == 200
