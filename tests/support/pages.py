"""Visits pages as a browser would, and holds every page to the same rules of good HTML."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.factories import PASSWORD

_FILLED_BY_PEOPLE = "input:not([type=hidden]):not([type=submit]), select, textarea"


class Visitor:
    """Somebody with a browser of their own.

    Args:
        app: the application whose pages are visited.
        check: whether pages are checked; a test of bad pages may switch it off.
    """

    def __init__(self, app: Flask, *, check: bool = True) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = ""
        self._check = check

    def get(self, path: str, *, status: int = 200, fragment: bool = False) -> BeautifulSoup:
        """Open a page, check it, and give it; `fragment` asks as htmx does."""
        answer = self.client.get(path, headers={"HX-Request": "true"} if fragment else {})
        return self._page(answer, status, fragment=fragment)

    def leads_to(self, path: str) -> str:
        """Open an address that leads elsewhere, and give where to."""
        answer = self.client.get(path)
        assert answer.status_code in {302, 303}, f"{path} answers {answer.status_code}"
        return answer.headers["Location"]

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        fragment: bool = False,
        token: str | None = None,
    ) -> TestResponse:
        """Send a form with this browser's token; files go as `(stream, name)`."""
        fields = {"csrf_token": self.token if token is None else token, **(data or {})}
        answer = self.client.post(
            path,
            data={name: value for name, value in fields.items() if value is not None},
            content_type="multipart/form-data",
            headers={"HX-Request": "true"} if fragment else {},
        )
        # The test client keeps large bodies in a temporary file and leaves it open.
        answer.request.environ["wsgi.input"].close()
        return answer

    def send(self, path: str, data: Mapping[str, Any] | None = None) -> str:
        """Send a form that is accepted, and give where it leads."""
        answer = self.post(path, data)
        assert answer.status_code == 303, f"{path} answers {answer.status_code}: {_words(answer)}"
        return answer.headers["Location"]

    def refused(
        self, path: str, data: Mapping[str, Any] | None = None, *, status: int = 422, fragment: bool = False
    ) -> BeautifulSoup:
        """Send a form that is refused, check the page that says so, and give it."""
        return self._page(self.post(path, data, fragment=fragment), status, fragment=fragment)

    def sign_in(self, username: str, password: str = PASSWORD) -> "Visitor":
        """Sign in to the admin pages."""
        self.get("/admin/sign-in")
        self.send("/admin/sign-in", {"username": username, "password": password})
        self.get("/admin/notices")
        return self

    def _page(self, answer: TestResponse, status: int, *, fragment: bool) -> BeautifulSoup:
        assert answer.status_code == status, f"{answer.request.path}: {answer.status_code}, {_words(answer)}"
        page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
        if self._check:
            check_html(page, fragment=fragment)
        token = page.select_one("input[name=csrf_token]")
        if token is not None:
            self.token = str(token["value"])
        return page


def words_of(node: BeautifulSoup | Tag | None) -> str:
    """Give the words of a page or a part of it, with single blanks."""
    assert node is not None
    return " ".join(node.get_text(" ", strip=True).split())


def check_html(page: BeautifulSoup, *, fragment: bool = False) -> None:
    """Hold a page to the rules: headings, ids, forms, labels, and nothing inline."""
    if not fragment:
        _check_headings(page)
    ids = Counter(str(node["id"]) for node in page.select("[id]"))
    assert [name for name, times in ids.items() if times > 1] == [], "ids are used twice"
    for form in page.select("form"):
        _check_form(form)
    _check_nothing_inline(page)
    _check_labels(page)
    assert [str(image) for image in page.select("img:not([alt])")] == [], "a picture has no alt"
    elsewhere = [
        str(node.get("src") or node.get("href"))
        for node in page.select("script[src], link[href], img[src]")
        if urlsplit(str(node.get("src") or node.get("href"))).netloc
    ]
    assert elsewhere == [], "something is loaded from another host"


def _check_headings(page: BeautifulSoup) -> None:
    headings = page.select("h1")
    assert len(headings) == 1, f"{len(headings)} h1"
    assert words_of(headings[0]) in words_of(page.title), "the title does not name the page"
    assert page.html is not None
    assert page.html["lang"] == "zh-CN"


def _check_form(form: Tag) -> None:
    method = str(form.get("method", "")).lower()
    assert method in {"get", "post", "dialog"}, f"a form without method: {form}"
    assert form.get("action"), f"a form without action: {form}"
    if method == "post":
        assert form.select_one("input[name=csrf_token]"), f"a form without token: {form}"


def _check_nothing_inline(page: BeautifulSoup) -> None:
    assert page.select("script:not([src])") == [], "an inline script"
    assert page.select("style, [style]") == [], "an inline style"
    handlers = [name for node in page.find_all(True) for name in node.attrs if name.startswith("on")]
    assert handlers == [], "an inline handler"


def _check_labels(page: BeautifulSoup) -> None:
    labelled = {str(label["for"]) for label in page.select("label[for]")}
    nameless = [
        str(field)
        for field in page.select(_FILLED_BY_PEOPLE)
        if field.get("id") not in labelled and not field.find_parent("label") and not field.get("aria-label")
    ]
    assert nameless == [], "a field without a label"
    buttons = [str(button) for button in page.select("button") if not _named(button)]
    assert buttons == [], "a button without words"


def _named(button: Tag) -> bool:
    return bool(words_of(button) or button.get("aria-label"))


def _words(answer: TestResponse) -> str:
    return words_of(BeautifulSoup(answer.get_data(as_text=True), "html.parser"))[:300]
