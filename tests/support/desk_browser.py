"""Real browsers at the admin pages, and what an accessibility check says of a page."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.support.factories import PASSWORD

_AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port, and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Desks:
    """Opens browsers at one address; what they complain of is kept in `said`."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._opened = ExitStack()
        self.said: list[str] = []

    def open(self, *, width: int = 1366, height: int = 768, dark: bool = False) -> Page:
        """Give a browser of its own, with nobody signed in."""
        context = self._browser.new_context(
            base_url=self._address,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="zh-CN",
        )
        self._opened.callback(context.close)
        page = context.new_page()
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", lambda line: self._listen(line.type, line.text))
        return page

    def enter(self, username: str, *, width: int = 1366, height: int = 768, dark: bool = False) -> Page:
        """Give a browser in which somebody is signed in, at their home page."""
        page = self.open(width=width, height=height, dark=dark)
        sign_in(page, username)
        return page

    def close(self) -> None:
        """Close all browsers that were opened."""
        self._opened.close()

    def _listen(self, kind: str, text: str) -> None:
        # A refused form is a failed resource to the browser, and rightly so.
        if kind == "error" and "Failed to load resource" not in text:
            self.said.append(text)


def sign_in(page: Page, username: str) -> None:
    """Sign in by name and password."""
    page.goto("/admin/sign-in")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".rail")).to_be_visible()


def axe_problems(page: Page, *only: str, impacts: Collection[str] = ()) -> list[str]:
    """Name what axe-core finds wrong with a page: the rule, where, and why.

    Args:
        only: these rules; all of them when there are none.
        impacts: such as ``serious``: nothing else is named; everything when there are none.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text("utf-8"))
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(only)} if only else {})
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['html'][:90]} {node['failureSummary'][-160:]}"
        for violation in found["violations"]
        if not impacts or violation["impact"] in impacts
        for node in violation["nodes"][:3]
    ]


def overflow(page: Page) -> int:
    """Tell by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
