"""Every page with hostile texts in every row, opened in a real browser: whether any of them comes alive.

What a page's own scripts make of a text is seen nowhere else. A text that became markup shows itself in one
of three ways: its script ran, the policy of the page refused to let it run, or a link leads into a script.
"""

import re
from collections.abc import Iterator

from playwright.sync_api import Browser, ConsoleMessage, Page
from playwright.sync_api import Error as BrowserError

from tests.support.attacks.marks import Form, mark
from tests.support.attacks.office import Attacked
from tests.support.attacks.result import Result
from tests.support.desk_browser import served
from tests.support.furnished import ROLES
from tests.support.restoring import restoring

_PATIENCE = 20_000  # milliseconds
# Opens what is folded, and touches everything that can be touched without changing anything.
_TOUCH = """() => {
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
  document.querySelectorAll("input, textarea, select, a, summary").forEach((each) => {
    each.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
    each.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
  });
}"""
_ADDRESSES = """() => [...document.querySelectorAll("[href], [src], [action], [formaction], [data]")].flatMap(
  (each) => ["href", "src", "action", "formaction", "data"].map((name) => each.getAttribute(name) ?? ""))"""
_SCRIPT = re.compile(r"\s*(javascript|vbscript|data:text)", re.IGNORECASE)


class Watched:
    """A browser's page, and what came alive in it.

    Args:
        page: where nothing was opened yet.
    """

    def __init__(self, page: Page) -> None:
        self._page, self._alive = page, list[str]()
        page.set_default_timeout(_PATIENCE)
        page.expose_function("mk", self._ran)
        page.on("dialog", lambda dialog: (self._alive.append("a dialog came up"), dialog.dismiss())[0])
        page.on("console", self._listen)

    def _ran(self) -> int:
        self._alive.append("a script ran that somebody wrote")
        return 0

    def _listen(self, line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text:
            self._alive.append(f"refused by the policy: {line.text[:200]}")

    def open(self, address: str) -> list[str]:
        """Open a page, touch everything on it, and give what came alive."""
        self._alive.clear()
        try:
            self._page.goto(address, wait_until="networkidle")
            self._page.evaluate(_TOUCH)
            self._page.wait_for_timeout(50)
            addresses = self._page.evaluate(_ADDRESSES)
        except BrowserError as error:
            return [str(error).splitlines()[0]]
        return self._alive + [
            f"leads into a script: {each[:80]}" for each in addresses if _SCRIPT.match(each)
        ]


def open_everything(office: Attacked, form: Form, browser: Browser) -> Result:
    """Open each page as each role that sees something of its own there, with this text in every row."""
    result = Result(f"browser: {form.name.lower()}")
    marked = mark(office.database, form)
    kept = restoring(office.database)
    with served(office.app) as site:
        for role in ROLES:
            context = browser.new_context(base_url=site, viewport={"width": 1366, "height": 768})
            name = office.app.config["SESSION_COOKIE_NAME"]
            context.add_cookies([{"name": name, "value": office.furnished.keys[role][0], "url": site}])
            watched = Watched(context.new_page())
            for path in _pages(office, role):
                result.add(f"{role} {path}", watched.open(site + path))
                kept.restore()
            context.close()
    kept.close()
    result.notes.append(f"{marked.rows} texts in {len(marked.columns)} columns replaced")
    return result


def _pages(office: Attacked, role: str) -> Iterator[str]:
    """Give every address under which this role gets a page; who sees least of it opens it, too."""
    for _, rule in office.rules("GET"):
        openers = office.openers("GET", rule)
        if role not in {*openers[:1], *openers[-1:]}:
            continue
        path = office.address(role, rule)
        with office.get(role, path) as answer:
            is_page = answer.status_code == 200 and answer.mimetype == "text/html"
        if is_page:
            yield path
