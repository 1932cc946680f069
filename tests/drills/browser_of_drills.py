"""A browser in the hands of somebody who sends the same form again and again until it is answered."""

import time
from collections.abc import Callable
from typing import Any

import requests
from bs4 import BeautifulSoup, Tag

from tests.drills.ledger import Ledger

# Shorter than any fault lasts: what was given up on is done later all the same, beside what is sent again.
CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
PAUSE_SECONDS = 0.7
# Whoever hears nothing for so long does something else.
PATIENCE_SECONDS = 90.0


class GaveUp(Exception):
    """Nobody answered for as long as anybody waits."""


class Browser:
    """Somebody's browser with its cookies.

    Args:
        base: address of the site, without a slash at the end.
        ledger: where it is noted what was sent, and what came back.
    """

    def __init__(self, base: str, ledger: Ledger, **headers: str) -> None:
        self._base, self._ledger = base, ledger
        self._session = requests.Session()
        self._session.headers.update(headers)

    def ask(self, method: str, path: str, **content: Any) -> tuple[str, requests.Response | None]:
        """Ask once.

        Returns:
            What came ("answered", "nobody", "silence", "broken off", "status 503"), and the answer.
        """
        try:
            answer = self._session.request(
                method,
                self._base + path,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                **content,
            )
        except requests.ConnectionError as error:
            return ("nobody" if "refused" in str(error) else "broken off"), None
        except requests.RequestException:
            return "silence", None
        if answer.status_code >= 500 or answer.status_code == 429:
            return f"status {answer.status_code}", None
        return "answered", answer

    def until_answered(
        self, name: str, send: Callable[[], tuple[str, requests.Response | None]], **about: object
    ) -> requests.Response:
        """Do something again and again until it is answered, and note it.

        Args:
            name: of its entry in the ledger.
            send: one try.
            about: what else the entry says.

        Raises:
            GaveUp: it took too long.
        """
        self._ledger.note(name, **about, began=time.time(), tries=[], status=None)
        tries: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            came, answer = send()
            tries.append({"came": came, "at": time.time()})
            if answer is not None:
                self._ledger.note(name, tries=tries, status=answer.status_code)
                return answer
            time.sleep(PAUSE_SECONDS)
        self._ledger.note(name, tries=tries, status=None)
        raise GaveUp(name)

    def get(self, path: str) -> requests.Response:
        """Open a page, and again until it comes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            _, answer = self.ask("GET", path)
            if answer is not None:
                return answer
            time.sleep(PAUSE_SECONDS)
        raise GaveUp(path)

    def page(self, path: str) -> BeautifulSoup:
        """Open a page and read it."""
        return BeautifulSoup(self.get(path).text, "html.parser")


def fields_of(form: Tag | None) -> dict[str, str]:
    """Give what a browser would send of a form unchanged; nothing for a form that is not there."""
    fields: dict[str, str] = {}
    for field in form.select("input[name], select[name], textarea[name]") if form is not None else ():
        name = str(field["name"])
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            fields[name] = str(chosen.get("value", "")) if chosen else ""
        elif field.name == "textarea":
            fields[name] = field.get_text()
        elif field.get("type") in {"radio", "checkbox"}:
            if field.has_attr("checked"):
                fields[name] = str(field.get("value", "on"))
        elif field.get("type") not in {"file", "submit"}:
            fields[name] = str(field.get("value", ""))
    return fields
