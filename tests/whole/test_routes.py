"""Every URL stands in a list that is read in review, and every blueprint names who may come in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from config.settings import Settings
from models.database import Database
from web import guards
from web.application import create_web

ROUTES = Path(__file__).with_name("routes.txt")


@pytest.fixture
def app(make_settings: Callable[..., Settings], sqlite: Database) -> Iterator[Flask]:
    """The whole web application."""
    return create_web(make_settings(), sqlite)


def _routes(app: Flask) -> list[str]:
    listed = [
        (rule.rule, ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})))
        for rule in app.url_map.iter_rules()
    ]
    return [f"{methods:9} {path}" for path, methods in sorted(listed)]


def test_the_list_of_urls_is_up_to_date(app: Flask) -> None:
    listed = ROUTES.read_text(encoding="utf-8").splitlines()

    assert _routes(app) == listed, "a URL came or went: look who may use it, then mend tests/whole/routes.txt"


def test_every_blueprint_names_one_guard(app: Flask) -> None:
    named = {
        name: [
            function for function in blueprint.before_request_funcs.get(None, []) if function in guards.GUARDS
        ]
        for name, blueprint in app.blueprints.items()
    }

    assert {name: len(found) for name, found in named.items() if len(found) != 1} == {}


def test_every_page_belongs_to_a_blueprint(app: Flask) -> None:
    loose = [rule.endpoint for rule in app.url_map.iter_rules() if "." not in rule.endpoint]

    assert loose == ["static"]
