"""Visits pages as a browser would, and holds every page to the same rules of good HTML."""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha1
from os import urandom
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from tests.support.factories import PASSWORD

# What a page loads, by the attribute that says from where.
_LOADS = {"script": "src", "link": "href", "img": "src"}


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
        """Sign in to the admin pages, without looking at them on the way."""
        self.take_token()
        self.send("/admin/sign-in", {"username": username, "password": password})
        self.take_token()
        return self

    def take_token(self) -> None:
        """Have this browser's token as if a page with a form had been opened, which costs more."""
        with self.client.session_transaction() as session:
            kept = session.setdefault("csrf_token", sha1(urandom(64), usedforsecurity=False).hexdigest())
        key = self.client.application.config["SECRET_KEY"]
        self.token = str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(kept))

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
    # One walk over all nodes: a dozen selectors would each walk over them again, for every page opened.
    nodes = [node for node in page.descendants if isinstance(node, Tag)]
    ids = Counter(str(node["id"]) for node in nodes if "id" in node.attrs)
    assert [name for name, times in ids.items() if times > 1] == [], "ids are used twice"
    for form in (node for node in nodes if node.name == "form"):
        _check_form(form)
    _check_nothing_inline(nodes)
    _check_labels(nodes)
    assert [str(node) for node in nodes if node.name == "img" and "alt" not in node.attrs] == [], (
        "a picture has no alt"
    )
    loaded = [node.get(_LOADS[node.name]) for node in nodes if node.name in _LOADS]
    assert [str(each) for each in loaded if each and urlsplit(str(each)).netloc] == [], (
        "something is loaded from another host"
    )


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


def _check_nothing_inline(nodes: Sequence[Tag]) -> None:
    assert [node for node in nodes if node.name == "script" and "src" not in node.attrs] == [], (
        "an inline script"
    )
    assert [node for node in nodes if node.name == "style" or "style" in node.attrs] == [], "an inline style"
    handlers = [name for node in nodes for name in node.attrs if name.startswith("on")]
    assert handlers == [], "an inline handler"


def _check_labels(nodes: Sequence[Tag]) -> None:
    labelled = {str(node["for"]) for node in nodes if node.name == "label" and "for" in node.attrs}
    nameless = [
        str(field)
        for field in nodes
        if _is_filled_by_people(field)
        and field.get("id") not in labelled
        and not field.find_parent("label")
        and not field.get("aria-label")
    ]
    assert nameless == [], "a field without a label"
    buttons = [str(node) for node in nodes if node.name == "button" and not _named(node)]
    assert buttons == [], "a button without words"


def _is_filled_by_people(node: Tag) -> bool:
    if node.name == "input":
        return str(node.get("type", "")).lower() not in {"hidden", "submit"}
    return node.name in {"select", "textarea"}


def _named(button: Tag) -> bool:
    return bool(words_of(button) or button.get("aria-label"))


def _words(answer: TestResponse) -> str:
    return words_of(BeautifulSoup(answer.get_data(as_text=True), "html.parser"))[:300]
