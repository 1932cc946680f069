"""What PostgreSQL cannot hold in a text is the sender's mistake, and no fault of ours."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from structlog.testing import capture_logs

from config.settings import Settings
from models.database import Database
from web.application import create_web
from web.database_session import current_session


@pytest.fixture
def visitor(postgres: Database, make_settings: Callable[..., Settings]) -> FlaskClient:
    app = create_web(make_settings(), postgres)

    def look() -> str:
        return str(current_session().scalar(text("SELECT :words"), {"words": "a\0b"}))

    app.add_url_rule("/look", view_func=look)
    return app.test_client()


@pytest.mark.parametrize("path", ["/h5/board/a%00b", "/h5/pushes/a%00b", "/h5/p/a%00b", "/h5/surveys/a%00b"])
def test_address_that_names_nothing_is_not_found(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_whatever_gets_as_far_as_the_database_is_told(visitor: FlaskClient) -> None:
    with capture_logs() as log:
        answer = visitor.get("/look")
    assert (answer.status_code, "这个请求无法处理" in answer.text) == (400, True)
    assert [line["event"] for line in log if line["log_level"] == "error"] == []
