"""The look with a real browser sees what comes alive, and nothing where texts stay texts."""

import pytest
from flask import Flask, render_template_string, request
from playwright.sync_api import Browser

from tests.support.attacks.in_browser import Watched
from tests.support.attacks.marks import Form
from tests.support.desk_browser import served

pytestmark = pytest.mark.browser

_PAGES = {
    "text": "<p title='{{ text }}'>{{ text }}</p>",
    "markup": "<p>{{ text|safe }}</p>",
    "link": "<a href='{{ link }}'>详情</a>",
    "by_script": "<p id=here></p><textarea id=there>{{ text }}</textarea><script src=/put.js></script>",
}


def _careless() -> Flask:
    app = Flask(__name__)

    @app.get("/put.js")
    def put() -> tuple[str, dict[str, str]]:
        return "here.innerHTML = there.value", {"Content-Type": "text/javascript"}

    @app.get("/<page>")
    def show(page: str) -> tuple[str, dict[str, str]]:
        words = render_template_string(_PAGES[page], text=Form.MARKUP.of(1), link=Form.LINK.of(1))
        return words, {"Content-Security-Policy": "script-src 'self'"} if "strict" in request.args else {}

    return app


def test_text_that_comes_alive_is_seen_in_each_of_its_ways(browser: Browser) -> None:
    ran, leads = "a script ran that somebody wrote", "leads into a script: javascript:mk()//zq1z"
    with served(_careless()) as site:
        watched = Watched(browser.new_page())

        assert watched.open(f"{site}/text?strict") == []
        assert ran in watched.open(f"{site}/markup")
        assert ran in watched.open(f"{site}/by_script")
        assert watched.open(f"{site}/link?strict") == [leads]
        refused = watched.open(f"{site}/by_script?strict")
        assert refused
        assert all(each.startswith("refused by the policy") for each in refused)
